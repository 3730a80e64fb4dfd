"""Puts the desk together: one ASGI application, its parts started and stopped in order."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import socketio
import structlog
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from desk import http
from desk.addresses import AddressMarks
from desk.appointments import Appointments
from desk.background import Background
from desk.channels.origins import OriginCheck
from desk.channels.pictures import PATH as PICTURES
from desk.channels.pictures import PictureChannel
from desk.channels.rest import RestChannel
from desk.channels.site_form import SiteForm
from desk.channels.socket import SocketChannel
from desk.conversations.handoff import Handoffs
from desk.conversations.hours import load_hours
from desk.conversations.left_requests import LeftRequests
from desk.conversations.people import People
from desk.conversations.watch import QueueWatch
from desk.database import STORAGE_ERRORS, make_pool
from desk.guard import Guard, RedFlagChecker
from desk.inbox import Inbox
from desk.listener import Listener
from desk.locks import ConversationLocks
from desk.phone_codes import PhoneCodes
from desk.prices import PriceList
from desk.rasa_client import RasaClient
from desk.rates import Rates
from desk.replies import Replies
from desk.routing.decision import Rules
from desk.routing.outlook import StaffPeople
from desk.sessions import SessionSigner
from desk.settings import Settings
from desk.staff_side import StaffSide
from desk.texts import Texts
from desk.turns import Turns
from desk.unheard import Unheard
from desk.visits import ClinicDesk, VisitNews
from desk.waits import Waits

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 1.0
STOP_PATIENCE = 5.0


class Desk:
    """One desk process. `app` is what uvicorn runs; several desks may share one database.

    `people` tells whether operators are there, by their presence if nothing else is given. Raises
    lang.strict_yaml.DataFileError for wrong texts of the staff's side and wrong working hours.
    """

    def __init__(
        self,
        settings: Settings,
        texts: Texts,
        checker: RedFlagChecker,
        clinic: ClinicDesk | None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        people: People | None = None,
        appointments: Appointments | None = None,
        prices: PriceList | None = None,
        codes: PhoneCodes | None = None,
    ) -> None:
        url = settings.database_url
        self._pool = make_pool(url, settings.desk_pool_size)
        self._locks = ConversationLocks(url)
        self._listener = Listener(url)
        self._rasa = RasaClient(settings.rasa_url, settings.channel_secret, settings.desk_give_up)
        self._waits = Waits(self._pool, texts, settings.desk_wait_notice, settings.desk_answer_deadline)
        hours = load_hours(settings.catalogue_dir, settings.default_timezone)
        people = people or StaffPeople(Rules(), clock)
        handoffs = Handoffs(texts, people, hours, settings.desk_longest_wait, clock)
        self._queue_watch = QueueWatch(self._pool, texts, handoffs)
        self._left_requests = LeftRequests(self._pool, texts, people, hours, clock)
        self._unheard = Unheard(self._pool, clinic)
        self._turns = Turns(self._pool, self._locks, self._rasa, texts, self._waits, handoffs, self._unheard)
        self._replies = Replies(self._pool)
        self._background = Background(url, VisitNews(self._pool, clinic).settle) if clinic else None
        inbox = Inbox(self._pool, texts, handoffs)
        guard = Guard(checker)
        signer = SessionSigner(settings.secret_key)
        rates = Rates(
            settings.desk_message_rate,
            settings.desk_address_rate,
            settings.desk_session_rate,
            settings.desk_request_rate,
            settings.desk_picture_rate,
        )
        marks = AddressMarks(settings.secret_key)
        origins = OriginCheck(settings.cors_origins)
        self._socket = SocketChannel(
            self._pool, inbox, guard, self._turns, self._waits, texts, signer, rates, marks, origins
        )
        # The notice of the deadline arrives first; half a second more is for storing and reading it.
        patience = settings.desk_answer_deadline + 0.5
        rest = RestChannel(
            self._pool,
            inbox,
            guard,
            self._turns,
            self._waits,
            self._replies,
            texts,
            handoffs,
            rates,
            settings.rest_token,
            patience,
        )
        pictures = PictureChannel(self._pool, inbox, texts, signer, rates, marks)
        form = SiteForm(self._pool, guard, texts, hours, rates, settings.consent_version, clock)
        self._staff = StaffSide(
            self._pool, settings, texts, Rules(), hours, clock, appointments, prices, codes
        )
        self._sweeper: asyncio.Task[None] | None = None

        api = FastAPI(title="Мария", docs_url=None, redoc_url=None, openapi_url=None, lifespan=self._lifespan)
        api.include_router(rest.router())
        api.include_router(form.router())
        api.include_router(pictures.router())
        self._staff.add_routes(api)
        http.add_routes(api, self._pool, self._rasa, signer, clinic, settings.web_dir)
        api.add_middleware(http.BodyLimit, streamed=PICTURES)
        api.add_middleware(http.SafeHeaders)
        api.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization"],
        )
        self.app: ASGIApp = socketio.ASGIApp(self._socket.server, other_asgi_app=api)

    def end_streams(self) -> None:
        """Call it when the process is told to stop: a stream that stays open would hold the stop up."""
        self._staff.end_streams()

    @contextlib.asynccontextmanager
    async def _lifespan(self, _app: FastAPI) -> AsyncIterator[dict[str, Any]]:
        await self._pool.open()
        self._listener.inbound.append(self._turns.wake)
        self._listener.outbound += [self._socket.wake, self._replies.wake]
        self._listener.operator_writes.append(self._socket.operator_writes)
        self._listener.resumed.append(self._socket.wake_all)
        self._staff.listen(self._listener)
        await self._listener.start()
        self._sweeper = asyncio.create_task(self._sweep())
        await self._staff.start()
        if self._background is not None:
            await self._background.start()
        log.info("desk.started")
        try:
            yield {}
        finally:
            await self._stop()

    async def _stop(self) -> None:
        if self._background is not None:
            await self._background.stop()
        if self._sweeper is not None:
            self._sweeper.cancel()
            await asyncio.gather(self._sweeper, return_exceptions=True)
        await self._staff.stop()
        await self._turns.stop(STOP_PATIENCE)
        await self._waits.stop()
        await self._listener.stop()
        await self._locks.close()
        await self._rasa.close()
        await self._pool.close()
        log.info("desk.stopped")

    async def _sweep(self) -> None:
        """The net under NOTIFY and under timers of dead processes; the first round runs at the start."""
        parts = (self._turns, self._waits, self._queue_watch, self._left_requests, self._unheard)
        while True:
            for part in parts:
                try:
                    await part.sweep()
                except STORAGE_ERRORS:
                    log.warning("sweep.storage_lost")
                except Exception:
                    # The net must outlive whatever one of its parts runs into.
                    log.error("sweep.broken", exc_info=True)
            await asyncio.sleep(SWEEP_SECONDS)

"""The staff's half of a desk process: who may come in, who gets what, the window's routes and the figures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from fastapi import FastAPI

from desk.access.gate import Gate
from desk.access.http import access_router
from desk.access.texts import load_staff_texts
from desk.appointments import Appointments
from desk.console_api.feed import Feed, feed_router
from desk.console_api.http import console_router
from desk.console_api.phone_codes import phone_codes_router
from desk.console_api.phrases import load_phrases, words_router
from desk.console_api.pictures import pictures_router
from desk.console_api.services import services_router
from desk.console_api.visits import visits_router
from desk.conversations.hours import Hours
from desk.database import Pool
from desk.figures.board import Board
from desk.figures.http import figures_router
from desk.figures.names import load_figure_names
from desk.listener import Listener
from desk.phone_codes import PhoneCodes
from desk.price_words import load_price_words
from desk.prices import PriceList
from desk.routing.decision import Rules
from desk.routing.http import presence_router
from desk.routing.loop import RoutingLoop
from desk.routing.rounds import Rounds
from desk.settings import Settings
from desk.texts import Texts
from lang.topics import load_topics


class StaffSide:
    """Everything under `/api`, and the routing. Raises lang.strict_yaml.DataFileError for wrong texts."""

    def __init__(
        self,
        pool: Pool,
        settings: Settings,
        texts: Texts,
        rules: Rules,
        hours: Hours,
        clock: Callable[[], datetime],
        appointments: Appointments | None,
        prices: PriceList | None,
        codes: PhoneCodes | None,
    ) -> None:
        staff_texts = load_staff_texts(settings.catalogue_dir / "staff_texts.yml")
        names = load_figure_names(settings.catalogue_dir / "figures.yml")
        phrases = load_phrases(settings.catalogue_dir / "phrases.yml")
        price_words = load_price_words(settings.catalogue_dir / "price_texts.yml")
        topics = load_topics(settings.catalogue_dir / "topics.yml")
        secure = settings.environment == "production"
        gate = Gate(pool, settings.secret_key, settings.public_url, secure, clock)
        board = Board(pool, hours.zone, hours.open_at, clock)
        self._routing = RoutingLoop(Rounds(pool, texts, rules), clock)
        self._feed = Feed(pool)
        self._routers = (
            access_router(pool, gate, staff_texts, clock),
            presence_router(pool, gate, staff_texts, clock),
            console_router(pool, gate, texts, staff_texts, clock),
            pictures_router(pool, gate, staff_texts),
            visits_router(pool, gate, staff_texts, appointments),
            phone_codes_router(pool, gate, staff_texts, codes),
            services_router(gate, staff_texts, price_words, prices),
            words_router(gate, staff_texts, phrases, topics),
            feed_router(self._feed, gate, staff_texts),
            figures_router(pool, gate, staff_texts, board, names),
        )

    def add_routes(self, api: FastAPI) -> None:
        """All routes of the staff."""
        for router in self._routers:
            api.include_router(router)

    def listen(self, listener: Listener) -> None:
        """Hears what moves the queue and what the windows show."""
        listener.outbound.append(self._feed.conversation)
        listener.owners += [self._routing.wake, self._feed.conversation]
        listener.presences += [self._routing.wake, self._feed.people]
        listener.sessions.append(self._feed.sessions)
        listener.patient_writes.append(self._feed.patient_writes)
        listener.deliveries.append(self._feed.delivered)
        listener.resumed += [self._routing.wake, self._feed.everything]

    def end_streams(self) -> None:
        """The process is about to stop: windows connect to another one."""
        self._feed.close()

    async def start(self) -> None:
        await self._routing.start()

    async def stop(self) -> None:
        self._feed.close()
        await self._routing.stop()

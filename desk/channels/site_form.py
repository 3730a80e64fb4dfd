"""`POST /requests`: the form of the site, for those who would rather be called than write."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from desk.conversations import site_requests
from desk.conversations.hours import Hours
from desk.conversations.site_requests import SiteRequest, Taken
from desk.database import STORAGE_ERRORS, STORAGE_PATIENCE, Pool
from desk.guard import Guard, RedFlagLike, notice_key
from desk.rates import Rates
from desk.texts import TextKey, Texts
from desk.words import MAX_LENGTH, storable
from lang.names import FullNameMatch, parse_full_name
from lang.phones import PhoneMatch, PhoneProblem, find_phone

log = structlog.get_logger(__name__)

FIELDS = ("key", "name", "phone", "what", "consent")
LONGEST_NAME = 100
_KEY = re.compile(r"[\w-]{8,100}", re.ASCII)
_NAME = re.compile(r"[^\W\d_][^\W\d_ .'’-]*(?:[ .'’-]+[^\W\d_]+)*\.?")


class SiteForm:
    """Takes requests of the form. `clock` gives aware times; `consent_version` is what the form shows."""

    def __init__(
        self,
        pool: Pool,
        guard: Guard,
        texts: Texts,
        hours: Hours,
        rates: Rates,
        consent_version: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._pool = pool
        self._guard = guard
        self._texts = texts
        self._hours = hours
        self._rates = rates
        self._consent_version = consent_version
        self._clock = clock

    def router(self) -> APIRouter:
        """The one route. 201 the first time, 200 when the same `key` comes again:
        `{"number", "until", "text", "notice"}`; `notice` tells where to call in danger. 422: `{"errors"}` by
        field. 400, 415, 429, 503: `{"text"}`."""
        router = APIRouter()
        router.add_api_route("/requests", self._post, methods=["POST"], response_model=None)
        return router

    async def _post(self, request: Request) -> JSONResponse:
        # A page of another site can send a form without asking the browser, but not JSON.
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return JSONResponse({"error": "not_json", "text": self._texts["request_unreadable"]}, 415)
        try:
            body = json.loads(await request.body())
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict) or set(body) - set(FIELDS):
            return JSONResponse({"error": "bad_body", "text": self._texts["request_unreadable"]}, 400)
        what = body.get("what")
        flag = await self._guard.check(what if isinstance(what, str) else None)
        notice = self._texts[notice_key(flag, what)] if flag is not None else None
        # Names are read with the dictionary: the first time takes its loading.
        form = await asyncio.to_thread(read_form, self._texts, body)
        if not isinstance(form, SiteRequest):
            return JSONResponse({"error": "invalid", "errors": form, "notice": notice}, 422)
        address = request.client.host if request.client else "unknown"
        try:
            async with asyncio.timeout(STORAGE_PATIENCE):
                return await self._take(form, flag, notice, address)
        except STORAGE_ERRORS:
            log.error("site_form.storage_lost", exc_info=True)
            text = self._texts["request_down"]
            return JSONResponse({"error": "storage_down", "text": text, "notice": notice}, 503)

    async def _take(
        self, form: SiteRequest, flag: RedFlagLike | None, notice: str | None, address: str
    ) -> JSONResponse:
        async with self._pool.connection() as connection, connection.transaction():
            known = await site_requests.find(connection, form.key)
            if known is not None:
                return self._taken(known, notice, 200)
            # A cry for help is never dropped for being one too many.
            if not self._rates.request_allowed(address, form.phone) and flag is None:
                return JSONResponse({"error": "too_many", "text": self._texts["request_too_many"]}, 429)
            answer_by = self._hours.answer_by(self._clock())
            taken, new = await site_requests.take(
                connection, self._texts, form, self._consent_version, answer_by, flag
            )
        return self._taken(taken, notice, 201 if new else 200)

    def _taken(self, taken: Taken, notice: str | None, status: int) -> JSONResponse:
        until = self._hours.moment_words(self._texts, taken.until)
        text = self._texts.say("request_taken", number=taken.number, until=until)
        body = {"number": str(taken.number), "until": taken.until.isoformat(), "text": text, "notice": notice}
        return JSONResponse(body, status)


def read_form(texts: Texts, body: Mapping[str, Any]) -> SiteRequest | dict[str, str]:
    """The request in normal form, or what is wrong with it in words, by field."""
    name, phone, what = (_text(body.get(field)) for field in ("name", "phone", "what"))
    name = " ".join(name.split())
    errors: dict[str, TextKey] = {}
    if len(name) > LONGEST_NAME or not _NAME.fullmatch(name) or sum(map(str.isalpha, name)) < 2:
        errors["name"] = "request_name"
    number = find_phone(phone)
    if not isinstance(number, PhoneMatch):
        errors["phone"] = _wrong_phone(phone, number)
    if sum(map(str.isalpha, what)) < 2:
        errors["what"] = "request_what"
    elif len(what) > MAX_LENGTH:
        errors["what"] = "request_what_long"
    if body.get("consent") is not True:
        errors["consent"] = "request_consent"
    key = body.get("key")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        errors["key"] = "request_unreadable"
    if errors or not isinstance(number, PhoneMatch):
        return {field: texts[error] for field, error in errors.items()}
    return SiteRequest(str(key), name, number.e164, what, _parts(name))


def _parts(name: str) -> Mapping[str, str]:
    found = parse_full_name(name)
    if isinstance(found, FullNameMatch):
        return {"surname": found.surname, "given": found.given, "patronymic": found.patronymic}
    return {"surname": "", "given": name, "patronymic": ""}


def _text(value: object) -> str:
    return storable(value).strip() if isinstance(value, str) else ""


def _wrong_phone(text: str, found: PhoneProblem | None) -> TextKey:
    if not text:
        return "request_phone_missing"
    return "request_phone_foreign" if found is not None and found.code == "foreign" else "request_phone"

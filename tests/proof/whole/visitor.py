"""A patient who writes to the desk's public REST door, delivers again what may not have arrived, and reads
what is in the conversation."""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

import httpx

from tests.proof.whole.words import WORDS

Story = Literal["books", "taps twice", "redelivers", "writes in a burst", "leaves", "cancels", "moves"]
STORIES = get_args(Story)
WEIGHTS = (5, 3, 3, 2, 1, 4, 3)
ASIDE = ("wait", "late")

_PAGE = 100
_PAUSE = 0.25
# The desk gives a turn up after 25 s, and takes it up again when it was killed meanwhile.
_ANSWER_SECONDS = 75.0
_MOST_MESSAGES = 60
_MOST_RETRIES = 30
_RETRY_SECONDS = 3.0
_SURNAMES = ("Белоборова", "Новопольская", "Староводова", "Красногорская", "Малолесова", "Тиходворова")
_WISHES = ("терапевту", "неврологу", "кардиологу", "офтальмологу", "хирургу", "урологу", "дерматологу")
_CITIES = ("москве", "самаре", "новосибирске", "екатеринбурге")
_CHANGES = {"cancels": "отмените мою запись", "moves": "перенесите мою запись"}
_OFFER = re.compile(r"\d\d\.\d\d")
_CODE = re.compile(r"\b\d{6}\b")
_OVER = (
    "utter_booking_unknown", "utter_booking_unclear", "utter_booking_refused", "utter_booking_clash",
    "utter_booking_already", "utter_move_unknown", "utter_move_unclear", "utter_move_refused",
    "utter_move_clash", "utter_moved", "utter_moved_old_stands", "utter_visit_cancelled",
    "utter_cancel_unknown",
)  # fmt: skip


@dataclass(frozen=True)
class Heard:
    """A message of the conversation as the public history gives it."""

    seq: int
    author: str
    kind: str
    text: str
    buttons: tuple[tuple[str, str], ...]
    ts: datetime

    @property
    def name(self) -> str:
        """The response or the desk's text that it is, "" when it is none of those that matter here."""
        return WORDS.name(self.text)


@dataclass(frozen=True)
class Sent:
    """A message that the desk has taken; `tap` is the button's token."""

    key: str
    tap: str = ""


@dataclass
class Visitor:
    """One patient and what is known from outside: what was sent and taken, and what was heard when."""

    name: str
    number: int
    story: Story
    url: str
    token: str
    sms: Path
    random: random.Random
    sent: list[Sent] = field(default_factory=list)
    posted: list[str] = field(default_factory=list)
    refused: list[tuple[str, datetime, str]] = field(default_factory=list)
    deliveries: int = 0
    end: str = ""
    _confirmed: bool = False
    _keys: int = 0
    _deadline: float = 0

    def __post_init__(self) -> None:
        self.phone = f"+7916{7_000_000 + self.number:07d}"
        surname = _SURNAMES[self.number % len(_SURNAMES)]
        self.contacts = f"{surname} Анна Сергеевна, {self.phone}, 12.05.1987"
        city = _CITIES[self.number % len(_CITIES)]
        self.wish = f"запишите к {_WISHES[self.number % len(_WISHES)]} в {city} ближайшее"

    async def play(self, deadline: float) -> None:
        """The whole story, until `deadline` (monotonic seconds) at the latest."""
        self._deadline = deadline
        # A connection of its own each time: a kept one would hide that the desk is another process now.
        limits = httpx.Limits(max_keepalive_connections=0)
        async with httpx.AsyncClient(
            base_url=self.url, timeout=12, limits=limits, trust_env=False,
            headers={"Authorization": f"Bearer {self.token}"},
        ) as self._http:  # fmt: skip
            self.end = await self._story()

    async def read(self, client: httpx.AsyncClient) -> list[Heard]:
        """The whole conversation; empty when the desk does not know the patient."""
        heard: list[Heard] = []
        while True:
            after = heard[-1].seq if heard else 0
            answer = await client.get("/webhooks/rest/messages", params={"sender": self.name, "after": after})
            if answer.status_code == 404:
                return heard
            answer.raise_for_status()
            page = [_heard(item) for item in answer.json()["messages"]]
            heard += page
            if len(page) < _PAGE:
                return heard

    # --- the story ---

    async def _story(self) -> str:
        if self.story == "writes in a burst":
            words = ("здравствуйте", "сколько стоит приём терапевта", self.wish)
            await asyncio.gather(*(self._after(0.1 * i, text) for i, text in enumerate(words)))
        else:
            await self._send(self.wish)
        goal = "booked"
        retries = 0
        for _ in range(_MOST_MESSAGES):
            news = await self._answer()
            if not news:
                return "no answer in time" if time.monotonic() < self._deadline else "out of time"
            names = [each.name for each in news]
            if over := next((name for name in names if name in _OVER or name.startswith("settled_")), ""):
                return over
            if "utter_booked" in names:
                if goal == "changed" or self.story not in _CHANGES:
                    return "utter_booked"
                goal, self._confirmed = "changed", False
                await self._send(
                    "отмените мою запись" if self.story == "cancels" else "перенесите мою запись"
                )
                continue
            button = _button(news, "Повторить") or _button(news, "Попробовать ещё раз")
            if button:
                retries += 1
                if retries > _MOST_RETRIES or (self._confirmed and self.random.random() < 0.1):
                    return "gave up"
                await asyncio.sleep(self.random.uniform(0, 2 * _RETRY_SECONDS))
                await self._tap(button)
            elif not await self._go_on(news, goal):
                return "did not know what to say"
        return "wrote too much"

    async def _go_on(self, news: Sequence[Heard], goal: str) -> bool:
        """Answer what was asked. False when there is nothing to say."""
        said = "\n".join(each.text for each in news)
        yes = _button(news, "Да, записать") or _button(news, "Да, перенести") or _button(news, "Всё-таки отм")
        offers = [token for title, token in _buttons(news) if _OFFER.match(title)]
        if yes:
            if self.story == "leaves":
                return False
            self._confirmed = True
            await self._say_yes(yes)
        elif self._confirmed:
            # A second wish would be a second visit: from here on only the answer is waited for.
            return False
        elif offers:
            await self._tap(self.random.choice(offers[:3]))
        elif _button(news, "Согласен"):
            await self._tap(_button(news, "Согласен"))
        elif "фамили" in said:
            await self._send(self.contacts)
        elif "код" in said and (code := self._code()):
            await self._send(code)
        elif "номер телефона" in said:
            await self._send(self.phone)
        elif goal == "changed":
            await self._send("через неделю" if "Когда" in said else "мои записи")
        else:
            await self._send(self.wish)
        return True

    async def _say_yes(self, token: str) -> None:
        if self.story == "taps twice":
            await asyncio.gather(self._tap(token), self._tap(token))
        elif self.story == "redelivers":
            key = self._key()
            await asyncio.gather(*(self._deliver(token, key, token) for _ in range(3)))
        else:
            await self._tap(token)

    # --- messages ---

    async def _tap(self, token: str) -> None:
        await self._deliver(token, self._key(), token)

    async def _send(self, text: str) -> None:
        key = self._key()
        await self._deliver(text, key)
        if self.random.random() < 0.1:
            await self._deliver(text, key)

    async def _after(self, seconds: float, text: str) -> None:
        await asyncio.sleep(seconds)
        await self._send(text)

    def _key(self) -> str:
        self._keys += 1
        return f"{self.name}:{self._keys}"

    async def _deliver(self, text: str, key: str, tap: str = "") -> None:
        """Send it under the same id until the desk has taken it."""
        body = {"sender": self.name, "message": text, "message_id": key}
        while time.monotonic() < self._deadline:
            self.deliveries += 1
            try:
                answer = await self._http.post("/webhooks/rest/webhook", json=body)
            except httpx.HTTPError:
                await asyncio.sleep(_PAUSE)
                continue
            texts = [str(item.get("text", "")) for item in answer.json()]
            if answer.status_code == 200:
                self.sent.append(Sent(key, tap))
                self.posted += texts
                return
            self.refused += [(key, datetime.now(UTC), text) for text in texts]
            await asyncio.sleep(_PAUSE)

    async def _answer(self) -> list[Heard]:
        """What was said since the patient's last message, once it is more than a word of waiting."""
        until = min(self._deadline, time.monotonic() + _ANSWER_SECONDS)
        while time.monotonic() < until:
            try:
                heard = await self.read(self._http)
            except (httpx.HTTPError, ValueError):
                heard = []
            own = max((each.seq for each in heard if each.author == "patient"), default=0)
            news = [each for each in heard if each.seq > own]
            if any(each.kind not in ASIDE for each in news):
                return news
            await asyncio.sleep(_PAUSE)
        return []

    def _code(self) -> str:
        """The last code that was sent to the phone."""
        if not self.sms.exists():
            return ""
        lines = self.sms.read_text(encoding="utf-8").splitlines()
        sent = [json.loads(line) for line in lines if self.phone in line]
        found = _CODE.search(sent[-1]["text"]) if sent else None
        return found.group() if found else ""


def _heard(item: dict[str, Any]) -> Heard:
    buttons = tuple((button["title"], button["payload"]) for button in item.get("buttons") or ())
    moment = datetime.fromisoformat(item["ts"])
    return Heard(item["seq"], item["author"], item["kind"], item.get("text", ""), buttons, moment)


def _buttons(news: Sequence[Heard]) -> list[tuple[str, str]]:
    return [button for each in news for button in each.buttons]


def _button(news: Sequence[Heard], title: str) -> str:
    return next((token for shown, token in _buttons(news) if shown.startswith(title)), "")

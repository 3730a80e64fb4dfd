"""The proof of a phone and the visits of its owner, as told by the tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from clinic.identity import CodeSent, NoCode, Proved, WrongCode
from clinic.outcomes import Cancelled, Confirmed, Moved, NotProved
from clinic.visits import Upcoming, VisitCard
from mis.port import FullName, Patient, Slot, Visit, VisitStatus

CODE = "482913"
PHONE = "+79160001234"
TRIES = 5


@dataclass
class FakeIdentity:
    """Sends `CODE` to anybody, unless what comes of it is queued."""

    clock: Callable[[], datetime]
    send_outcomes: list[Any] = field(default_factory=list)
    check_outcomes: list[Any] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    proved: str | None = None
    tries: int = 0

    def send_code(self, conversation: str, phone: str, address: str = "") -> Any:
        if self.send_outcomes:
            return self.send_outcomes.pop(0)
        self.sent.append(phone)
        self.addresses.append(address)
        self.tries = 0
        return CodeSent(self.clock() + timedelta(minutes=1))

    def check(self, conversation: str, code: str) -> Any:
        if self.check_outcomes:
            return self.check_outcomes.pop(0)
        if not self.sent:
            return NoCode()
        if "".join(char for char in code if char.isdigit()) == CODE and self.tries < TRIES:
            self.proved = self.sent[-1]
            return Proved(self.proved)
        self.tries = min(self.tries + 1, TRIES)
        return WrongCode(TRIES - self.tries)

    def proved_phone(self, conversation: str) -> str | None:
        return self.proved


@dataclass
class FakeVisits:
    """Visits by phone; what is cancelled or moved is so, unless outcomes are queued."""

    identity: FakeIdentity
    cards: dict[str, list[VisitCard]] = field(default_factory=dict)
    patients: tuple[Patient, ...] = ()
    cancelled_by_clinic: list[VisitCard] = field(default_factory=list)
    cancel_outcomes: list[Any] = field(default_factory=list)
    move_outcomes: list[Any] = field(default_factory=list)
    cancels: list[int] = field(default_factory=list)
    moves: list[tuple[int, int]] = field(default_factory=list)
    allowed_double: list[bool] = field(default_factory=list)
    reasons: list[tuple[int, str]] = field(default_factory=list)

    def upcoming(self, conversation: str, seconds: float = 3.0) -> Upcoming | NotProved:
        if self.identity.proved is None:
            return NotProved()
        cards = tuple(self.cards.get(self.identity.proved, ()))
        return Upcoming(cards, tuple(self.cancelled_by_clinic))

    def known_patients(self, conversation: str) -> tuple[Patient, ...]:
        return self.patients

    def cancel(self, conversation: str, booking_id: int, request_key: str) -> Any:
        if self.identity.proved is None:
            return NotProved()
        self.cancels.append(booking_id)
        if self.cancel_outcomes:
            return _given(self.cancel_outcomes)
        self._drop(booking_id)
        return Cancelled(booking_id)

    def reason(self, conversation: str, booking_id: int, reason_id: str) -> bool:
        self.reasons.append((booking_id, reason_id))
        return True

    def move(
        self,
        conversation: str,
        booking_id: int,
        held: int,
        consent_version: str,
        *,
        allow_double: bool = False,
    ) -> Any:
        if self.identity.proved is None:
            return NotProved()
        self.moves.append((booking_id, held))
        self.allowed_double.append(allow_double)
        if self.move_outcomes:
            return _given(self.move_outcomes)
        old = self._drop(booking_id)
        return Moved(confirmed(held, old.slot), booking_id)

    def _drop(self, booking_id: int) -> VisitCard:
        for cards in self.cards.values():
            for card in cards:
                if card.booking_id == booking_id:
                    cards.remove(card)
                    return card
        raise LookupError(booking_id)


def _given(outcomes: list[Any]) -> Any:
    outcome = outcomes.pop(0)
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def confirmed(booking_id: int, slot: Slot) -> Confirmed:
    return Confirmed(
        booking_id, str(booking_id), "calendar-token", Visit(f"v{booking_id}", slot, VisitStatus.NEW)
    )


def card(
    booking_id: int,
    doctor_id: str,
    start: datetime,
    branch_id: str = "leninsky",
    name: str = "Петров Илья Олегович",
    **other: Any,
) -> VisitCard:
    """A visit of half an hour."""
    patient = Patient(FullName(*name.split()), PHONE, datetime(1987, 5, 12).date())
    slot = Slot(branch_id, doctor_id, start, timedelta(minutes=30))
    values = {"service_ids": (), "state": "booked"} | other
    return VisitCard(booking_id, str(booking_id), slot, patient=patient, **values)

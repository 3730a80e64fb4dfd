"""What a step of a booking can end with. Values only: the dialogue turns them into words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from mis.port import Slot, Visit


class LedgerUnavailable(Exception):
    """The ledger could not be written before anything was sent to the MIS: nothing was booked."""


@dataclass(frozen=True, slots=True)
class Held:
    """The time is kept for the conversation until `expires_at`."""

    booking_id: int
    slot: Slot
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SlotGone:
    """Somebody else has the time, or it has passed: offer again."""


@dataclass(frozen=True, slots=True)
class MisDown:
    """The MIS was not reached; nothing was booked."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The MIS refused: somebody took the time, or for a reason only the clinic's staff can find."""

    reason: Literal["taken", "other"]


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The MIS has confirmed the visit. Only this lets anybody say «записаны»."""

    booking_id: int
    number: str
    calendar_token: str
    visit: Visit


@dataclass(frozen=True, slots=True)
class Unknown:
    """The booking was sent and is being checked; `Bookings.settle` will find out."""

    booking_id: int


@dataclass(frozen=True, slots=True)
class Expired:
    """The hold ran out or was given up, and the time could not be taken again."""


@dataclass(frozen=True, slots=True)
class DoubleVisit:
    """The patient already has a visit at that time; ask before booking a second one."""

    booking_id: int
    other_booking_id: int
    other_slot: Slot


@dataclass(frozen=True, slots=True)
class Settled:
    """News for a patient whose booking was left open. `unclear`: a person has to look into it."""

    conversation_id: str
    booking_id: int
    outcome: Literal["booked", "absent", "unclear"]


HoldResult = Held | SlotGone | MisDown | Refused
ConfirmResult = Confirmed | Refused | Unknown | Expired | DoubleVisit | MisDown

"""What a step of a booking can end with. Values only: the dialogue turns them into words."""

from __future__ import annotations

from dataclasses import dataclass, field
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
class Clashed:
    """The MIS has the visit, and somebody else's at the same time of the same doctor.

    Who of the two comes, only the clinic's staff can decide: nobody may say «записаны».
    """

    booking_id: int
    number: str
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
    """The patient already has a visit at that time; ask before booking a second one.

    `other_booking_id` is `None` for a visit of the MIS that was not booked here.
    """

    booking_id: int
    other_booking_id: int | None
    other_slot: Slot


SettledOutcome = Literal[
    "booked",
    "absent",
    "unclear",
    "cancelled",
    "not_cancelled",
    "cancel_unclear",
    "clash",
    "cancelled_by_clinic",
]


@dataclass(frozen=True, slots=True)
class Settled:
    """News for a patient of a booking or cancellation left open, or of a visit that the clinic cancelled.

    `unclear`, `cancel_unclear`: a person has to look into it. `not_cancelled`: the visit still stands.
    `clash`: see `Clashed`.
    `moved`: it is about the old or the new visit of a move. `attempt` tells news about a second
    cancellation of one booking from news about the first.
    """

    conversation_id: str
    booking_id: int
    outcome: SettledOutcome
    moved: bool = field(default=False, compare=False)
    attempt: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class NotProved:
    """The phone of whoever writes here is not proved, or no longer."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The MIS has cancelled the visit. Only this lets anybody say «отменена»."""

    booking_id: int


WhyGone = Literal["cancelled", "moved", "past", "never_booked"]


@dataclass(frozen=True, slots=True)
class AlreadyGone:
    """There is nothing to cancel or move: it was cancelled or moved before, is over, or never was one."""

    booking_id: int
    why: WhyGone


@dataclass(frozen=True, slots=True)
class StillOpen:
    """Whether the visit was booked at all is still being checked: it can be neither moved nor cancelled."""

    booking_id: int


@dataclass(frozen=True, slots=True)
class CancelRefused:
    """The MIS refused: the visit stands, and only the clinic's staff can cancel it."""

    booking_id: int


@dataclass(frozen=True, slots=True)
class CancelBusy:
    """Something else is going on with the visit: it stands, nothing was begun; try again in a minute."""

    booking_id: int


@dataclass(frozen=True, slots=True)
class CancelUnknown:
    """The cancellation was sent and is being checked; `Bookings.settle` will find out and tell."""

    booking_id: int


@dataclass(frozen=True, slots=True)
class Moved:
    """The new visit is confirmed and the old one is cancelled. Only this lets anybody say «перенесена»."""

    new: Confirmed
    old_booking_id: int


@dataclass(frozen=True, slots=True)
class MovedOldStands:
    """The new visit is confirmed; the old one could not be cancelled yet.

    `Bookings.settle` goes on trying and tells the patient; when that fails too a person is asked.
    """

    new: Confirmed
    old_booking_id: int


HoldResult = Held | SlotGone | MisDown | Refused
ConfirmResult = Confirmed | Clashed | Refused | Unknown | Expired | DoubleVisit | MisDown
CancelResult = (
    Cancelled | AlreadyGone | StillOpen | CancelRefused | CancelBusy | CancelUnknown | MisDown | NotProved
)
MoveResult = (
    Moved
    | MovedOldStands
    | AlreadyGone
    | StillOpen
    | Clashed
    | Refused
    | Unknown
    | Expired
    | DoubleVisit
    | MisDown
    | NotProved
)

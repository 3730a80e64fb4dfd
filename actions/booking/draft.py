"""The booking as the tracker has it, together with what the current turn changes in it."""

from __future__ import annotations

from datetime import date
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from actions.booking import slots
from actions.booking.slots import Known, OfferView, Place, What, Whom
from lang.preferences import Preferences
from lang.wish import Wish
from mis.port import FullName


class Draft:
    """Reads slots as values, collects changes as events."""

    def __init__(self, tracker: Tracker) -> None:
        self._values: dict[str, Any] = dict(tracker.slots)
        self._changed: dict[str, Any] = {}
        # Whether the message wished for something that waits for the end of this booking.
        self.put_off = False
        self._quiet: set[str] = {
            slots.OPTIONS,
            slots.MISSES,
            slots.PEOPLE,
            slots.CONSENTS,
            slots.TOLD,
            slots.LATER,
            slots.NEXT,
            slots.READ,
        }

    @property
    def what(self) -> What | None:
        value = self._values.get(slots.WHAT)
        return None if value in (None, slots.NOT_NEEDED) else What.of(value)

    @property
    def place(self) -> Place | None:
        value = self._values.get(slots.PLACE)
        return None if value in (None, slots.NOT_NEEDED) else Place.of(value)

    @property
    def wish(self) -> Wish | None:
        value = self._values.get(slots.WISH)
        return None if value is None else Wish.from_json(value)

    @property
    def repeat(self) -> bool:
        """Whether the patient said that it is a repeated visit."""
        return self._values.get(slots.VISIT_KIND) == "repeat"

    @property
    def preferred(self) -> Preferences:
        return Preferences.of(self._values.get(slots.PREFERENCES) or ())

    @property
    def told(self) -> list[str]:
        """Keys of the advice that was given in this booking."""
        return list(self._values.get(slots.TOLD) or [])

    @property
    def later(self) -> list[dict[str, Any]]:
        """Bookings that wait for the end of this one, as values of `booking__what`."""
        return list(self._values.get(slots.LATER) or [])

    @property
    def suggested(self) -> list[str]:
        """What has been suggested unasked in this conversation."""
        return list(self._values.get(slots.SUGGESTED) or [])

    @property
    def beside(self) -> dict[str, Any] | None:
        return self._values.get(slots.BESIDE)

    @property
    def offers(self) -> list[OfferView]:
        return [OfferView.of(value) for value in self._values.get(slots.OFFERS) or []]

    @property
    def callback(self) -> bool:
        return slots.wants_callback(self._values.get(slots.OFFER))

    @property
    def waits(self) -> bool:
        """Whether the patient wants to be told when a time frees."""
        return self.callback and bool(self._values[slots.OFFER].get("wait"))

    @property
    def choice(self) -> OfferView | None:
        value = self._values.get(slots.OFFER)
        return None if value is None or self.callback else OfferView.of(value)

    @property
    def whom(self) -> Whom:
        """Who is coming; the writer until somebody else is named."""
        value = self._values.get(slots.FOR_WHOM)
        return Whom() if value is None else Whom.of(value)

    @property
    def people(self) -> list[Known]:
        return [Known.of(value) for value in self._values.get(slots.PEOPLE) or []]

    @property
    def consents(self) -> list[str]:
        return list(self._values.get(slots.CONSENTS) or [])

    @property
    def payment(self) -> dict[str, str]:
        return dict(self._values.get(slots.PAYMENT) or {})

    @property
    def by_policy(self) -> bool:
        """Whether an insurer is to pay: then no price is known."""
        return self.payment.get("kind") == "dms"

    @property
    def insurer(self) -> str | None:
        """The insurer, once it is known to be taken."""
        value = self._values.get(slots.INSURER)
        return None if value == slots.NOT_NEEDED else value

    @property
    def policy(self) -> str | None:
        value = self._values.get(slots.POLICY)
        return None if value in (slots.NOT_NEEDED, slots.LATER_POLICY) else value

    @property
    def consent(self) -> bool | None:
        value = self._values.get(slots.CONSENT)
        return None if value is None else bool(value)

    @property
    def patient(self) -> FullName | None:
        value = self._values.get(slots.PATIENT)
        return None if value is None else FullName(**value)

    @property
    def name_part(self) -> dict[str, str] | None:
        return self._values.get(slots.NAME_PART)

    @property
    def phone(self) -> str | None:
        return self._values.get(slots.PHONE)

    @property
    def birth_date(self) -> date | None:
        return slots.birth_date_of(self._values.get(slots.BIRTH_DATE))

    @property
    def moving(self) -> dict[str, Any] | None:
        """The visit that this booking moves; see `slots.MOVING`."""
        return self._values.get(slots.MOVING)

    @property
    def not_possible(self) -> str:
        """What to say when the clinic cannot be reached: in a move the patient still has a visit."""
        return "utter_booking_not_possible" if self.moving is None else "utter_move_not_possible"

    @property
    def confirmed(self) -> bool:
        return bool(self._values.get(slots.CONFIRMED))

    @property
    def options(self) -> dict[str, Any] | None:
        return self._values.get(slots.OPTIONS)

    @property
    def misses(self) -> int:
        return int(self._values.get(slots.MISSES) or 0)

    def needless(self, slot: str) -> bool:
        return bool(self._values.get(slot) == slots.NOT_NEEDED)

    def knows(self, slot: str) -> bool:
        return self._values.get(slot) is not None

    def changed(self, slot: str) -> bool:
        return slot in self._changed

    def set(self, slot: str, value: Any) -> None:
        """Remember `value` for `slot`; setting what is already there is no change."""
        if self._values.get(slot) != value:
            self._changed[slot] = value
        self._values[slot] = value

    def settle(self, slot: str, value: Any) -> None:
        """Remember what follows by itself from the rest: no news to the patient."""
        if self._values.get(slot) != value and slot not in self._changed:
            self._quiet.add(slot)
        self.set(slot, value)

    def forget(self, *names: str) -> None:
        for name in names:
            self.set(name, None)

    @property
    def touched(self) -> bool:
        """Whether the message changed anything the patient knows of."""
        return bool(set(self._changed) - self._quiet)

    def events(self) -> list[dict[str, Any]]:
        return [SlotSet(name, value) for name, value in self._changed.items()]

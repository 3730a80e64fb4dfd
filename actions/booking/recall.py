"""«Запишите» after a question: what the question was about is what the patient wants to be booked for."""

from __future__ import annotations

from dataclasses import replace

from rasa_sdk import Tracker

from actions.answers.subject import Subject, remembered
from actions.booking import slots
from actions.booking.turn import Turn
from actions.context import Context
from actions.reading import Mention, Reading, read

_NAMED = ("doctor", "service", "specialty", "service_group", "unknown_doctor")
_WHERE = ("branch", "region", "unknown_city")
MOST_BUTTONS = 6


def with_subject(context: Context, tracker: Tracker) -> Reading:
    """The message as if it named what was asked about last, if it begins a booking and names nothing."""
    reading = read(tracker)
    subject = _subject(context, tracker, reading)
    if subject is None:
        return reading
    mentions = list(_mentions(subject))
    # The form can take several services at once, but nothing else of which there are several.
    if len(mentions) > 1 and len(mentions) != len(subject.services):
        mentions = []
    if subject.place is not None and not reading.of(*_WHERE) and "place" not in reading.button:
        mentions.append(Mention(subject.place.kind, subject.place.id))
    return replace(reading, mentions=(*reading.mentions, *mentions))


async def tell(turn: Turn, tracker: Tracker) -> None:
    """Say what the booking is for when the message did not; ask which when the question was about several."""
    original = read(tracker)
    subject = _subject(turn.context, tracker, original)
    if subject is None:
        return
    if turn.draft.what is not None:
        turn.say("utter_booking_recalled", what=await turn.context.what(turn.draft.what))
    elif not turn.draft.knows(slots.OPTIONS):
        buttons = _buttons(turn.context, subject)
        if buttons:
            turn.ask_instead(slots.WHAT, "utter_booking_recall_choice", buttons)


def _subject(context: Context, tracker: Tracker, reading: Reading) -> Subject | None:
    begins = tracker.get_slot(slots.REQUESTED) is None and tracker.get_slot(slots.WHAT) is None
    asks = reading.intent == "book_visit" or (
        reading.intent == "inform" and bool(reading.of("wish", "branch", "region"))
    )
    if not begins or not asks or reading.of(*_NAMED) or "what" in reading.button:
        return None
    subject = remembered(context, tracker)
    return subject if subject is not None and subject.names_something else None


def _mentions(subject: Subject) -> list[Mention]:
    found = [Mention("doctor", subject.doctors[0], subject.doctors)] if subject.doctors else []
    found += [Mention("service", id_, child=subject.child) for id_ in subject.services]
    found += [Mention("specialty", id_, child=subject.child) for id_ in subject.specialties]
    found += [Mention("service_group", id_) for id_ in subject.groups]
    return found


def _buttons(context: Context, subject: Subject) -> list[dict[str, str]]:
    """What of the several things asked about; a group stands for its services and is left to the form."""
    catalogue = context.catalogue
    found = {f"service:{id_}": catalogue.services[id_].name for id_ in subject.services}
    found |= {f"specialty:{id_}": catalogue.specialties[id_].name for id_ in subject.specialties}
    return [{"title": name, "payload": f'/inform{{"what":"{what}"}}'} for what, name in found.items()][
        :MOST_BUTTONS
    ]

"""Who is coming: consent first, then name, phone and birth date, in any order and any number of messages."""

from __future__ import annotations

import asyncio

from actions.booking import slots
from actions.booking.turn import Turn
from lang.birth_dates import BirthDateMatch, BirthDateProblem, find_birth_date
from lang.names import FullNameMatch, NameProblem, parse_full_name
from lang.phones import PhoneMatch, PhoneProblem, find_phone

CONSENT_DOCUMENT = "personal_data"
STEPS = (slots.PATIENT, slots.PHONE, slots.BIRTH_DATE)

_PHONE_PROBLEMS = {
    "letters": "utter_phone_letters",
    "foreign": "utter_phone_foreign",
    "too_short": "utter_phone_wrong_length",
    "too_long": "utter_phone_wrong_length",
}
_BIRTH_PROBLEMS = {
    "future": "utter_birth_date_future",
    "no_such_date": "utter_birth_date_no_such_date",
    "too_old": "utter_birth_date_too_old",
    "year_missing": "utter_birth_date_year_missing",
}


async def take_consent(turn: Turn) -> None:
    """The answer to the question of consent. A refusal ends the form: `action_book_visit` says what next."""
    if turn.requested != slots.CONSENT:
        return
    if turn.reading.intent == "affirm":
        turn.draft.set(slots.CONSENT, True)
        await asyncio.to_thread(
            turn.context.clinic.consents.record,
            turn.conversation,
            CONSENT_DOCUMENT,
            turn.context.settings.consent_version,
            turn.context.clock(),
        )
    elif turn.reading.intent == "deny":
        turn.draft.set(slots.CONSENT, False)
        turn.draft.set(slots.REQUESTED, None)


def take_contacts(turn: Turn) -> None:
    """Name, phone and birth date, whichever the message holds; only after consent."""
    draft = turn.draft
    asked = turn.requested in STEPS
    if draft.consent is not True or turn.reading.button or turn.requested == slots.CONSENT:
        return
    if not (asked or turn.requested == slots.CONFIRMED):
        return
    rest = _take_phone(turn, turn.reading.text)
    rest = _take_birth_date(turn, rest)
    _take_name(turn, rest, asked=turn.requested == slots.PATIENT)


def answers(turn: Turn) -> bool:
    """Whether the message holds what the contact steps ask for: any of it answers any of them."""
    if turn.requested not in STEPS:
        return False
    text, today = turn.reading.text, turn.now.date()
    if isinstance(find_phone(text), PhoneMatch | PhoneProblem):
        return True
    if isinstance(find_birth_date(text, today), BirthDateMatch | BirthDateProblem):
        return True
    return turn.requested == slots.PATIENT and isinstance(parse_full_name(text), FullNameMatch)


def _take_phone(turn: Turn, text: str) -> str:
    found = find_phone(text)
    if isinstance(found, PhoneMatch):
        turn.draft.set(slots.PHONE, found.e164)
        return _cut(text, found.start, found.end)
    if isinstance(found, PhoneProblem) and turn.requested in (slots.PHONE, slots.PATIENT):
        turn.say(_PHONE_PROBLEMS.get(found.code, "utter_phone_wrong_length"))
    return text


def _take_birth_date(turn: Turn, text: str) -> str:
    found = find_birth_date(text, turn.now.date())
    if isinstance(found, BirthDateMatch):
        turn.draft.set(slots.BIRTH_DATE, found.value.isoformat())
        return _cut(text, found.start, found.end)
    if isinstance(found, BirthDateProblem) and turn.requested in (slots.BIRTH_DATE, slots.PATIENT):
        turn.say(_BIRTH_PROBLEMS[found.code])
    return text


def _take_name(turn: Turn, text: str, asked: bool) -> None:
    if not any(letter.isalpha() for letter in text):
        return
    found = parse_full_name(text)
    if isinstance(found, FullNameMatch):
        name = {"surname": found.surname, "given": found.given, "patronymic": found.patronymic}
        turn.draft.set(slots.PATIENT, name)
    elif asked and isinstance(found, NameProblem) and not turn.say.count:
        missing = found.code in ("surname_missing", "given_missing")
        turn.say("utter_name_surname_missing" if missing else "utter_name_not_understood")


def _cut(text: str, start: int, end: int) -> str:
    return f"{text[:start]} {text[end:]}"

"""Who is coming: consent first, then name, phone and birth date, in any order and any number of messages."""

from __future__ import annotations

import asyncio
import re
from datetime import date

from actions.booking import corrections, family, paying, slots
from actions.booking.turn import Turn
from lang.birth_dates import BirthDateMatch, BirthDateProblem, find_birth_date
from lang.name_parts import given_readings
from lang.names import FullNameMatch, NameProblem, is_filler, looks_like_name, parse_full_name
from lang.phones import PhoneMatch, PhoneProblem, find_phone
from lang.policies import without_policy
from lang.text import tokens
from lang.values import bare_value
from lang.words import is_known
from mis.port import FullName

_NAME_FIELDS = {"фамил": "surname", "имя": "given", "отчеств": "patronymic"}
_NAME_PART = re.compile(r"(фамили\w+|имя|отчество)\W+(?:пациента\W+)?(?:не\W+[а-яё-]+\W+а\W+)?([а-яё-]{2,})")
_MISSING = {"surname_missing": "surname", "given_missing": "given"}
STEPS = (slots.PATIENT, slots.PHONE, slots.BIRTH_DATE)
# Where a name that stands alone is the patient's, not a doctor's.
_ABOUT_PATIENT = (slots.CONSENT, slots.CONFIRMED)
_YES = frozenset({"да", "ага", "угу", "конечно", "согласен", "согласна", "согласие"})
# As few figures as a broken phone or birth date has («12 III 85», «8916...»).
_FIGURES = 4
_BIRTH_YEAR = re.compile(r"(?<!\d)(?:19\d\d|20[01]\d)(?!\d)")

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
    if turn.requested != slots.CONSENT or turn.draft.consent is not None:
        return
    document = turn.draft.whom.document
    if agrees(turn) or (turn.reading.intent == "affirm" and _begins_with_yes(turn.reading.text)):
        turn.draft.set(slots.CONSENT, True)
        turn.draft.settle(slots.CONSENTS, [*turn.draft.consents, document])
        await asyncio.to_thread(
            turn.context.clinic.consents.record,
            turn.conversation,
            document,
            turn.context.settings.consent_version,
            turn.context.clock(),
        )
    elif turn.reading.intent == "deny" and not turn.draft.touched:
        turn.draft.set(slots.CONSENT, False)
        turn.draft.set(slots.REQUESTED, None)


def take_contacts(turn: Turn) -> None:
    """Name, phone and birth date, whichever the message holds; only after consent.

    A line with two people («я …, сын …») is parted: the phone is the writer's, the rest the patient's.
    """
    draft = turn.draft
    if draft.consent is not True or turn.reading.button or draft.moving is not None:
        return
    if turn.requested == slots.CONSENT and turn.earlier:
        _take_line(turn, turn.earlier)
    if turn.requested not in (*STEPS, *_ABOUT_PATIENT) and not _corrects(turn):
        return
    if corrections.take(turn):
        return
    _take_line(turn, without_policy(turn.reading.text, turn.requested == slots.POLICY))


def _take_line(turn: Turn, text: str) -> None:
    mine, writer = family.segments(text, turn.draft.whom)
    _note_writer(turn, writer)
    rest = _take_phone(turn, mine, writer)
    rest = _take_birth_date(turn, rest)
    _take_name(turn, rest, asked=turn.requested == slots.PATIENT)


def _corrects(turn: Turn) -> bool:
    """Whether a message at another step changes data that are known."""
    return turn.draft.patient is not None and corrections.speaks_of_data(turn.reading.text)


def _note_writer(turn: Turn, text: str) -> None:
    found = parse_full_name(text)
    if isinstance(found, FullNameMatch):
        born = find_birth_date(text, turn.now.date())
        birth_date = born.value.isoformat() if isinstance(born, BirthDateMatch) else None
        name = FullName(found.surname, found.given, found.patronymic)
        family.note_writer(turn.draft, slots.Known(slots.Whom(), name, birth_date))


def answers(turn: Turn) -> bool:
    """Whether the message holds what the contact steps ask for, or tries to: any of it will do."""
    if turn.requested not in STEPS:
        return False
    text = turn.reading.text
    if _holds_phone_or_birth_date(turn) or _figures(text) >= _FIGURES:
        return True
    if turn.requested == slots.PATIENT and family.segments(text, turn.draft.whom)[1]:
        return True
    return turn.requested == slots.PATIENT and _may_be_name(text)


def speaks_of_patient(turn: Turn) -> bool:
    """Whether the message gives the patient's own data: no place, day or doctor is to be read in it."""
    if paying.gives_policy(turn) or corrections.speaks_of_data(turn.reading.text):
        return True
    if turn.requested in STEPS:
        return answers(turn) or _may_be_name(turn.reading.text)
    if turn.requested not in _ABOUT_PATIENT or not _is_only_a_value(turn):
        return False
    # «Лучше в пятницу», «в 19:00» at the summary is another time, not the patient's data.
    return _holds_phone_or_birth_date(turn) or bare_value(turn.reading.text, turn.now) not in ("date", "time")


def holds_contacts(turn: Turn) -> bool:
    """Whether a whole phone or birth date stands in the message."""
    text, today = turn.reading.text, turn.now.date()
    return isinstance(find_phone(text), PhoneMatch) or isinstance(
        find_birth_date(text, today), BirthDateMatch
    )


def without_contacts(text: str, today: date) -> str:
    """The text without a phone and a birth date: their figures say nothing about when to come."""
    text = without_policy(text)
    for found in (find_phone(text), find_birth_date(text, today)):
        if isinstance(found, PhoneMatch | BirthDateMatch):
            # As long as before, so that the other one still stands where it was found.
            text = text[: found.start] + " " * (found.end - found.start) + text[found.end :]
    return text


def names_a_birth_year(turn: Turn) -> bool:
    """Whether a year long past stands in the message, as in «12 мрта 1985»."""
    return _BIRTH_YEAR.search(turn.reading.text) is not None


def is_full_name(turn: Turn) -> bool:
    """Whether the message is somebody's name and nothing else."""
    whole = isinstance(parse_full_name(turn.reading.text), FullNameMatch)
    return whole and bare_value(turn.reading.text, turn.now) == "name"


def agrees(turn: Turn) -> bool:
    """A plain yes. A value is none, even if the classifier takes an unusual name for one."""
    return turn.reading.intent == "affirm" and not _is_only_a_value(turn)


def _begins_with_yes(text: str) -> bool:
    """«Да, Петров Илья, 8916…» answers more than it was asked."""
    words = tokens(text)
    return bool(words) and words[0].text in _YES


def _is_only_a_value(turn: Turn) -> bool:
    text = turn.reading.text
    if _may_be_name(text) or _figures(text) >= _FIGURES:
        return True
    return _holds_phone_or_birth_date(turn) or bare_value(text, turn.now) is not None


def _holds_phone_or_birth_date(turn: Turn) -> bool:
    text, today = turn.reading.text, turn.now.date()
    if isinstance(find_phone(text), PhoneMatch | PhoneProblem):
        return True
    return isinstance(find_birth_date(text, today), BirthDateMatch | BirthDateProblem)


def _figures(text: str) -> int:
    """How many figures a text has; a number in words counts as one."""
    in_words = sum("NUMR" in token.tag or "Anum" in token.tag for token in tokens(text))
    return in_words + sum(char.isdigit() for char in text)


def _may_be_name(text: str) -> bool:
    """Whether this is a full name or a part of one, even one that `lang` cannot divide: «Суббота Павел»."""
    words = text.split()
    if isinstance(parse_full_name(text), FullNameMatch):
        return True
    if len(words) == 1:
        return looks_like_name(text) and is_known(text.lower())
    if not 2 <= len(words) <= 4 or not all(word.replace("-", "").isalpha() for word in words):
        return False
    # «де Ланье Софи»: particles are short and small.
    capitals = all(word[0].isupper() or len(word) <= 3 for word in words)
    capitals = capitals and sum(word[0].isupper() for word in words) > 1
    given = any(_is_given(word) for word in words)
    if any(is_filler(word) for word in words):
        return given and capitals
    return given or (capitals and any("Surn" in tokens(word)[0].tag or not is_known(word) for word in words))


def _is_given(word: str) -> bool:
    cases = {case for _, case in given_readings(word.lower())}
    return len(word) > 2 and is_known(word) and "nomn" in cases


def _take_phone(turn: Turn, text: str, writer: str = "") -> str:
    """The patient's part without the phone; a phone among the writer's own words comes first."""
    own = find_phone(writer)
    if isinstance(own, PhoneMatch):
        turn.draft.set(slots.PHONE, own.e164)
        found = find_phone(text)
        return _cut(text, found.start, found.end) if isinstance(found, PhoneMatch) else text
    found = find_phone(text)
    if isinstance(found, PhoneMatch):
        turn.draft.set(slots.PHONE, found.e164)
        return _cut(text, found.start, found.end)
    if turn.requested == slots.PATIENT and _is_birth_date(turn):
        return text
    if isinstance(found, PhoneProblem) and turn.requested in (slots.PHONE, slots.PATIENT):
        turn.explain(slots.PHONE, _PHONE_PROBLEMS.get(found.code, "utter_phone_wrong_length"))
    elif turn.requested == slots.PHONE and _figures(text) >= _FIGURES and not _is_birth_date(turn):
        letters = any(char.isalpha() for char in text)
        turn.explain(slots.PHONE, "utter_phone_letters" if letters else "utter_phone_wrong_length")
    return text


def _is_birth_date(turn: Turn) -> bool:
    return isinstance(find_birth_date(turn.reading.text, turn.now.date()), BirthDateMatch)


def _take_birth_date(turn: Turn, text: str) -> str:
    found = find_birth_date(text, turn.now.date())
    if isinstance(found, BirthDateMatch):
        turn.draft.set(slots.BIRTH_DATE, found.value.isoformat())
        return _cut(text, found.start, found.end)
    asked = turn.requested in (slots.BIRTH_DATE, slots.PATIENT)
    if isinstance(found, BirthDateProblem) and asked and not turn.say.count:
        turn.explain(slots.BIRTH_DATE, _BIRTH_PROBLEMS[found.code])
    return text


def _take_name(turn: Turn, text: str, asked: bool) -> None:
    if not any(letter.isalpha() for letter in text):
        return
    found = parse_full_name(text)
    part = turn.draft.name_part
    if part is not None and not isinstance(found, FullNameMatch):
        found = parse_full_name(f"{part['text']} {text.strip()}")
    if isinstance(found, FullNameMatch):
        turn.draft.forget(slots.NAME_PART)
        name = {"surname": found.surname, "given": found.given, "patronymic": found.patronymic}
        turn.draft.set(slots.PATIENT, name)
    elif turn.requested == slots.CONFIRMED and turn.draft.patient is not None:
        _correct_name(turn, turn.draft.patient, text)
    elif asked and isinstance(found, NameProblem) and not turn.say.count:
        missing = _MISSING.get(found.code)
        if missing is None:
            turn.explain(slots.PATIENT, "utter_name_not_understood")
        else:
            turn.draft.set(slots.NAME_PART, {"text": text.strip(), "missing": missing})


def _correct_name(turn: Turn, patient: FullName, text: str) -> None:
    """«Фамилия Сергеенко», «имя не Наталия, а Наталья»: one part of the name is said anew."""
    for part, word in _NAME_PART.findall(text.lower()):
        field = next(name for stem, name in _NAME_FIELDS.items() if part.startswith(stem))
        name = {"surname": patient.surname, "given": patient.given, "patronymic": patient.patronymic}
        turn.draft.set(slots.PATIENT, {**name, field: word.title()})


def _cut(text: str, start: int, end: int) -> str:
    return f"{text[:start]} {text[end:]}"

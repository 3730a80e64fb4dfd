"""For whom the visit is: the writer, a child, a parent; whose data are already known."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from actions.booking import slots
from actions.booking.draft import Draft
from actions.booking.slots import Known, What, Whom
from actions.booking.turn import Turn
from clinic.outcomes import LedgerUnavailable
from clinic.search import ADULT_AGE
from lang.birth_dates import age
from lang.for_whom import people_in
from lang.grammar import inflect
from lang.text import tokens

SOME_CHILD = 7
SELF = "self"
# «known:0» of a button: the place in the list of known people.
KNOWN = "known:"
_CASES = ("nominative", "accusative", "dative", "genitive")
_DATA_STEPS = (slots.CONSENT, slots.PATIENT, slots.PHONE, slots.BIRTH_DATE, slots.CONFIRMED)
_DENIALS = ("нет", "не", "ой")
_FEW_WORDS = 7


async def take(turn: Turn) -> None:
    """Set or correct `booking__for_whom`; the data of somebody else are put aside, not lost."""
    draft = turn.draft
    if draft.moving is not None:
        return
    chosen = turn.reading.button.get("for_whom")
    if chosen:
        _choose(turn, chosen)
    elif turn.requested is None and draft.what is None:
        await _recall(turn)
        _begin(turn)
    elif turn.requested == slots.FOR_WHOM and _named_one(turn) is not None:
        _choose(turn, _named_one(turn) or "")
    else:
        said = _said(turn)
        if said is not None and not _is_no_patient(turn, said):
            become(turn, said)
    if not draft.knows(slots.FOR_WHOM) and not unclear(draft):
        draft.settle(slots.FOR_WHOM, Whom().value())


def answers(turn: Turn) -> bool:
    """Whether the message says for whom, as an answer or as a short correction («нет, не мне, а маме»)."""
    said = _said(turn)
    if turn.requested == slots.FOR_WHOM:
        return said is not None or _named_one(turn) is not None
    words = [token for token in tokens(turn.reading.text) if token.tag != "PNCT"]
    changes = said is not None and said.who != turn.draft.whom.who
    return changes and len(words) <= _FEW_WORDS and words[0].text in (*_DENIALS, "это")


def unclear(draft: Draft) -> bool:
    """Whether people are known and nothing tells which of them, or who else, is coming."""
    return bool(draft.people) and not draft.knows(slots.PATIENT) and not draft.knows(slots.FOR_WHOM)


def become(turn: Turn, whom: Whom) -> None:
    """From now on the visit is for `whom`: what was said of the former patient is kept for later."""
    draft, before = turn.draft, turn.draft.whom
    if draft.knows(slots.FOR_WHOM) and before.may_be(whom):
        joined = replace(
            before,
            supposed=False,
            age=before.age if whom.age is None else whom.age,
            gender=whom.gender or before.gender,
        )
        _set(turn, joined)
        return
    remember(draft)
    known = [person for person in draft.people if person.whom.may_be(whom)]
    _load(turn, whom, known[0] if len(known) == 1 else None)


def remember(draft: Draft) -> None:
    """Keep the present patient among the known people."""
    if draft.patient is None:
        return
    birth_date = draft.birth_date.isoformat() if draft.birth_date else None
    person = Known(draft.whom, draft.patient, birth_date, draft.insurer, draft.policy)
    _add(draft, person)


def note_writer(draft: Draft, person: Known) -> None:
    """The writer's own name, said beside the patient's."""
    _add(draft, person)


def settle_age(turn: Turn) -> None:
    """A birth date decides who is a child, whatever was said before; a child needs another consent."""
    draft = turn.draft
    if not draft.changed(slots.BIRTH_DATE) or draft.birth_date is None:
        return
    years = age(draft.birth_date, turn.now.date())
    whom = draft.whom
    if whom.who == SELF and years < ADULT_AGE:
        whom = Whom("child")
    _set(turn, replace(whom, age=years, supposed=False), quietly=True)


def fit_what(turn: Turn) -> None:
    """A child asked to a doctor of adults goes to the one of children who does the same work.

    And whoever asks for a doctor of children is supposed to write for a child.
    """
    draft, what = turn.draft, turn.draft.what
    for_children = what is not None and (what.child or what.ids[0] in _of_children(turn))
    if draft.whom == Whom() and for_children:
        _set(turn, Whom("child", supposed=True), quietly=True)
    elif draft.whom.supposed and what is not None and not for_children:
        _set(turn, Whom(), quietly=True)
    if what is None or what.kind != "specialty" or not draft.whom.is_child:
        return
    instead = turn.context.words.instead_for_children.get(what.ids[0])
    if instead is None:
        return
    if draft.choice is not None or draft.offers:
        draft.forget(*slots.CHOICE)
    wanted = What("specialty", (instead,), child=True)
    draft.set(slots.WHAT, wanted.value())
    turn.say(
        "utter_child_doctor_instead", adult=turn.context.words.who(what), child=turn.context.words.who(wanted)
    )


def _of_children(turn: Turn) -> set[str]:
    return set(turn.context.words.instead_for_children.values())


def years_of(draft: Draft, today_age: int | None) -> int | None:
    """The patient's age as far as it is known; a child without one is some child."""
    if today_age is not None:
        return today_age
    if draft.whom.age is not None:
        return draft.whom.age
    return SOME_CHILD if draft.whom.is_child else None


def segments(text: str, whom: Whom) -> tuple[str, str]:
    """What a line says of the patient and what of the writer, "" if it does not speak of both."""
    people = people_in(text)
    if whom.who == SELF or not people:
        return text, ""
    starts = [person.start for person in people]
    parts = [(None, text[: starts[0]])] if text[: starts[0]].strip() else []
    for person, start, end in zip(people, starts, [*starts[1:], len(text)], strict=True):
        parts.append((person, text[start:end]))  # type: ignore[arg-type]  # the first has nobody
    mine = [
        part
        for person, part in parts
        if person is not None and whom.may_be(Whom(person.who, None, person.gender))
    ]
    unnamed = [part for person, part in parts if person is None]
    others = [
        part
        for person, part in parts
        if person is not None and not whom.may_be(Whom(person.who, None, person.gender))
    ]
    if mine:
        return " ".join(mine), " ".join((*unnamed, *others))
    if any(any(char.isalpha() for char in part) for part in unnamed):
        return " ".join(unnamed), " ".join(others)
    return text, ""


async def _recall(turn: Turn) -> None:
    """People booked before with the phone that is proved here; the only adult among them is who writes."""
    draft = turn.draft
    if draft.people or draft.patient is not None:
        return
    try:
        patients = await asyncio.to_thread(turn.context.clinic.visits.known_patients, turn.conversation)
    except LedgerUnavailable:
        return
    ages = {patient: age(patient.birth_date, turn.now.date()) for patient in patients}
    adults = [patient for patient, years in ages.items() if years >= ADULT_AGE]
    for patient, years in reversed(ages.items()):
        who = "child" if years < ADULT_AGE else SELF if len(adults) == 1 else "other"
        _add(draft, Known(Whom(who, years), patient.name, patient.birth_date.isoformat()))
    if patients:
        draft.settle(slots.PHONE, patients[0].phone)


def _begin(turn: Turn) -> None:
    """A new booking: for whom it says; else for the writer, if the last one was for the writer."""
    draft = turn.draft
    said = _said(turn, light=True)
    named = turn.reading.of("name")
    if said is None and draft.patient is not None:
        other = any(mention.value["given"] != draft.patient.given for mention in named)
        said = Whom("other") if other else None
    if said is not None:
        become(turn, said)
        return
    if draft.patient is not None and draft.whom.who == SELF:
        return
    if draft.patient is not None:
        remember(draft)
        draft.forget(slots.FOR_WHOM, slots.PATIENT, slots.BIRTH_DATE)
        return
    if len(draft.people) == 1:
        _load(turn, draft.people[0].whom, draft.people[0])


def _said(turn: Turn, light: bool = False) -> Whom | None:
    """Whom the message names; «запишите меня» counts only at the beginning."""
    for mention in turn.reading.of("for_whom"):
        if light or not mention.value.get("light"):
            return Whom.of(mention.value)
    return None


def _is_no_patient(turn: Turn, said: Whom) -> bool:
    """Where data are given, a relative may be whose phone it is («это мужа: 8…») or who writes («мама …»)."""
    words = [token.text for token in tokens(turn.reading.text)]
    if turn.requested not in _DATA_STEPS or not words or words[0] in _DENIALS:
        return False
    holds = turn.reading.of("phone", "birth_date")
    if holds and not turn.reading.of("name"):
        return True
    return turn.draft.whom.is_child and said.who != "child" and bool(turn.reading.of("name"))


def _choose(turn: Turn, chosen: str) -> None:
    people = turn.draft.people
    if chosen.startswith(KNOWN):
        number = chosen.removeprefix(KNOWN)
        if number.isdigit() and int(number) < len(people):
            person = people[int(number)]
            remember(turn.draft)
            _load(turn, person.whom, person)
    else:
        become(turn, Whom(chosen))


def _named_one(turn: Turn) -> str | None:
    """The known person whose name is the answer («на Анну», «Егора»), as a button would say it."""
    said = {token.text for token in tokens(turn.reading.text)}
    for number, person in enumerate(turn.draft.people):
        given = person.name.given
        if said & {inflect(given, case).lower().replace("ё", "е") for case in _CASES}:
            return f"{KNOWN}{number}"
    if len(turn.draft.people) == 1 and turn.reading.intent == "affirm":
        return f"{KNOWN}0"
    return "other" if said & {"другого", "другой", "другую", "другому"} else None


def _load(turn: Turn, whom: Whom, person: Known | None) -> None:
    draft = turn.draft
    draft.forget(slots.NAME_PART, slots.CONFIRMED)
    draft.set(slots.PATIENT, None if person is None else {**_name(person)})
    draft.set(slots.BIRTH_DATE, None if person is None else person.birth_date)
    if draft.by_policy:
        draft.set(slots.POLICY, None if person is None else person.policy)
    _set(turn, whom if person is None else replace(person.whom, age=_age(turn, person)))


def _set(turn: Turn, whom: Whom, quietly: bool = False) -> None:
    """Set who is coming, and ask again only what another patient changes: the consent, the offered times."""
    draft, before = turn.draft, turn.draft.whom
    if quietly or whom == before:
        draft.settle(slots.FOR_WHOM, whom.value())
    else:
        draft.set(slots.FOR_WHOM, whom.value())
    # Who came before may be forgotten already: what counts is what has been agreed to.
    if draft.consent is not False:
        draft.set(slots.CONSENT, True if whom.document in draft.consents else None)
    if whom.is_child != before.is_child and draft.choice is None:
        draft.forget(slots.OFFERS)


def _add(draft: Draft, person: Known) -> None:
    others = [known for known in draft.people if not _same(known, person)]
    draft.settle(slots.PEOPLE, [known.value() for known in (*others, person)])


def _same(one: Known, other: Known) -> bool:
    if one.name.given != other.name.given:
        # The writer is one person, however the name was corrected.
        return one.whom.who == other.whom.who == SELF
    if one.birth_date and other.birth_date and one.birth_date != other.birth_date:
        return one.whom.may_be(other.whom) and one.whom.who == SELF
    return one.name.surname == other.name.surname or one.whom.may_be(other.whom)


def _name(person: Known) -> dict[str, str]:
    name = person.name
    return {"surname": name.surname, "given": name.given, "patronymic": name.patronymic}


def _age(turn: Turn, person: Known) -> int | None:
    born = slots.birth_date_of(person.birth_date)
    return person.whom.age if born is None else age(born, turn.now.date())

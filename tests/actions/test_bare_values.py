"""A name, a phone or a birth date that stands alone, in every step, whatever the classifier says of it.

Where it is asked for it is taken; anywhere else it never says yes, never books, never changes the doctor.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest
import pytest_asyncio
import yaml

from actions.booking import slots
from tests.actions.clinic import NOW, ROOT, Stage, open_stage
from tests.actions.dialogue import STEPS, Dialogue, Turn, entities_of

VALUES: dict[str, list[str]] = yaml.safe_load((ROOT / "tests/nlu/values.yml").read_text(encoding="utf-8"))
MEANT: dict[str, dict[str, str]] = yaml.safe_load(
    (ROOT / "tests/actions/meant.yml").read_text(encoding="utf-8")
)
ASKED = {"names": slots.PATIENT, "phones": slots.PHONE, "dates": slots.BIRTH_DATE}
INTENTS = ("greet", "affirm", "out_of_scope", "ask_medical_advice", "nlu_fallback", "inform")

NOT_A_NAME = (
    "utter_name_not_understood",
    "utter_booking_patient_surname",
    "utter_booking_patient_given",
)
IN_WORDS = ("utter_phone_letters", "utter_phone_wrong_length")
YEAR_FIRST = ("utter_birth_date_year_missing",)
UNCLEAR = ("utter_booking_birth_date", "utter_booking_birth_date_again")

# What may be too hard to read, and what is said then.
# Better reading makes no test fail.
HARD: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("Тер-Акопян Арман", "Вечер Станислав", "слава мирный", "Ю Татьяна"), NOT_A_NAME),
    **dict.fromkeys(("Пятница Анна", "Анна Пятница", "Ким Ен Су", "Эрдэнэбат Тумэн"), NOT_A_NAME),
    **dict.fromkeys(("Добрый Алексей", "Суббота Павел", "Рада Полищук", "Ёлкин Ждан"), NOT_A_NAME),
    **dict.fromkeys(("фон Беннигсен Александра", "де Ланье Софи", "Асан кызы Айгуль"), NOT_A_NAME),
    **dict.fromkeys(("John Smith", "Petrova Elena", "Ivanov Sergey Petrovich"), NOT_A_NAME),
    "8 девятьсот три 111 22 00": IN_WORDS,
    "8 9о3 111 22 оо": IN_WORDS,
    **dict.fromkeys((text for text in VALUES["phones"] if not re.search(r"\d", text)), IN_WORDS),
    **dict.fromkeys(("1988 14 февраля", "1996 год 9 сентября", "1973, 21 июня"), YEAR_FIRST),
    "1985 года, двенадцатого марта": YEAR_FIRST,
    **dict.fromkeys(("март 12, 1985", "марта 12 1985", "12 мрта 1985"), UNCLEAR),
    **dict.fromkeys(("12 третьего 85", "двенадцатое третьего восемьдесят пятого"), UNCLEAR),
}
# Read, but divided or declined otherwise than meant; the patient sees it before the last yes.
DIVIDED_OTHERWISE = {
    "Шмидт Эрика",
    "Ли Мин",
    "нгуен тхи лан",
    "Бен Давид Эстер",
    "Гарсия Лопес Мария",
    "John Smith",
}


@pytest.fixture(scope="module")
def clinic() -> Iterator[Stage]:
    with open_stage() as stage:
        yield stage


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def asked(clinic: Stage) -> dict[str, dict[str, Any]]:
    """The slots of a conversation at each step."""
    found = {}
    for step, way in STEPS.items():
        talk = Dialogue(clinic)
        await (way(talk) if way else talk.write("хочу записаться", "book_visit"))
        found[step] = copy.deepcopy(talk.slots)
    return found


@pytest.fixture(scope="module")
def entities() -> dict[str, list[dict[str, Any]]]:
    return {text: entities_of(text, NOW) for texts in VALUES.values() for text in texts}


async def answer(
    stage: Stage, at: dict[str, Any], text: str, intent: str, found: list[dict[str, Any]]
) -> tuple[Dialogue, Turn]:
    talk = Dialogue(stage)
    talk.slots, talk.active = copy.deepcopy(at), True
    return talk, await talk.receive(text, intent, found)


def as_meant(kind: str, text: str, value: Any) -> bool:
    if kind == "names":
        return f"{value['surname']} {value['given']}" == MEANT["names"].get(text) or text in DIVIDED_OTHERWISE
    if kind == "dates":
        return bool(value == MEANT["dates"][text])
    return bool(value == "+7" + re.sub(r"\D", "", text)[-10:])


@pytest.mark.parametrize("intent", INTENTS)
@pytest.mark.parametrize("kind", ASKED)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_value_is_taken_where_it_is_asked_for(
    clinic: Stage, asked: Any, entities: Any, kind: str, intent: str
) -> None:
    wrong = []
    for text in VALUES[kind]:
        step = ASKED[kind]
        talk, turn = await answer(clinic, asked[step], text, intent, entities[text])
        value = talk.slots[step]
        if value is None and text in HARD:
            fine = not turn.interrupted and bool(set(HARD[text]) & set(turn.names))
        else:
            fine = value is not None and as_meant(kind, text, value)
        fine = fine and all(
            talk.slots[name] == asked[step][name] for name in (slots.WHAT, slots.PLACE, slots.WISH)
        )
        if not fine:
            wrong.append((text, value, turn.names))
    assert wrong == []


@pytest.mark.parametrize("intent", INTENTS)
@pytest.mark.parametrize("step", [step for step in STEPS if step != slots.WHAT])
@pytest.mark.asyncio(loop_scope="module")
async def test_a_value_is_harmless_elsewhere(
    clinic: Stage, asked: Any, entities: Any, step: str, intent: str
) -> None:
    before = asked[step]
    wrong = []
    for kind, texts in VALUES.items():
        if ASKED[kind] == step:
            continue
        for text in texts:
            booked = len(clinic.bookings.confirms)
            talk, turn = await answer(clinic, before, text, intent, entities[text])
            kept = [slots.WHAT, slots.CONSENT, slots.CONFIRMED]
            if step not in (slots.PLACE, slots.WISH, slots.OFFER):
                kept += [slots.PLACE, slots.WISH]
            changed = [name for name in kept if talk.slots[name] != before[name]]
            # A child's birth date asks for the consent of a representative.
            child = (talk.slots[slots.FOR_WHOM] or {}).get("who") == "child"
            if child and talk.slots[slots.CONSENT] is None and slots.CONSENT in changed:
                changed.remove(slots.CONSENT)
            # A child's birth date, and only it, frees the time of a doctor for adults.
            if (
                talk.slots[slots.OFFER] != before[slots.OFFER]
                and "utter_child_to_adult_doctor" not in turn.names
            ):
                changed.append(slots.OFFER)
            if changed or len(clinic.bookings.confirms) != booked or not talk.active:
                wrong.append((text, changed, turn.names))
    assert wrong == []


@pytest.mark.parametrize("intent", INTENTS)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_value_before_the_doctor_is_known_ends_nothing(
    clinic: Stage, asked: Any, entities: Any, intent: str
) -> None:
    for texts in VALUES.values():
        for text in texts:
            talk, _ = await answer(clinic, asked[slots.WHAT], text, intent, entities[text])
            assert talk.active and talk.requested == slots.WHAT, text


@pytest.mark.asyncio(loop_scope="module")
async def test_every_yes_of_the_training_examples_is_still_a_yes(clinic: Stage, asked: Any) -> None:
    groups = yaml.safe_load((ROOT / "data/nlu/yes_no.yml").read_text(encoding="utf-8"))["nlu"]
    examples = next(group["examples"] for group in groups if group["intent"] == "affirm")
    # Letters that are no word, one of which is a name too.
    yes = [line[2:].strip() for line in examples.splitlines() if line[2:].strip() != "дада"]
    assert len(yes) > 100
    for text in yes:
        talk, _ = await answer(clinic, asked[slots.CONSENT], text, "affirm", entities_of(text, NOW))
        assert talk.slots[slots.CONSENT] is True, text

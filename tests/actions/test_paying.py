"""Who pays: no price and no promise with a policy, and the truth about where it is taken."""

from __future__ import annotations

import pytest

from actions.booking import slots
from tests.actions.clinic import Stage
from tests.actions.dialogue import Dialogue

PRICE = "₽"


@pytest.fixture
def insured(stage: Stage) -> Stage:
    stage.reference.policies = {
        "leninsky": ("Ладья Страхование", "Парус Страхование"),
        "taganka": ("Ладья Страхование",),
    }
    return stage


async def test_no_price_and_a_check_by_a_person(talk: Dialogue, insured: Stage) -> None:
    turn = await talk.write("к лору на Ленинский завтра по ДМС Ладья")
    assert turn.names == ["utter_booking_insurer_noted", "utter_offers"]
    assert PRICE not in turn.text
    await talk.tap('/inform{"offer":"1"}')
    await talk.tap("/affirm", "Согласен(на)")
    turn = await talk.write("Петров Илья 89160001234 12.05.1987", "inform")
    assert turn.names == ["utter_booking_policy"]

    turn = await talk.write("45001-7788", "inform")

    assert turn.names == ["utter_booking_confirmed"]
    assert "Ладья Страхование" in turn.text and "45001-7788" in turn.text and PRICE not in turn.text
    turn = await talk.tap("/affirm", "Да, записать")
    assert "utter_booked_by_policy" in turn.names
    assert PRICE not in turn.text
    assert insured.requests.kinds == ["insurance"]
    stored = next(iter(insured.requests.stored.values()))
    assert stored.details == {"booking_id": 1, "insurer": "Ладья Страхование", "policy": "45001-7788"}
    comment = insured.bookings.confirms[0].comment
    assert "ДМС: Ладья Страхование" in comment and "45001-7788" in comment


async def test_the_insurer_is_asked_for_only_with_a_policy(talk: Dialogue, insured: Stage) -> None:
    turn = await talk.write("к лору на Ленинский завтра по ДМС")
    assert turn.names == ["utter_booking_insurer"]
    assert "Парус Страхование" in turn.text

    turn = await talk.write("Парус", "inform")

    assert talk.slots[slots.INSURER] == "Парус Страхование"
    assert talk.requested == slots.OFFER


async def test_without_a_policy_nothing_is_asked(talk: Dialogue, insured: Stage) -> None:
    turn = await talk.to_confirmed()

    assert PRICE in turn.text
    assert talk.slots[slots.INSURER] == slots.NOT_NEEDED
    await talk.tap("/affirm", "Да, записать")
    assert insured.requests.kinds == []
    assert insured.bookings.confirms[0].comment == ""


async def test_only_branches_that_take_it_are_offered(talk: Dialogue, insured: Stage) -> None:
    insured.reference.policies = {"taganka": ("Ладья Страхование",)}

    await talk.write("к лору в Москве завтра по ДМС Ладья")

    assert {offer["branch"] for offer in talk.slots[slots.OFFERS]} == {"taganka"}


async def test_a_branch_that_does_not_take_it_names_those_that_do(talk: Dialogue, insured: Stage) -> None:
    insured.reference.policies = {"taganka": ("Ладья Страхование",)}

    turn = await talk.write("к лору на Ленинский завтра по ДМС Ладья")

    assert turn.names == ["utter_booking_insurer_elsewhere"]
    assert "Таганка" in turn.text
    assert talk.slots[slots.OFFERS] is None
    turn = await talk.press(turn, "Таганка")
    assert talk.requested == slots.OFFER
    assert {offer["branch"] for offer in talk.slots[slots.OFFERS]} == {"taganka"}


async def test_or_a_visit_paid_by_oneself(talk: Dialogue, insured: Stage) -> None:
    insured.reference.policies = {"taganka": ("Ладья Страхование",)}
    turn = await talk.write("к лору на Ленинский завтра по ДМС Ладья")

    turn = await talk.press(turn, "Платно")

    assert talk.requested == slots.OFFER
    assert PRICE in turn.text


async def test_an_insurer_nobody_takes(talk: Dialogue, insured: Stage) -> None:
    turn = await talk.write("к лору на Ленинский завтра по ДМС Берег-Полис")

    assert turn.names == ["utter_booking_insurer_no"]


async def test_oms_is_not_taken(talk: Dialogue, insured: Stage) -> None:
    turn = await talk.write("к лору на Ленинский завтра по полису ОМС")
    assert turn.names == ["utter_booking_oms"]

    turn = await talk.write("давайте платно", "inform")

    assert talk.requested == slots.OFFER
    assert PRICE in turn.text


async def test_said_in_the_middle_it_takes_the_price_away(talk: Dialogue, insured: Stage) -> None:
    await talk.to_confirmed()
    held = talk.slots[slots.OFFER]

    turn = await talk.write("я по дмс, страховая Ладья", "ask_insurance")

    assert talk.slots[slots.OFFER] == held
    assert turn.names == ["utter_booking_insurer_noted", "utter_booking_policy"]
    turn = await talk.tap('/inform{"policy":"later"}')
    assert turn.names == ["utter_booking_confirmed"]
    assert PRICE not in turn.text


async def test_and_back_to_paying(talk: Dialogue, insured: Stage) -> None:
    await talk.to_confirmed()
    await talk.write("я по дмс, страховая Ладья", "ask_insurance")

    turn = await talk.write("нет, лучше платно", "inform")

    assert turn.names == ["utter_booking_confirmed"]
    assert PRICE in turn.text


async def test_a_question_about_policies_changes_nothing(talk: Dialogue, insured: Stage) -> None:
    await talk.to_confirmed()

    turn = await talk.write("а по дмс Ладья принимаете?", "ask_insurance")

    assert turn.interrupted
    assert talk.slots[slots.PAYMENT] is None


async def test_a_number_not_at_hand(talk: Dialogue, insured: Stage) -> None:
    await talk.write("к лору на Ленинский завтра по ДМС Ладья")
    await talk.tap('/inform{"offer":"1"}')
    await talk.tap("/affirm", "Согласен(на)")
    await talk.write("Петров Илья 89160001234 12.05.1987", "inform")

    turn = await talk.write("не помню, полис дома", "inform")

    assert talk.requested == slots.CONFIRMED
    assert "уточнит администратор" in turn.text


async def test_policy_phone_and_name_in_one_line(talk: Dialogue, insured: Stage) -> None:
    await talk.write("к лору на Ленинский завтра по ДМС Ладья")
    await talk.tap('/inform{"offer":"1"}')
    await talk.tap("/affirm", "Согласен(на)")

    await talk.write("Петров Илья 12.05.1987 полис 4500123456 телефон 89160001234", "inform")

    assert talk.requested == slots.CONFIRMED
    assert talk.slots[slots.POLICY] == "4500123456"
    assert talk.slots[slots.PHONE] == "+79160001234"


async def test_no_price_is_told_in_the_middle(talk: Dialogue, insured: Stage) -> None:
    await talk.write("к лору на Ленинский завтра по ДМС Ладья")

    turn = await talk.run("action_answer_price", talk.message("сколько стоит", "ask_price", [], None))

    assert turn.names == ["utter_price_by_policy"]


async def test_a_silent_reference_refuses_nobody(
    talk: Dialogue, insured: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mis.port import MisUnavailable

    def silent(branch_id: str) -> tuple[str, ...]:
        raise MisUnavailable("silent")

    monkeypatch.setattr(insured.reference, "insurers", silent)
    await talk.write("к лору на Ленинский завтра по ДМС Ладья")

    assert talk.requested == slots.OFFER

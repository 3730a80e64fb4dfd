from __future__ import annotations

import pytest

from lang.payment import asks_about_payment, find_payment


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("к лору по ДМС", "dms"),
        ("запишите по полису", "dms"),
        ("по полису Ладья к терапевту", "dms"),
        ("у меня добровольное медицинское страхование", "dms"),
        ("по страховке от работы", "dms"),
        ("по гарантийному письму", "dms"),
        ("по омс", "oms"),
        ("запишите по полису ОМС", "oms"),
        ("полис обязательного страхования", "oms"),
        ("за деньги", "cash"),
        ("давайте платно", "cash"),
        ("за свой счёт", "cash"),
        ("без полиса", "cash"),
        ("полиса нет", "cash"),
        ("не по омс, а по дмс", "dms"),
        ("не по дмс, а платно", "cash"),
        ("дмс нет, оплачу сама", "cash"),
    ],
)
def test_how_it_is_paid(text: str, kind: str) -> None:
    found = find_payment(text)
    assert found is not None
    assert found.kind == kind
    assert text[found.start : found.end].strip()


@pytest.mark.parametrize("text", ["к лору завтра", "", "по понедельникам", "полистала сайт", "не по омс"])
def test_nothing_is_said_of_payment(text: str) -> None:
    assert find_payment(text) is None


@pytest.mark.parametrize(
    ("text", "asks"),
    [("по дмс принимаете", True), ("ДМС?", True), ("у меня дмс", False), ("по дмс Ладья", False)],
)
def test_a_question_is_no_statement(text: str, asks: bool) -> None:
    assert asks_about_payment(text) is asks

from __future__ import annotations

import pytest

from lang.visit_kind import find_visit_kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("запишите повторно к терапевту", "repeat"),
        ("повторный приём кардиолога", "repeat"),
        ("На повторную консультацию", "repeat"),
        ("повторно", "repeat"),
        ("снова к тому же врачу", "repeat"),
        ("ещё раз к этому доктору", "repeat"),
        ("к той же, у которой была", "repeat"),
        ("хочу к тому же врачу", "repeat"),
        ("я уже была у него весной", "repeat"),
        ("наблюдаюсь у неё второй год", "repeat"),
        ("приду второй раз", "repeat"),
        ("не первый раз у вас", "repeat"),
        ("не впервые", "repeat"),
        ("первый раз у вас", "first"),
        ("Впервые, к лору", "first"),
        ("первичный приём невролога", "first"),
        ("первичная консультация", "first"),
        ("раньше у вас не была", "first"),
        ("я новый пациент", "first"),
        ("ещё не был у вас", "first"),
    ],
)
def test_the_kind_of_a_visit_is_read(text: str, kind: str) -> None:
    found = find_visit_kind(text)
    assert found is not None
    assert found.value == kind
    assert text[found.start : found.end].strip() == text[found.start : found.end]


@pytest.mark.parametrize(
    "text",
    [
        "запишите к лору",
        "первый вариант",
        "в первой половине дня",
        "повторный анализ крови",
        "повторное УЗИ почек",
        "первый раз слышу",
        "повторите, пожалуйста",
        "второй",
        "первого декабря",
        "",
    ],
)
def test_other_words_say_nothing_of_the_visit(text: str) -> None:
    assert find_visit_kind(text) is None


def test_the_span_is_the_words_themselves() -> None:
    text = "Ещё бы ПОВТОРНЫЙ приём, ёлки"
    found = find_visit_kind(text)
    assert found is not None
    assert text[found.start : found.end] == "ПОВТОРНЫЙ приём"

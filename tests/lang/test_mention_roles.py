"""Of several doctors named, those who are only told of are not wanted."""

from __future__ import annotations

from pathlib import Path

import pytest

from lang.catalogue import load_catalogue
from lang.mentions import Recogniser

CATALOGUE = Path(__file__).resolve().parents[2] / "data" / "catalogue"


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser(load_catalogue(CATALOGUE))


def wanted(recogniser: Recogniser, text: str) -> list[str]:
    return [m.value for m in recogniser.find(text) if m.kind == "specialty" and not m.negated]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("хирург направил к неврологу", "neurologist"),
        ("была у хирурга, он направил к неврологу, запишите", "neurologist"),
        ("мама наблюдалась у эндокринолога, теперь кардиолог нужен", "cardiologist"),
        ("направление от терапевта к кардиологу", "cardiologist"),
        ("по рекомендации дерматолога нужен онколог", "oncologist"),
        ("уролога уже прошли, нефролог теперь", "nephrologist"),
        ("подруга косметолог, рекомендует вашего стоматолога", "dentist"),
        ("сестра работает педиатром и посоветовала вашего гинеколога", "gynecologist"),
    ],
)
def test_a_doctor_only_told_of_is_not_wanted(recogniser: Recogniser, text: str, expected: str) -> None:
    assert wanted(recogniser, text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("кардиолог сказал прийти через месяц, запишите к нему", ["cardiologist"]),
        ("была у лора, хочу к ней ещё раз", ["ent"]),
        ("запишите к гинекологу и маммологу", ["gynecologist", "breast_specialist"]),
        ("терапевт и хирург нужны для санкнижки", ["therapist", "surgeon"]),
        ("есть направление на консультацию хирурга и невролога", ["surgeon", "neurologist"]),
    ],
)
def test_the_only_doctor_and_those_asked_for_together_stay(
    recogniser: Recogniser, text: str, expected: list[str]
) -> None:
    assert wanted(recogniser, text) == expected

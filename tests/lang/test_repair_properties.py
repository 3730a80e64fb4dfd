from __future__ import annotations

import pytest

from lang.repair import Repairer

pytest.importorskip("hypothesis", reason="hypothesis is installed in .venv only")

from hypothesis import given, settings
from hypothesis import strategies as st

_CLEAN = [
    *(
        "хочу",
        "записаться",
        "к",
        "кардиологу",
        "на",
        "завтра",
        "утром",
        "сколько",
        "стоит",
        "прием",
        "у",
        "врача",
    ),
    *(
        "анализы",
        "крови",
        "результат",
        "перенести",
        "отменить",
        "запись",
        "в",
        "пятницу",
        "вечером",
        "ребенок",
    ),
    *(
        "пять",
        "лет",
        "болит",
        "живот",
        "спина",
        "клиника",
        "соколе",
        "адрес",
        "спасибо",
        "да",
        "нет",
        "можно",
    ),
    *("прийти", "без", "записи", "ваш", "терапевт", "работает", "до", "шести", "часов", "узи", "мрт", "лор"),
]


@given(st.lists(st.sampled_from(_CLEAN), max_size=15), st.sampled_from([" ", ", ", ". ", "\n", "! "]))
@settings(max_examples=150, deadline=None)
def test_known_words_are_never_changed(repairer: Repairer, words: list[str], between: str) -> None:
    assert not repairer.repair(between.join(words)).changed


@given(
    st.text(st.sampled_from("абвгдеёклорузиьй ABcdehkloprsu469.,;'[]?-@\n\u0306\u200b"), max_size=60)
    | st.text(max_size=60)
)
@settings(max_examples=200, deadline=None)
def test_any_text_is_repaired_once_and_its_spans_are_valid(repairer: Repairer, text: str) -> None:
    repaired = repairer.repair(text)
    assert not repairer.repair(repaired.text).changed
    assert repaired.changed == (repaired.text != text)
    length = len(repaired.text)
    for start, end in ((0, length), (0, 0), (length, length), (length // 3, length // 2)):
        first, last = repaired.original_span(start, end)
        assert 0 <= first <= last <= len(text)
    assert repaired.original_span(0, length) == (0, len(text))


@pytest.mark.parametrize("first", sorted(set(_CLEAN)))
def test_no_two_known_words_are_joined(repairer: Repairer, first: str) -> None:
    pairs = [f"{first} {second}" for second in sorted(set(_CLEAN))]
    assert [pair for pair in pairs if repairer.repair(pair).changed] == []

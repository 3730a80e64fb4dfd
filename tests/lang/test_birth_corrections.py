from __future__ import annotations

from datetime import date

import pytest

from lang.birth_corrections import corrected

KNOWN, TODAY = date(1987, 5, 12), date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("дата рождения не 87, а 78", date(1978, 5, 12)),
        ("не 1987, а 1978", date(1978, 5, 12)),
        ("не 12, а 21", date(1987, 5, 21)),
        ("не мая, а июня", date(1987, 6, 12)),
        ("год рождения 1978", date(1978, 5, 12)),
        ("не 87 года, а 78", date(1978, 5, 12)),
        ("не 13, а 14", None),
        ("не 12, а 40", None),
        ("не мне, а маме", None),
        ("не 87, а 2087", None),
        ("в 1978 году болел", None),
    ],
)
def test_one_part_is_said_anew(text: str, meant: date | None) -> None:
    assert corrected(text, KNOWN, TODAY) == meant

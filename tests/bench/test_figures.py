"""The arithmetic and the table of the benchmark."""

from __future__ import annotations

import pytest

from bench.figures import Figure, at_most, percentile, rounds, table


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([7.0], 0.95, 7.0),
        ([3.0, 1.0, 2.0], 0.5, 2.0),
        ([float(n) for n in range(1, 101)], 0.95, 95.0),
        ([float(n) for n in range(1, 101)], 0.0, 1.0),
        ([1.0] * 18 + [50.0, 60.0], 0.95, 50.0),
    ],
)
def test_percentile(values: list[float], share: float, expected: float) -> None:
    assert percentile(values, share) == expected


def test_a_limit_is_met_up_to_itself() -> None:
    assert at_most("turn", 100.0, 100, "ms").within is True
    assert at_most("turn", 100.1, 100, "ms").within is False


def test_rounds_end_with_the_time() -> None:
    assert list(rounds(3, 60)) == [0, 1, 2]
    assert list(rounds(3, -1)) == []


def test_columns_stand_under_each_other() -> None:
    lines = table(
        [
            at_most("turn", 120.4, 100, "ms", "n 3"),
            at_most("memory", 1.256, 3, "GB"),
            Figure("burst", "not measured: no answer", "", None),
        ]
    ).splitlines()
    assert lines[0].split() == ["what", "measured", "target"]
    start = lines[0].index("measured")
    assert [line[start:].split("  ")[0] for line in lines[2:]] == [
        "120 ms (n 3)",
        "1.26 GB",
        "not measured: no answer",
    ]
    assert lines[2].endswith("≤ 100 ms  over")
    assert lines[3].endswith("≤ 3 GB    ok")
    assert lines[4].endswith("no answer")

from __future__ import annotations

import os

import pytest

from bot.parallel import WORTH_IT, each


def test_results_keep_the_order_of_the_items() -> None:
    items = list(range(3 * WORTH_IT))

    assert each(lambda item: item * 2, items) == [item * 2 for item in items]


def test_few_items_start_no_process() -> None:
    assert each(lambda item: os.getpid(), range(3)) == [os.getpid()] * 3


def test_an_error_is_raised_and_the_next_work_goes_well() -> None:
    items = list(range(WORTH_IT))
    with pytest.raises(ZeroDivisionError):
        each(lambda item: 1 / item, items)

    assert each(str, items) == [str(item) for item in items]

"""Work on many texts shared between the processors: training reads some twenty thousand messages."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

# Fewer are done sooner here than processes are started.
WORTH_IT = 500
_CHUNK = 200
_work: Callable[..., object] | None = None


def each(work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """`work` of each item, in their order; `work` must depend on nothing but the item.

    Processes are forked, so that they share what `work` has loaded; where forking is not safe, one does all.
    """
    global _work
    processors = len(os.sched_getaffinity(0)) if sys.platform == "linux" else 1
    if processors == 1 or len(items) < WORTH_IT:
        return [work(item) for item in items]
    _work = work
    try:
        with multiprocessing.get_context("fork").Pool(processors) as pool:
            return pool.map(_do, items, _CHUNK)
    finally:
        _work = None


def _do(item: Item) -> object:
    assert _work is not None
    return _work(item)

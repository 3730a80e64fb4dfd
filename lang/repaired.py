"""A repaired text that knows where each stretch of it stood in the original."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Edit:
    """`text` stands for what was at [start, end)."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class _Shift:
    """[new_start, new_end) of the later text was [start, end) of the earlier one."""

    start: int
    end: int
    new_start: int
    new_end: int


@dataclass(frozen=True)
class Repaired:
    """`text` is what to read instead of `original`."""

    text: str
    original: str
    layers: tuple[tuple[_Shift, ...], ...] = ()

    @property
    def changed(self) -> bool:
        return self.text != self.original

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Where [start, end) of `text` stood in `original`; a part of a repaired stretch is all of it.

        Offsets outside the text are moved to its ends.
        """
        start = max(0, min(start, len(self.text)))
        end = max(start, min(end, len(self.text)))
        for layer in reversed(self.layers):
            start, end = _back(layer, start, end)
        return start, end

    def with_edits(self, edits: Sequence[Edit]) -> Repaired:
        """After further edits of `text`; they are in order and do not overlap."""
        pieces: list[str] = []
        shifts: list[_Shift] = []
        done = length = 0
        for edit in edits:
            length += edit.start - done
            pieces += (self.text[done : edit.start], edit.text)
            shifts.append(_Shift(edit.start, edit.end, length, length + len(edit.text)))
            length += len(edit.text)
            done = edit.end
        pieces.append(self.text[done:])
        return Repaired("".join(pieces), self.original, (*self.layers, tuple(shifts)))


def _back(layer: Sequence[_Shift], start: int, end: int) -> tuple[int, int]:
    moved = 0
    old_start = old_end = None
    for shift in layer:
        if old_start is None and start < shift.new_end:
            # An empty span at the beginning of a stretch stays before it.
            inside = start > shift.new_start or (start == shift.new_start and end > start)
            old_start = shift.start if inside else start + moved
        if old_end is None and end <= shift.new_end:
            old_end = shift.end if end > shift.new_start else end + moved
        moved = shift.end - shift.new_end
    return (start + moved if old_start is None else old_start, end + moved if old_end is None else old_end)

"""Where one message may hold several requests: its sentences and the clauses joined by «и», «а ещё»."""

from __future__ import annotations

import re

_BORDER = re.compile(
    r"[.?!;…\n]+"
    r"|(?<!\sа)(?<!\sи),?\s+(?=(?:а также|а ещ[её]|и ещ[её]|ещ[её]|плюс|заодно|кстати|потом|также)\s)"
    r"|,\s*(?=(?:а|и|но|или)\s)"
    r"|\s(?=и\s)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]{2,}")
FEWEST_WORDS = 2


def segments(text: str) -> list[tuple[int, int]]:
    """Spans of the parts in order, at least two words each; the whole text if nothing divides it.

    A shorter part joins the one before it, the first one the one after it.
    """
    borders = [*(match.end() for match in _BORDER.finditer(text)), len(text)]
    spans: list[tuple[int, int]] = []
    start = 0
    for end in borders:
        if len(_WORD.findall(text[start:end])) >= FEWEST_WORDS:
            spans.append((start, end))
        elif spans:
            spans[-1] = (spans[-1][0], end)
        else:
            continue
        start = end
    return spans or [(0, len(text))]

"""How unlikely it is that one word was typed for another: keys side by side and sounds alike cost less."""

from __future__ import annotations

_ROWS = ("йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю")
_SOUNDS = (
    "оа",
    "еи",
    "ея",
    "ия",
    "еэ",
    "иы",
    "бп",
    "вф",
    "гк",
    "дт",
    "жш",
    "зс",
    "гх",
    "шщ",
    "чщ",
    "ую",
    "цс",
)
# Letters that are written and not heard.
_SILENT = (("вств", "ств"), ("стн", "сн"), ("здн", "зн"), ("рдц", "рц"), ("лнц", "нц"), ("нтг", "нг"))
ANY, GAP, NEIGHBOUR, SWAP = 1.0, 0.9, 0.65, 0.6
HEARD, DOUBLED, SHORT, SIGN, REFLEXIVE = 0.4, 0.4, 0.6, 0.3, 0.2
_FIRST_LETTER = 0.25


def _near_keys() -> frozenset[str]:
    # Each row of keys is shifted by half a key to the right of the one above.
    place = {key: (number, at + number / 2) for number, row in enumerate(_ROWS) for at, key in enumerate(row)}
    return frozenset(
        a + b
        for a, (row, at) in place.items()
        for b, (other, beside) in place.items()
        if a != b and abs(row - other) <= 1 and abs(at - beside) <= 1
    )


_NEAR = _near_keys()
_HEARD = frozenset(pair for sounds in _SOUNDS for pair in (sounds, sounds[::-1]))
_TAILS = (("ца", "ться"), ("ца", "тся"), ("тся", "ться"), ("ться", "тся"), ("тса", "ться"), ("тса", "тся"))


def typo_cost(typed: str, meant: str) -> float:
    """0 for equal words, about 0.4–1 for one likely slip, more for each further one. Symmetric it is not."""
    if typed == meant:
        return 0.0
    for written, right in _TAILS:
        if typed.endswith(written) and meant.endswith(right):
            return REFLEXIVE + typo_cost(typed[: -len(written)], meant[: -len(right)])
    for written, heard in _SILENT:
        if written in meant and heard in typed and written not in typed:
            return SIGN + typo_cost(typed.replace(heard, written, 1), meant)
    first = typed[:1] != meant[:1]
    start = 0
    while start < min(len(typed), len(meant)) and typed[start] == meant[start]:
        start += 1
    before = typed[max(0, start - 1) : start]
    while len(typed) > start and len(meant) > start and typed[-1] == meant[-1]:
        typed, meant = typed[:-1], meant[:-1]
    return _distance(typed[start:], meant[start:], before) + (_FIRST_LETTER if first else 0.0)


def _distance(typed: str, meant: str, before: str) -> float:
    """Weighted optimal string alignment of what differs; `before`: the letter before it in both."""
    previous: list[float] = []
    earlier: list[float] = []
    for i in range(len(typed) + 1):
        row: list[float] = []
        for j in range(len(meant) + 1):
            if not i and not j:
                row.append(0.0)
                continue
            best = 9.0
            if i:
                best = previous[j] + _gap(typed[i - 1], typed[i - 2] if i > 1 else before)
            if j:
                best = min(best, row[j - 1] + _gap(meant[j - 1], meant[j - 2] if j > 1 else before))
            if i and j:
                a, b = typed[i - 1], meant[j - 1]
                best = min(best, previous[j - 1] + (0.0 if a == b else _change(a, b)))
                if i > 1 and j > 1 and a == meant[j - 2] and b == typed[i - 2] and a != b:
                    best = min(best, earlier[j - 2] + SWAP)
            row.append(best)
        earlier, previous = previous, row
    return previous[-1]


def _change(typed: str, meant: str) -> float:
    pair = typed + meant
    if pair in _HEARD:
        return HEARD
    if pair in _NEAR:
        return NEIGHBOUR
    return ANY


def _gap(letter: str, before: str) -> float:
    if letter == before:
        return DOUBLED
    if letter == "й":
        return SHORT
    return SIGN if letter in "ьъ" else GAP

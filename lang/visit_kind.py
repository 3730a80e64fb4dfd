"""Whether a visit is the first to a doctor or a repeated one: «повторный приём», «первый раз у вас»."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from lang.text import folded

VisitKind = Literal["first", "repeat"]


@dataclass(frozen=True)
class VisitKindMatch:
    """The kind with its span in the text."""

    value: VisitKind
    start: int
    end: int


_VISIT = r"(?:прием\w*|визит\w*|консультаци\w+|посещени\w+|осмотр\w*|запис\w+)"
_TURN = r"(?:раз|визит|прием)"
_REPEAT = re.compile(
    rf"\bповторн(?:о|ый|ая|ую|ого|ому|ой|ом)(?:\s+(?:на\s+)?{_VISIT})?\b|\bпо\s+второму\s+разу\b|"
    rf"\b(?:снова|опять|еще\s+раз)\s+к\s+(?:тому|той|этому|этой|нему|ней|своему|моему)\b(?:\s+же)?|"
    r"\bк\s+(?:тому|той)\s+же(?:\s+(?:врачу|доктору|специалисту))?\b|"
    rf"\b(?<!не )(?:уже\s+)?(?:был|была|были|ходил|ходила|наблюдаюсь|наблюдался|наблюдалась)\s+"
    r"(?:уже\s+)?у\s+(?:него|нее|этого\s+врача|этого\s+доктора|вас|этой)|"
    rf"\b(?:второй|третий)\s+{_TURN}\b|\bне\s+(?:первый\s+{_TURN}|впервые|первичн\w+)\b"
)
_FIRST = re.compile(
    rf"\bпервичн(?:о|ый|ая|ую|ого|ому|ой|ом)(?:\s+(?:на\s+)?{_VISIT})?\b|\b(?:в\s+)?первый\s+раз(?:\s+у\s+вас)?\b|"
    r"\bвпервые(?:\s+у\s+вас)?\b|\bраньше\s+(?:у\s+вас\s+)?не\s+(?:был|была|были|обращал\w+)\b|"
    r"\b(?:новый|новая)\s+пациент(?:ка)?\b|\bеще\s+не\s+(?:был|была|были)\s+у\s+(?:вас|него|нее)\b"
)
# «анализы повторно», «повторное УЗИ» say nothing of the doctor's visit; neither does «первый раз слышу».
_OTHER = re.compile(r"\s+(?:анализ|узи|мрт|кт|снимок|рентген|слыш|виж|спрашив|пиш|сда)")


def find_visit_kind(text: str) -> VisitKindMatch | None:
    """The first or repeated visit that a message speaks of; None when it says neither."""
    said = folded(text)
    for value, pattern in (("repeat", _REPEAT), ("first", _FIRST)):
        for match in pattern.finditer(said):
            if not _OTHER.match(said, match.end()):
                return VisitKindMatch(value, match.start(), match.end())  # type: ignore[arg-type]  # a literal
    return None

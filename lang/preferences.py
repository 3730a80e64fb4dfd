"""What doctor a patient would rather see: «врач-женщина», «с опытом», «кандидат наук»."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Literal

from lang.text import folded

Gender = Literal["female", "male"]


@dataclass(frozen=True)
class Preferences:
    """All of them are wishes for the doctor. Empty: any doctor will do."""

    gender: Gender | None = None
    experienced: bool = False
    degree: bool = False
    category: bool = False

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))

    def codes(self) -> tuple[str, ...]:
        """As plain words that a message's values and a slot can keep."""
        named = ("experienced", "degree", "category")
        return (*((self.gender,) if self.gender else ()), *(name for name in named if getattr(self, name)))

    @classmethod
    def of(cls, codes: Iterable[str]) -> Preferences:
        """From codes; of two genders the later one holds."""
        said = list(codes)
        gender: Gender | None = None
        for code in said:
            if code == "female":
                gender = "female"
            elif code == "male":
                gender = "male"
        return cls(gender, "experienced" in said, "degree" in said, "category" in said)


ANY = Preferences()


@dataclass(frozen=True)
class PreferenceMatch:
    """One preference with its span in the text."""

    code: str
    start: int
    end: int


_DOCTOR = r"(?:врач\w*|доктор\w*|специалист\w*)"
_WOMAN, _MAN = r"женщин(?:а|у|е|ы|ой)", r"мужчин(?:а|у|е|ы|ой)"


def _gender(word: str) -> str:
    """«врач-женщина», «к женщине», «лучше женщину», «только женщина»: said of the doctor."""
    return (
        rf"{_DOCTOR}[ -]+{word}|{word}[ -]+{_DOCTOR}|\bк\s+{word}\b|"
        rf"\b(?:лучше|только|желательно|предпочтительно|предпочитаю|именно|хотелось бы|чтобы)\s+"
        rf"(?:бы\s+)?(?:был[аи]?\s+|к\s+)?{word}\b|\bэто был[аи]?\s+{word}\b"
    )


_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("female", re.compile(rf"(?<!\w)(?:{_gender(_WOMAN)})")),
    ("male", re.compile(rf"(?<!\w)(?:{_gender(_MAN)})")),
    (
        "experienced",
        re.compile(
            r"\b(?:самы(?:й|м|ого|ому)\s+)?опытн(?:ый|ого|ому|ым|ая|ую|ой)\b|"
            r"\bс\s+(?:большим\s+|хорошим\s+)?(?:опытом|стажем)\b|\bс\s+опытом\s+работы\b"
        ),
    ),
    (
        "degree",
        re.compile(
            r"\b(?:кмн|дмн|к\.\s?м\.\s?н\.?|д\.\s?м\.\s?н\.?)(?!\w)|\bкандидат\w*(?:\s+медицинских)?\s+наук\b|"
            r"\bдоктор\w*\s+(?:медицинских\s+)?наук\b|\bс\s+(?:ученой|научной)\s+степенью\b|\bпрофессор(?:а|у|ом)?\b"
        ),
    ),
    ("category", re.compile(r"\b(?:с\s+)?высш(?:ей|ая|ую)\s+категори(?:и|ей|я|ю)\b")),
)
_ALONE: dict[str, re.Pattern[str]] = {
    "female": re.compile(rf"(?:к\s+)?{_WOMAN}"),
    "male": re.compile(rf"(?:к\s+)?{_MAN}"),
}
_NOT = re.compile(r"\bне\s+(?:нуж\w+\s+|к\s+|обязательно\s+|важн\w+\s+)?$")


def find_preferences(text: str) -> list[PreferenceMatch]:
    """Preferences in the order of the text. Those with «не» before them are left out."""
    return sorted(_found(folded(text)), key=lambda match: match.start)


def _found(text: str) -> Iterator[PreferenceMatch]:
    alone = text.strip(" .,!?")
    for code, pattern in _ALONE.items():
        if pattern.fullmatch(alone):
            yield PreferenceMatch(code, 0, len(text))
            return
    for code, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if not _NOT.search(text[: match.start()]):
                yield PreferenceMatch(code, match.start(), match.end())
                break

"""The evaluation sets in tests/nlu/evaluation/: messages that no training text was made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parents[2] / "tests/nlu/evaluation"


@dataclass(frozen=True)
class TopicCase:
    """`accepted` starts with the strict topic; `wishes` are all requests in order, if there are several."""

    text: str
    accepted: tuple[str, ...]
    wishes: tuple[str, ...] = ()


@dataclass(frozen=True)
class SpecialtyCase:
    text: str
    specialties: tuple[str, ...]


@dataclass(frozen=True)
class ServiceCase:
    """For each service named, in order, the ids that a careful operator would take it for."""

    text: str
    services: tuple[frozenset[str], ...]


@dataclass(frozen=True)
class WishCase:
    text: str
    now: datetime
    wish: dict[str, Any]


@dataclass(frozen=True)
class RedFlagCase:
    text: str
    red_flag: bool
    kind: str


@dataclass(frozen=True)
class SymptomCase:
    text: str
    specialties: tuple[str, ...]


@dataclass(frozen=True)
class NonsenseCase:
    text: str
    kind: str


@dataclass(frozen=True)
class Sets:
    topics: tuple[TopicCase, ...]
    specialties: tuple[SpecialtyCase, ...]
    services: tuple[ServiceCase, ...]
    wishes: tuple[WishCase, ...]
    red_flags: tuple[RedFlagCase, ...]
    symptoms: tuple[SymptomCase, ...]
    nonsense: tuple[NonsenseCase, ...]
    texts: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        groups = (
            self.topics,
            self.specialties,
            self.services,
            self.wishes,
            self.red_flags,
            self.symptoms,
            self.nonsense,
        )
        object.__setattr__(self, "texts", tuple(case.text for group in groups for case in group))


def load_sets(folder: Path = FOLDER) -> Sets:
    """Every set. KeyError or TypeError names what a line lacks."""
    topics = [*_read(folder / "topics_a.yml"), *_read(folder / "topics_b.yml")]
    return Sets(
        topics=tuple(
            TopicCase(row["text"], (row["topic"], *row.get("also_ok", ())), tuple(row.get("wishes", ())))
            for row in topics
        ),
        specialties=tuple(
            SpecialtyCase(row["text"], tuple(row["specialties"])) for row in _read(folder / "specialties.yml")
        ),
        services=tuple(
            ServiceCase(row["text"], tuple(frozenset(group) for group in row["services"]))
            for row in _read(folder / "services.yml")
        ),
        wishes=tuple(
            WishCase(row["text"], datetime.fromisoformat(str(row["now"])), row["wish"])
            for row in _read(folder / "wishes.yml")
        ),
        red_flags=tuple(
            RedFlagCase(row["text"], row["red_flag"], row["kind"]) for row in _read(folder / "red_flags.yml")
        ),
        symptoms=tuple(
            SymptomCase(row["text"], tuple(row["specialties"])) for row in _read(folder / "symptoms.yml")
        ),
        nonsense=tuple(NonsenseCase(row["text"], row["kind"]) for row in _read(folder / "nonsense.yml")),
    )


def _read(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return rows

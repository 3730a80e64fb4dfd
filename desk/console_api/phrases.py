"""Ready phrases of the operators' window, from `data/catalogue/phrases.yml`, and the topics to close with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from desk.access.errors import staff_router
from desk.access.gate import Actor, Gate
from desk.access.texts import StaffTexts
from lang.strict_yaml import Problems, Value, read_yaml
from lang.topics import Topics

VARIABLES = ("greeting", "patient", "operator", "visit")
_SHORTCUT = re.compile(r"[a-zа-яё0-9-]{1,20}")
_PLACE = re.compile(r"\{([^{}]*)\}")
_LONGEST = 1000


@dataclass(frozen=True)
class Phrase:
    """`text` may hold VARIABLES in braces; the window fills them in."""

    shortcut: str
    title: str
    text: str


def load_phrases(path: Path) -> tuple[Phrase, ...]:
    """Reads the file; raises lang.strict_yaml.DataFileError naming file, line and what is allowed."""
    problems = Problems()
    phrases: list[Phrase] = []
    root = read_yaml(path, problems)
    top = root.fields(("phrases",)) if root is not None else {}
    for entry in top["phrases"].values() if "phrases" in top else ():
        fields = entry.fields(("shortcut", "title", "text"))
        if len(fields) == 3:
            phrase = Phrase(fields["shortcut"].text(), fields["title"].text(), fields["text"].text())
            _check(phrase, fields, {each.shortcut for each in phrases})
            phrases.append(phrase)
    problems.stop_if_any()
    return tuple(phrases)


def _check(phrase: Phrase, fields: dict[str, Value], known: set[str]) -> None:
    if not _SHORTCUT.fullmatch(phrase.shortcut):
        fields["shortcut"].wrong(f"bad shortcut {phrase.shortcut!r}", "up to 20 small letters, digits and -")
    if phrase.shortcut in known:
        fields["shortcut"].wrong(f"shortcut {phrase.shortcut!r} is given twice", "each shortcut once")
    if len(phrase.text) > _LONGEST:
        fields["text"].wrong(f"has {len(phrase.text)} characters", f"up to {_LONGEST}")
    unknown = sorted(set(_PLACE.findall(phrase.text)) - set(VARIABLES))
    if unknown:
        fields["text"].wrong(f"unknown value {unknown}", ", ".join(VARIABLES))


class TopicChoice(BaseModel):
    id: str
    title: str


class WordsBody(BaseModel):
    """`topics` are what a conversation can be closed with."""

    phrases: Sequence[Phrase]
    topics: list[TopicChoice]


def words_router(gate: Gate, texts: StaffTexts, phrases: Sequence[Phrase], topics: Topics) -> APIRouter:
    """`GET /api/words`: what the window reads once when it opens."""
    router = staff_router("/api", texts)
    lists = Depends(gate.require("conversations.list"))
    body = WordsBody(
        phrases=phrases,
        topics=[
            TopicChoice(id=each.id, title=title)
            for each in topics.by_id.values()
            if (title := each.request or each.title)
        ],
    )

    @router.get("/words")
    async def words(_actor: Actor = lists) -> WordsBody:
        return body

    return router

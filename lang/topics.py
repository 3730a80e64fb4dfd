"""What patients write about: the topics of topics.yml, each with its intents and a title for a button."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lang.strict_yaml import DataFileError, Problems, Value, read_yaml

LONGEST_TITLE = 30
_ID = re.compile(r"[a-z][a-z0-9_]*")


class TopicsError(DataFileError):
    """topics.yml cannot be used; every problem names its line and what is allowed."""


@dataclass(frozen=True)
class Topic:
    """`title` is None for what is never offered as a meaning; `request` names it to the administrator."""

    id: str
    intents: tuple[str, ...]
    title: str | None = None
    payload: str | None = None
    request: str | None = None


@dataclass(frozen=True)
class Topics:
    """Topics by id, in file order; `other` is the button of none of them."""

    by_id: Mapping[str, Topic]
    other: str
    _by_intent: dict[str, Topic] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        found = {intent: topic for topic in self.by_id.values() for intent in topic.intents}
        object.__setattr__(self, "_by_intent", found)

    def of(self, intent: str) -> Topic | None:
        """The topic of an intent; None if it has none."""
        return self._by_intent.get(intent)


def load_topics(path: Path) -> Topics:
    """Read topics.yml. Raises TopicsError with every problem: file, line, what is wrong, what is allowed."""
    problems = Problems()
    root = read_yaml(path, problems)
    top = root.fields(("topics", "other")) if root else {}
    topics: dict[str, Topic] = {}
    owners: dict[str, str] = {}
    for id_, entry in top["topics"].items() if "topics" in top else ():
        if not _ID.fullmatch(id_):
            entry.wrong(f"bad id {id_!r}", "small Latin letters, digits and _")
            continue
        fields = entry.fields(("intents",), ("title", "payload", "request"))
        if "intents" in fields:
            topics[id_] = _topic(id_, fields, owners)
    other = top["other"].text() if "other" in top else ""
    problems.stop_if_any(TopicsError)
    return Topics(topics, other)


def _topic(id_: str, fields: dict[str, Value], owners: dict[str, str]) -> Topic:
    intents = fields["intents"].texts()
    if not intents:
        fields["intents"].wrong("is empty", "a list of intents")
    for value in fields["intents"].values():
        first = owners.setdefault(value.text(), id_)
        if first != id_:
            value.wrong(f"intent {value.text()!r} already belongs to {first}", "one topic for each intent")
    title, payload = (fields[key].text() if key in fields else None for key in ("title", "payload"))
    if title is not None and len(title) > LONGEST_TITLE:
        fields["title"].wrong(f"{len(title)} letters do not fit a button", f"{LONGEST_TITLE} at most")
    if (title is None) != (payload is None):
        fields["title" if title else "payload"].wrong("stands alone", "title and payload together")
    if payload is not None and payload not in intents:
        fields["payload"].wrong(f"{payload!r} is no intent of this topic", ", ".join(intents))
    request = fields["request"].text() if "request" in fields else None
    return Topic(id_, intents, title, payload, request)

"""What a request for a person says and when it is answered, as designers wrote it in requests.yml."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from string import Formatter

from lang.strict_yaml import DataFileError, Problems, Value, read_yaml

LINES = ("about", "booking", "said", "patient")
KINDS = ("complaint", "privacy", "insurance", "home_visit", "results", "other", "operator")
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_LONGEST_QUOTE = 300


class RequestWordsError(DataFileError):
    """requests.yml cannot be used; every problem names its line and what is allowed."""


@dataclass(frozen=True)
class RequestWords:
    """`deadlines` are by the response that tells them, `kinds` by topic id."""

    opens: time
    closes: time
    now: str
    later: str
    away: str
    kinds: Mapping[str, str]
    deadlines: Mapping[str, str]
    _lines: Mapping[str, str]

    def when_answered(self, moment: time, away: bool = False) -> str:
        """When a person will look, said at `moment` of the network's clock; `away`: nobody is on line."""
        if away:
            return self.away
        return self.now if self.opens <= moment < self.closes else self.later

    def summary(self, **known: str) -> str:
        """The lines of a request; `known` are LINES, an empty one is left out."""
        cut = {name: value[:_LONGEST_QUOTE] for name, value in known.items()}
        return "\n".join(
            line.format(**{name: cut[name]}) for name, line in self._lines.items() if cut.get(name)
        )


def load_request_words(path: Path, topics: Collection[str]) -> RequestWords:
    """Read requests.yml. Raises RequestWordsError: file, line, what is wrong, what is allowed."""
    problems = Problems()
    root = read_yaml(path, problems)
    top = (
        root.fields(("working_hours", "now", "later", "away", "summary", "kinds", "deadlines"))
        if root
        else {}
    )
    hours = top["working_hours"].fields(("opens", "closes")) if "working_hours" in top else {}
    clock = {name: _time(value) for name, value in hours.items()}
    lines = top["summary"].fields(LINES) if "summary" in top else {}
    texts = {name: _line(name, lines[name]) for name in LINES if name in lines}
    kinds: dict[str, str] = {}
    for topic, value in top["kinds"].items() if "kinds" in top else ():
        kinds[topic] = value.text()
        if topic not in topics:
            value.wrong(f"unknown topic {topic!r}", ", ".join(topics))
        if kinds[topic] not in KINDS:
            value.wrong(f"unknown kind {kinds[topic]!r}", ", ".join(KINDS))
    deadlines = {name: value.text() for name, value in top["deadlines"].items()} if "deadlines" in top else {}
    problems.stop_if_any(RequestWordsError)
    return RequestWords(
        clock["opens"],
        clock["closes"],
        top["now"].text(),
        top["later"].text(),
        top["away"].text(),
        kinds,
        deadlines,
        texts,
    )


def _time(value: Value) -> time:
    match = _CLOCK.fullmatch(value.text())
    if match is None:
        value.wrong(f"no time: {value.text()!r}", "hours and minutes, «08:00»")
        return time(0)
    return time(int(match[1]), int(match[2]))


def _line(name: str, value: Value) -> str:
    text = value.text()
    if [part for _, part, _, _ in Formatter().parse(text) if part is not None] != [name]:
        value.wrong(f"the line does not say {{{name}}} once", f"text with {{{name}}}")
    return text

"""Ready answers: which response a question gets, chosen by the words that answers.yml lists."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Literal, cast

from lang.strict_yaml import DataFileError, Problems, Value, read_yaml
from lang.text import all_lemmas, tokens

Then = Literal["nothing", "book", "offer", "store"]
THEN = ("nothing", "book", "offer", "store")
FACTS = (
    "name", "city", "address", "metro", "hours", "today", "holidays", "phone", "parking", "way", "landmark",
    "access",
)  # fmt: skip
_PARTS = re.compile(r"[,.;?!]|\b(?:и|а также|а)\b", re.IGNORECASE)
_WHAT = re.compile(r"(specialty|service):[a-z][a-z0-9_]*")
_RESPONSE = re.compile(r"utter_[a-z_]+")
# A phrase is a list of words, a word the set of its normal forms.
Phrase = tuple[frozenset[str], ...]


class AnswersError(DataFileError):
    """answers.yml cannot be used; every problem names its line and what is allowed."""


@dataclass(frozen=True)
class ReadyAnswer:
    """A response and what follows it: nothing, a button to book, the offer of a person, or a stored request.

    `what` is what the button books, `kind:id` as a button carries it; empty leaves it to be asked.
    """

    response: str
    then: Then
    phrases: tuple[Phrase, ...] = ()
    what: str = ""


@dataclass(frozen=True)
class BranchFact:
    """What is told of a branch when it was asked for; `line` has {name} and other facts of FACTS."""

    id: str
    line: str
    phrases: tuple[Phrase, ...]

    @property
    def needs(self) -> tuple[str, ...]:
        """The facts that the line says."""
        return tuple(part for _, part, _, _ in Formatter().parse(self.line) if part)


@dataclass(frozen=True)
class Answers:
    """Answers by topic id, facts by id, both in file order."""

    topics: Mapping[str, tuple[ReadyAnswer, ...]]
    facts: Mapping[str, BranchFact]

    def choose(self, topic: str, text: str) -> ReadyAnswer:
        """The first answer of the topic with a word of the text, else its last. Raises KeyError for a topic
        without answers."""
        said = words_said(text)
        kinds = self.topics[topic]
        return next((kind for kind in kinds if matches(kind.phrases, said)), kinds[-1])

    def fact(self, text: str) -> BranchFact | None:
        """What is asked about a branch; None when no word of any fact is in the text."""
        said = words_said(text)
        return next((fact for fact in self.facts.values() if matches(fact.phrases, said)), None)

    def all_facts(self, text: str) -> tuple[BranchFact, ...]:
        """What each part of the text asks about a branch, in its order: «до скольки и есть ли парковка»."""
        asked = [self.fact(part) for part in _PARTS.split(text)]
        return tuple(dict.fromkeys(fact for fact in asked if fact is not None))


def load_answers(path: Path, topics: Collection[str]) -> Answers:
    """Read answers.yml; `topics` are the ids that may have answers.

    Raises AnswersError with every problem: file, line, what is wrong, what is allowed.
    """
    problems = Problems()
    root = read_yaml(path, problems)
    top = root.fields(("answers", "branch_facts")) if root else {}
    found: dict[str, tuple[ReadyAnswer, ...]] = {}
    for topic, entry in top["answers"].items() if "answers" in top else ():
        if topic not in topics:
            entry.wrong(f"unknown topic {topic!r}", ", ".join(topics))
        found[topic] = _kinds(entry)
    facts: dict[str, BranchFact] = {}
    for id_, entry in top["branch_facts"].items() if "branch_facts" in top else ():
        fields = entry.fields(("words", "line"))
        if len(fields) == 2:
            facts[id_] = BranchFact(id_, _line(fields["line"]), phrases_of(fields["words"]))
    problems.stop_if_any(AnswersError)
    return Answers(found, facts)


def _kinds(entry: Value) -> tuple[ReadyAnswer, ...]:
    kinds: list[ReadyAnswer] = []
    values = entry.values()
    for value in values:
        fields = value.fields(("response", "then"), ("words", "what"))
        if not {"response", "then"} <= fields.keys():
            continue
        response, then = fields["response"].text(), fields["then"].text()
        if not _RESPONSE.fullmatch(response):
            fields["response"].wrong(f"bad response {response!r}", "utter_ and small Latin letters")
        if then not in THEN:
            fields["then"].wrong(f"unknown {then!r}", ", ".join(THEN))
        what = fields["what"].text() if "what" in fields else ""
        if what and (then != "book" or not _WHAT.fullmatch(what)):
            fields["what"].wrong(f"bad what {what!r}", "specialty:id or service:id, beside then: book")
        last = value is values[-1]
        if last and "words" in fields:
            fields["words"].wrong("the last answer is for everything else", "no words")
        if not last and "words" not in fields:
            value.wrong("an answer without words is not the last", "words, or the last place")
        phrases = phrases_of(fields["words"]) if "words" in fields else ()
        kinds.append(ReadyAnswer(response, cast(Then, then), phrases, what))
    if not kinds:
        entry.wrong("has no answers", "lines that start with `- `")
    return tuple(kinds)


def _line(value: Value) -> str:
    line = value.text()
    try:
        unknown = [part for _, part, _, _ in Formatter().parse(line) if part and part not in FACTS]
    except ValueError as error:
        value.wrong(f"the braces do not match ({error})", "{name} and the like")
        return line
    for part in unknown:
        value.wrong(f"unknown {{{part}}}", ", ".join(f"{{{fact}}}" for fact in FACTS))
    return line


def phrases_of(value: Value) -> tuple[Phrase, ...]:
    return tuple(tuple(_forms(token.text) for token in tokens(phrase)) for phrase in value.texts())


def _forms(word: str) -> frozenset[str]:
    return frozenset((word, *all_lemmas(word)))


def words_said(text: str) -> frozenset[str]:
    return frozenset(form for token in tokens(text) for form in _forms(token.text))


def matches(phrases: tuple[Phrase, ...], said: frozenset[str]) -> bool:
    return any(all(word & said for word in phrase) for phrase in phrases)

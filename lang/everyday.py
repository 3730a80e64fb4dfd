"""Complaints that bring people to a clinic every day, told in nothing but everyday words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lang.strict_yaml import DataFileError, Problems, Value, read_yaml
from lang.text import tokens

MOST_SIGNS = 2
# A higher number may be a fever, a pressure or somebody's great age.
HIGHEST_NUMBER = 38


class EverydayError(DataFileError):
    """`everyday` of alarms.yml cannot be used; every problem names its line and what is allowed."""


@dataclass(frozen=True)
class Everyday:
    """`signs` are what may hurt or trouble, `words` what may stand beside them, both in the base form."""

    signs: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()

    def tells(self, text: str) -> bool:
        """Whether the text has one or two signs and not a single word that is in neither list."""
        found: set[str] = set()
        for token in tokens(text):
            said = {token.text, token.lemma}
            if signs := said & self.signs:
                found |= {token.lemma if token.lemma in signs else token.text}
            elif token.tag == "NUMB":
                if len(token.text) > 2 or int(token.text) > HIGHEST_NUMBER:
                    return False
            elif token.tag != "PNCT" and not said & self.words:
                return False
        return 0 < len(found) <= MOST_SIGNS

    def names_a_sign(self, text: str) -> bool:
        """Whether the text says at all what hurts or troubles, among whatever else."""
        return any({token.text, token.lemma} & self.signs for token in tokens(text))


def read_everyday(value: Value) -> Everyday:
    """What `everyday` of alarms.yml says."""
    parts = value.fields(("signs", "words"))
    lists = {name: frozenset(part.texts()) for name, part in parts.items()}
    return Everyday(lists.get("signs", frozenset()), lists.get("words", frozenset()))


def load_everyday(path: Path) -> Everyday:
    """`everyday` of alarms.yml alone. Raises EverydayError."""
    problems = Problems()
    root = read_yaml(path, problems)
    top = root.fields(("resembles",), ("after", "everyday")) if root else {}
    everyday = read_everyday(top["everyday"]) if "everyday" in top else Everyday()
    problems.stop_if_any(EverydayError)
    return everyday

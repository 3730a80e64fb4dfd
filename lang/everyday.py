"""Complaints that bring people to a clinic every day, told in nothing but everyday words."""

from __future__ import annotations

from dataclasses import dataclass

from lang.strict_yaml import Value
from lang.text import tokens

MOST_SIGNS = 2
# A higher number may be a fever, a pressure or somebody's great age.
HIGHEST_NUMBER = 38


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


def read_everyday(value: Value) -> Everyday:
    """What `everyday` of alarms.yml says."""
    parts = value.fields(("signs", "words"))
    lists = {name: frozenset(part.texts()) for name, part in parts.items()}
    return Everyday(lists.get("signs", frozenset()), lists.get("words", frozenset()))

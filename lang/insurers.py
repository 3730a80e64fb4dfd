"""Insurers in a text: the companies of insurers.yml by any name patients use for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lang.strict_yaml import DataFileError, Problems, read_yaml
from lang.words import Word, split_words


class InsurersError(DataFileError):
    """insurers.yml cannot be used; every problem names its line and what is allowed."""


@dataclass(frozen=True)
class Insurers:
    """Names by id, as the clinic's reference spells them, and the words of everything each is called."""

    names: Mapping[str, str]
    called: tuple[tuple[tuple[frozenset[str], ...], str], ...]

    def find(self, text: str) -> tuple[str, ...]:
        """Names of the insurers that the text mentions, in the catalogue's order, without repeats."""
        words = split_words(text)
        found = {id_ for phrase, id_ in self.called if _contains(words, phrase)}
        return tuple(name for id_, name in self.names.items() if id_ in found)


def load_insurers(path: Path) -> Insurers:
    """Read insurers.yml. Raises InsurersError: file, line, what is wrong, what is allowed."""
    problems = Problems()
    root = read_yaml(path, problems)
    top = root.fields(("insurers",)) if root else {}
    names: dict[str, str] = {}
    called: list[tuple[tuple[frozenset[str], ...], str]] = []
    for id_, entry in top["insurers"].items() if "insurers" in top else ():
        fields = entry.fields(("name", "synonyms"))
        if len(fields) < 2:
            continue
        names[id_] = fields["name"].text()
        for phrase in (names[id_], *fields["synonyms"].texts()):
            called.append((tuple(frozenset(word.lemmas) for word in split_words(phrase)), id_))
    problems.stop_if_any(InsurersError)
    return Insurers(names, tuple(called))


def _contains(words: list[Word], phrase: tuple[frozenset[str], ...]) -> bool:
    length = len(phrase)
    return any(
        all(set(word.lemmas) & wanted for word, wanted in zip(words[at : at + length], phrase, strict=True))
        for at in range(len(words) - length + 1)
    )

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
        found = {name for name, _, _ in self.spans(text)}
        return tuple(name for name in self.names.values() if name in found)

    def spans(self, text: str) -> list[tuple[str, int, int]]:
        """(name, start, end) of every insurer in the text, in its order; the longest name of each place."""
        words = split_words(text)
        found: list[tuple[str, int, int]] = []
        taken: set[int] = set()
        for phrase, id_ in sorted(self.called, key=lambda item: -len(item[0])):
            for at in range(len(words) - len(phrase) + 1):
                here = set(range(at, at + len(phrase)))
                if not taken & here and _stands_at(words, phrase, at):
                    taken |= here
                    found.append((self.names[id_], words[at].start, words[at + len(phrase) - 1].end))
        return sorted(found, key=lambda item: item[1])


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


def _stands_at(words: list[Word], phrase: tuple[frozenset[str], ...], at: int) -> bool:
    return all(
        set(word.lemmas) & wanted for word, wanted in zip(words[at : at + len(phrase)], phrase, strict=True)
    )

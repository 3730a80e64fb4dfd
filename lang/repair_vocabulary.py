"""Collects the words a repair knows: catalogue, training data, everyday words, with their inflected forms."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

import yaml

from lang.catalogue import Catalogue
from lang.glued import Gluer
from lang.lexicon import Lexicon
from lang.text import normalise, parses
from lang.words import is_known

_WORD = re.compile("[а-я]+")
_INFLECTED = frozenset({"NOUN", "ADJF", "ADJS", "VERB", "INFN", "NUMR", "NPRO"})
_WRITTEN = _INFLECTED | {"GRND", "PRED"}
_FORM_WEIGHT = 0.2
_EVERYDAY_WEIGHTS = (20.0, 4.0, 1.0)
# Written this often in the training data, a word is no misspelling of another.
_CERTAIN = 4
# A synonym of that many letters that only sounds like a better written word is a slip of it.
_LONG, _SOUNDS_ALIKE = 7, 0.5


def _data() -> dict[str, object]:
    data: dict[str, object] = yaml.safe_load(Path(__file__).with_name("repair_words.yml").read_text("utf-8"))
    return data


def replacements() -> dict[str, str]:
    """Exact replacements of lang/repair_words.yml."""
    table = _data()["replace"]
    assert isinstance(table, dict)
    return {str(word): str(meant) for word, meant in table.items()}


def latin_words() -> tuple[frozenset[str], frozenset[str]]:
    """(what stays Latin, English words) of lang/repair_words.yml."""
    data = _data()
    return frozenset(str(data["keep_latin"]).split()), frozenset(str(data["english"]).split())


def everyday_words() -> dict[str, float]:
    """The everyday words of lang/repair_words.yml and their forms, with weights."""
    tiers = _data()["everyday"]
    assert isinstance(tiers, list)
    counts: dict[str, float] = {}
    for weight, words in zip(_EVERYDAY_WEIGHTS, tiers, strict=True):
        for word in str(words).split():
            counts.setdefault(normalise(word), weight)
    return _with_forms(counts)


def catalogue_words(catalogue: Catalogue) -> dict[str, float]:
    """Every word of the catalogue's names, synonyms and addresses and its forms, with weights.

    Services have synonyms as patients write them: a slip of a better written word is left out.
    """
    texts: list[str] = [*catalogue.unknown_doctors]
    for specialty in catalogue.specialties.values():
        texts += (specialty.name, specialty.title, specialty.direction, *specialty.synonyms, *specialty.lay)
    for service in catalogue.services.values():
        texts.append(service.name)
    for group in catalogue.groups.values():
        texts += (group.name, *group.synonyms)
    for region in catalogue.regions.values():
        texts += (region.name, *region.cities, *region.synonyms)
    for branch in catalogue.branches.values():
        texts += (branch.name, branch.city, branch.address, *branch.metro, branch.landmark, branch.district)
        texts += (branch.way, *branch.synonyms)
    sure = Counter(word for text in texts for word in _words(text))
    lay = Counter(
        word for service in catalogue.services.values() for text in service.synonyms for word in _words(text)
    )
    lexicon = Lexicon(_merged(sure, {word: n for word, n in lay.items() if is_known(word)}))
    for word, number in lay.items():
        if lexicon.knows(word) or len(word) < _LONG or lexicon.nearest(word, most=_SOUNDS_ALIKE) is None:
            sure[word] += number
    return _with_forms(sure)


def training_words(messages: Iterable[str], known: Mapping[str, float]) -> dict[str, float]:
    """Words of messages and their forms, with weights; misspelled and glued ones are left out.

    `known`: words that are right for certain, such as the catalogue's.
    """
    written = Counter(word for message in messages for word in _words(message))
    sure = {word: n for word, n in written.items() if word in known or is_known(word) or n >= _CERTAIN}
    lexicon = Lexicon(_merged(known, sure))
    gluer = Gluer(lexicon)
    wrong = replacements()
    for word, number in written.items():
        guessed = 1 < number < _CERTAIN and word not in sure and word not in wrong
        if guessed and lexicon.nearest(word) is None and gluer.parted(word) is None:
            sure[word] = number
    return _with_forms(sure)


def collect_vocabulary(catalogue: Catalogue, messages: Iterable[str] = ()) -> dict[str, float]:
    """What a Repairer is built from: the catalogue's words and those of the training messages."""
    words = catalogue_words(catalogue)
    return _merged(words, training_words(messages, _merged(words, everyday_words())))


def _merged(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    counts = dict(one)
    for word, number in other.items():
        counts[word] = counts.get(word, 0.0) + number
    return counts


def _words(text: str) -> list[str]:
    return [word for word in _WORD.findall(normalise(text)) if len(word) > 1]


def _with_forms(counts: Mapping[str, float]) -> dict[str, float]:
    result: defaultdict[str, float] = defaultdict(float)
    for word, number in counts.items():
        result[word] += number
        for form in inflections(word):
            result[form] += _FORM_WEIGHT * min(number, 10.0)
    return dict(result)


@lru_cache(maxsize=20_000)
def inflections(word: str) -> frozenset[str]:
    """All forms of a normalised word but participles; only itself when the dictionary cannot decline it."""
    if len(word) > 3 and (is_known(word) or len(word) > 4):
        for reading in parses(word):
            if reading.tag.POS in _INFLECTED and (reading.is_known or reading.tag.POS == "NOUN"):
                return _lexeme(reading.normal_form, reading.tag.POS) | {word}
    return frozenset({word})


@lru_cache(maxsize=20_000)
def _lexeme(lemma: str, part_of_speech: str) -> frozenset[str]:
    for reading in parses(lemma):
        if part_of_speech == reading.tag.POS and reading.normal_form == lemma:
            forms = (form.word.replace("ё", "е") for form in reading.lexeme if form.tag.POS in _WRITTEN)
            return frozenset(form for form in forms if _WORD.fullmatch(form))
    return frozenset()

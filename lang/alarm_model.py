"""A second net under the list of red flags: how much a message resembles alarms that people have written.

Plain arithmetic over words and letters, without a library, because it also runs where Rasa does not. It is
learnt from data/red_flags/ by bot/alarm_training.py and read from a JSON file.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from lang.text import normalise, tokens

LONGEST_LETTERS = 5
SHORTEST_LETTERS = 3
# Any alarm, thoughts of suicide.
SCORES = 2
_WORD = re.compile(r"\w+")


class AlarmModelError(ValueError):
    """The file of the model is absent or damaged; the message says what to do."""


@dataclass(frozen=True)
class Features:
    """`words`: lemmas and pairs of neighbours; `letters`: runs of 3–5 letters inside words."""

    words: frozenset[str]
    letters: frozenset[str]


def features(text: str) -> Features:
    """What the model sees of a message."""
    lemmas = [token.lemma for token in tokens(text) if token.tag != "PNCT"]
    letters: set[str] = set()
    for word in _WORD.findall(normalise(text)):
        padded = f" {word} "
        for size in range(SHORTEST_LETTERS, LONGEST_LETTERS + 1):
            letters.update(padded[at : at + size] for at in range(len(padded) - size + 1))
    pairs = (f"{one} {other}" for one, other in pairwise(lemmas))
    return Features(frozenset([*lemmas, *pairs]), frozenset(letters))


def weight_of_one(names: Iterable[str]) -> float:
    """What each of these features counts: together they have length 1."""
    return 1 / math.sqrt(max(1, len(list(names))))


@dataclass(frozen=True)
class AlarmModel:
    """Two scores with bias, threshold and weights each: any alarm, and thoughts of suicide."""

    biases: tuple[float, ...]
    thresholds: tuple[float, ...]
    words: Mapping[str, tuple[float, ...]]
    letters: Mapping[str, tuple[float, ...]]

    def check(self, text: str) -> str | None:
        """`emergency`, `suicide`, or None for a message that resembles no alarm enough."""
        alarm, suicide = self.scores(text)
        if alarm < self.thresholds[0]:
            return None
        return "suicide" if suicide >= self.thresholds[1] else "emergency"

    def scores(self, text: str) -> tuple[float, ...]:
        """(any alarm, suicide) as margins: above 0 is likelier than not among the taught messages."""
        seen = features(text)
        totals = list(self.biases)
        for names, weights in ((seen.words, self.words), (seen.letters, self.letters)):
            one = weight_of_one(names)
            for name in names:
                for place, weight in enumerate(weights.get(name, ())):
                    totals[place] += one * weight
        return tuple(totals)

    def save(self, path: Path) -> None:
        content = {
            "biases": self.biases,
            "thresholds": self.thresholds,
            "words": self.words,
            "letters": self.letters,
        }
        path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> AlarmModel:
        """What `save` wrote; AlarmModelError if the file is absent or not that."""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            biases, thresholds = tuple(content["biases"]), tuple(content["thresholds"])
            if len(biases) != SCORES or len(thresholds) != SCORES:
                raise ValueError("another number of scores")
            return cls(
                biases,
                thresholds,
                {name: tuple(weights) for name, weights in content["words"].items()},
                {name: tuple(weights) for name, weights in content["letters"].items()},
            )
        except FileNotFoundError as error:
            raise AlarmModelError(f"{path} is missing: run `make build`") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise AlarmModelError(f"{path} is damaged: remove it and run `make build`") from error

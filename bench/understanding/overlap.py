"""Evaluation messages that stand, nearly word for word, in the training texts: `python -m …overlap`.

Compared by lemmas: five words or more of which four fifths of the runs of three stand in one training text.
Shorter messages («да», «спасибо большое») are what everybody writes and prove nothing.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from bench.understanding.sets import load_sets
from lang.complaints import load_complaints
from lang.text import tokens

DATA = Path(__file__).resolve().parents[2] / "data"
FEWEST_WORDS = 5
RUN = 3
ALIKE = 0.8


@dataclass(frozen=True)
class Overlap:
    """An evaluation message and the training text it resembles."""

    message: str
    training: str


def overlaps(messages: Iterable[str], training: Iterable[str]) -> list[Overlap]:
    """Every message that has a near-duplicate among the training texts, with the nearest of them."""
    texts = list(training)
    index: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, text in enumerate(texts):
        for run in set(_runs(text)):
            index[run].append(number)
    found = []
    for message in messages:
        runs = set(_runs(message))
        if not runs:
            continue
        shared = Counter(number for run in runs for number in index.get(run, ()))
        for number, count in shared.most_common(1):
            if count / len(runs) >= ALIKE:
                found.append(Overlap(message, texts[number]))
    return found


def training_texts(data: Path = DATA) -> Iterator[str]:
    """Everything a model learns from: messages, complaints, alarms and their look-alikes."""
    for path in sorted((data / "nlu").glob("*.yml")):
        for block in _read(path)["nlu"]:
            if "intent" in block:
                yield from (line.strip()[2:] for line in block["examples"].strip().splitlines())
    for name in ("alarms.yml", "harmless.yml"):
        for texts in _read(data / "red_flags" / name).values():
            yield from texts
    yield from (complaint.text for complaint in load_complaints(data / "complaints"))


def _runs(text: str) -> list[tuple[str, ...]]:
    words = [token.lemma for token in tokens(text) if token.tag != "PNCT"]
    if len(words) < FEWEST_WORDS:
        return []
    return [tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1)]


def _read(path: Path) -> dict[str, list]:
    content: dict[str, list] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


def main() -> int:
    """Print the training texts to take out; the messages themselves stay unread."""
    found = overlaps(load_sets().texts, training_texts())
    for overlap in found:
        print(overlap.training)
    print(f"{len(found)} of the evaluation messages stand in the training texts", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

"""The training messages that every compared pipeline learns from."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

DATA = Path(__file__).resolve().parents[2] / "data/nlu"
_SEED = 7
# Fewer of an intent cannot be learnt by every classifier.
FEWEST = 5


@dataclass(frozen=True)
class Example:
    text: str
    intent: str


def load_examples(folder: Path = DATA) -> list[Example]:
    """Every message in `folder`, in file order. KeyError or TypeError when a file is no training data."""
    found = []
    for path in sorted(folder.glob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            if "intent" in block:
                lines = block["examples"].strip().splitlines()
                found += [Example(line.strip()[2:], block["intent"]) for line in lines]
    return found


def sample(examples: Sequence[Example], count: int) -> list[Example]:
    """About `count` examples, each intent with its share of them and at least five; always the same."""
    chooser = random.Random(_SEED)
    kept = []
    for same in _by_intent(examples).values():
        wanted = max(round(count * len(same) / len(examples)), FEWEST)
        kept += chooser.sample(same, min(wanted, len(same)))
    return kept


def write(examples: Sequence[Example], path: Path) -> None:
    """A file of training data for Rasa."""
    lines = ['version: "3.1"', "nlu:"]
    for intent, same in _by_intent(examples).items():
        lines += [f"- intent: {intent}", "  examples: |", *(f"    - {example.text}" for example in same)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _by_intent(examples: Sequence[Example]) -> dict[str, list[Example]]:
    found: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        found[example.intent].append(example)
    return found

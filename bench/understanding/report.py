"""`make nlu-report`: reports/nlu.md and reports/confusion.png, for designers.

Sentences are shown of the development set only: whoever reads those of the evaluation sets tunes to them.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from bench.understanding.measure import PRESENT, measure, table
from bench.understanding.sets import TopicCase, load_sets
from bot.clock import fixed_at
from bot.settings import load_settings
from bot.understanding import MODEL, Reader, understood
from lang.topics import Topics, load_topics

ROOT = Path(__file__).resolve().parents[2]
DEVELOPMENT = ROOT / "tests/nlu/intents.yml"
REPORTS = ROOT / "reports"


@dataclass(frozen=True)
class Answer:
    """What the model took a message for."""

    case: TopicCase
    topic: str
    confidence: float

    @property
    def right(self) -> bool:
        return self.topic in self.case.accepted


def development_cases(topics: Topics) -> list[TopicCase]:
    """The development set, its intents as topics."""
    rows = yaml.safe_load(DEVELOPMENT.read_text(encoding="utf-8"))
    return [
        TopicCase(
            row["text"], tuple(_topic(topics, name) for name in (row["intent"], *row.get("also_ok", ())))
        )
        for row in rows
    ]


def _topic(topics: Topics, intent: str) -> str:
    topic = topics.of(intent)
    return topic.id if topic else intent


async def answers(reader: Reader, cases: Sequence[TopicCase]) -> list[Answer]:
    with fixed_at(PRESENT):
        parsed = [understood(item) for item in await reader.read_all([case.text for case in cases])]
    return [Answer(case, item.topic, item.confidence) for case, item in zip(cases, parsed, strict=True)]


def by_topic(found: Sequence[Answer]) -> list[str]:
    """Recall over the messages of a topic, precision over the messages the model gave to it."""
    lines = ["| topic | messages | recall | given | precision |", "|---|--:|--:|--:|--:|"]
    for topic in sorted({a.case.accepted[0] for a in found} | {a.topic for a in found}):
        meant = [a.right for a in found if a.case.accepted[0] == topic]
        given = [a.right for a in found if a.topic == topic]
        lines.append(f"| {topic} | {len(meant)} | {_share(meant)} | {len(given)} | {_share(given)} |")
    return lines


def confusions(found: Sequence[Answer], sentences: bool) -> list[str]:
    """The commonest pairs of meant and understood topic."""
    wrong = [answer for answer in found if not answer.right]
    lines: list[str] = []
    for (meant, taken), count in Counter((a.case.accepted[0], a.topic) for a in wrong).most_common(40):
        lines.append(f"- {meant} → {taken}: {count}")
        if sentences:
            same = [a for a in wrong if (a.case.accepted[0], a.topic) == (meant, taken)]
            lines += [f"    - «{a.case.text}» ({a.confidence:.2f})" for a in same]
    return lines


def picture(found: Sequence[Answer], path: Path) -> None:
    """The confusion matrix: rows are what was meant, columns what was understood."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    names = sorted({a.case.accepted[0] for a in found} | {a.topic for a in found})
    place = {name: at for at, name in enumerate(names)}
    counts = [[0] * len(names) for _ in names]
    for answer in found:
        taken = answer.case.accepted[0] if answer.right else answer.topic
        counts[place[answer.case.accepted[0]]][place[taken]] += 1
    figure, axes = pyplot.subplots(figsize=(11, 10))
    axes.imshow([[count**0.5 for count in row] for row in counts], cmap="Greens")
    axes.set_xticks(range(len(names)), names, rotation=90)
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("understood")
    axes.set_ylabel("meant")
    for row, line in enumerate(counts):
        for column, count in enumerate(line):
            if count:
                axes.text(column, row, str(count), ha="center", va="center", fontsize=7)
    figure.tight_layout()
    figure.savefig(path, dpi=90)
    pyplot.close(figure)


def _share(values: Sequence[bool]) -> str:
    return f"{sum(values) / len(values):.2f}" if values else "–"


async def _write(reader: Reader) -> None:
    sets = load_sets()
    topics = load_topics(load_settings().catalogue_dir / "topics.yml")
    held_out = await answers(reader, sets.topics)
    development = await answers(reader, development_cases(topics))
    REPORTS.mkdir(exist_ok=True)
    parts = [
        "# Как Мария понимает сообщения",
        "## Цели и измерено на сообщениях, которых никто не видел при настройке",
        table(await measure(reader, sets)),
        "## По темам",
        "\n".join(by_topic(held_out)),
        "## Что с чем путает (без самих сообщений: по ним не настраивают)",
        "\n".join(confusions(held_out, sentences=False)),
        "## Что с чем путает на сообщениях для разработки",
        "\n".join(confusions(development, sentences=True)),
    ]
    (REPORTS / "nlu.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    picture(held_out, REPORTS / "confusion.png")


def main() -> int:
    if not MODEL.exists():
        print("maria: there is no trained model: run `make build`", file=sys.stderr)
        return 1
    asyncio.run(_write(Reader()))
    print("reports/nlu.md, reports/confusion.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())

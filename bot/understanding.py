"""What the trained model makes of a message, as one JSON object: the door for designers and measuring.

`make parse` reads messages from standard input, a line each, and prints a line of JSON for each.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot.light_rasa import keep_for_good, without_tensorflow
from lang.wish import Wish

MODEL = Path("models/maria.tar.gz")
SYMPTOMS_SHOWN = 3


@dataclass(frozen=True)
class Understood:
    """Canonical values: ids of topics.yml and data/catalogue/, surnames in the nominative, a wish as JSON.

    `services` holds the best guess for each service named, then the other candidates; `wishes` the topics
    of all requests in order.
    """

    topic: str
    confidence: float
    specialties: tuple[str, ...]
    services: tuple[str, ...]
    doctors: tuple[str, ...]
    branches: tuple[str, ...]
    wish: Mapping[str, Any]
    symptoms: tuple[str, ...]
    red_flag: bool
    wishes: tuple[str, ...]

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)


def understood(parsed: Mapping[str, Any]) -> Understood:
    """The parse data of Rasa as canonical values."""
    entities = [entity for entity in parsed["entities"] if not entity.get("negated")]
    wishes = [entity["value"] for entity in entities if entity["entity"] == "wish"]
    topic = parsed["topic"]
    return Understood(
        topic=topic["name"],
        confidence=round(topic["confidence"], 3),
        specialties=_values(entities, "specialty"),
        services=_services(entities),
        doctors=_values(entities, "doctor"),
        branches=_values(entities, "branch"),
        wish=wishes[0] if wishes else Wish().to_json(),
        symptoms=tuple(item["name"] for item in parsed.get("symptoms", ()))[:SYMPTOMS_SHOWN],
        red_flag=parsed.get("red_flag") is not None,
        wishes=tuple(item["topic"] for item in parsed.get("wishes", ())) or (topic["name"],),
    )


def _values(entities: Iterable[Mapping[str, Any]], kind: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(e["value"]) for e in entities if e["entity"] == kind))


def _services(entities: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    named = [entity for entity in entities if entity["entity"] == "service"]
    others = [other for entity in named for other in entity.get("others", ())]
    return tuple(dict.fromkeys([*(str(entity["value"]) for entity in named), *others]))


class Reader:
    """The trained model, loaded once; `read` gives the parse data of a message."""

    def __init__(self, model: Path = MODEL) -> None:
        with without_tensorflow():
            import structlog
            from rasa.core.agent import Agent

            # Unconfigured, Rasa prints every message it reads.
            structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
            self._agent = Agent.load(str(model))
        keep_for_good()

    def read(self, text: str) -> dict[str, Any]:
        return asyncio.run(self.parse(text))

    async def parse(self, text: str) -> dict[str, Any]:
        """As `read`, where a loop is running already."""
        parsed: dict[str, Any] = await self._agent.parse_message(text)
        return parsed

    async def read_all(self, texts: Iterable[str]) -> list[dict[str, Any]]:
        return [await self.parse(text) for text in texts]


def main() -> int:
    if not MODEL.exists():
        print("maria: there is no trained model: run `make build`", file=sys.stderr)
        return 1
    # Libraries print to standard output while they load, and there only JSON may stand.
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    with contextlib.redirect_stdout(sys.stderr):
        reader = Reader()
        for line in sys.stdin:
            print(understood(reader.read(line.rstrip("\n"))).to_json(), file=out, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

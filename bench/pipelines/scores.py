"""The rows of the table of targets that a pipeline can have, as named shares."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from bench.figures import percentile
from bench.understanding.noise import noisy
from bench.understanding.rows import NOT_ONLY_TOPICS, Row, nonsense_rows, topic_rows
from bench.understanding.sets import Sets
from bot.understanding import Understood
from lang.topics import Topics
from lang.wish import Wish

Parse = Callable[[str], Awaitable[Mapping[str, Any]]]
NOTHING_SAID = "out_of_scope"


def topic_of(parsed: Mapping[str, Any], topics: Topics) -> tuple[str, float]:
    """The likeliest topic with its share: the pipeline's own, or that of its ranked intents together."""
    if "topic" in parsed:
        return parsed["topic"]["name"], parsed["topic"]["confidence"]
    shares: dict[str, float] = {}
    for item in parsed["intent_ranking"]:
        topic = topics.of(item["name"])
        if topic is not None:
            shares[topic.id] = shares.get(topic.id, 0.0) + item["confidence"]
    name = max(shares, key=shares.__getitem__, default=NOTHING_SAID)
    return name, shares.get(name, 1.0)


async def topic_scores(parse: Parse, sets: Sets, topics: Topics) -> list[Row]:
    """The rows of a pipeline that only tells the topic."""

    async def read(texts: Sequence[str]) -> list[Understood]:
        return [_only_topic(*topic_of(await parse(text), topics)) for text in texts]

    clean = await read([case.text for case in sets.topics])
    blurred = await read([noisy(case.text) for case in sets.topics])
    rows = topic_rows(sets.topics, clean, blurred)
    rows += nonsense_rows(sets.nonsense, await read([case.text for case in sets.nonsense]))
    return [row for row in rows if row.name not in NOT_ONLY_TOPICS]


async def parse_times(parse: Parse, texts: Sequence[str]) -> dict[str, float]:
    """Milliseconds of a message, each text read once, none of them read before."""
    took = []
    for text in texts:
        started = time.perf_counter()
        await parse(text)
        took.append((time.perf_counter() - started) * 1000)
    return {"p50": percentile(took, 0.5), "p95": percentile(took, 0.95)}


def _only_topic(name: str, confidence: float) -> Understood:
    return Understood(name, confidence, (), (), (), (), Wish().to_json(), (), False, (name,))

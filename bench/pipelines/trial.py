"""One contender measured in a process of its own: `python -m bench.pipelines.trial LETTER FOLDER`.

FOLDER holds `nlu.yml` and, for Rasa, `model.tar.gz`; the figures are written there as JSON.
"""

from __future__ import annotations

import asyncio
import json
import logging
import resource
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.pipelines.contenders import CONTENDERS
from bench.pipelines.examples import load_examples
from bench.pipelines.plain import PlainModel
from bench.pipelines.scores import Parse, parse_times, topic_scores
from bench.understanding.measure import PRESENT, measure
from bench.understanding.sets import load_sets
from bot.clock import fixed_at
from bot.settings import load_settings
from bot.understanding import Reader
from lang.topics import load_topics

MODEL, RESULT = "model.tar.gz", "result.json"
# What is loaded at the first message is loaded before the clock starts.
_FIRST = ("Добрый день!", "Запишите меня к врачу завтра утром", "Сколько это стоит?")


def main() -> int:
    letter, folder = sys.argv[1], Path(sys.argv[2])
    logging.disable(logging.WARNING)
    result = asyncio.run(_measured(letter, folder))
    (folder / RESULT).write_text(json.dumps(result, ensure_ascii=False), encoding="utf-8")
    return 0


async def _measured(letter: str, folder: Path) -> dict[str, Any]:
    contender = CONTENDERS[letter]
    reader: Reader | None = None
    result: dict[str, Any] = {}
    if contender.config is None:
        plain = PlainModel()
        started = time.monotonic()
        plain.fit(load_examples(folder))
        result["training"] = time.monotonic() - started
        parse: Parse = plain.parse
    else:
        reader = Reader(folder / MODEL)
        parse = reader.parse
    result["ready_at"] = time.monotonic()
    sets = load_sets()
    with fixed_at(PRESENT):
        for text in _FIRST:
            await parse(text)
        result["parse"] = await parse_times(parse, [case.text for case in sets.topics])
        if reader is not None and contender.complete:
            rows = await measure(reader, sets)
        else:
            topics = load_topics(load_settings().catalogue_dir / "topics.yml")
            rows = await topic_scores(parse, sets, topics)
    result["rows"] = [asdict(row) for row in rows]
    result["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return result


if __name__ == "__main__":
    sys.exit(main())

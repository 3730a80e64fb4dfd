"""The comparison of pipelines: what it teaches, how it reads topics, the table. Rasa trains nothing here."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bench.pipelines.contenders import CONTENDERS, configuration
from bench.pipelines.examples import Example, load_examples, sample, write
from bench.pipelines.plain import PlainModel
from bench.pipelines.report import table
from bench.pipelines.scores import parse_times, topic_of, topic_scores
from bench.understanding.sets import NonsenseCase, Sets, TopicCase
from lang.topics import Topic, Topics

TOPICS = Topics(
    {
        "book": Topic("book", ("book_visit", "inform")),
        "price": Topic("price", ("ask_price",)),
        "out_of_scope": Topic("out_of_scope", ("out_of_scope",)),
    },
    "Другое",
)
EXAMPLES = [
    *(Example(f"запишите меня на {day}", "book_visit") for day in ("среду", "пятницу", "завтра", "вечер")),
    *(Example(f"сколько стоит {what}", "ask_price") for what in ("приём", "узи", "анализ", "снимок")),
]


def ranked(**shares: float) -> dict[str, Any]:
    return {"intent_ranking": [{"name": name, "confidence": share} for name, share in shares.items()]}


def test_intents_of_a_topic_count_together() -> None:
    parsed = ranked(ask_price=0.4, book_visit=0.35, inform=0.25, nlu_fallback=0.9)

    assert topic_of(parsed, TOPICS) == ("book", pytest.approx(0.6))


def test_a_topic_that_the_pipeline_names_itself_is_kept() -> None:
    parsed = {**ranked(book_visit=1.0), "topic": {"name": "price", "confidence": 0.7}}

    assert topic_of(parsed, TOPICS) == ("price", 0.7)


def test_without_any_topic_nothing_was_said() -> None:
    assert topic_of(ranked(nlu_fallback=1.0), TOPICS) == ("out_of_scope", 1.0)


def test_written_examples_are_read_again(tmp_path: Path) -> None:
    write(EXAMPLES, tmp_path / "nlu.yml")

    assert load_examples(tmp_path) == EXAMPLES


def test_the_real_messages_survive_being_written(tmp_path: Path) -> None:
    examples = load_examples()

    write(examples, tmp_path / "nlu.yml")

    assert len(examples) > 10_000
    assert Counter(load_examples(tmp_path)) == Counter(examples)


def test_a_sample_keeps_every_intent_and_is_always_the_same() -> None:
    examples = [*(Example(f"текст {n}", "book_visit") for n in range(500)), *EXAMPLES[4:]]

    few = sample(examples, 50)

    assert Counter(each.intent for each in few) == {"book_visit": 50, "ask_price": 4}
    assert few == sample(examples, 50)


def test_every_configuration_can_be_read_and_its_epochs_set() -> None:
    for contender in CONTENDERS.values():
        if contender.config is not None:
            config = configuration(contender, 3)
            assert "policies" not in config
            assert all(part.get("epochs", 3) == 3 for part in config["pipeline"])
    diet = configuration(CONTENDERS["a"], None)["pipeline"][-1]
    assert (diet["name"], diet["epochs"]) == ("DIETClassifier", 100)


def test_both_yardsticks_on_lemmas_read_the_same_features() -> None:
    diet, regression = (configuration(CONTENDERS[letter], None)["pipeline"] for letter in "bc")

    assert diet[:-1] == regression[:-1]


def test_the_plain_model_is_scored() -> None:
    model = PlainModel()
    model.fit(EXAMPLES)
    sets = Sets(
        topics=(TopicCase("сколько стоит осмотр", ("price",)), TopicCase("на среду запишите", ("book",))),
        specialties=(),
        services=(),
        wishes=(),
        red_flags=(),
        symptoms=(),
        nonsense=(NonsenseCase("трололо", "noise"),),
    )

    rows = {row.name: row for row in asyncio.run(topic_scores(model.parse, sets, TOPICS))}
    times = asyncio.run(parse_times(model.parse, ["сколько", "запишите"]))

    assert rows["topic, clean text"].value == 1.0
    assert not any(name.startswith("further wishes") for name in rows)
    assert rows["nonsense not turned into an action"].count == 1
    assert 0 < times["p50"] <= times["p95"]


def test_a_pipeline_without_a_row_has_a_dash_there() -> None:
    common = {
        "parse": {"p50": 1.0, "p95": 2.5},
        "training": 12.4,
        "load": 3.0,
        "memory": 500.0,
        "examples": 8,
        "date": "2026-11-22",
    }
    topic = {"name": "topic", "value": 0.5, "note": "strict 40.0%"}
    wish = {"name": "wish", "value": 0.9, "note": ""}

    lines = table({"d": {**common, "rows": [topic, wish]}, "a": {**common, "rows": [topic]}}).splitlines()

    assert lines[0].startswith("| what | a: ")
    assert "| topic | 50.0% (strict 40.0%) | 50.0% (strict 40.0%) |" in lines
    assert "| wish | – | 90.0% |" in lines
    assert "| parse p50 / p95, ms | 1.0 / 2.5 | 1.0 / 2.5 |" in lines

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lang.alarm_model import AlarmModel, AlarmModelError, features, weight_of_one

# Thresholds are asked of sums, so that these messages lie on either side of them.
MODEL = AlarmModel(
    biases=(-1.0, -1.0),
    thresholds=(0.5, 0.0),
    words={"задыхаться": (3.0, -2.0), "жить незачем": (4.0, 8.0), "не жить": (0.0, 0.0)},
    letters={" зад": (0.5, 0.0)},
)


def test_words_are_lemmas_and_neighbours_without_signs() -> None:
    seen = features("Мама задыхается, помогите!")

    assert seen.words == {
        *("мама", "задыхаться", "помочь"),
        *("мама задыхаться", "задыхаться помочь"),
    }


def test_letters_are_runs_inside_a_padded_word() -> None:
    assert features("Ёж").letters == {" еж", "еж ", " еж "}
    assert features("кот").letters == {" ко", "кот", "от ", " кот", "кот ", " кот "}


@pytest.mark.parametrize("text", ["", " ", "👍", "…"])
def test_a_message_without_words_has_no_features_and_no_alarm(text: str) -> None:
    assert not features(text).words
    assert MODEL.scores(text) == MODEL.biases
    assert MODEL.check(text) is None


def test_all_features_together_have_length_one() -> None:
    assert weight_of_one([]) == 1.0
    assert weight_of_one(["a", "b", "c", "d"]) == pytest.approx(0.5)


def test_scores_are_the_bias_and_the_weighted_features() -> None:
    (alarm, suicide) = MODEL.scores("задыхаюсь")

    # One word; nine letters of it with both borders: 9 + 8 + 7 runs.
    assert alarm == pytest.approx(-1.0 + 3.0 + 0.5 / 24**0.5)
    assert suicide == pytest.approx(-1.0 - 2.0)


def test_the_first_score_decides_on_an_alarm_and_the_second_on_its_kind() -> None:
    assert MODEL.check("задыхаюсь") == "emergency"
    assert MODEL.check("жить незачем") == "suicide"
    assert MODEL.check("запишите к лору") is None


def test_a_score_on_the_threshold_is_an_alarm() -> None:
    level = MODEL.scores("задыхаюсь")[0]
    on = AlarmModel(MODEL.biases, (level, 0.0), MODEL.words, MODEL.letters)
    above = AlarmModel(MODEL.biases, (level + 0.001, 0.0), MODEL.words, MODEL.letters)

    assert on.check("задыхаюсь") == "emergency"
    assert above.check("задыхаюсь") is None


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    MODEL.save(tmp_path / "model.json")

    assert AlarmModel.load(tmp_path / "model.json") == MODEL


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(AlarmModelError, match=r"none\.json is missing: run `make build`"):
        AlarmModel.load(tmp_path / "none.json")


@pytest.mark.parametrize(
    "content",
    [
        *("", "{", "[]", "null", "{}", '{"biases": [0, 0]}'),
        json.dumps({"biases": 1, "thresholds": [0, 0], "words": {}, "letters": {}}),
        json.dumps({"biases": [0, 0], "thresholds": [0, 0], "words": [], "letters": {}}),
        json.dumps({"biases": [0, 0], "thresholds": [0, 0], "words": {"да": 1}, "letters": {}}),
    ],
)
def test_a_damaged_file_says_what_to_do(tmp_path: Path, content: str) -> None:
    path = tmp_path / "model.json"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(AlarmModelError, match=r"model\.json is damaged: remove it and run `make build`"):
        AlarmModel.load(path)


def test_a_file_that_is_no_text_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(AlarmModelError, match="is damaged"):
        AlarmModel.load(path)

"""The parse data of Rasa as canonical values, and the line of JSON that `make parse` prints."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

import bot.understanding as understanding
from bot.understanding import Understood, main, understood
from lang.wish import Wish

KEYS = [
    *("topic", "confidence", "specialties", "services", "doctors", "branches", "wish", "symptoms"),
    *("red_flag", "wishes"),
]
WISH = {**Wish().to_json(), "dates": ["2026-11-24", "2026-11-24"]}


def entity(kind: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"entity": kind, "value": value, "start": 0, "end": 1, **more}


def parsed(*entities: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"topic": {"name": "book", "confidence": 0.87654}, "entities": list(entities), **more}


def test_a_message_without_values() -> None:
    assert understood(parsed()) == Understood(
        topic="book",
        confidence=0.877,
        specialties=(),
        services=(),
        doctors=(),
        branches=(),
        wish=Wish().to_json(),
        symptoms=(),
        red_flag=False,
        wishes=("book",),
    )


def test_values_are_sorted_by_kind_in_the_order_of_the_text_and_once() -> None:
    read = understood(
        parsed(
            entity("specialty", "ent"),
            entity("branch", "taganka"),
            entity("specialty", "therapist"),
            entity("specialty", "ent"),
            entity("doctor", "Иванова"),
            entity("wish", WISH),
            entity("phone", "+79161234567"),
            entity("service_group", "ultrasound"),
        )
    )

    assert read.specialties == ("ent", "therapist")
    assert read.branches == ("taganka",)
    assert read.doctors == ("Иванова",)
    assert read.wish == WISH
    assert read.services == ()


def test_other_candidates_stand_behind_the_services_that_were_named() -> None:
    read = understood(
        parsed(
            entity("service", "us_abdomen", others=["us_kidneys", "lab_cbc"]),
            entity("service", "lab_cbc", others=["us_abdomen", "lab_tsh"]),
        )
    )

    assert read.services == ("us_abdomen", "lab_cbc", "us_kidneys", "lab_tsh")


def test_what_was_denied_is_not_wanted() -> None:
    read = understood(
        parsed(
            entity("specialty", "surgeon", negated=True),
            entity("specialty", "therapist"),
            entity("service", "us_abdomen", negated=True, others=["us_kidneys"]),
            entity("doctor", "Иванова", negated=True),
        )
    )

    assert (read.specialties, read.services, read.doctors) == (("therapist",), (), ())


def test_three_symptoms_the_red_flag_and_all_wishes() -> None:
    symptoms = [{"name": name, "confidence": 0.2} for name in ("ent", "therapist", "surgeon", "dentist")]
    wishes = [{"topic": "book"}, {"topic": "price"}]
    read = understood(parsed(symptoms=symptoms, red_flag="chest_pain", wishes=wishes))

    assert read.symptoms == ("ent", "therapist", "surgeon")
    assert read.red_flag is True
    assert read.wishes == ("book", "price")
    assert understood(parsed(red_flag=None)).red_flag is False


def test_json_has_all_keys_on_one_line_and_letters_as_they_are() -> None:
    line = understood(parsed(entity("doctor", "Иванова"))).to_json()
    content = json.loads(line)

    assert "\n" not in line
    assert "Иванова" in line
    assert list(content) == KEYS
    assert set(content["wish"]) == {"dates", "times", "except", "soonest", "alternatives"}
    kinds = {key: type(value) for key, value in content.items()}
    lists = ("specialties", "services", "doctors", "branches", "symptoms", "wishes")
    assert kinds == {
        **{"topic": str, "confidence": float, "wish": dict, "red_flag": bool},
        **dict.fromkeys(lists, list),
    }


class ChattyReader:
    """Stands in for the model; prints while it works, as libraries do."""

    def __init__(self) -> None:
        print("loading")

    def read(self, text: str) -> dict[str, Any]:
        print("reading")
        return parsed(entity("doctor", text))


def test_a_line_of_json_for_each_message_and_nothing_else_is_printed(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    model = tmp_path / "model.tar.gz"
    model.touch()
    monkeypatch.setattr(understanding, "MODEL", model)
    monkeypatch.setattr(understanding, "Reader", ChattyReader)
    monkeypatch.setattr(sys, "stdin", io.StringIO("Иванова\n\nПетров"))

    assert main() == 0

    printed = capfd.readouterr()
    assert [json.loads(line)["doctors"] for line in printed.out.splitlines()] == [
        ["Иванова"],
        [""],
        ["Петров"],
    ]
    assert "loading" in printed.err


def test_without_a_model_it_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(understanding, "MODEL", tmp_path / "none.tar.gz")

    assert main() == 1

    printed = capfd.readouterr()
    assert printed.out == ""
    assert "make build" in printed.err

"""Rules stand above likelihood: red flags, bare values, messages without words, whom to go to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from rasa.shared.nlu.training_data.message import Message

from bot.classifier import KNOWN_WORDS
from bot.intent_guard import IntentGuard
from bot.repair import REPAIRED
from lang.alarm_model import AlarmModel
from lang.repaired import Edit, Repaired

CATALOGUE = Path(__file__).resolve().parents[2] / "data" / "catalogue"


@pytest.fixture(scope="module")
def guard(tmp_path_factory: pytest.TempPathFactory) -> IntentGuard:
    """With the real list of red flags, under it a net that fears nothing but «тревожность»."""
    model = tmp_path_factory.mktemp("guard") / "red_flags.json"
    AlarmModel((-1.0, -1.0), (0.0, 0.0), {"тревожность": (9.0, 0.0)}, {}).save(model)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CATALOGUE_DIR", str(CATALOGUE))
        patch.setenv("RED_FLAG_MODEL", str(model))
        patch.setenv("NOW", "2026-11-23T10:00")
        return IntentGuard(IntentGuard.get_default_config())


def guarded(
    guard: IntentGuard,
    text: str,
    ranking: Mapping[str, float],
    entities: tuple[str, ...] = (),
    known: bool = True,
    **more: Any,
) -> Message:
    """A message as the classifier leaves it, with a value of each kind, after the guard."""
    message = Message.build(text=text)
    message.set("intent_ranking", [{"name": name, "confidence": share} for name, share in ranking.items()])
    message.set("entities", [{"entity": kind, "value": "any", "start": 0, "end": 1} for kind in entities])
    message.set(KNOWN_WORDS, known)
    for key, value in more.items():
        message.set(key, value)
    [done] = guard.process([message])
    return done


def test_the_topic_sums_its_intents(guard: IntentGuard) -> None:
    ranking = {"ask_price": 0.40, "call_operator": 0.35, "request_callback": 0.25}
    done = guarded(guard, "дайте человека, узнать цену", ranking)

    assert done.get("intent")["name"] == "ask_price"
    assert done.get("topic") == {"name": "operator", "confidence": pytest.approx(0.6)}


def test_two_intents_of_the_booking_are_one_meaning(guard: IntentGuard) -> None:
    ranking = {"ask_price": 0.40, "book_visit": 0.32, "inform": 0.28}
    done = guarded(guard, "к лору завтра на приём бы", ranking, ("specialty",))

    assert done.get("intent") == {"name": "book_visit", "confidence": pytest.approx(0.6)}
    assert done.get("topic") == {"name": "book", "confidence": pytest.approx(0.6)}
    assert [item["name"] for item in done.get("intent_ranking")][:2] == ["book_visit", "ask_price"]


def test_a_faint_alarm_of_the_classifier_is_dropped_and_the_rest_is_the_whole(guard: IntentGuard) -> None:
    ranking = {"emergency": 0.6, "ask_which_doctor": 0.3, "book_visit": 0.1}
    done = guarded(guard, "колено ноет к кому идти", ranking)

    assert done.get("red_flag") is None
    assert done.get("intent") == {"name": "ask_which_doctor", "confidence": pytest.approx(0.75)}
    assert done.get("topic") == {"name": "which_doctor", "confidence": pytest.approx(0.75)}
    assert "emergency" not in [item["name"] for item in done.get("intent_ranking")]


def test_a_certain_alarm_of_the_classifier_stands(guard: IntentGuard) -> None:
    done = guarded(guard, "бабушка лежит и смотрит в стену", {"emergency": 0.7, "ask_which_doctor": 0.3})

    assert done.get("intent") == {"name": "emergency", "confidence": 0.7}
    assert done.get("topic")["name"] == "emergency"


def test_an_everyday_complaint_is_no_alarm_however_sure_the_classifier(guard: IntentGuard) -> None:
    done = guarded(guard, "болит горло, температура 38, что делать", {"emergency": 0.9, "book_visit": 0.1})

    assert done.get("red_flag") is None
    assert done.get("intent") == {"name": "book_visit", "confidence": pytest.approx(1.0)}


@pytest.mark.parametrize("text", ["он не дышит", "запишите к лору, ребёнок задыхается и посинел"])
def test_a_red_flag_wins_over_every_intent(guard: IntentGuard, text: str) -> None:
    done = guarded(guard, text, {"book_visit": 0.99, "emergency": 0.01}, ("specialty", "wish"))

    assert done.get("red_flag") is not None
    assert done.get("intent") == {"name": "emergency", "confidence": 1.0}
    assert done.get("topic") == {"name": "emergency", "confidence": 1.0}
    assert [item["name"] for item in done.get("intent_ranking")] == ["emergency", "book_visit"]


def test_the_net_under_the_list_wins_too(guard: IntentGuard) -> None:
    done = guarded(guard, "тревожность", {"ask_which_doctor": 0.99, "book_visit": 0.01})

    assert done.get("red_flag") == "resembles_alarm"
    assert done.get("intent")["name"] == "emergency"


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Петров Илья", ("name",)),
        ("89161234567", ("phone",)),
        ("12.05.1987", ("birth_date",)),
        ("завтра утром", ("wish",)),
    ],
)
def test_a_bare_value_is_an_answer(guard: IntentGuard, text: str, kinds: tuple[str, ...]) -> None:
    done = guarded(guard, text, {"out_of_scope": 0.9, "affirm": 0.1}, kinds, known=False)

    assert done.get("intent") == {"name": "inform", "confidence": 1.0}
    assert done.get("topic") == {"name": "book", "confidence": 1.0}


@pytest.mark.parametrize("text", ["👍", "😀😀", "123456", "?!", "10.000", "asdfgh", "ыкпщъ"])
def test_a_message_without_a_word_is_not_understood(guard: IntentGuard, text: str) -> None:
    done = guarded(guard, text, {"affirm": 0.95, "deny": 0.05}, known=False)

    assert done.get("intent") == {"name": "nlu_fallback", "confidence": 1.0}
    assert done.get("topic") == {"name": "out_of_scope", "confidence": 1.0}


def test_a_word_of_the_language_is_enough_to_be_read(guard: IntentGuard) -> None:
    done = guarded(guard, "баобаб", {"out_of_scope": 0.95, "deny": 0.05}, known=False)

    assert done.get("intent")["name"] == "out_of_scope"


def test_the_repaired_text_is_judged(guard: IntentGuard) -> None:
    typed = "pfdnhf"
    repaired = Repaired(typed, typed).with_edits([Edit(0, len(typed), "завтра")])
    done = guarded(guard, typed, {"affirm": 1.0}, known=False, **{REPAIRED: repaired})

    assert done.get("intent")["name"] == "inform"


@pytest.mark.parametrize("kind", ["specialty", "doctor"])
def test_whom_to_go_to_without_a_plain_wish_is_a_booking(guard: IntentGuard, kind: str) -> None:
    unlikely = {"ask_doctors": 0.28, "ask_price": 0.26, "deny": 0.24, "thank": 0.22}
    done = guarded(guard, "лор вот такой", unlikely, (kind,))

    assert done.get("intent") == {"name": "book_visit", "confidence": 1.0}


@pytest.mark.parametrize("kinds", [(), ("branch",), ("service",)])
def test_an_unlikely_message_that_names_nobody_is_not_understood(
    guard: IntentGuard, kinds: tuple[str, ...]
) -> None:
    unlikely = {"ask_doctors": 0.28, "ask_price": 0.26, "deny": 0.24, "thank": 0.22}
    done = guarded(guard, "ну вот такое дело", unlikely, kinds)

    assert done.get("intent") == {"name": "nlu_fallback", "confidence": 1.0}
    assert [item["name"] for item in done.get("intent_ranking")] == [
        "nlu_fallback",
        "ask_doctors",
        "ask_price",
        "deny",
    ]


def test_an_answer_without_a_value_starts_no_booking(guard: IntentGuard) -> None:
    done = guarded(guard, "ну вот так как-то", {"inform": 0.8, "affirm": 0.2})

    assert done.get("intent")["name"] == "nlu_fallback"


def test_a_service_alone_is_a_question_about_it(guard: IntentGuard) -> None:
    ranking = {"inform": 0.8, "ask_services": 0.2}

    assert guarded(guard, "узи живота", ranking, ("service",)).get("topic")["name"] == "service_info"
    assert guarded(guard, "узи у лора", ranking, ("service", "specialty")).get("topic")["name"] == "book"


def test_what_the_guard_decides_is_in_the_output(guard: IntentGuard) -> None:
    done = guarded(guard, "запишите к лору", {"book_visit": 0.9, "ask_price": 0.1}, ("specialty",))
    out = done.as_dict(only_output_properties=True)

    assert out["intent"]["name"] == "book_visit"
    assert out["topic"] == {"name": "book", "confidence": 0.9}
    assert "red_flag" not in out
    assert len(out["intent_ranking"]) == 2


def test_only_the_first_of_a_long_ranking_are_kept(guard: IntentGuard) -> None:
    ranking = {"book_visit": 0.5, "ask_price": 0.2, "deny": 0.15, "affirm": 0.1, "thank": 0.05}
    done = guarded(guard, "запишите меня", ranking)

    assert [item["name"] for item in done.get("intent_ranking")] == [
        "book_visit",
        "ask_price",
        "deny",
        "affirm",
    ]


def test_a_figure_by_itself_is_no_topic_but_may_answer_the_form(guard: IntentGuard) -> None:
    done = guarded(guard, "2", {"affirm": 0.6, "deny": 0.4})

    assert done.get("intent")["name"] == "inform"
    assert done.get("topic") == {"name": "out_of_scope", "confidence": 1.0}

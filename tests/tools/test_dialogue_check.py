"""The project has no findings, and each kind of finding is found in a small project that is broken so."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from actions.registry import ACTIONS
from tools.bootstrap import ROOT
from tools.dialogue_check import findings, load

SERVED = {"validate_visit_form", "action_ask_visit__day", "action_book"}

CODE = """
class Book:
    action_name = "action_book"

    def perform(self, say, relaxed):
        say("utter_booked")
        say(f"utter_offers_{relaxed}")
        payload = f'/inform{{"place":"{relaxed}"}}'
"""

PROJECT: dict[str, Any] = {
    "domain.yml": {
        "intents": ["inform", "affirm", "greet"],
        "slots": {
            "visit__day": {
                "type": "any",
                "mappings": [{"type": "custom", "conditions": [{"active_loop": "visit_form"}]}],
            },
            "visit__misses": {"type": "any", "mappings": [{"type": "custom"}]},
        },
        "forms": {"visit_form": {"ignored_intents": ["greet"], "required_slots": ["visit__day"]}},
        "actions": sorted(SERVED),
    },
    "data/responses/all.yml": {
        "responses": {
            "utter_hello": [{"text": "Здравствуйте", "buttons": [{"title": "Да", "payload": "/affirm"}]}],
            "utter_booked": [{"text": "Вы записаны"}],
            "utter_offers_time": [{"text": "Есть другое время"}],
        }
    },
    "data/rules/all.yml": {
        "rules": [
            {"rule": "hello", "steps": [{"intent": "greet"}, {"action": "utter_hello"}]},
            {
                "rule": "submit",
                "steps": [
                    {"action": "visit_form"},
                    {"active_loop": None},
                    {"action": "action_book"},
                ],
            },
        ]
    },
    "data/stories/all.yml": {"stories": [{"story": "hello", "steps": [{"intent": "greet"}]}]},
    "data/catalogue/dialogue.yml": {"form_answers": {"visit_form": ["inform", "affirm"]}},
    "data/catalogue/topics.yml": {
        "topics": {"book": {"intents": ["inform", "affirm"]}, "greeting": {"intents": ["greet"]}},
        "other": "Другое",
    },
    "data/catalogue/answers.yml": {
        "answers": {"greeting": [{"response": "utter_hello", "then": "nothing"}]},
        "branch_facts": {},
    },
}

Project = dict[str, Any]
Check = Callable[..., list[str]]


@pytest.fixture
def project() -> Project:
    return copy.deepcopy(PROJECT)


@pytest.fixture
def check(tmp_path: Path) -> Check:
    def run(project: Project, code: str = CODE, served: set[str] = SERVED) -> list[str]:
        for name, content in project.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        (tmp_path / "actions").mkdir(exist_ok=True)
        (tmp_path / "actions/book.py").write_text(code, encoding="utf-8")
        return list(findings(load(tmp_path, served)))

    return run


def test_the_project_has_no_findings() -> None:
    served = {action.action_name for action in ACTIONS}

    assert list(findings(load(ROOT, served))) == []


def test_the_small_project_has_no_findings(project: Project, check: Check) -> None:
    assert check(project) == []


@pytest.mark.parametrize(
    "mapping",
    [
        {"type": "from_text"},
        {"type": "from_entity", "entity": "day"},
        {"type": "custom", "action": "action_book"},
        {"type": "custom"},
        {"type": "from_text", "conditions": [{"requested_slot": "visit__day"}]},
    ],
)
def test_an_unguarded_mapping(project: Project, check: Check, mapping: dict[str, Any]) -> None:
    project["domain.yml"]["slots"]["visit__day"]["mappings"] = [mapping]

    assert check(project) == [
        f"domain.yml: slot visit__day: mapping {mapping['type']} has no condition active_loop"
    ]


def test_an_unguarded_mapping_of_a_slot_that_no_form_asks_for(project: Project, check: Check) -> None:
    project["domain.yml"]["slots"]["visit__misses"]["mappings"] = [{"type": "from_text"}]

    assert check(project) == [
        "domain.yml: slot visit__misses: mapping from_text has no condition active_loop"
    ]


@pytest.mark.parametrize("new", ["thank", {"thank": {"use_entities": []}}])
def test_an_intent_neither_ignored_nor_an_answer(project: Project, check: Check, new: Any) -> None:
    project["domain.yml"]["intents"].append(new)
    project["data/catalogue/topics.yml"]["topics"]["thanks"] = {"intents": ["thank"]}
    project["data/stories/all.yml"]["stories"][0]["steps"].append({"intent": "thank"})

    [finding] = check(project)

    assert finding.startswith("domain.yml: form visit_form: intent thank is neither in ignored_intents")


def test_an_intent_that_nothing_follows(project: Project, check: Check) -> None:
    project["domain.yml"]["intents"].append("thank")
    project["domain.yml"]["forms"]["visit_form"]["ignored_intents"].append("thank")
    project["data/catalogue/topics.yml"]["topics"]["thanks"] = {"intents": ["thank"]}

    assert check(project) == ["domain.yml: intent thank is in no rule of data/rules"]


def test_a_rule_of_an_unknown_intent(project: Project, check: Check) -> None:
    project["data/rules/all.yml"]["rules"].append({"rule": "x", "steps": [{"intent": "thank"}]})

    assert check(project) == ["all.yml: thank is no intent of the domain"]


def test_an_intent_both_ignored_and_an_answer(project: Project, check: Check) -> None:
    project["domain.yml"]["forms"]["visit_form"]["ignored_intents"].append("affirm")

    assert check(project) == ["domain.yml: form visit_form: intent affirm is both ignored and an answer"]


def test_an_unused_response(project: Project, check: Check) -> None:
    project["data/responses/all.yml"]["responses"]["utter_forgotten"] = [{"text": "Забыто"}]

    assert check(project) == ["response utter_forgotten is defined and never used"]


def test_a_response_that_only_begins_like_a_name_of_the_code(project: Project, check: Check) -> None:
    code = CODE.replace("utter_offers_{relaxed}", "utter_offers_{relaxed}_here")
    responses = project["data/responses/all.yml"]["responses"]
    responses["utter_offers_time_here"] = [{"text": "Есть здесь"}]

    assert check(project, code) == ["response utter_offers_time is defined and never used"]


def test_a_name_of_the_code_that_may_be_any_response(project: Project, check: Check) -> None:
    code = CODE.replace("utter_offers_{relaxed}", "utter_{relaxed}")

    assert check(project, code) == ["actions: utter_… may be any response: write the names out"]


def test_a_path_that_the_action_server_serves_is_no_payload(project: Project, check: Check) -> None:
    code = CODE + '\n\n@app.get("/metrics")\nasync def metrics(): ...\n'

    assert check(project, code) == []


def test_a_missing_response_of_a_rule(project: Project, check: Check) -> None:
    project["data/rules/all.yml"]["rules"][0]["steps"].append({"action": "utter_gone"})

    assert check(project) == ["response utter_gone is used and not defined in data/responses"]


def test_a_missing_response_of_the_code(project: Project, check: Check) -> None:
    code = CODE + '        say("utter_gone")\n'

    assert check(project, code) == ["response utter_gone is used and not defined in data/responses"]


@pytest.mark.parametrize("payload", ["/unknown", '/unknown{"day":"1"}', "просто текст"])
def test_an_unknown_intent_in_a_button(project: Project, check: Check, payload: str) -> None:
    button = {"title": "Нет", "payload": payload}
    project["data/responses/all.yml"]["responses"]["utter_hello"][0]["buttons"].append(button)

    assert check(project) == [f"response utter_hello: payload {payload} names no intent of the domain"]


def test_an_unknown_intent_in_a_payload_of_the_code(project: Project, check: Check) -> None:
    code = CODE.replace("/inform", "/unknown")

    [finding] = check(project, code)

    assert finding.startswith("actions: payload /unknown")


def test_an_action_that_is_not_served(project: Project, check: Check) -> None:
    project["domain.yml"]["actions"].append("action_gone")

    assert check(project) == ["domain.yml: action action_gone is not served by the action server"]


def test_an_action_that_is_not_declared(project: Project, check: Check) -> None:
    assert check(project, served=SERVED | {"action_new"}) == [
        "action action_new is served and not declared in domain.yml"
    ]


@pytest.mark.parametrize("place", ["rules", "stories"])
@pytest.mark.parametrize("between", [[], [{"slot_was_set": [{"requested_slot": None}]}]])
def test_success_said_after_an_action_that_may_fail(
    project: Project, check: Check, place: str, between: list[dict[str, Any]]
) -> None:
    block = project[f"data/{place}/all.yml"][place][0]
    block["steps"] = [{"intent": "greet"}, {"action": "action_book"}, *between, {"action": "utter_hello"}]
    project["data/rules/all.yml"]["rules"].append(
        {"rule": "keeps the greeting", "steps": [{"intent": "greet"}, {"action": "utter_hello"}]}
    )

    assert check(project) == ["all.yml: «hello»: utter_hello would be said even if action_book had failed"]


def test_success_said_after_a_form(project: Project, check: Check) -> None:
    project["data/rules/all.yml"]["rules"][1]["steps"] = [
        {"action": "visit_form"},
        {"active_loop": None},
        {"action": "utter_booked"},
    ]

    assert check(project) == ["all.yml: «submit»: utter_booked would be said even if visit_form had failed"]


def test_an_intent_without_a_topic_and_a_topic_without_an_intent(project: Project, check: Check) -> None:
    project["data/catalogue/topics.yml"]["topics"]["greeting"]["intents"] = ["hello"]

    assert check(project) == [
        "domain.yml: intent greet is in no topic of data/catalogue/topics.yml",
        "data/catalogue/topics.yml: hello is no intent of the domain",
    ]


def test_a_ready_answer_without_its_response(project: Project, check: Check) -> None:
    [answer] = project["data/catalogue/answers.yml"]["answers"]["greeting"]
    answer["response"] = "utter_good_day"

    assert check(project) == ["response utter_good_day is used and not defined in data/responses"]

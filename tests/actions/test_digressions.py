"""Every step of the form × every question: it is answered, nothing is lost, the form asks at the same place.

One conversation for each step hears all the questions one after another.
"""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from actions.booking import slots
from actions.booking.form import ABSOLUTE
from actions.booking.interruptions import INTERRUPTIONS
from tests.actions.clinic import ROOT
from tests.actions.dialogue import BY_NAME, STEPS, Dialogue, domain, responses

pytestmark = pytest.mark.asyncio

# What each ends or silences is tested on its own.
NOT_RESUMED = {"stop_task", "emergency"}
# Asks whether to leave the booking for another task, which is no question to be answered.
SWITCHES = "action_start_task"
IGNORED = set(domain()["forms"][slots.FORM]["ignored_intents"]) - NOT_RESUMED
# The intent decides in the form; the texts only have to be such questions.
TEXTS = {
    "ask_price": "а сколько стоит приём кардиолога?",
    "ask_preparation": "как готовиться к узи брюшной полости?",
    "ask_services": "а экг вы делаете?",
    "ask_doctors": "какие у вас есть терапевты?",
    "ask_branches": "до скольки вы работаете?",
    "call_operator": "позовите живого человека",
    "ask_bot": "вы робот?",
    "greet": "здравствуйте",
    "thank": "спасибо большое",
}


def answers() -> dict[str, str]:
    """The action by which the rules answer an intent inside a form."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "data/rules").glob("*.yml")):
        for rule in yaml.safe_load(path.read_text(encoding="utf-8"))["rules"]:
            outside = {"active_loop": None} in rule.get("condition", [])
            first, *rest = rule["steps"]
            if "intent" in first and rest and not outside:
                found.setdefault(first["intent"], rest[0]["action"])
    return found


async def test_every_ignored_intent_has_an_answer() -> None:
    assert set(answers()) >= IGNORED
    assert INTERRUPTIONS - NOT_RESUMED <= IGNORED


@pytest.mark.parametrize("step", STEPS)
async def test_questions_are_answered_and_the_form_goes_on(talk: Dialogue, step: str) -> None:
    way = STEPS[step]
    await (talk.write("хочу записаться", "book_visit") if way is None else way(talk))
    kept = known(talk)

    for intent in sorted(IGNORED & INTERRUPTIONS):
        chooses = intent == "ask_which_doctor" and step == slots.WHAT  # a form of its own finds the doctor
        if chooses or answers()[intent] == SWITCHES:
            continue
        text = TEXTS.get(intent, "а вот ещё такой вопрос?")
        action = answers()[intent]
        if action in BY_NAME and intent not in ABSOLUTE:
            answered = await talk.run(action, talk.message(text, intent, [], None))
            assert answered.said, f"{intent} is not answered"
        elif action not in BY_NAME:
            assert action in responses(), f"{intent}: {action} says nothing"

        turn = await talk.write(text, intent, plain=True)

        assert turn.interrupted, f"{intent} was taken for an answer"
        assert talk.requested == step and talk.active, intent
        assert known(talk) == kept, f"{intent} changed the booking"
        if intent == "bye":
            assert not turn.said, "who says goodbye is not asked on"
            continue
        assert turn.names[-1].endswith("_resume"), f"{intent}: {turn.names}"


def known(talk: Dialogue) -> dict[str, Any]:
    """What is known of the booking; how often a question was asked is no part of it."""
    names = (*slots.TASK, slots.CONSENT, slots.PATIENT, slots.PHONE, slots.BIRTH_DATE)
    return {name: talk.slots[name] for name in names if name not in (slots.MISSES, slots.OPTIONS)}

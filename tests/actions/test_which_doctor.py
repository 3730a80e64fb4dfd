"""Which doctor: two questions at most, none that is answered already, then a specialty with its reason."""

from __future__ import annotations

from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.advice import slots as advice
from actions.answers.subject import SUBJECT
from actions.base import SafeAction
from actions.booking import slots
from actions.registry import ACTIONS
from tests.actions.clinic import Stage
from tests.actions.dialogue import Dialogue, Said, domain, entities_of, spoken

pytestmark = pytest.mark.asyncio

BY_NAME = {action.action_name: action for action in ACTIONS}
EAR = [("ent", 0.7), ("audiologist", 0.2), ("dentist", 0.05)]
COUGH = [("therapist", 0.4), ("pulmonologist", 0.35), ("pediatrician", 0.1)]
GROIN = [("phlebologist", 0.6), ("surgeon", 0.2), ("therapist", 0.1)]
DARK = [("urologist", 0.12), ("cardiologist", 0.1), ("psychiatrist", 0.1)]


class Consultation:
    """A conversation with the questions about a complaint, run as Rasa runs it."""

    def __init__(self, stage: Stage, loop: str | None = None, requested: str | None = None) -> None:
        self.stage = stage
        self.slots: dict[str, Any] = dict.fromkeys(domain()["slots"])
        self.slots[slots.REQUESTED] = requested
        self.loop = loop
        self.said: list[Said] = []
        self.follows: str | None = None
        self.left = False

    async def write(
        self, text: str, intent: str = "ask_which_doctor", symptoms: list[tuple[str, float]] | None = None
    ) -> list[str]:
        """The patient writes; returns the names of the responses."""
        return await self._receive(text, intent, symptoms or DARK, entities_of(text, self.stage.clock()))

    async def tap(self, value: str) -> list[str]:
        return await self._receive("кнопка", "inform", None, [{"entity": "advice", "value": value}])

    async def _receive(
        self,
        text: str,
        intent: str,
        symptoms: list[tuple[str, float]] | None,
        found: list[dict[str, Any]],
    ) -> list[str]:
        message = Dialogue(self.stage).message(text, intent, found, None)
        if symptoms:
            message["symptoms"] = [{"name": name, "confidence": share} for name, share in symptoms]
        self.said, self.follows, self.left = [], None, False
        if self.loop == advice.FORM:
            await self._form(message)
        else:
            await self._run("action_which_doctor", message)
            if self.follows == advice.FORM:
                self.loop, self.follows = advice.FORM, None
                await self._form(message)
        return [one.name for one in self.said]

    async def _form(self, message: dict[str, Any]) -> None:
        events = await self._run("validate_which_doctor_form", message)
        if not events:
            self.left = True
            return
        open_slots = [name for name in advice.ASKED if self.slots[name] is None]
        self.slots[slots.REQUESTED] = open_slots[0] if open_slots else None
        if open_slots:
            await self._run(f"action_ask_{open_slots[0]}", message)
            return
        self.loop = None
        await self._run("action_advise", message)

    async def _run(self, name: str, message: dict[str, Any]) -> list[dict[str, Any]]:
        action: type[SafeAction] = BY_NAME[name]
        loop = {"name": self.loop} if self.loop else {}
        tracker = Tracker("c1", dict(self.slots), message, [], False, None, loop, "action_listen")
        dispatcher = CollectingDispatcher()
        events = await action(self.stage.context).run(dispatcher, tracker, {})
        self.said += spoken(dispatcher)
        for event in events:
            if event["event"] == "slot":
                self.slots[event["name"]] = event["value"]
            elif event["event"] == "followup":
                self.follows = event["name"]
            elif event["event"] == "active_loop":
                self.loop = event["name"]
        return list(events)

    @property
    def payloads(self) -> list[str]:
        return [button["payload"] for button in self.said[-1].buttons]


@pytest.fixture
def ask(stage: Stage) -> Consultation:
    return Consultation(stage)


async def test_both_questions_and_the_advice(ask: Consultation) -> None:
    assert await ask.write("болит ухо", symptoms=EAR) == ["utter_advice_since"]
    assert await ask.write("дня три", "out_of_scope") == ["utter_advice_patient"]
    assert await ask.write("мне", "call_operator_no") == ["utter_advice"]

    assert "к оториноларингологу" in ask.said[0].text
    assert "уху, горлу и носу" in ask.said[0].text
    assert "не диагноз" in ask.said[0].text
    assert ask.payloads == [
        '/book_visit{"what":"specialty:ent"}',
        '/book_visit{"what":"specialty:audiologist"}',
        '/book_visit{"what":"specialty:therapist"}',
    ]
    assert ask.slots[advice.OFFERED]["ids"] == ["ent"]
    assert all(ask.slots[name] is None for name in advice.TASK)


@pytest.mark.parametrize(
    ("text", "response"),
    [
        ("болит ухо", "utter_advice_since"),
        ("у меня болит ухо", "utter_advice_since"),
        ("ухо болит с понедельника", "utter_advice_patient"),
        ("у мужа ухо болит второй месяц", "utter_advice_long"),
        ("у меня со вчерашнего дня болит ухо", "utter_advice"),
        ("у меня сегодня ухо заболело", "utter_advice_new"),
        ("к какому врачу мне пойти", "utter_advice_complaint"),
    ],
)
async def test_what_was_said_is_not_asked(ask: Consultation, text: str, response: str) -> None:
    assert await ask.write(text, symptoms=EAR) == [response]


async def test_without_a_complaint_only_one_more_question_follows(ask: Consultation) -> None:
    assert await ask.write("не знаю, к кому идти") == ["utter_advice_complaint"]
    assert await ask.write("ухо болит", symptoms=EAR) == ["utter_advice_patient"]
    assert await ask.tap("whom:self") == ["utter_advice"]


async def test_buttons_answer(ask: Consultation) -> None:
    await ask.write("болит ухо", symptoms=EAR)
    assert await ask.tap("since:long") == ["utter_advice_patient"]
    assert await ask.tap("whom:adult") == ["utter_advice_long"]


async def test_an_answer_that_says_nothing_is_not_asked_again(ask: Consultation) -> None:
    await ask.write("болит ухо", symptoms=EAR)
    assert await ask.write("не помню", "nlu_fallback") == ["utter_advice_patient"]
    assert await ask.write("какая разница", "out_of_scope") == ["utter_advice"]


async def test_a_child_goes_to_the_pediatrician_unless_a_specialist_sees_children(ask: Consultation) -> None:
    await ask.write("кашель у сына 5 лет третий день", symptoms=COUGH)
    assert ask.payloads[0] == '/book_visit{"what":"specialty:pediatrician:child"}'
    assert all("therapist" not in payload for payload in ask.payloads)

    await ask.write("у дочки второй день болит ухо", symptoms=EAR)
    assert ask.payloads[0] == '/book_visit{"what":"specialty:ent:child"}'
    assert ask.payloads[-1] == '/book_visit{"what":"specialty:pediatrician:child"}'

    await ask.write("у дочки вены на ноге второй месяц", symptoms=GROIN)
    assert all("phlebologist" not in payload for payload in ask.payloads)


async def test_who_is_ill_decides_also_when_it_is_said_last(ask: Consultation) -> None:
    await ask.write("кашель третий день", symptoms=COUGH)
    await ask.write("ребёнку", "out_of_scope")

    assert ask.payloads[0] == '/book_visit{"what":"specialty:pediatrician:child"}'


async def test_an_adult_never_goes_to_the_pediatrician(ask: Consultation) -> None:
    await ask.write("у меня кашель третий день", symptoms=[("pediatrician", 0.6), ("ent", 0.2)])

    assert ask.payloads == [
        '/book_visit{"what":"specialty:therapist"}',
        '/book_visit{"what":"specialty:ent"}',
    ]


async def test_an_unclear_complaint_gets_the_doctor_for_everything(ask: Consultation) -> None:
    assert await ask.write("у меня третий день как-то всё не так") == ["utter_advice_unsure"]
    assert ask.payloads == ['/book_visit{"what":"specialty:therapist"}']


async def test_a_question_is_left_to_its_rule(ask: Consultation) -> None:
    await ask.write("болит ухо", symptoms=EAR)

    await ask.write("сколько стоит приём лора", "ask_price")
    assert ask.left and ask.loop == advice.FORM
    await ask.write("сегодня началось, задыхаюсь", "emergency")
    assert ask.left


async def test_a_booking_ends_the_questions(ask: Consultation) -> None:
    await ask.write("болит ухо", symptoms=EAR)

    assert await ask.write("запишите к терапевту", "book_visit") == []
    assert ask.follows == slots.FORM
    assert all(ask.slots[name] is None for name in advice.TASK)


async def test_where_the_booking_asks_for_whom_the_advice_takes_its_place(stage: Stage) -> None:
    ask = Consultation(stage, slots.FORM, slots.WHAT)

    assert await ask.write("болит ухо", symptoms=EAR) == ["utter_advice_since"]
    assert ask.loop == advice.FORM


async def test_later_in_the_booking_it_is_answered_in_a_line(stage: Stage) -> None:
    ask = Consultation(stage, slots.FORM, slots.PHONE)

    assert await ask.write("а с ухом к кому?", symptoms=EAR) == ["utter_advice_inside"]
    assert ask.loop == slots.FORM
    assert ask.slots[slots.REQUESTED] == slots.PHONE
    assert ask.slots[advice.COMPLAINT] is None


@pytest.mark.parametrize(("text", "intent"), [("да", "affirm"), ("запишите", "book_visit")])
async def test_a_yes_to_the_advice_books_that_doctor(stage: Stage, text: str, intent: str) -> None:
    offered = {"kind": "specialty", "ids": ["ent"], "child": False}
    message = Dialogue(stage).message(text, intent, [], None)
    events = [
        {"event": "user", "parse_data": {"intent": {"name": "ask_which_doctor"}}},
        {"event": "bot", "metadata": {"utter_action": "utter_advice"}},
        {"event": "user", "parse_data": {"intent": {"name": intent}}},
    ]
    values = dict.fromkeys(domain()["slots"]) | {advice.OFFERED: offered}
    tracker = Tracker("c1", values, message, events, False, None, {}, "action_listen")
    name = "action_answer_yes" if intent == "affirm" else "validate_booking_form"
    found = await BY_NAME[name](stage.context).run(CollectingDispatcher(), tracker, {})

    assert {"event": "slot", "timestamp": None, "name": slots.WHAT, "value": offered} in found


async def test_the_button_for_a_child_looks_for_who_sees_children(stage: Stage) -> None:
    talk = Dialogue(stage)
    await talk.tap('/book_visit{"what":"specialty:ent:child"}')

    assert talk.slots[slots.WHAT] == {"kind": "specialty", "ids": ["ent"], "child": True}


@pytest.mark.parametrize(
    ("symptoms", "response"), [(EAR, "utter_no_medical_advice_visit"), (DARK, "utter_no_medical_advice")]
)
async def test_treatment_is_declined_with_a_visit(stage: Stage, symptoms: Any, response: str) -> None:
    message = Dialogue(stage).message("чем капать ухо?", "ask_medical_advice", [], None)
    message["symptoms"] = [{"name": name, "confidence": share} for name, share in symptoms]
    values = dict.fromkeys(domain()["slots"])
    dispatcher = CollectingDispatcher()
    tracker = Tracker("c1", values, message, [], False, None, {}, "action_listen")
    await BY_NAME["action_medical_advice"](stage.context).run(dispatcher, tracker, {})

    [said] = spoken(dispatcher)
    assert said.name == response
    assert any("/book_visit" in button["payload"] for button in said.buttons)


async def test_me_alone_says_who_is_ill_whatever_it_resembles(stage: Stage) -> None:
    talk = Consultation(stage)
    await talk.write("болит ухо третий день", symptoms=EAR)

    said = await talk.write("мне", "call_operator")

    assert said == ["utter_advice"]


async def test_a_doctor_named_leaves_the_questions(stage: Stage) -> None:
    talk = Consultation(stage)
    await talk.write("болит ухо", symptoms=EAR)

    await talk.write("к терапевту", "inform")

    assert talk.follows == slots.FORM


async def test_the_price_after_the_advice_is_of_the_doctor_advised(stage: Stage) -> None:
    talk = Consultation(stage)
    await talk.write("у меня болит ухо третий день", symptoms=EAR)

    assert talk.slots[SUBJECT]["specialties"] == ["ent"]

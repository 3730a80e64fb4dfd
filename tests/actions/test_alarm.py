"""An alarm: help first, the task waits, and nothing goes on as if all were well."""

from __future__ import annotations

from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.alarm import slots as alarm
from actions.booking import slots
from actions.registry import ACTIONS
from tests.actions.clinic import Stage
from tests.actions.dialogue import Dialogue, Said, domain, entities_of, spoken

pytestmark = pytest.mark.asyncio

BY_NAME = {action.action_name: action for action in ACTIONS}
CHEST = {"kind": "emergency", "title": "Боль в груди"}
CRISIS = {"kind": "suicide", "title": "Мысли о самоубийстве"}


class Ward:
    """A conversation around an alarm: the action, then its form, as Rasa runs them."""

    def __init__(self, stage: Stage, loop: str | None = None, **known: Any) -> None:
        self.stage = stage
        self.slots: dict[str, Any] = dict.fromkeys(domain()["slots"]) | known
        self.slots.setdefault(slots.REQUESTED, None)
        self.loop = loop
        self.said: list[Said] = []
        self.follows: str | None = None
        self.rejected = False
        self.count = 0

    async def alarm(self, text: str, sign: dict[str, str], told: bool = False) -> list[str]:
        """A message that is an alarm; `told`: the desk has said where help is."""
        message = self._message(text, "emergency") | {"red_flag": "chest_pain", "alarm": sign}
        if told:
            message["metadata"] = {"red_flag": "chest_pain"}
        self.said, self.follows = [], None
        await self._run("action_emergency", message)
        assert self.follows == alarm.FORM
        self.loop, self.slots[slots.REQUESTED] = alarm.FORM, None
        await self._run("validate_alarm_form", message)
        self.slots[slots.REQUESTED] = alarm.SETTLED
        await self._run("action_ask_alarm__settled", message)
        return [one.name for one in self.said]

    async def write(self, text: str, intent: str, **button: str) -> list[str]:
        """The next message, which the open question gets first."""
        message = self._message(text, intent)
        if button:
            message["entities"] = [{"entity": kind, "value": value} for kind, value in button.items()]
        self.said, self.follows = [], None
        self.rejected = not await self._run("validate_alarm_form", message)
        if self.rejected:
            return []
        if self.slots[alarm.SETTLED] is None:
            await self._run("action_ask_alarm__settled", message)
        else:
            self.loop, self.slots[slots.REQUESTED] = None, None
            await self._run("action_after_alarm", message)
        return [one.name for one in self.said]

    def _message(self, text: str, intent: str) -> dict[str, Any]:
        self.count += 1
        found = entities_of(text, self.stage.clock())
        return Dialogue(self.stage).message(text, intent, found, f"m{self.count}")

    async def _run(self, name: str, message: dict[str, Any]) -> list[dict[str, Any]]:
        loop = {"name": self.loop} if self.loop else {}
        tracker = Tracker("c1", dict(self.slots), message, [], False, None, loop, "action_listen")
        dispatcher = CollectingDispatcher()
        events = await BY_NAME[name](self.stage.context).run(dispatcher, tracker, {})
        self.said += spoken(dispatcher)
        for event in events:
            if event["event"] == "slot":
                self.slots[event["name"]] = event["value"]
            elif event["event"] == "followup":
                self.follows = event["name"]
            elif event["event"] == "active_loop":
                self.loop = event["name"]
        return list(events)


async def test_help_comes_first_and_a_person_is_called(stage: Stage) -> None:
    ward = Ward(stage)
    assert await ward.alarm("давит в груди", CHEST) == ["utter_emergency"]

    assert "103" in ward.said[0].text and "112" in ward.said[0].text
    [request] = stage.requests.stored.values()
    assert (request.kind, request.topic, request.priority) == ("emergency", "chest_pain", 2)
    assert "Боль в груди" in request.summary
    assert list(stage.requests.stored) == ["c1:emergency:m1"]


async def test_what_the_desk_has_said_is_not_said_twice(stage: Stage) -> None:
    assert await Ward(stage).alarm("давит в груди", CHEST, told=True) == ["utter_emergency_after_notice"]
    ward = Ward(stage)
    assert await ward.alarm("не хочу жить", CRISIS, told=True) == ["utter_crisis_after_notice"]
    assert "989" not in ward.said[0].text


async def test_thoughts_of_death_get_the_crisis_lines_of_the_data(stage: Stage) -> None:
    ward = Ward(stage)
    assert await ward.alarm("не хочу жить", CRISIS) == ["utter_crisis"]

    for number in stage.context.words.helplines.values():
        assert number in ward.said[0].text
    assert "112" in ward.said[0].text


@pytest.mark.parametrize("told", [True, False])
async def test_thoughts_of_death_of_somebody_near_are_spoken_of_as_theirs(stage: Stage, told: bool) -> None:
    ward = Ward(stage)
    first = "utter_crisis_other_after_notice" if told else "utter_crisis_other"
    assert await ward.alarm("Мама хочет умереть", CRISIS, told=told) == [first]
    assert "близк" in ward.said[0].text
    assert "Вы не одни" not in ward.said[0].text
    if not told:
        assert all(number in ward.said[0].text for number in stage.context.words.helplines.values())
    assert stage.requests.kinds == ["emergency"]

    assert await ward.write("она ушла к себе", "inform") == ["utter_alarm_how_other_again"]
    assert await ward.write("опасности больше нет", "inform", alarm="calm") == ["utter_crisis_other_over"]


async def test_what_the_alarm_names_is_kept_and_books_nothing(stage: Stage) -> None:
    ward = Ward(stage)
    await ward.alarm("запишите к кардиологу на Ленинском завтра, давит в груди", CHEST)

    assert ward.slots[slots.WHAT]["ids"] == ["cardiologist"]
    assert ward.slots[slots.PLACE] == {"kind": "branch", "id": "leninsky"}
    assert ward.slots[slots.WISH]["dates"] == ["2026-11-24", "2026-11-24"]
    assert stage.bookings.holds == []
    assert ward.slots[alarm.ALARM]["task"] == slots.FORM


@pytest.mark.parametrize("loop", [slots.FORM, "which_doctor_form"])
async def test_the_open_task_waits_and_goes_on(stage: Stage, loop: str) -> None:
    ward = Ward(stage, loop, **{slots.REQUESTED: slots.PHONE})
    await ward.alarm("мужу плохо, не дышит", CHEST)

    assert ward.loop == alarm.FORM
    assert await ward.write("продолжить", "continue_task") == ["utter_alarm_over_resume"]
    assert ward.follows == loop
    assert all(ward.slots[name] is None for name in alarm.TASK)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("мне уже лучше", "emergency"),
        ("всё в порядке, это ошибка", "deny"),
        ("отпустило, давайте дальше", "affirm"),
        ("я ошиблась", "inform"),
        ("это из фильма", "out_of_scope"),
    ],
)
async def test_a_mistake_or_better_goes_on_by_itself(stage: Stage, text: str, intent: str) -> None:
    ward = Ward(stage, slots.FORM)
    await ward.alarm("мужу плохо", CHEST)

    assert await ward.write(text, intent) == ["utter_alarm_over_resume"]
    assert ward.follows == slots.FORM


@pytest.mark.parametrize(
    ("text", "intent"),
    [("Москва", "inform"), ("да", "affirm"), ("запишите к лору", "book_visit"), ("лучше не стало", "inform")],
)
async def test_the_next_message_does_not_go_on_silently(stage: Stage, text: str, intent: str) -> None:
    ward = Ward(stage, slots.FORM)
    await ward.alarm("мужу плохо", CHEST)

    assert await ward.write(text, intent) == ["utter_alarm_how_again"]
    assert ward.loop == alarm.FORM and ward.follows is None
    assert await ward.write(text, intent) == ["utter_alarm_how_person"]


async def test_what_is_said_meanwhile_is_kept(stage: Stage) -> None:
    ward = Ward(stage)
    await ward.alarm("мужу плохо", CHEST)
    await ward.write("запишите к лору на Ленинском", "book_visit")

    assert ward.slots[slots.WHAT]["ids"] == ["ent"]
    await ward.write("Всё спокойно", "continue_task", alarm="calm")
    assert ward.said[0].name == "utter_alarm_over_resume"
    assert ward.follows == slots.FORM


async def test_help_on_its_way_is_no_second_alarm(stage: Stage) -> None:
    ward = Ward(stage, slots.FORM)
    await ward.alarm("мужу плохо", CHEST)

    assert await ward.write("скорая уже едет", "emergency") == ["utter_alarm_help_coming"]
    assert ward.loop == alarm.FORM


async def test_a_second_alarm_keeps_the_first_ones_task(stage: Stage) -> None:
    ward = Ward(stage, slots.FORM)
    await ward.alarm("мужу плохо", CHEST)
    await ward.write("он не дышит", "emergency")
    assert ward.rejected
    await ward.alarm("он не дышит", CHEST)

    assert ward.slots[alarm.ALARM]["task"] == slots.FORM
    assert stage.requests.kinds == ["emergency", "emergency"]


async def test_a_question_meanwhile_is_answered_by_its_rule(stage: Stage) -> None:
    ward = Ward(stage)
    await ward.alarm("мужу плохо", CHEST)
    await ward.write("сколько стоит приём", "ask_price")
    assert ward.rejected


async def test_without_a_task_nothing_is_resumed(stage: Stage) -> None:
    ward = Ward(stage)
    await ward.alarm("мужу плохо", CHEST)
    assert await ward.write("всё нормально", "affirm") == ["utter_alarm_over"]
    assert ward.follows is None


async def test_giving_up_says_that_nothing_is_booked(stage: Stage) -> None:
    ward = Ward(stage, slots.FORM)
    await ward.alarm("мужу плохо", CHEST)
    assert await ward.write("ничего не надо", "stop_task") == ["utter_alarm_stopped"]
    assert ward.follows is None

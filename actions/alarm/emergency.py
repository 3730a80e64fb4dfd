"""Help right now: 103 and 112 or the crisis line, a person is called in, the open task is kept."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.alarm import slots
from actions.base import Events, SafeAction, Say
from actions.booking import slots as booking
from actions.booking import what, when, where
from actions.booking.draft import Draft
from actions.booking.interruptions import INTERRUPTIONS
from actions.booking.turn import Turn
from actions.context import Context
from actions.past import Past
from actions.questions import Question
from actions.reading import Reading, read
from lang.alarm_talk import AlarmTalk
from lang.in_danger import is_somebody_else

URGENT = 2
_OVER = {"suicide": "utter_crisis_over", slots.OF_ANOTHER: "utter_crisis_other_over"}
_HOW = ("utter_alarm_how", "utter_alarm_how_other")
_NAMED = (booking.WHAT, booking.PLACE, booking.WISH)
# What interrupts the question how the patient is, and is answered by a rule; the rest is no answer yet.
_OTHER_TASKS = {"move_visit", "cancel_visit", "ask_my_visits"}
_QUESTIONS = INTERRUPTIONS - {"emergency", "stop_task", "out_of_scope"} - _OTHER_TASKS


class ActionEmergency(SafeAction):
    """Says where help is, unless the desk has said it already, and calls a person in.

    What the message names for a booking is kept: «к кардиологу завтра, сильно давит в груди». Then the
    question how things are stays open, so that the next message does not go on as if all were well.
    """

    action_name = "action_emergency"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        reading = read(tracker)
        alarm = tracker.latest_message.get("alarm") or {}
        kind = "suicide" if alarm.get("kind") == "suicide" else "emergency"
        if kind == "suicide" and is_somebody_else(reading.text):
            kind = slots.OF_ANOTHER
        _say_help(self.context, say, kind, bool(reading.metadata.get("red_flag")))
        before = tracker.get_slot(slots.ALARM) or {}
        loop = (tracker.active_loop or {}).get("name")
        named = [] if loop else await keep_named(self.context, tracker, reading)
        task = before.get("task") if loop == slots.FORM else loop
        if task is None and any(event["value"] is not None for event in named):
            task = booking.FORM
        await self.context.store_request(
            "emergency",
            tracker,
            Draft(tracker),
            str(alarm.get("title") or self.context.words.labels["alarm_unnamed"]),
            topic=str(tracker.latest_message.get("red_flag") or "emergency"),
            priority=URGENT,
        )
        return [*named, *_wait_for_calm(kind, task)]

    def failed(self, say: Say, tracker: Tracker) -> Events:
        """The words matter more than the record: the desk has stored the alarm too."""
        if say.count == 0:
            say("utter_emergency", **self.context.words.helplines)
        loop = (tracker.active_loop or {}).get("name")
        before = tracker.get_slot(slots.ALARM) or {}
        return _wait_for_calm("emergency", before.get("task") if loop == slots.FORM else loop)


class ValidateAlarmForm(SafeAction):
    """Whether all is calm again. Everything else is kept for later and booked nowhere."""

    action_name = "validate_alarm_form"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        reading = read(tracker)
        open_alarm = [SlotSet(slots.SETTLED, None)]
        if tracker.get_slot(booking.REQUESTED) is None:
            return open_alarm
        settled = self._settled(reading, self.context.speech.alarm_talk)
        if settled is None and reading.intent == "deny" and Past.of(tracker).response in _HOW:
            # «Помощь ещё нужна?» — «нет».
            settled = "calm"
        if settled:
            return [SlotSet(slots.SETTLED, settled)]
        if self.context.speech.alarm_talk.help_is_coming(reading.meant):
            say("utter_alarm_help_coming")
            return [*open_alarm, SlotSet(slots.OPTIONS, {"slot": slots.SETTLED, "said": True})]
        if reading.intent == "emergency" or reading.intent in _QUESTIONS:
            return []
        named = await keep_named(self.context, tracker, reading)
        alarm = tracker.get_slot(slots.ALARM) or {}
        if named and alarm.get("task") is None:
            named = [*named, SlotSet(slots.ALARM, {**alarm, "task": booking.FORM})]
        misses = int(tracker.get_slot(slots.MISSES) or 0)
        return [*named, *open_alarm, SlotSet(slots.MISSES, misses + 1), SlotSet(slots.OPTIONS, None)]

    def failed(self, say: Say, tracker: Tracker) -> Events:
        return [SlotSet(slots.SETTLED, None)]

    @staticmethod
    def _settled(reading: Reading, talk: AlarmTalk) -> str | None:
        if reading.button.get("alarm"):
            return reading.button["alarm"]
        if reading.intent == "continue_task":
            return "go_on"
        if talk.calm(reading.meant):
            return "calm"
        return "stop" if reading.intent == "stop_task" else None


class AskAlarmSettled(Question):
    """How things are; right after the alarm it is part of the answer to it."""

    action_name = "action_ask_alarm__settled"
    response = "utter_alarm_how"
    slot = slots.SETTLED
    misses_slot = slots.MISSES
    options_slot = slots.OPTIONS
    asks_after_farewell = True

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        if read(tracker).intent == "emergency":
            return []
        return await super().perform(say, tracker)

    async def ask(self, say: Say, tracker: Tracker, response: str) -> Events:
        alarm = tracker.get_slot(slots.ALARM) or {}
        if alarm.get("kind") == slots.OF_ANOTHER:
            response = response.replace(self.response, "utter_alarm_how_other")
        say(response)
        return []


class ActionAfterAlarm(SafeAction):
    """All is calm: the task that waited goes on, or nothing is open."""

    action_name = "action_after_alarm"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        alarm = tracker.get_slot(slots.ALARM) or {}
        task = alarm.get("task")
        over = [SlotSet(name, None) for name in slots.TASK]
        if tracker.get_slot(slots.SETTLED) == "stop":
            say("utter_alarm_stopped")
            return over
        if task is None:
            say(_OVER.get(str(alarm.get("kind")), "utter_alarm_over"), **self.context.words.helplines)
            return over
        say("utter_alarm_over_resume")
        return [*over, FollowupAction(task)]


async def keep_named(context: Context, tracker: Tracker, reading: Reading) -> Events:
    """Events that keep what the message names for a booking: whom, where, when. Nothing is said or held."""
    draft = Draft(tracker)
    turn = Turn(context, Say(CollectingDispatcher()), draft, reading, None, tracker.sender_id)
    known = {name for name in _NAMED if draft.knows(name)}
    await what.take(turn)
    await where.take(turn)
    when.take(turn)
    return [event for event in draft.events() if event["name"] in _NAMED and event["name"] not in known]


def _say_help(context: Context, say: Say, kind: str, told_by_desk: bool) -> None:
    if kind == slots.OF_ANOTHER:
        told = "utter_crisis_other_after_notice" if told_by_desk else "utter_crisis_other"
        say(told, **context.words.helplines)
    elif kind == "suicide":
        say("utter_crisis_after_notice" if told_by_desk else "utter_crisis", **context.words.helplines)
    elif told_by_desk:
        say("utter_emergency_after_notice")
    else:
        say("utter_emergency", **context.words.helplines)


def _wait_for_calm(kind: str, task: str | None) -> list[dict[str, Any]]:
    return [
        ActiveLoop(None),
        SlotSet(booking.REQUESTED, None),
        SlotSet(slots.ALARM, {"kind": kind, "task": task}),
        SlotSet(slots.SETTLED, None),
        SlotSet(slots.MISSES, 0),
        SlotSet(slots.OPTIONS, None),
        FollowupAction(slots.FORM),
    ]

"""A complaint without a doctor's name: ask what is missing, then say whom to go to and why."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet

from actions import resume
from actions.advice import slots
from actions.advice.complaint import Complaint
from actions.answers.subject import Subject, remember
from actions.base import Events, SafeAction, Say
from actions.booking import slots as booking
from actions.booking.interruptions import INTERRUPTIONS
from actions.booking.slots import What
from actions.context import Context
from actions.past import Past
from actions.questions import interrupted, worded
from actions.reading import read
from lang.advice import Likely
from lang.text import tokens

FEW_WORDS = 2
# Answers to «как давно?» are whatever words: only these never are one.
_NEVER_ANSWERS = frozenset({"emergency", "call_operator", "stop_task"})
# Without a word about how long or who, these are another matter.
_OTHER_TASKS = frozenset({"book_visit", "request_callback", "join_waitlist", "continue_task"})
_WHOM = ("specialty", "doctor", "service", "service_group")
_UNCERTAIN = frozenset({"out_of_scope", "ask_which_doctor", "ask_medical_advice"})
_BY_TIME = {"new": "utter_advice_new", "long": "utter_advice_long"}
# After these «да» and «запишите» mean the doctor who was advised.
_ADVISED = (
    "utter_advice",
    "utter_advice_new",
    "utter_advice_long",
    "utter_advice_unsure",
    "utter_no_medical_advice_visit",
    "utter_booking_what_complaint",
)


def forget() -> Events:
    """The questions are over."""
    return [SlotSet(name, None) for name in slots.TASK]


class ActionWhichDoctor(SafeAction):
    """Advises at once when the message says enough, else begins the questions.

    Inside another task the advice is given in a line and the task goes on. Where the booking asks for whom,
    the advice takes its place: its button goes on with the booking.
    """

    action_name = "action_which_doctor"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        complaint = Complaint(tracker, self.context.speech.advice)
        loop = (tracker.active_loop or {}).get("name")
        asks_whom = loop == booking.FORM and tracker.get_slot(booking.REQUESTED) == booking.WHAT
        complaint.take(None)
        if loop is not None and loop != slots.FORM and not asks_whom:
            _say_inside(self.context, say, complaint)
            return forget()
        quiet = [ActiveLoop(None), SlotSet(booking.REQUESTED, None)] if loop is not None else []
        if complaint.complete:
            return [*quiet, *advise(self.context, say, tracker, complaint)]
        return [*quiet, *complaint.events(), FollowupAction(slots.FORM)]


class ValidateWhichDoctorForm(SafeAction):
    """Takes how long and for whom from any words; what is no answer is left to the rules."""

    action_name = "validate_which_doctor_form"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        requested = tracker.get_slot(booking.REQUESTED)
        complaint = Complaint(tracker, self.context.speech.advice)
        # Without one event Rasa would take the message for not meant for the form.
        taken = [SlotSet(slots.SYMPTOMS, tracker.get_slot(slots.SYMPTOMS))]
        if requested is None:
            complaint.take(None)
            return complaint.events() or taken
        reading = resume.as_return(self.context, read(tracker))
        if resume.comes_back(self.context, tracker, reading):
            return taken
        answers = self._answers(reading.meant) or reading.tapped
        # «Мне» by itself says who is ill, whatever else it resembles.
        bare = answers and len(tokens(reading.text)) <= FEW_WORDS and reading.intent != "emergency"
        if reading.intent in _NEVER_ANSWERS and not bare:
            return []
        names = bool(reading.of(*_WHOM))
        if (reading.intent in _OTHER_TASKS and (names or not answers)) or (
            reading.intent == "inform" and names
        ):
            complaint.leave()
            return complaint.events()
        if reading.intent in INTERRUPTIONS - _UNCERTAIN and not answers:
            return []
        complaint.take(requested)
        if requested == slots.COMPLAINT:
            complaint.settle_since()
        return complaint.events() or taken

    def failed(self, say: Say, tracker: Tracker) -> Events:
        """Advice without the answers is still advice."""
        return [SlotSet(name, slots.UNKNOWN) for name in slots.ASKED]

    def _answers(self, text: str) -> bool:
        advice = self.context.speech.advice
        return advice.since(text) is not None or advice.whom(text) is not None


class ActionAdvise(SafeAction):
    """The end of the questions: the advice, or on with what the patient has left them for."""

    action_name = "action_advise"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        complaint = Complaint(tracker, self.context.speech.advice)
        if complaint.left:
            return [*forget(), FollowupAction(booking.FORM)]
        return advise(self.context, say, tracker, complaint)

    def failed(self, say: Say, tracker: Tracker) -> Events:
        if say.count == 0:
            say("utter_service_unavailable")
        return forget()


class ActionStopAdvice(SafeAction):
    """The patient wants no questions."""

    action_name = "action_stop_advice"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        say("utter_advice_stopped")
        return [*forget(), SlotSet(booking.REQUESTED, None)]


class ActionMedicalAdvice(SafeAction):
    """No treatment by letter; a visit to the doctor whose matter it is, if that can be told."""

    action_name = "action_medical_advice"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        complaint = Complaint(tracker, self.context.speech.advice)
        complaint.take(None)
        found = complaint.specialties(self.context.catalogue)
        if (tracker.active_loop or {}).get("name"):
            say("utter_no_medical_advice_short")
            return []
        if not found.sure:
            say("utter_no_medical_advice")
            return []
        first = What("specialty", (found.specialties[0],), complaint.child)
        what = self.context.words.what(first)
        say(
            "utter_no_medical_advice_visit", buttons=_buttons(self.context, found, complaint.child), what=what
        )
        return _keep(self.context, tracker, first)


class _Question(SafeAction):
    """Asked once: whatever is answered counts, so only an answered question of the patient brings it back."""

    response: str

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        say(worded(self.response, 0, interrupted(tracker)))
        return []


class AskComplaint(_Question):
    action_name = "action_ask_advice__complaint"
    response = "utter_advice_complaint"


class AskSince(_Question):
    action_name = "action_ask_advice__since"
    response = "utter_advice_since"


class AskPatient(_Question):
    action_name = "action_ask_advice__patient"
    response = "utter_advice_patient"


def advised(tracker: Tracker) -> dict[str, Any] | None:
    """What was advised just now, as a value of `booking__what`; None if something else was said last."""
    offered: dict[str, Any] | None = tracker.get_slot(slots.OFFERED)
    return offered if Past.of(tracker).response in _ADVISED else None


def advise(context: Context, say: Say, tracker: Tracker, complaint: Complaint) -> Events:
    """Say whom to go to and why, with buttons; what is asked or booked next is about that doctor."""
    found = complaint.specialties(context.catalogue)
    first = What("specialty", (found.specialties[0],), complaint.child)
    told = _BY_TIME.get(complaint.since or "", "utter_advice")
    say(
        told if found.sure else "utter_advice_unsure",
        buttons=_buttons(context, found, complaint.child),
        what=context.words.what(first),
        why=context.speech.advice.treats[found.specialties[0]],
    )
    return [*forget(), *_keep(context, tracker, first)]


def ask_by_complaint(context: Context, say: Say, tracker: Tracker) -> Events | None:
    """«Болит зуб, когда можно прийти?»: the question for whom to book, with the doctor it sounds like; None
    where nothing sure is told."""
    complaint = Complaint(tracker, context.speech.advice)
    found = complaint.in_passing(context.catalogue, context.speech.everyday)
    if found is None:
        return None
    first = What("specialty", (found.specialties[0],), complaint.child)
    not_sure = {"title": context.words.labels["not_sure_whom"], "payload": "/ask_which_doctor"}
    say(
        "utter_booking_what_complaint",
        buttons=[*_buttons(context, found, complaint.child, "inform"), not_sure],
        what=context.words.what(first),
        why=context.speech.advice.treats[found.specialties[0]],
    )
    return [SlotSet(slots.OFFERED, first.value())]


def _keep(context: Context, tracker: Tracker, first: What) -> Events:
    subject = Subject(specialties=first.ids, child=first.child)
    return [SlotSet(slots.OFFERED, first.value()), *remember(context, tracker, subject)]


def _say_inside(context: Context, say: Say, complaint: Complaint) -> None:
    found = complaint.specialties(context.catalogue)
    first = What("specialty", (found.specialties[0],), complaint.child)
    say(
        "utter_advice_inside",
        what=context.words.what(first),
        why=context.speech.advice.treats[found.specialties[0]],
    )


def _buttons(
    context: Context, found: Likely, child: bool, intent: str = "book_visit"
) -> list[dict[str, str]]:
    """A button for each specialty; one for a child says so."""
    mark = ":child" if child else ""
    return [
        {
            "title": context.words.book_button(What("specialty", (name,))),
            "payload": f'/{intent}{{"what":"specialty:{name}{mark}"}}',
        }
        for name in found.specialties
    ]

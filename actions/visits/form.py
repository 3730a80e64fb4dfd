"""validate_visits_form: what one message changes about the visits that stand."""

from __future__ import annotations

from dataclasses import replace

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet

from actions import resume, waitlist
from actions.answers.follow_up import answer_again, question_of_place
from actions.base import Events, SafeAction, Say
from actions.booking.interruptions import INTERRUPTIONS
from actions.booking.slots import REQUESTED
from actions.reading import Reading
from actions.turn_time import LEAST_TO_WRITE_SECONDS
from actions.visits import cancelling, proof, slots, which
from actions.visits.turn import Turn

# Requests that are no interruption here: they are what the form is about.
_OWN = frozenset(slots.INTENTS)
# Never an answer to anything, even if a word of it would fit.
_ABSOLUTE = frozenset({"emergency", "call_operator", "stop_task", "request_callback", "join_waitlist"})


class ValidateVisitsForm(SafeAction):
    """Proves the phone, lists the visits, cancels one. The move of one is handed to the booking form.

    Returns no slots when the message is a question to be answered first.
    """

    action_name = "validate_visits_form"
    least_seconds = LEAST_TO_WRITE_SECONDS

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        turn = Turn.of(self.context, say, tracker)
        turn.reading = _meant(turn)
        if turn.requested is not None and resume.comes_back(self.context, tracker, _as_return(turn)):
            for event in resume.afresh(tracker):
                turn.set(event["name"], event["value"])
            turn.requested = None
        question = question_of_place(tracker) if _may_ask_of_a_place(turn) else None
        if question is not None:
            answered = await answer_again(self._given, say, tracker, question, inside=True)
            turn.values[slots.OPTIONS] = {"slot": turn.requested, "resumed": True}
            return [*answered, *turn.events()]
        if turn.requested is None:
            if await proof.begin(turn):
                await self._proved(turn)
        elif turn.requested == slots.REASON:
            if _is_question(turn):
                return []
            await cancelling.take_reason(turn)
        elif _is_other_matter(turn):
            return []
        else:
            await self._take(turn)
        _count_misses(turn)
        return turn.events()

    async def _take(self, turn: Turn) -> None:
        _take_task(turn)
        if proof.cannot_be_had(turn):
            turn.end(proof.STORE_PRIVACY)
        elif turn.requested == slots.PHONE:
            await proof.take_phone(turn)
        elif turn.requested == slots.CODE:
            if await proof.take_code(turn):
                await self._proved(turn)
        elif turn.requested == slots.VISIT:
            await which.take(turn)
        else:
            await cancelling.decide(turn)
        self._hand_over(turn)

    async def _proved(self, turn: Turn) -> None:
        if turn.task == slots.PRIVACY:
            turn.end(proof.STORE_PRIVACY)
            return
        await which.list_visits(turn)
        self._hand_over(turn)

    @staticmethod
    def _hand_over(turn: Turn) -> None:
        if turn.task == "move" and turn.visit is not None and not turn.ending:
            turn.end("action_start_move")

    def failed(self, say: Say, tracker: Tracker) -> Events:
        """What was sent is told by the recovery; here nothing is claimed either way."""
        privacy = tracker.get_slot(slots.TASK) == slots.PRIVACY
        say("utter_privacy_failed" if privacy else "utter_visits_failed")
        ended = [SlotSet(REQUESTED, None), ActiveLoop(None), FollowupAction("action_listen")]
        # Without a slot of its own Rasa would take the message for not meant for the form.
        return [SlotSet(slots.MISSES, 0), *ended]


def _meant(turn: Turn) -> Reading:
    """The message as it is meant here: «отменить» and «оставьте как было» are about a visit, not the talk."""
    reading, heard = turn.reading, turn.context.speech.heard
    if reading.intent == "cancel_visit" and waitlist.leaves(turn.context, reading):
        return replace(reading, intent="join_waitlist")
    if reading.intent == "stop_task" and heard.cancels(reading.meant) and heard.means_all(reading.meant):
        return replace(reading, intent="cancel_visit")
    if turn.requested not in (slots.VISIT, slots.DECISION) or reading.tapped or turn.choice:
        return reading
    if reading.intent not in ("cancel_visit", "affirm") and cancelling.keeps(turn.context, reading, turn.now):
        return replace(reading, intent="deny")
    if reading.intent != "stop_task":
        return reading
    named = heard.names_cancelling(reading.meant)
    if heard.cancels(reading.meant) or (named and turn.task != "cancel"):
        return replace(reading, intent="cancel_visit")
    # «Отмена» to «отменить запись?» may mean either: it is asked once more.
    return replace(reading, intent="inform") if named else reading


def _as_return(turn: Turn) -> Reading:
    """«Я вернулась» after a silence; the last question why a visit was cancelled is not gone on with."""
    if turn.requested == slots.REASON:
        return turn.reading
    return resume.as_return(turn.context, turn.reading)


def _may_ask_of_a_place(turn: Turn) -> bool:
    """«А в Химках?» to the question for a phone or for a visit, unless a visit there is meant."""
    if turn.requested in (slots.VISIT, slots.DECISION):
        return which.by_facts(turn) is None and "?" in turn.reading.text
    return turn.requested in (slots.PHONE, slots.CODE) and turn.reading.intent not in _ABSOLUTE


def _is_question(turn: Turn) -> bool:
    if turn.reading.intent == "ask_which_doctor" and cancelling.named_reason(turn) is not None:
        return False
    return turn.reading.intent in INTERRUPTIONS - _OWN - {"out_of_scope"} and not turn.choice


def _is_other_matter(turn: Turn) -> bool:
    """A question that rules answer, or a booking; not what answers the form's own question."""
    if turn.reading.button or turn.choice:
        return False
    intent = turn.reading.intent
    if intent in _ABSOLUTE:
        return not proof.cannot_be_had(turn)
    if intent not in INTERRUPTIONS - _OWN and intent != "book_visit":
        return False
    if proof.cannot_be_had(turn):
        return False
    if which.answers(turn) or (turn.requested in (slots.PHONE, slots.CODE) and proof.answers(turn)):
        return False
    return not (
        intent == "book_visit" and turn.requested == slots.DECISION and not turn.reading.of("service")
    )


def _take_task(turn: Turn) -> None:
    """«Нет, лучше отмените» while another thing about the visits was asked for."""
    wanted = slots.INTENTS.get(turn.reading.intent)
    if turn.requested == slots.PHONE and proof.answers(turn):
        return
    if wanted is None or turn.choice or turn.requested == slots.DECISION or wanted == turn.task:
        return
    turn.set(slots.TASK, wanted)
    turn.set(slots.SAID, slots.said_of(turn.tracker))


def _count_misses(turn: Turn) -> None:
    misses = int(turn.values[slots.MISSES] or 0)
    useful = bool(turn.changed) or turn.requested is None
    turn.set(slots.MISSES, 0 if useful else misses + 1)

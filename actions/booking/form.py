"""validate_booking_form: what one message changes in the booking."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet

from actions import further, resume, waiting, waitlist
from actions.advice.which_doctor import advised
from actions.answers.follow_up import answer_again, question_gone_on
from actions.base import Events, SafeAction, Say
from actions.booking import (
    advice,
    choice,
    family,
    manner,
    paying,
    recall,
    same_place,
    slots,
    what,
    when,
    where,
    who,
)
from actions.booking.draft import Draft
from actions.booking.interruptions import INTERRUPTIONS, names_what
from actions.booking.query import look_ahead
from actions.booking.submit import ActionStopBooking
from actions.booking.turn import Turn
from actions.introduction import introduce
from actions.picking import tapped_by_number
from actions.reading import Reading
from actions.turn_time import LEAST_TO_WRITE_SECONDS
from actions.visits import cancelling
from lang.phones import PhoneMatch, find_phone

# What was said before these words belongs to another booking.
_BOOKING_OVER = frozenset({"utter_booked", "utter_booking_stopped"})
FEW_WORDS = 3
# Questions whose buttons may be chosen by their number; offers have numbers of their own.
_NUMBERED = (slots.WHAT, slots.PLACE, slots.FOR_WHOM, slots.INSURER)
# Never an answer to anything, even if a word of it would fit.
ABSOLUTE = frozenset({"emergency", "call_operator", "stop_task"})


class ValidateBookingForm(SafeAction):
    """Takes from the message whatever belongs to the booking, in any order, and checks it.

    Returns no slots when the message is a question to be answered first: Rasa then lets a rule answer
    and the form ask again.
    """

    action_name = "validate_booking_form"
    least_seconds = LEAST_TO_WRITE_SECONDS

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        draft = Draft(tracker)
        requested = tracker.get_slot(slots.REQUESTED)
        intent = (tracker.latest_message.get("intent") or {}).get("name")
        if requested is None and draft.moving is not None and intent != "continue_task":
            # The message that chose the visit to move says nothing more about it.
            return [SlotSet(slots.MISSES, 0)]
        asked_instead = tracker.get_slot(slots.OPTIONS) or {}
        reading = self._reading(tracker, requested)
        turn = Turn(
            self.context,
            say,
            draft,
            reading,
            requested,
            tracker.sender_id,
            asked_instead,
            _contacts_before(tracker) if requested == slots.CONSENT and not draft.consents else "",
            await same_place.find(self.context, tracker, reading),
        )
        question = question_gone_on(tracker) if requested is None and draft.what is None else None
        if question is not None:
            # «А в Самаре?» after a price begins no booking.
            answered = await answer_again(self._given, say, tracker, question)
            return [
                *answered,
                SlotSet(slots.REQUESTED, None),
                ActiveLoop(None),
                FollowupAction("action_listen"),
            ]
        if requested and _asks_of_later(turn):
            say("utter_cancel_possible")
            return [SlotSet(slots.MISSES, draft.misses)]
        if requested and (_is_leaving(turn) or await _is_another_visit(turn)):
            return await _left(turn, tracker)
        if requested and waitlist.is_about_stored(self.context, turn.reading):
            return []
        if requested and turn.reading.intent in INTERRUPTIONS and not _answers(turn):
            return []
        held = draft.choice
        kept: Events = []
        draft.forget(slots.OPTIONS)
        if requested is None:
            introduce(say, tracker)
        if requested is None or (requested == slots.WHAT and turn.reading.intent == "affirm"):
            what.take_advised(turn, advised(tracker))
        if requested is None:
            waitlist.take_booked(draft, turn.reading, tracker.get_slot(slots.BOOKED))
        await take(turn)
        if requested is None:
            await recall.tell(turn, tracker)
            kept = await _begin(turn, tracker)
        if held is not None and draft.choice != held:
            await choice.release(turn, held)
        # What was added for later is no bad answer to the question that stays open.
        useful = draft.touched or turn.asks_anew or draft.put_off
        if useful or resume.comes_back(self.context, tracker, turn.reading):
            draft.set(slots.MISSES, 0)
        elif requested and not _only_wishes(turn):
            draft.set(slots.MISSES, draft.misses + 1)
            if draft.options == asked_instead and not asked_instead.get("said"):
                draft.forget(slots.OPTIONS)
        await look_ahead(self.context, draft)
        # Without one event here Rasa would take the message for not meant for the form.
        return [*kept, *(draft.events() or [SlotSet(slots.MISSES, draft.misses)])]

    def _reading(self, tracker: Tracker, requested: str | None) -> Reading:
        reading = resume.as_return(self.context, recall.with_subject(self.context, tracker))
        if requested not in _NUMBERED:
            return reading
        return tapped_by_number(self.context.speech.heard, tracker, reading)

    def failed(self, say: Say, tracker: Tracker) -> Events:
        if say.count == 0:
            say(Draft(tracker).not_possible)
        return [SlotSet(slots.MISSES, 0)]


def _is_leaving(turn: Turn) -> bool:
    """«Оставьте как было» while a visit is moved; «нет, не надо» before anything of a booking is known."""
    reading = turn.reading
    if reading.button or reading.intent in ABSOLUTE:
        return False
    if turn.draft.moving is not None:
        return reading.intent != "affirm" and cancelling.keeps(turn.context, reading, turn.now)
    named = reading.of("specialty", "doctor", "service", "service_group")
    return turn.requested == slots.WHAT and reading.intent == "deny" and not named


async def _is_another_visit(turn: Turn) -> bool:
    """«Запишите к окулисту» while the visit to a therapist is moved: that is no other time for it."""
    draft, reading = turn.draft, turn.reading
    if draft.moving is None or draft.what is None or reading.button or reading.intent != "book_visit":
        return False
    named = {mention.value for mention in reading.of("specialty")}
    return bool(named) and not named & await what.specialties(turn, draft.what)


async def _left(turn: Turn, tracker: Tracker) -> Events:
    """End the form: the visit that was moved stays, and what is wanted instead begins."""
    over = [SlotSet(slots.MISSES, 0), SlotSet(slots.REQUESTED, None), ActiveLoop(None)]
    if turn.reading.intent != "book_visit":
        # Done here: after a followed-up action no rule would say what comes next.
        stopped = await ActionStopBooking(turn.context).perform(turn.say, tracker)
        follows = any(event["event"] == "followup" for event in stopped)
        return [*over, *stopped, *([] if follows else [FollowupAction("action_listen")])]
    if turn.draft.choice is not None:
        await choice.release(turn, turn.draft.choice)
    turn.say("utter_move_stopped")
    return [*over, *slots.leave_move(tracker.slots), FollowupAction(slots.FORM)]


async def _begin(turn: Turn, tracker: Tracker) -> Events:
    """What only the first message of a booking can bring: other requests, and a booking that was offered.

    Returns what is to be remembered of the questions answered.
    """
    draft = turn.draft
    offered, present = tracker.get_slot(slots.NEXT), draft.what
    if offered is not None and present is not None and waiting.same(offered, present):
        for name, value in (await waiting.filled(turn.context, offered)).items():
            if not draft.knows(name):
                draft.set(name, value)
    draft.forget(slots.NEXT)
    if further.is_read(tracker):
        return []
    kept = await further.answer_questions(turn.context, turn.say, tracker)
    draft.set(slots.LATER, further.waiting_after(tracker, draft.later, present) or None)
    draft.set(slots.READ, turn.reading.key)
    return kept


async def take(turn: Turn) -> None:
    """Apply the message to the draft: the later steps see what the earlier ones found."""
    await family.take(turn)
    await what.take(turn)
    family.fit_what(turn)
    manner.take(turn)
    await where.take(turn)
    await paying.take(turn)
    when.take(turn)
    await choice.take(turn)
    await who.take_consent(turn)
    who.take_contacts(turn)
    family.settle_age(turn)
    await choice.check_age(turn)
    family.fit_what(turn)
    family.remember(turn.draft)
    choice.take_confirmation(turn)
    await advice.tell(turn)


def _contacts_before(tracker: Tracker) -> str:
    """The last message of this booking with a phone, said before the first consent: not typed once more.

    At a later consent another patient is coming, whose data are not those.
    """
    for event in reversed(tracker.events[:-1]):
        if (event.get("metadata") or {}).get("utter_action") in _BOOKING_OVER:
            break
        text = event.get("text") or ""
        if event.get("event") == "user" and isinstance(find_phone(text), PhoneMatch):
            return text
    return ""


def _speaks_of_a_visit(turn: Turn) -> bool:
    """Whether it is about a visit that stands, not the time on the screen: «мою запись к кардиологу»."""
    draft = turn.draft
    if turn.context.speech.heard.names_own_visit(turn.reading.meant):
        return True
    doctors = {doctor_id for mention in turn.reading.of("doctor") for doctor_id in mention.ids}
    if doctors and not doctors & {offer.doctor_id for offer in draft.offers}:
        return True
    wanted = draft.what.ids if draft.what is not None else ()
    return any(mention.value not in wanted for mention in turn.reading.of("specialty"))


def _asks_of_later(turn: Turn) -> bool:
    """«А отменить потом можно?» gives nothing up."""
    return turn.reading.intent == "stop_task" and turn.context.speech.heard.is_what_if(turn.reading.meant)


def _is_short(turn: Turn) -> bool:
    return len(turn.reading.text.split()) < FEW_WORDS and turn.reading.intent not in (
        "emergency",
        "stop_task",
    )


def _only_wishes(turn: Turn) -> bool:
    """«Запишите» when asked for the day says again what is being done: no bad answer."""
    reading = turn.reading
    bare = not reading.mentions and not reading.tapped and len(reading.text.split()) < FEW_WORDS
    return bare and reading.intent == "book_visit"


def _answers(turn: Turn) -> bool:
    """Whether the message is nothing but an answer to the question the form has asked."""
    # «Мне» by itself resembles a call for a person, but says whom the visit is for.
    if turn.requested == slots.FOR_WHOM and _is_short(turn) and family.answers(turn):
        return True
    if turn.requested == slots.PLACE and _is_short(turn) and where.answers(turn):
        return True
    if turn.reading.intent in ABSOLUTE:
        return False
    # «к магу», «asdf»: a few words that are nobody's business are a bad answer, not another subject.
    if turn.reading.intent == "out_of_scope" and len(turn.reading.text.split()) <= FEW_WORDS:
        return True
    if turn.reading.button:
        return True
    # «Перезапишите на другое время» before anything is booked is about the time being chosen.
    if turn.reading.intent == "move_visit" and turn.requested in slots.TIME_CHOSEN:
        return not _speaks_of_a_visit(turn)
    if family.answers(turn) or paying.answers(turn):
        return True
    return any(step.answers(turn) for step in (where, who, when, choice)) or names_what(turn)

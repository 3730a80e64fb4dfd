"""Giving a visit up: another time or doctor is offered once, then it is cancelled and the reason asked."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import assert_never

from actions.context import Context
from actions.reading import Reading
from actions.visits import cancel_all, proof, slots, which
from actions.visits.turn import Turn
from clinic.outcomes import (
    AlreadyGone,
    CancelBusy,
    Cancelled,
    CancelRefused,
    CancelUnknown,
    MisDown,
    NotProved,
    StillOpen,
)
from lang.cancel_reasons import CancelReason
from lang.wish import parse_wish

# What may come with words of a reason; any other intent is another matter, and the form is over.
_MAY_BE_REASON = (
    "inform",
    "affirm",
    "deny",
    "cancel_visit",
    "out_of_scope",
    "nlu_fallback",
    "ask_which_doctor",
)


async def decide(turn: Turn) -> None:
    """The answer to «что сделать с записью?» and to «всё-таки отменить?»."""
    intent, choice = turn.reading.intent, turn.choice
    other = which.of_button(turn)
    if other is None and not choice:
        other = which.by_number(turn) or which.by_facts(turn)
    if turn.of_all:
        if other is None:
            await cancel_all.decide(turn)
        else:
            turn.set(slots.VISIT, other.booking_id)
        return
    if other is not None and turn.visit is not None and other.booking_id != turn.visit.booking_id:
        turn.set(slots.VISIT, other.booking_id)
        return
    if not choice and intent == "cancel_visit" and len(turn.shown) > 1 and cancel_all.means_all(turn):
        cancel_all.choose(turn, turn.shown)
        return
    if choice == slots.KEEP or (not choice and intent == "deny"):
        turn.say("utter_visit_kept" if turn.task != "list" else "utter_visit_nothing_to_do")
        turn.end()
    elif choice in (slots.MOVE, slots.OTHER_DOCTOR) or (not choice and _wants_move(turn)):
        turn.set(slots.DECISION, choice or slots.MOVE)
        turn.set(slots.TASK, "move")
        if not choice:
            turn.set(slots.SAID, slots.said_of(turn.tracker))
        turn.end("action_start_move")
    elif choice == slots.CANCEL or intent == "cancel_visit" or (intent == "affirm" and turn.task == "cancel"):
        if turn.task == "list":
            turn.set(slots.TASK, "cancel")
            return
        await cancel(turn)


def keeps(context: Context, reading: Reading, now: datetime) -> bool:
    """Whether the visit is to stay as it is; «приеду в пятницу» is another time."""
    return context.speech.heard.keeps(reading.meant) and parse_wish(reading.meant, now) is None


def _wants_move(turn: Turn) -> bool:
    """«Перенести», «к другому врачу», «давайте лучше в пятницу»."""
    heard, text = turn.context.speech.heard, turn.reading.meant
    if turn.reading.intent == "move_visit" or heard.wants_other("time", text):
        return True
    if heard.wants_other("doctor", text):
        turn.choice = slots.OTHER_DOCTOR
        return True
    return turn.reading.intent in ("inform", "book_visit") and parse_wish(text, turn.now) is not None


async def cancel(turn: Turn) -> None:
    """Cancel the chosen visit and say what is true of it now."""
    view = turn.visit
    assert view is not None
    facts = await turn.context.visit_facts(view)
    key = f"{turn.conversation}:{turn.reading.key}"
    visits = turn.context.clinic.visits
    outcome = await asyncio.to_thread(visits.cancel, turn.conversation, view.booking_id, key)
    match outcome:
        case Cancelled():
            turn.set(slots.DECISION, slots.CANCEL)
            turn.say("utter_visit_cancelled", facts=facts, patient=str(view.patient.name))
            await turn.context.answered(view.booking_id, "cancelled")
            return
        case NotProved():
            await proof.again(turn)
            return
        case AlreadyGone(why=why):
            turn.say(f"utter_visit_gone_{why}")
        case CancelRefused():
            number = await turn.context.store_visit_request(turn.tracker, view)
            turn.say("utter_cancel_refused", facts=facts, number=number)
        case CancelUnknown():
            turn.say("utter_cancel_unknown", facts=facts)
        case CancelBusy():
            turn.say("utter_cancel_busy", facts=facts)
        case StillOpen():
            turn.say("utter_visit_unknown", facts=facts)
        case MisDown():
            turn.say("utter_cancel_not_possible", facts=facts)
        case _:
            assert_never(outcome)
    turn.end()


async def take_reason(turn: Turn) -> None:
    """The answer to «почему?», which nobody has to give: anything else goes its own way."""
    reason = named_reason(turn)
    cancelled = turn.shown if turn.of_all else [view for view in (turn.visit,) if view is not None]
    if reason is not None and cancelled:
        visits = turn.context.clinic.visits
        for view in cancelled:
            await asyncio.to_thread(visits.reason, turn.conversation, view.booking_id, reason.id)
        turn.set(slots.REASON, reason.id)
        turn.say("utter_reason_stored")
        turn.end()
    elif turn.reading.intent in ("deny", "affirm", "continue_task", "nlu_fallback", "out_of_scope"):
        turn.say("utter_reason_not_needed")
        turn.end()
    else:
        turn.end("action_go_on_after_visits")


def named_reason(turn: Turn) -> CancelReason | None:
    """The reason of the tapped button, or the one the message has words of."""
    reasons = turn.context.speech.cancel_reasons
    if turn.choice:
        return reasons.by_id.get(turn.choice.removeprefix(slots.REASON_IS))
    return reasons.find(turn.reading.meant) if turn.reading.intent in _MAY_BE_REASON else None

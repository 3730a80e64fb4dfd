"""Several visits given up at once: one confirmation for all, then each is cancelled and told of as it is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import assert_never

from actions.base import Events
from actions.visits import proof, slots
from actions.visits.slots import VisitView
from actions.visits.turn import Turn
from clinic.outcomes import (
    AlreadyGone,
    CancelBusy,
    Cancelled,
    CancelRefused,
    CancelUnknown,
    LedgerUnavailable,
    MisDown,
    NotProved,
    StillOpen,
)

Told = Cancelled | AlreadyGone | StillOpen | CancelRefused | CancelBusy | CancelUnknown | MisDown

# A turn has to end in time: whatever could not be begun within this is told to stand still.
PATIENCE = timedelta(seconds=4)


def means_all(turn: Turn, said: Mapping[str, object] | None = None) -> bool:
    """Whether all the visits are meant: «отмените все», «обе»; `said` is an earlier message."""
    text = turn.reading.meant if said is None else str(said.get("text", ""))
    return turn.context.speech.heard.means_all(text)


def choose(turn: Turn, views: list[VisitView]) -> None:
    """Ask about all of `views` at once."""
    turn.set(slots.SHOWN, [view.value() for view in views])
    turn.set(slots.VISIT, slots.ALL)
    turn.set(slots.TASK, "cancel")


async def ask(turn: Turn, response: str) -> Events:
    """The one confirmation."""
    shown = turn.shown
    lines = [await turn.context.visit_line(view, shown) for view in shown]
    turn.say(response, lines="\n".join(lines))
    return []


async def decide(turn: Turn) -> None:
    """The answer to «отменить все?»; a visit picked out of them is asked about by itself."""
    intent, choice = turn.reading.intent, turn.choice
    if choice == slots.KEEP or (not choice and intent == "deny"):
        turn.say("utter_visits_kept_all")
        turn.end()
    elif choice == slots.ONE or intent == "move_visit":
        turn.set(slots.VISIT, None)
        turn.set(slots.TASK, "move" if intent == "move_visit" else "cancel")
    elif choice == slots.CANCEL or intent in ("cancel_visit", "affirm") or means_all(turn):
        await _cancel(turn)


async def _cancel(turn: Turn) -> None:
    visits, key = turn.context.clinic.visits, f"{turn.conversation}:{turn.reading.key}"
    until = turn.now + PATIENCE
    labels = turn.context.words.labels["visits"]["cancelled_all"]
    lines: list[str] = []
    gone: list[VisitView] = []
    waiting = list(turn.shown)
    stands = unproved = False
    while waiting and turn.now < until:
        view = waiting[0]
        try:
            outcome = await asyncio.to_thread(visits.cancel, turn.conversation, view.booking_id, key)
        except LedgerUnavailable:
            break
        if isinstance(outcome, NotProved):
            unproved = True
            break
        waiting.pop(0)
        number = ""
        if isinstance(outcome, CancelRefused):
            number = await turn.context.store_visit_request(turn.tracker, view)
        if isinstance(outcome, Cancelled):
            gone.append(view)
        stands = stands or not isinstance(outcome, Cancelled | AlreadyGone)
        line = labels[_kind(outcome)]
        lines.append(line.format(facts=await turn.context.visit_facts(view), number=number))
    lines += [labels["left"].format(facts=await turn.context.visit_facts(view)) for view in waiting]
    all_gone = not (stands or waiting)
    told = "utter_visits_cancelled_all" if all_gone else "utter_visits_cancelled_mixed"
    turn.say(told, lines="\n".join(lines))
    for view in gone:
        await turn.context.answered(view.booking_id, "cancelled")
    if unproved:
        turn.forget(slots.VISIT)
        await proof.again(turn)
    elif all_gone and gone:
        turn.set(slots.SHOWN, [view.value() for view in gone])
        turn.set(slots.DECISION, slots.CANCEL)
    else:
        turn.end()


def _kind(outcome: Told) -> str:
    """The label of the line that is true of the visit now."""
    match outcome:
        case Cancelled():
            return "cancelled"
        case AlreadyGone(why=why):
            return f"gone_{why}"
        case CancelRefused():
            return "refused"
        case CancelUnknown():
            return "unknown"
        case StillOpen():
            return "still_open"
        case CancelBusy():
            return "busy"
        case MisDown():
            return "not_reached"
        case _:
            assert_never(outcome)

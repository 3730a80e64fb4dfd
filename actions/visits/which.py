"""Which visit is meant: listed from the MIS, chosen by a button, a number or its own facts in words."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from actions.past import Past
from actions.picking import number_said
from actions.visits import cancel_all, proof, slots
from actions.visits.slots import VisitView
from actions.visits.turn import Turn
from clinic.outcomes import NotProved
from clinic.visits import VisitCard
from lang.wish import parse_wish
from lang.wish_model import Wish

_NONE = "utter_visits_none"
_UNSETTLED = {
    "cancelling": "utter_visit_cancelling",
    "unknown": "utter_visit_unknown",
    "moved": "utter_visit_moved",
    "clash": "utter_visit_clash",
    "registry": "utter_visit_registry",
}


async def list_visits(turn: Turn) -> None:
    """Read the visits and choose the one that the first message means, if it is plain."""
    found = await asyncio.to_thread(turn.context.clinic.visits.upcoming, turn.conversation)
    if isinstance(found, NotProved):
        await proof.again(turn)
        return
    for card in found.cancelled_by_clinic:
        view = await _view(turn, 0, card)
        turn.say("utter_visit_cancelled_by_clinic", facts=await turn.context.visit_facts(view))
        await turn.context.answered(card.booking_id, "cancelled_by_clinic")
    for card in found.visits:
        if card.state in _UNSETTLED:
            view = await _view(turn, 0, card)
            turn.say(_UNSETTLED[card.state], facts=await turn.context.visit_facts(view))
    cards = [card for card in found.visits if card.state in ("booked", "unchecked", "clash")]
    if not cards and any(card.state in ("moved", "registry") for card in found.visits):
        turn.end()
        return
    if not cards:
        said_before = Past.of(turn.tracker).response in (_NONE, f"{_NONE}_again")
        phone = turn.context.words.phone(turn.values[slots.PHONE])
        turn.say(f"{_NONE}_again" if said_before else _NONE, phone=phone)
        turn.end()
        return
    views = [await _view(turn, number, card) for number, card in enumerate(cards, start=1)]
    turn.set(slots.SHOWN, [view.value() for view in views])
    if any(card.state == "unchecked" for card in cards):
        turn.say("utter_visits_unchecked", branches=turn.context.words.branch_names(found.silent_branches))
    said = turn.values[slots.SAID] or {}
    meant = named(turn, views, said, dated=turn.task != "move")
    if len(views) == 1 and not meant and _names_another(said):
        turn.say("utter_visit_other_only")
    elif len(views) == 1:
        meant = views
    elif not meant:
        turn.say("utter_visit_not_found")
    if len(meant) > 1 and turn.task == "cancel" and cancel_all.means_all(turn, said):
        cancel_all.choose(turn, meant)
    elif len(meant) == 1 and (turn.task != "list" or len(views) == 1):
        turn.set(slots.VISIT, meant[0].booking_id)


async def take(turn: Turn) -> None:
    """The answer to «какую?»."""
    if turn.choice == slots.KEEP or turn.reading.intent == "deny":
        turn.say("utter_visit_nothing_to_do")
        turn.end()
        return
    chosen = of_button(turn) or by_number(turn) or by_facts(turn)
    if chosen is not None:
        turn.set(slots.VISIT, chosen.booking_id)
    elif _chooses_all(turn):
        cancel_all.choose(turn, turn.shown)


def of_button(turn: Turn) -> VisitView | None:
    tapped = turn.reading.button.get("visit", "")
    return next((view for view in turn.shown if str(view.booking_id) == tapped), None)


def by_number(turn: Turn) -> VisitView | None:
    number = number_said(turn.context.speech.heard, turn.reading.meant, len(turn.shown))
    return next((view for view in turn.shown if view.number == number), None)


def by_facts(turn: Turn) -> VisitView | None:
    """The one visit that the message names by doctor, specialty, branch, day or time."""
    said = slots.said_of(turn.tracker)
    if not said["mentions"] and parse_wish(said["text"], turn.now) is None:
        return None
    left = named(turn, turn.shown, said, dated=True)
    return left[0] if len(left) == 1 else None


def answers(turn: Turn) -> bool:
    """Whether the message picks one of the visits."""
    if turn.requested != slots.VISIT:
        return False
    return _chooses_all(turn) or (by_number(turn) or by_facts(turn)) is not None


def _chooses_all(turn: Turn) -> bool:
    return turn.task == "cancel" and len(turn.shown) > 1 and cancel_all.means_all(turn)


def named(turn: Turn, views: list[VisitView], said: Mapping[str, Any], dated: bool) -> list[VisitView]:
    """Those that fit everything said of them; all when nothing is said.

    `dated`: a day or a time tells which visit, as «отмените завтрашнюю»; in a move it is where to.
    """
    left = views
    mentions = said.get("mentions", ())
    doctors = {doctor_id for one in mentions if one["kind"] == "doctor" for doctor_id in one["ids"]}
    specialties = {one["value"] for one in mentions if one["kind"] == "specialty"}
    branches = {one["value"] for one in mentions if one["kind"] == "branch"}
    if doctors:
        left = [view for view in left if view.doctor_id in doctors]
    elif specialties:
        left = [view for view in left if view.specialty in specialties]
    if branches and dated:
        left = [view for view in left if view.branch_id in branches]
    text = str(said.get("text", ""))
    match = parse_wish(text, turn.now)
    if dated and match is not None and not match.problems:
        return [view for view in left if match.wish.allows(_local(turn, view))]
    if not dated:
        source, _ = _from_and_to(turn, text)
        from_there = [view for view in left if source is not None and source.allows(_local(turn, view))]
        return from_there or left
    return left


def wish_to(turn: Turn, view: VisitView) -> Wish | None:
    """Where the visit should go, said in the first message: «перенесите на пятницу»."""
    source, target = _from_and_to(turn, str((turn.values[slots.SAID] or {}).get("text", "")))
    # «Перенесите запись на завтра», when the visit is tomorrow, says which one rather than where to; «на
    # следующую неделю» says where to, whatever day of that week it is on.
    if target is None or source is not None or target.dates[0] is None or target.dates[0] != target.dates[1]:
        return target
    return None if target.allows(_local(turn, view)) else target


def _from_and_to(turn: Turn, text: str) -> tuple[Wish | None, Wish | None]:
    """«Завтрашнюю запись на пятницу»: two times that cannot both be wished are from and to."""
    match = parse_wish(text, turn.now)
    if match is None:
        return None, None
    if not match.problems:
        return None, match.wish
    if "contradiction" not in match.problems or len(match.spans) < 2:
        return None, None
    border = match.spans[-1][0]
    source, target = parse_wish(text[:border], turn.now), parse_wish(text[border:], turn.now)
    return _sound(source), _sound(target)


def _sound(match: Any) -> Wish | None:
    return None if match is None or match.problems else match.wish


def _names_another(said: Mapping[str, Any]) -> bool:
    return any(one["kind"] in ("doctor", "specialty") for one in said.get("mentions", ()))


def _local(turn: Turn, view: VisitView) -> Any:
    return view.start.astimezone(turn.context.branch_zone(view.branch_id))


async def _view(turn: Turn, number: int, card: VisitCard) -> VisitView:
    doctor = await turn.context.doctor(card.slot.doctor_id)
    return VisitView(
        number=number,
        booking_id=card.booking_id,
        branch_id=card.slot.branch_id,
        doctor_id=card.slot.doctor_id,
        specialty=(doctor.specialty or "") if doctor else "",
        start=card.slot.start,
        service_ids=card.service_ids,
        patient=card.patient,
    )

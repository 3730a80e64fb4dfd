"""Bookings that wait for the end of the present one: offered one after another, a refused one never again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rasa_sdk.events import FollowupAction, SlotSet

from actions.base import Events, Say
from actions.booking import slots
from actions.booking.slots import OfferView, Place, What
from actions.context import Context
from lang.wish import Wish

# After these «да» takes up the booking in `requests__next`, «нет» leaves it for good.
ALSO_WANTED = "utter_next_booking"
SAME_DAY = "utter_next_booking_same_day"
WANTED = "utter_book_named"
# The same for a request about visits that stand.
NEXT_TASK = "utter_next_task"
OFFERS_NEXT = (ALSO_WANTED, SAME_DAY, WANTED, NEXT_TASK)
# The kind of an item that is such a request, not a booking: `{"kind", "intent", "said"}`.
TASK = "task"

Item = dict[str, Any]


def beside(visit: OfferView) -> Item:
    """The visit another one is wished close to, as the value of `booking__beside`."""
    return {"branch": visit.branch_id, "start": visit.start.isoformat(), "minutes": visit.minutes}


async def offer_next(
    context: Context,
    say: Say,
    waiting: Sequence[Item],
    response: str = ALSO_WANTED,
    visit: Item | None = None,
    place: Place | None = None,
) -> Events:
    """Ask whether to go on with the first of the bookings that wait, if there is one.

    An item is a value of `booking__what`; it may also hold its own "place" and "wish". `visit` is the one
    just booked, `place` where the last one was looked for: both stand in for what the item does not say.
    """
    if not waiting:
        return []
    item = {**waiting[0]}
    if item["kind"] == TASK:
        labels = context.words.labels["tasks"]
        yes = {"title": labels["return_yes"], "payload": "/affirm"}
        no = {"title": labels["return_no"], "payload": "/deny"}
        say(NEXT_TASK, buttons=[yes, no], other=labels["wishes"][item["intent"]])
        return [SlotSet(slots.LATER, list(waiting[1:]) or None), SlotSet(slots.NEXT, item)]
    if visit is not None:
        item["beside"] = visit
    if place is not None:
        item.setdefault("place", place.value())
    buttons = [
        {"title": context.words.labels["next_booking_yes"], "payload": "/affirm"},
        {"title": context.words.labels["next_booking_no"], "payload": "/deny"},
    ]
    near = "beside" in item and not _has_own_day(item)
    say(SAME_DAY if near else response, buttons=buttons, what=await context.what(What.of(item)))
    return [SlotSet(slots.LATER, list(waiting[1:]) or None), SlotSet(slots.NEXT, item)]


async def filled(context: Context, item: Item) -> dict[str, Any]:
    """The slots of a booking that is taken up: whom, and as far as known or implied where and when."""
    what, visit = What.of(item), item.get("beside")
    values: dict[str, Any] = {slots.WHAT: what.value(), slots.BESIDE: visit}
    places = [Place.of(item["place"])] if "place" in item else []
    if visit is not None:
        branch = context.catalogue.branches[visit["branch"]]
        places = [Place("branch", branch.id), Place("region", branch.region), *places]
    offering = set(await context.branches_with(what))
    place = next((place for place in places if offering & set(context.branches_of(place))), None)
    values[slots.PLACE] = None if place is None else place.value()
    if "wish" in item and (visit is None or _has_own_day(item)):
        values[slots.WISH] = item["wish"]
    elif visit is not None:
        day = slots.Beside.of(visit, context.branch_zone(visit["branch"])).start.date()
        values[slots.WISH] = Wish(dates=(day, day)).to_json()
    return values


def _has_own_day(item: Item) -> bool:
    """Whether the booking was wished at a time of its own: «ближайшее» suits the day of the first visit."""
    if "wish" not in item:
        return False
    wish = Wish.from_json(item["wish"])
    return not wish.soonest or wish.dates[1] is not None or wish.times != (None, None)


async def take_up(context: Context, item: Item) -> Events:
    """Begin the booking that was offered."""
    values = await filled(context, item)
    known = [SlotSet(name, value) for name, value in values.items() if value is not None]
    return [*known, SlotSet(slots.NEXT, None), FollowupAction(slots.FORM)]


def same(item: Item, what: What) -> bool:
    """Whether a waiting booking is for the same as `what`."""
    if item["kind"] == TASK:
        return False
    waiting = What.of(item)
    return (waiting.kind, set(waiting.ids)) == (what.kind, set(what.ids))

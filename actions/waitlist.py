"""The wait list in the dialogue: join it, see what is stored, leave it."""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction

from actions.base import Events, Say
from actions.booking import slots
from actions.booking.draft import Draft
from actions.booking.slots import Place, What
from actions.context import Context
from actions.people import ActionCallOperator
from actions.reading import Reading, read
from actions.visits import slots as visits
from clinic.waitlist import WaitEntry, WaitWish
from lang.text import normalise, tokens
from lang.wish import Wish

MOST_BUTTONS = 6


class ActionWaitList(ActionCallOperator):
    """Shows the list, takes an entry off it, or begins to join it."""

    action_name = "action_waitlist"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        reading = read(tracker)
        entries = await _entries(self.context, tracker)
        if reading.button.get("entry"):
            chosen = [entry for entry in entries if entry.number == reading.button["entry"]]
            await self._leave(say, chosen[0] if chosen else None)
            return []
        asks = asked(self.context, reading)
        if asks is None and (tracker.active_loop or {}).get("name") == visits.FORM:
            # A sooner time for a visit that stands is a person's to look for.
            return await super().perform(say, tracker)
        if asks is None:
            return [FollowupAction(slots.FORM)]
        if asks == "leave" and len(entries) == 1:
            await self._leave(say, entries[0])
            return []
        await self._show(say, entries)
        return []

    async def _show(self, say: Say, entries: list[WaitEntry]) -> None:
        if not entries:
            say("utter_waitlist_empty")
            return
        label = self.context.words.labels["wait_leave"]
        buttons = [
            {
                "title": label.format(what=await self.context.what(_what(entry.wish))),
                "payload": f'/join_waitlist{{"entry":"{entry.number}"}}',
            }
            for entry in entries[:MOST_BUTTONS]
        ]
        lines = [await line(self.context, entry) for entry in entries]
        say("utter_waitlist", buttons=buttons, lines="\n".join(lines))

    async def _leave(self, say: Say, entry: WaitEntry | None) -> None:
        left = entry is not None and await asyncio.to_thread(
            self.context.clinic.waitlist.leave, entry.id, self.context.clock()
        )
        if entry is None or not left:
            say("utter_waitlist_empty")
            return
        say("utter_waitlist_left", what=await self.context.what(_what(entry.wish)))


def asked(context: Context, reading: Reading) -> str | None:
    """ "see" or "leave" where the message is about what is stored already, else None."""
    text = normalise(reading.meant)
    lemmas = {token.lemma for token in tokens(reading.meant)}
    labels = context.words.labels
    if any(word in lemmas or (" " in word and word in text) for word in labels["wait_leave_words"]):
        return "leave"
    # «Если что освободится» joins.
    return "see" if lemmas & set(labels["wait_see_words"]) and "если" not in lemmas else None


def is_about_stored(context: Context, reading: Reading) -> bool:
    """Whether a request for the wait list is no wish to join it."""
    if reading.intent != "join_waitlist":
        return False
    return bool(reading.button.get("entry")) or (not reading.button and asked(context, reading) is not None)


def leaves(context: Context, reading: Reading) -> bool:
    """«Уберите меня из листа», taken for a visit to be cancelled."""
    lemmas = {token.lemma for token in tokens(reading.meant)}
    return bool(lemmas & set(context.words.labels["wait_list_words"])) and asked(context, reading) == "leave"


def take_booked(draft: Draft, reading: Reading, booked: dict[str, Any] | None) -> None:
    """«Если раньше освободится» after a booking: the same doctor and branch are meant."""
    if reading.intent != "join_waitlist" or booked is None or draft.knows(slots.WHAT):
        return
    if not reading.of("specialty", "doctor", "service", "service_group") and booked["what"]:
        draft.set(slots.WHAT, booked["what"])
        draft.set(slots.PLACE, booked["place"])


async def join(context: Context, tracker: Tracker, draft: Draft) -> WaitEntry | None:
    """Store the draft as an entry; None when it does not say yet for whom and how to reach them."""
    what, place = draft.what, draft.place
    if what is None or place is None or draft.patient is None or draft.phone is None or not draft.consent:
        return None
    wish = draft.wish or Wish()
    booked = tracker.get_slot(slots.BOOKED)
    same = booked is not None and booked["what"] == what.value()
    wanted = WaitWish(
        specialty=what.ids[0] if what.kind == "specialty" else None,
        doctor_ids=what.ids if what.kind == "doctor" else (),
        service_ids=what.ids if what.kind == "service" else (),
        child=what.child,
        region=context.region_of(place),
        branch_ids=(place.id,) if place.kind == "branch" else (),
        wish=wish.to_json(),
        first_day=_day(wish, 0),
        last_day=_day(wish, 1),
        earlier_than=datetime.fromisoformat(booked["start"]) if booked and same else None,
    )
    return await asyncio.to_thread(
        context.clinic.waitlist.join,
        tracker.sender_id,
        wanted,
        context.clock(),
        patient_name=str(draft.patient),
        phone=draft.phone,
        birth_date=draft.birth_date,
        request_key=f"{tracker.sender_id}:{tracker.latest_message.get('message_id') or ''}",
    )


async def line(context: Context, entry: WaitEntry) -> str:
    """An entry as the patient reads it."""
    labels, wish = context.words.labels, entry.wish
    place = Place("branch", wish.branch_ids[0]) if wish.branch_ids else Place("region", wish.region or "")
    today = context.clock().astimezone(context.zone(place)).date()
    said = context.words.wish(Wish.from_json(dict(wish.wish)), today)
    return str(
        labels["wait_line"].format(
            number=entry.number,
            what=await context.what(_what(wish)),
            place=context.words.place_button(place),
            wish=labels["wait_wish"].format(wish=said[:1].lower() + said[1:]) if said else "",
        )
    )


async def _entries(context: Context, tracker: Tracker) -> list[WaitEntry]:
    conversation = tracker.sender_id
    phone = await asyncio.to_thread(context.clinic.identity.proved_phone, conversation)
    return await asyncio.to_thread(context.clinic.waitlist.entries, conversation, phone)


def _what(wish: WaitWish) -> What:
    if wish.doctor_ids:
        return What("doctor", wish.doctor_ids)
    if wish.service_ids:
        return What("service", wish.service_ids)
    return What("specialty", (wish.specialty or "",), wish.child)


def _day(wish: Wish, end: int) -> date | None:
    return wish.dates[end]

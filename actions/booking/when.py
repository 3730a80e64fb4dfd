"""When the patient wants to come."""

from __future__ import annotations

from datetime import timedelta

from actions.booking import choice, slots, who
from actions.booking.turn import Turn
from lang.values import bare_value
from lang.wish import Wish, parse_wish

HORIZON = timedelta(days=30)
OTHER = "other"
ANY = Wish(soonest=True)

# A number or a date means a wish only until the patient is asked for their own data.
_CONTACT_STEPS = (slots.PATIENT, slots.PHONE, slots.BIRTH_DATE)
_BEGINNING = (None, slots.WHAT, slots.PLACE, slots.WISH)
_PROBLEMS = {
    "no_such_date": "utter_no_such_date",
    "past_date": "utter_past_date",
    "contradiction": "utter_wish_contradiction",
}


def take(turn: Turn) -> None:
    """Set or correct `booking__wish`; what cannot be is said and asked again."""
    button = turn.reading.button.get("wish")
    if button == OTHER:
        turn.draft.forget(slots.WISH, *slots.CHOICE)
        return
    if turn.reading.intent == "continue_task":
        _forget_stale(turn)
        return
    if turn.reading.intent == "move_visit" or _asks_for_another(turn):
        turn.draft.forget(slots.WISH, *slots.CHOICE)
    text = button or who.without_contacts(turn.reading.meant, turn.now.date())
    if not button and (not _may_wish(turn) or choice.answers(turn)):
        return
    match = parse_wish(text, turn.now)
    if match is None:
        _take_without_a_day(turn)
        return
    if match.problems:
        turn.draft.forget(slots.WISH, *slots.CHOICE)
        turn.explain(slots.WISH, _PROBLEMS[match.problems[0]])
        return
    wish = match.wish
    first = wish.dates[0]
    last_day = turn.now.date() + HORIZON
    if first is not None and first > last_day:
        turn.say("utter_too_far", last_day=turn.context.words.day(last_day, turn.now.date()))
        turn.draft.forget(slots.WISH, *slots.CHOICE)
        return
    before = turn.draft.wish
    wish = before.merge(wish) if before else wish
    if wish != before:
        turn.draft.forget(*slots.CHOICE)
        turn.draft.set(slots.WISH, wish.to_json())


def _asks_for_another(turn: Turn) -> bool:
    """«Другое время», «на другой день» instead of the button that says so."""
    heard = turn.context.speech.heard
    return turn.requested in slots.TIME_CHOSEN and heard.wants_other("time", turn.reading.meant)


def _take_without_a_day(turn: Turn) -> None:
    """What can be said about the time without naming one: «вчера», «пораньше», «ничего не подходит»."""
    if turn.requested == slots.WISH and turn.context.speech.heard.is_past(turn.reading.meant):
        turn.explain(slots.WISH, "utter_past_date")
    elif turn.requested == slots.OFFER and turn.draft.offers:
        if turn.reading.intent == "deny":
            turn.draft.forget(slots.WISH)
            turn.ask_instead(slots.WISH, "utter_nothing_suits", [])
        else:
            _shift(turn)


def _shift(turn: Turn) -> None:
    """«А пораньше?», «попозже»: looked for anew from today, or from the day after the last one shown."""
    heard, draft = turn.context.speech.heard, turn.draft
    last = max(offer.start for offer in draft.offers).astimezone(turn.zone).date()
    if heard.wants_earlier(turn.reading.meant):
        wish = ANY
    elif heard.wants_later(turn.reading.meant):
        wish = Wish(dates=(last + timedelta(days=1), None))
    else:
        return
    draft.forget(*slots.CHOICE)
    draft.set(slots.WISH, wish.to_json())


def answers(turn: Turn) -> bool:
    """Whether the whole message says when."""
    if turn.requested not in (slots.WISH, slots.OFFER):
        return False
    return bare_value(turn.reading.meant, turn.now) in ("date", "time")


def _may_wish(turn: Turn) -> bool:
    """Not while contacts are asked, and later not from a text that holds a phone or a birth date."""
    if turn.requested in _CONTACT_STEPS or turn.reading.button or who.speaks_of_patient(turn):
        return False
    if turn.requested == slots.OFFER and turn.draft.callback:
        return False
    # «Завтра утром, Серова Ирина, 8916…» at the beginning says when; later such a line is about the patient.
    return turn.requested in _BEGINNING or not who.holds_contacts(turn)


def _forget_stale(turn: Turn) -> None:
    """Offers that lay on the screen for long are read anew; a held time stays, if it can still be held."""
    silence = timedelta(seconds=float(turn.reading.metadata.get("idle_seconds") or 0))
    if turn.draft.choice is None:
        turn.draft.forget(slots.OFFERS)
    elif silence >= turn.context.words.resume_after:
        turn.say("utter_hold_expired")
        turn.draft.forget(*slots.CHOICE)

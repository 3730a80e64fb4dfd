"""Whose phone it is: asked, then proved by a code, before anything about a visit is said."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime

from actions.booking import slots as booking
from actions.visits import slots
from actions.visits.turn import Turn
from clinic.identity import CodeExpired, CodeSent, NoCode, NotSent, Proved, TooMany, WrongCode
from lang.phones import PhoneMatch, PhoneProblem, find_phone

# A wait that is worth it; after a longer one a person helps sooner.
SHORT_WAIT_SECONDS = 120
_CODE = re.compile(r"(?<!\d)\d(?:[ \u00a0–—-]?\d){5}(?!\d)")
_FIGURES = re.compile(r"\d")
_FEW_FIGURES = 3
STORE_PRIVACY = "action_store_privacy"
_PROBLEMS = {"letters": "utter_phone_letters", "foreign": "utter_visits_phone_foreign"}


async def begin(turn: Turn) -> bool:
    """Go on to the visits if the phone is proved already, else send a code if the phone is known.

    True once it is proved. Another phone than the proved one, by button or in the message, is proved anew.
    """
    if turn.choice == slots.OTHER_PHONE:
        turn.forget(slots.PHONE, slots.CODE)
        return False
    identity = turn.context.clinic.identity
    proved = await asyncio.to_thread(identity.proved_phone, turn.conversation)
    named = _named_phone(turn)
    if proved is not None and named in (None, proved):
        _prove(turn, proved)
        return True
    if turn.values[slots.PHONE] is not None and turn.values[slots.CODE] is None:
        return False
    turn.forget(slots.CODE)
    phone = _said_before(turn)
    if phone is not None:
        await send(turn, phone)
    return False


async def take_phone(turn: Turn) -> None:
    """The answer to «на какой номер?»."""
    found = find_phone(turn.reading.text)
    if isinstance(found, PhoneMatch):
        await send(turn, found.e164)
    elif isinstance(found, PhoneProblem):
        turn.explain(_PROBLEMS.get(found.code, "utter_phone_wrong_length"))
    elif len(_FIGURES.findall(turn.reading.text)) >= _FEW_FIGURES:
        turn.explain("utter_phone_wrong_length")
    elif turn.context.speech.heard.is_unknown(turn.reading.meant):
        turn.explain("utter_visits_phone_forgotten")


async def take_code(turn: Turn) -> bool:
    """The answer to «какой код?»: the code, another phone, «пришлите ещё раз». True once it is proved."""
    if turn.choice == slots.OTHER_PHONE:
        turn.forget(slots.PHONE)
        return False
    found = find_phone(turn.reading.text)
    if isinstance(found, PhoneMatch):
        await send(turn, found.e164)
        return False
    code = _CODE.search(turn.reading.text)
    if code is not None:
        return await _check(turn, code.group())
    if turn.choice == slots.RESEND or turn.context.speech.heard.asks_for_code(turn.reading.meant):
        await send(turn, turn.values[slots.PHONE])
    elif len(_FIGURES.findall(turn.reading.text)) >= _FEW_FIGURES:
        turn.explain("utter_code_length")
    return False


def cannot_be_had(turn: Turn) -> bool:
    """Whether a wish about data has to do without a code: «нет доступа к номеру», «позовите человека»."""
    if turn.task != slots.PRIVACY or turn.requested not in (slots.PHONE, slots.CODE):
        return False
    heard, text = turn.context.speech.heard, turn.reading.meant
    if turn.choice == slots.NO_CODE or turn.reading.intent == "call_operator":
        return True
    return heard.has_no_code(text) or (turn.requested == slots.PHONE and heard.is_unknown(text))


def answers(turn: Turn) -> bool:
    """Whether the message is nothing but an answer to the question for a phone or a code."""
    if isinstance(find_phone(turn.reading.text), PhoneMatch | PhoneProblem):
        return True
    heard, text = turn.context.speech.heard, turn.reading.meant
    if turn.requested != slots.CODE:
        return heard.is_unknown(text)
    return _CODE.search(turn.reading.text) is not None or heard.asks_for_code(text)


async def send(turn: Turn, phone: str) -> None:
    """Send a code to `phone` and say what came of it."""
    identity, words = turn.context.clinic.identity, turn.context.words
    address = str(turn.reading.metadata.get("address_mark") or "")
    sent = await asyncio.to_thread(identity.send_code, turn.conversation, phone, address)
    match sent:
        case CodeSent():
            turn.set(slots.PHONE, phone)
            turn.say("utter_code_sent", phone=words.phone(phone))
        case TooMany(retry_at=retry_at) if _seconds(turn.now, retry_at) <= SHORT_WAIT_SECONDS:
            turn.set(slots.PHONE, phone)
            minutes = max(1, -(-_seconds(turn.now, retry_at) // 60))
            turn.explain("utter_code_wait", slots.CODE, minutes=words.minutes(minutes))
        case TooMany() | NotSent() if turn.task == slots.PRIVACY:
            turn.end(STORE_PRIVACY)
        case TooMany():
            turn.say("utter_code_limit")
            turn.end("action_listen")
        case NotSent():
            turn.say("utter_code_not_sent")
            turn.end("action_listen")


async def again(turn: Turn) -> None:
    """The proof has run out meanwhile: a new code goes to the same phone."""
    turn.say("utter_visits_prove_again")
    turn.forget(slots.CODE)
    await send(turn, turn.values[slots.PHONE])


async def _check(turn: Turn, code: str) -> bool:
    checked = await asyncio.to_thread(turn.context.clinic.identity.check, turn.conversation, code)
    match checked:
        case Proved(phone=phone):
            _prove(turn, phone)
            return True
        case WrongCode(tries_left=0):
            turn.explain("utter_code_no_tries")
        case WrongCode(tries_left=left):
            turn.explain("utter_code_wrong", left=turn.context.words.tries(left))
        case CodeExpired() | NoCode():
            turn.explain("utter_code_expired")
    return False


def _prove(turn: Turn, phone: str) -> None:
    turn.set(slots.PHONE, phone)
    turn.set(slots.CODE, True)


def _said_before(turn: Turn) -> str | None:
    """The phone from the message that asked, else the one this conversation has booked with."""
    known: str | None = turn.tracker.get_slot(booking.PHONE)
    return _named_phone(turn) or known


def _named_phone(turn: Turn) -> str | None:
    """The phone from the message that asked."""
    for mention in (turn.values[slots.SAID] or {}).get("mentions", ()):
        if mention["kind"] == "phone":
            return str(mention["value"])
    return None


def _seconds(now: datetime, later: datetime) -> int:
    return int((later - now).total_seconds())

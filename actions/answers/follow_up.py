"""A question that goes on in a few words: «а в Самаре?» after a price, «кардиолога» after «цену чего?»."""

from __future__ import annotations

import copy

from rasa_sdk import Tracker

from actions.answers.branches import ActionAnswerBranches
from actions.answers.doctors import ActionAnswerDoctors
from actions.answers.preparation import ActionAnswerPreparation
from actions.answers.price import ActionAnswerPrice
from actions.answers.services import ActionAnswerServices
from actions.base import Events, SafeAction, Say
from actions.context import Context
from actions.past import Past, responses_before
from actions.reading import read
from lang.text import Token, tokens

_ANSWERS: dict[str, type[SafeAction]] = {
    "ask_price": ActionAnswerPrice,
    "ask_preparation": ActionAnswerPreparation,
    "ask_services": ActionAnswerServices,
    "ask_doctors": ActionAnswerDoctors,
    "ask_branches": ActionAnswerBranches,
}
# By the beginning of our last response, without «utter_»: which question it answered.
_ANSWERED = {
    "price_": "ask_price",
    "preparation": "ask_preparation",
    "services_": "ask_services",
    "doctor": "ask_doctors",
    "branch": "ask_branches",
}
# Responses that ask what the question is about: whatever is named next is the answer.
_ASKING = frozenset(
    {
        "utter_price_what",
        "utter_price_group",
        "utter_price_group_unknown",
        "utter_preparation_what",
        "utter_preparation_which",
        "utter_doctors_what",
        "utter_doctors_there",
    }
)
_PLACES = frozenset({"branch", "region", "unknown_city"})
_NAMED = _PLACES | {"specialty", "service", "service_group", "doctor", "unknown_doctor"}
# Words that ask for nothing by themselves, and those that begin a question that goes on.
_SMALL = ("PREP", "CONJ", "PRCL", "NPRO", "PNCT", "INTJ", "ADVB", "Apro")
_GOES_ON = frozenset({"а", "и"})


def question_gone_on(tracker: Tracker) -> str | None:
    """The intent of the question that the message goes on with; None if it is a request of its own.

    Such a message names a place or a thing and says nothing else: neither a time nor a verb.
    """
    return _gone_on(tracker, Past.of(tracker).response)


def question_of_place(tracker: Tracker) -> str | None:
    """The intent of a message that only names a place, inside a form that asks for something else.

    It goes on with the question answered just before the form's own, or asks about the branches there.
    """
    reading = read(tracker)
    kinds = {mention.kind for mention in reading.mentions}
    if _is_tapped(tracker) or not kinds or not kinds <= _PLACES or _says_more(tracker):
        return None
    found = (_gone_on(tracker, response) for response in responses_before(tracker))
    return next((intent for intent in found if intent is not None), "ask_branches")


def _gone_on(tracker: Tracker, past: str) -> str | None:
    """The same for the response `past`."""
    reading = read(tracker)
    answered = next(
        (intent for start, intent in _ANSWERED.items() if past.removeprefix("utter_").startswith(start)), None
    )
    kinds = {mention.kind for mention in reading.mentions}
    if answered is None or _is_tapped(tracker) or not kinds or not kinds <= _NAMED or _says_more(tracker):
        return None
    words = tokens(reading.text)
    asks = "?" in reading.text or words[0].text in _GOES_ON
    narrows = kinds <= _PLACES and answered != "ask_preparation"
    if past not in _ASKING and not asks and not narrows:
        return None
    return "ask_services" if kinds <= _PLACES and answered == "ask_preparation" else answered


async def answer_again(
    given: Context | None, say: Say, tracker: Tracker, intent: str, inside: bool = False
) -> Events:
    """Answer the latest message as a question of this intent, outside every form unless `inside` one."""
    view: Tracker = copy.copy(tracker)
    view.latest_message = {**tracker.latest_message, "intent": {"name": intent, "confidence": 1.0}}
    if not inside:
        view.active_loop = {}
    return await _ANSWERS[intent](given).perform(say, view)


def _is_tapped(tracker: Tracker) -> bool:
    """A button does what it says: what it names has no place in the text."""
    found = tracker.latest_message.get("entities") or []
    return any("start" not in entity or entity.get("extractor") == "button" for entity in found)


def _says_more(tracker: Tracker) -> bool:
    """Whether any word stands outside what is named and is more than «а», «в», «у вас»."""
    spans = [
        (entity["start"], entity["end"])
        for entity in tracker.latest_message.get("entities") or []
        if "start" in entity and "end" in entity
    ]
    text = tracker.latest_message.get("text") or ""
    return any(not _is_small(token) and not _is_in(token, spans) for token in tokens(text))


def _is_small(token: Token) -> bool:
    return token.tag.startswith(_SMALL) or "Apro" in token.tag


def _is_in(token: Token, spans: list[tuple[int, int]]) -> bool:
    return any(start <= token.start < end for start, end in spans)

"""Which of the numbered things on the screen a few words mean: «2», «второй», «последнее», «любой»."""

from __future__ import annotations

import json
import re
from dataclasses import replace

from rasa_sdk import Tracker

from actions.heard import Heard
from actions.reading import Reading
from lang.text import lemma, tokens

# «давайте тогда второй вариант, пожалуйста»; in a longer text a number word means something else.
FEW_WORDS = 6


_PAYLOAD = re.compile(r"/inform(\{.*\})")


def tapped_by_number(heard: Heard, tracker: Tracker, reading: Reading) -> Reading:
    """«2» or «второе» typed under buttons is read as a tap on that one, if it answers the question."""
    buttons = _last_buttons(tracker)
    text = " ".join(token.text for token in tokens(reading.meant))
    if reading.button or not buttons or text in heard.any_words:
        return reading
    number = number_said(heard, reading.meant, len(buttons))
    if number is None or not 0 < number <= len(buttons):
        return reading
    payload = _PAYLOAD.fullmatch(buttons[number - 1].get("payload", ""))
    return reading if payload is None else replace(reading, button=json.loads(payload.group(1)), tapped=True)


def _last_buttons(tracker: Tracker) -> list[dict[str, str]]:
    """Buttons of what was said last before the latest message."""
    for event in reversed(tracker.events):
        if event.get("event") == "bot":
            return list((event.get("data") or {}).get("buttons") or [])
    return []


def number_said(heard: Heard, text: str, count: int) -> int | None:
    """The number, from 1, of the one that is meant among `count`; it may be one that is not shown."""
    found = tokens(text)
    lemmas = [token.lemma for token in found]
    numbers = [int(token.text) for token in found if token.tag == "NUMB"]
    # «В 2» and «к 9» are hours.
    hour = "час" in lemmas or bool({"в", "во", "к"} & set(lemmas[:1]))
    if len(numbers) == 1 and len(found) <= 3 and not hour:
        return numbers[0]
    # «пятого марта восемьдесят пятого», «восемь девятьсот три…» are other values, not a choice.
    if sum(is_number(token.tag) for token in found) > 1 or len(found) > FEW_WORDS:
        return None
    for number, ordinals in heard.ordinals.items():
        if {lemma(word) for word in ordinals} & set(lemmas) and _is_choice(lemmas):
            return number
    if {lemma(word) for word in heard.last_words} & set(lemmas) and _is_choice(lemmas):
        return count
    return 1 if " ".join(token.text for token in found) in heard.any_words else None


def is_number(tag: str) -> bool:
    return tag == "NUMB" or "NUMR" in tag or "Anum" in tag


def _is_choice(lemmas: list[str]) -> bool:
    """«второй половине дня» is a wish, «второй вариант» a choice."""
    return not {"половина", "число", "день", "неделя"} & set(lemmas)

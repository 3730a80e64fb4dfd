"""Whether a part of a message asks for something or only tells: «записана на среду», «чек пришёл»."""

from __future__ import annotations

from functools import lru_cache

from lang.text import Token, parses, tokens

_QUESTIONS = frozenset(
    {
        *("ли", "сколько", "почем", "скока", "где", "когда", "куда", "как", "какой", "какая", "какие"),
        *("какое", "каком", "какую", "каких", "какова", "кто", "кому", "чем", "зачем", "почему", "откуда"),
    }
)
_WISHES = frozenset(
    {
        *("можно", "надо", "нужно", "нужен", "нужна", "нужны", "хочу", "хотим", "хочется", "хотелось", "бы"),
        *("прошу", "просьба", "давайте", "давай", "пожалуйста", "интересует", "интересно", "необходимо"),
        *("требуется", "ищу", "просит", "пусть", "хотела", "хотел", "хотели"),
    }
)


def demands(text: str) -> bool:
    """An order or a question mark: «запишите», «работаете?»; it stays a request whatever follows."""
    return any(_demands(word) for word in tokens(text))


def asks(text: str) -> bool:
    """A question or a wish by its words."""
    return any(_asks(word) for word in tokens(text))


def is_told(text: str) -> bool:
    """A past or finished thing is told and nothing is asked or wished beside it."""
    words = tokens(text)
    return not any(_asks(word) for word in words) and any(_tells(word) for word in words)


def _demands(word: Token) -> bool:
    return word.text == "?" or "impr" in word.tag or _orders(word.text)


@lru_cache(maxsize=20_000)
def _orders(word: str) -> bool:
    """«Отмените» is a future too, by its first reading."""
    return word.endswith(("те", "тесь")) and any("impr" in reading.tag for reading in parses(word))


def _asks(word: Token) -> bool:
    return _demands(word) or word.text in _QUESTIONS or word.text in _WISHES


def _tells(word: Token) -> bool:
    return word.tag.startswith("PRTS") or (word.tag.startswith("VERB") and "past" in word.tag)

"""Damages words as people do who type in a hurry; shares nothing with the code that repairs them."""

from __future__ import annotations

import random
import re

_BESIDE = {
    **{
        "й": "цф",
        "ц": "йуыф",
        "у": "цкв",
        "к": "уеа",
        "е": "кнпи",
        "н": "егр",
        "г": "нш",
        "ш": "гщ",
        "щ": "шз",
    },
    **{"з": "щх", "х": "зъ", "ф": "йыя", "ы": "цфвч", "в": "уыас", "а": "квпм", "п": "еари", "р": "нпот"},
    **{"о": "грлт", "л": "шодь", "д": "щлжб", "ж": "здэю", "э": "хж", "я": "фч", "ч": "яыс", "с": "чвм"},
    **{"м": "саи", "и": "мпт", "т": "ирь", "ь": "тоб", "б": "ьлю", "ю": "бд"},
}
_AS_HEARD = (("о", "а"), ("е", "и"), ("и", "е"), ("а", "о"), ("тся", "ца"), ("ться", "тся"), ("г", "к"))
_AS_HEARD_MORE = (("д", "т"), ("з", "с"), ("в", "ф"), ("ь", ""), ("сс", "с"), ("нн", "н"), ("ж", "ш"))


def damaged(word: str, chance: random.Random) -> str:
    """One slip in a word of small Russian letters: a key beside, a letter lost, twice, swapped, as heard."""
    kind = chance.choice(("beside", "lost", "twice", "swapped", "heard"))
    place = chance.randrange(1, len(word))
    if kind == "beside":
        return word[:place] + chance.choice(_BESIDE.get(word[place], word[place])) + word[place + 1 :]
    if kind == "lost":
        return word[:place] + word[place + 1 :]
    if kind == "twice":
        return word[:place] + word[place] + word[place:]
    if kind == "swapped":
        place = min(place, len(word) - 2)
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    options = [pair for pair in (*_AS_HEARD, *_AS_HEARD_MORE) if pair[0] in word[1:]]
    if not options:
        return word
    written, heard = chance.choice(options)
    places = [match.start() for match in re.finditer(written, word) if match.start()]
    at = chance.choice(places)
    return word[:at] + heard + word[at + len(written) :]


def with_typos(text: str, chance: random.Random, every: int) -> list[tuple[str, str]]:
    """(right, typed) for each word and what stands between; about one of `every` long words is damaged."""
    pieces = re.findall(r"[а-яё]+|[^а-яё]+", text.lower())
    result = []
    for piece in pieces:
        long = len(piece) >= 4 and re.fullmatch("[а-яё]+", piece) is not None
        result.append((piece, damaged(piece, chance) if long and not chance.randrange(every) else piece))
    return result

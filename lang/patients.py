"""For whom a message asks: words that name the patient, as far as they decide who may see them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lang.text import tokens

_CHILD = frozenset(
    {
        "ребенок",
        "малыш",
        "малышка",
        "грудничок",
        "новорожденный",
        "младенец",
        "дочка",
        "дочь",
        "сын",
        "сынок",
        "сынишка",
        "доченька",
        "внук",
        "внучка",
        "школьник",
        "школьница",
        "дошкольник",
        "подросток",
        "дитя",
        "детский",
        "мелкий",
        "малый",
        "крошка",
        "кроха",
    }
)
_ADULT_AGE = 18
_COUNTED = r"лет|год|года|году|годик\w*|годов\w*|мес\w*|недел\w*|дн[яей]\w*"
_WORDS = (
    r"од(?:ин|ного|ному)|дв(?:а|ух|ум|е)|тр(?:и|ех|ем)|четыр(?:е|ех|ем)|пят[ьи]|шест[ьи]|сем[ьи]|восьм[и]|восемь"
    r"|девят[ьи]|десят[ьи]|(?:один|две|три|четыр|пят|шест|сем|восем|девят)надцат[ьи]"
)
# «Сыну 30 лет» is no child: an age said beside the word decides.
_AGE = re.compile(
    rf"(?<!\d)(?<!уже )(?<!\bна )(?<!раз в )(?:(?P<number>\d{{1,2}})|(?P<word>\b(?:{_WORDS})))"
    rf"(?:[.,]\d)?(?:\s*-?\s*(?:х|ти|и|ми)\b)?\s*-?\s*(?:летн\w+|годовал\w+|(?P<unit>{_COUNTED}))"
    r"(?!\w)(?!\s+назад)"
)
_HALVES = re.compile(
    r"\b(?:полгод(?:а|ика)|полугода|полтора\s+год\w*|полутора\s+лет|год\w*\s+с\s+половиной)\b"
)
_ONE = re.compile(
    r"\b(?:сын\w*|доч\w+|реб[её]н\w+|малыш\w*|внук\w*|внучк\w*)[\s,:—-]+год(?:ик)?\b(?!\s+(?:как|назад|болеет))"
)
_LASTS = re.compile(
    r"(?:боле\w+|боли\w*|мучает\w*|кашля\w+|около|уже|последние|в\s+течение|через|раз\s+в)\s*$"
)
_SPOKEN = {
    **{"од": 1, "дв": 2, "тр": 3, "четыр": 4, "пят": 5, "шест": 6, "сем": 7, "восьм": 8, "восем": 8},
    **{"девят": 9, "десят": 10},
}


@dataclass(frozen=True)
class Age:
    """An age that a text gives, in whole years: 0 for months and weeks."""

    years: int
    start: int
    end: int


def find_ages(text: str) -> tuple[Age, ...]:
    """Ages in figures or words with their spans, in order; «болеет 2 года» is none."""
    plain = text.lower().replace("ё", "е")
    found = [Age(_years(match), *match.span()) for match in _AGE.finditer(plain) if not _lasts(plain, match)]
    for match in _HALVES.finditer(plain):
        whole = 0 if match.group().startswith(("полгод", "полугод")) else 1
        found.append(Age(whole, *match.span()))
    if not found:
        found = [
            Age(1, match.start() + match.group().rindex("год"), match.end()) for match in _ONE.finditer(plain)
        ]
    return tuple(sorted(found, key=lambda age: age.start))


def said_ages(text: str) -> tuple[int, ...]:
    """The ages in years that a text gives, in order; 0 for months and weeks."""
    return tuple(age.years for age in find_ages(text))


def _lasts(text: str, match: re.Match[str]) -> bool:
    return _LASTS.search(text[: match.start()]) is not None


def _years(match: re.Match[str]) -> int:
    unit = match.group("unit") or ""
    if unit.startswith(("мес", "недел", "дн")):
        return 0
    if match.group("number"):
        return int(match.group("number"))
    word = match.group("word")
    stem = max((stem for stem in _SPOKEN if word.startswith(stem)), key=len)
    return _SPOKEN[stem] + (10 if "надцат" in word else 0)


def is_about_child(text: str) -> bool:
    """Whether the patient is a child: so called, and not said to be grown up."""
    named = any(token.lemma in _CHILD for token in tokens(text))
    ages = said_ages(text)
    return named and (not ages or min(ages) < _ADULT_AGE)

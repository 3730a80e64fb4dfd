"""Cuts a message into the words a name may be made of: labels, «оглы», «фон» and greetings understood."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from lang.name_parts import Part, part
from lang.name_words import (
    CALENDAR_SURNAMES,
    COURTESY,
    GOOD,
    GREETING_SURNAMES,
    LABELS,
    NEVER,
    TAILS,
    TIMES_OF_DAY,
    is_filler,
    is_noble_particle,
)

_WORD = re.compile(r"[^\W\d_]+(?:['’`][^\W\d_]+)*(?:[-‐‑–][^\W\d_]+)*")


def read_parts(text: str) -> list[Part]:
    """The words of the text in order, each with its fitness for the roles of a name."""
    found: list[Part] = []
    label = ""
    words = [match for match in _WORD.finditer(text) if not _touches_digit(text, *match.span())]
    # One such word alone is no label: «моё имя Кузнецов Сергей», «на имя Петрова Ильи».
    labelled = len({match.group().lower() for match in words} & LABELS.keys()) > 1
    particles: list[re.Match[str]] = []
    for index, match in enumerate(words):
        raw, lowered = match.group(), match.group().lower()
        if index + 2 < len(words) + bool(found) and index + 1 < len(words):
            following = words[index + 1].group()
            beside = not text[match.end() : words[index + 1].start()].strip()
            if beside and is_noble_particle(raw, following) and (particles or lowered not in {"дер", "ден"}):
                particles.append(match)
                continue
        if lowered in LABELS:
            label = LABELS[lowered] if labelled else ""
            continue
        if lowered in TAILS and found:
            last = found.pop()
            joined = f"{last.text} {lowered}"
            found.append(_with_tail(replace(last, end=match.end()), joined))
        elif "-" in lowered and lowered.rsplit("-", 1)[-1] in TAILS:
            found.append(_with_tail(part(raw, *match.span()), lowered.replace("-", " ")))
        else:
            item = part(raw, *match.span(), label)
            if particles:
                said = " ".join([*(particle.group() for particle in particles), raw])
                prefix = said[: -len(raw)]
                item = replace(
                    item,
                    text=prefix.lower() + item.text,
                    raw=said,
                    start=particles[0].start(),
                    given=-5,
                    surname=max(item.surname, 2.0),
                )
                particles = []
            found.append(item)
        label = ""
    return [_in_context(text, found, index) for index in range(len(found))]


def is_around(item: Part) -> bool:
    """Whether the word belongs to the text around a name."""
    return not item.label and item.role_word and is_filler(item.text)


def _touches_digit(text: str, start: int, end: int) -> bool:
    return (start > 0 and text[start - 1].isdigit()) or (end < len(text) and text[end].isdigit())


def _with_tail(item: Part, text: str) -> Part:
    return replace(item, text=text, patronymic=4.0, given=-5, surname=-5)


def _greets(parts: Sequence[Part], index: int) -> bool:
    """«добрый день», «день добрый»; in «добрый день, Добрый Алексей» the second is a surname."""
    if index + 1 < len(parts) and parts[index + 1].text in TIMES_OF_DAY:
        return True
    after_time = index > 0 and parts[index - 1].text in TIMES_OF_DAY
    return after_time and not (index > 1 and parts[index - 2].text in GOOD)


def _in_context(text: str, parts: Sequence[Part], index: int) -> Part:
    item = parts[index]
    beside = [parts[i] for i in (index - 1, index + 1) if 0 <= i < len(parts)]
    if item.text in GOOD and not _greets(parts, index):
        return replace(item, role_word=False)
    if item.text in GREETING_SURNAMES and index and len(parts) == 2:
        before = parts[index - 1]
        plain = not text[before.end : item.start].strip() and not text.isupper()
        if plain and item.capital and before.capital and before.given >= 2:
            return replace(item, role_word=False)
    if item.text in CALENDAR_SURNAMES:
        named = any(other.given >= 2 and other.capital for other in beside) and item.capital
        if named or any(other.patronymic > 2 for other in parts):
            return replace(item, surname=max(item.surname, 0.4))
        return replace(item, given=-5, surname=-5, patronymic=-5)
    if item.text in NEVER or (item.text in COURTESY and item.text not in GOOD):
        return replace(item, given=-5, surname=-5, patronymic=-5)
    return item

"""What the words around a name decide: denied, for a child, a person's name, a place or an ordinary word."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lang.mention_phrases import GENERIC_PLACE_WORDS
from lang.phrases import Found
from lang.surnames import looks_like_surname
from lang.text import parses
from lang.words import Word, has_tag

_NEGATIONS = frozenset({"не", "кроме", "вместо", "ни"})
_REFUSALS = frozenset(
    {
        *(
            "нужен",
            "надо",
            "хотеть",
            "нужный",
            "подходить",
            "хотеться",
            "устраивать",
            "нужно",
        ),
    }
)
_LINKS = frozenset(
    {
        *(
            "врач",
            "доктор",
            "прием",
            "записать",
            "запись",
            "надо",
            "нужно",
            "нужный",
            "филиал",
        ),
    }
)
_CHILD = frozenset({"детский", "ребенок", "дети"})
_PLACE_BEFORE = frozenset(
    {
        *("на", "в", "во", "у", "около", "возле", "метро", "м", "филиал", "рядом", "район", "от"),
        *("до",),
    }
)
_SURE_TAGS = ("Geox", "Surn", "Orgn")
_NAMES_A_PERSON = frozenset({"фамилия", "звать", "имя", "фио"})
_SURNAME = re.compile(r".{3,}(?:ов|ев|ёв|ин)(?:а|у|ой|ым|е|ы)?|.{4,}(?:енко|чук)")
_AILING = frozenset(
    {
        *("болеть", "заболеть", "заложить", "закладывать", "чесаться", "воспалить", "воспалиться"),
        *("покраснеть", "опухнуть", "ныть", "беспокоить", "стрелять", "зудеть", "течь", "сохнуть"),
        *("мучить",),
    }
)


def stands_as_place(match: Found, words: Sequence[Word], asked: bool) -> bool:
    """Whether a one-word place that is an ordinary word too («красный», «сокол») is meant as a place.

    `asked`: a doctor or a service stands beside it («кардиолог сокол завтра»), so a plain noun will do.
    """
    if len(match.positions) > 1:
        return True
    position = match.positions[0]
    word = words[position]
    if match.edits and position and words[position - 1].text in {"к", "ко"}:
        return False
    after = words[position + 1 : position + 2]
    if after and not after[0].breaks and _describes(word, after[0]):
        return False
    if not word.known or any(has_tag(word.text, tag) for tag in _SURE_TAGS) or len(words) <= 2:
        return True
    before = words[position - 1] if position else None
    if before is not None and (before.text in _PLACE_BEFORE or before.lemmas[0] in GENERIC_PLACE_WORDS):
        return True
    if asked and not match.edits and has_tag(word.text, "NOUN"):
        return True
    return word.capital and position > 0


def stands_as_doctor(match: Found, words: Sequence[Word]) -> bool:
    """Whether a doctor's title is meant, not a person («Лора Петровна», «моя фамилия Терапевтова») or what
    ails («ухо, горло и нос заложены»)."""
    first, last = match.positions[0], match.positions[-1]
    if len(match.positions) > 1:
        return not _ails(words, first, last)
    word = words[first]
    before = {lemma for near in words[max(first - 2, 0) : first] for lemma in near.lemmas}
    surname = bool(_SURNAME.fullmatch(word.text))
    given = has_tag(word.text, "Name")
    if (surname or given) and before & _NAMES_A_PERSON:
        return False
    after = words[last + 1] if last + 1 < len(words) and not words[last + 1].comma else None
    if given and after is not None and has_tag(after.text, "Patr"):
        return not _agree(word, after)
    if surname:
        return not _beside_name(words, first)
    return True


def stands_as_analysis(words: Sequence[Word], position: int) -> bool:
    """«анализ ситуации» is no laboratory test: a thing follows that is not analysed in one."""
    after = words[position + 1] if position + 1 < len(words) else None
    if after is None or after.breaks or after.comma or not after.known:
        return True
    tags = [reading.tag for reading in parses(after.text)]
    return not ("NOUN" in tags[0] and any(tag.case == "gent" and "inan" in tag for tag in tags))


def may_be_name(words: Sequence[Word], position: int) -> bool:
    """«к доктору Хирургову»: after a title a word that ends like a surname is a name, not a typo."""
    word = words[position]
    if not position or words[position - 1].lemmas[0] not in {"доктор", "врач"}:
        return False
    return looks_like_surname(word.text) and not re.search(r"(?:олог|атр|евт|ист|ург)[а-я]?$", word.text)


def child_at(words: Sequence[Word], first: int, last: int) -> tuple[bool, int]:
    """Whether the doctor is asked for a child, and the first word with «детский» taken in."""
    if first and words[first - 1].lemmas[0] == "детский":
        return True, first - 1
    inside = any(words[i].lemmas[0] in _CHILD for i in range(first, last + 1))
    after = [w for w in words[last + 1 : last + 3] if not w.breaks and not w.comma]
    follows = bool(after) and (
        after[0].lemmas[0] in _CHILD
        or (len(after) > 1 and after[0].text in {"для", "с"} and after[1].lemmas[0] in _CHILD)
    )
    return inside or follows, first


def is_negated(words: Sequence[Word], first: int, last: int) -> bool:
    """«не к хирургу», «только не на Ленинском», «вместо лора», «хирурга не надо»."""
    position = first - 1
    for _ in range(3):
        if position < 0 or words[position + 1].breaks or words[position + 1].comma:
            break
        word = words[position]
        if word.text in _NEGATIONS:
            return True
        if word.content and word.lemmas[0] not in _LINKS:
            break
        position -= 1
    after = words[last + 1 : last + 3]
    return (
        len(after) == 2
        and after[0].text == "не"
        and not any(word.breaks or word.comma for word in after)
        and after[1].lemmas[0] in _REFUSALS
    )


def _describes(word: Word, noun: Word) -> bool:
    """«красном лице» is no place, «Ленинском терапевт» and «красном проспекте» are."""
    if noun.lemmas[0] in GENERIC_PLACE_WORDS or parses(noun.text)[0].tag.POS != "NOUN":
        return False
    cases = {r.tag.case for r in parses(word.text) if r.tag.POS == "ADJF"}
    return any(r.tag.case in cases for r in parses(noun.text) if r.tag.POS == "NOUN")


def _ails(words: Sequence[Word], first: int, last: int) -> bool:
    near = [*words[max(first - 1, 0) : first], *words[last + 1 : last + 2]]
    return any(lemma in _AILING for word in near if not word.breaks for lemma in word.lemmas)


def _agree(name: Word, patronymic: Word) -> bool:
    cases = {reading.tag.case for reading in parses(name.text) if "Name" in reading.tag}
    return any(r.tag.case in cases for r in parses(patronymic.text) if "Patr" in r.tag)


def _beside_name(words: Sequence[Word], position: int) -> bool:
    near = [*words[max(position - 1, 0) : position], *words[position + 1 : position + 2]]
    return any(has_tag(w.text, tag) for w in near if not w.comma for tag in ("Name", "Patr"))

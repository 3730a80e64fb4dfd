"""Who is in danger by a message of an alarm: whoever writes, or somebody they write about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lang.for_whom import PEOPLE_BY_LEMMA
from lang.text import Token, parses, tokens

# «Хочет умереть», «грозит повеситься»: with one of the ends below.
_INTENTS = frozenset(
    {
        *("хотеть", "захотеть", "собираться", "собраться", "думать", "решить", "решать"),
        *("пытаться", "попытаться", "пробовать", "попробовать", "грозить", "грозиться", "угрожать"),
        *("обещать", "пообещать", "мечтать"),
    }
)
# Done by somebody they are an attempt; wished, they are a thought of one.
_ATTEMPTS = frozenset(
    {
        *("покончить", "повеситься", "вешаться", "отравиться", "травиться", "наглотаться", "утопиться"),
        *("застрелиться", "самоубиться", "зарезаться"),
    }
)
# An attempt only with what it is done to or with: «порезала вены», «выпил таблетки», «прыгнул с крыши».
_ATTEMPTS_ON = {
    verb: things
    for verbs, things in (
        (("убить", "убивать"), frozenset({"себя"})),
        (("порезать", "резать", "вскрыть", "перерезать"), frozenset({"себя", "вена", "рука"})),
        (
            ("выпить", "съесть", "принять", "напиться"),
            frozenset({"таблетка", "яд", "уксус", "снотворное", "упаковка"}),
        ),
        (
            ("прыгнуть", "спрыгнуть", "прыгать", "выпрыгнуть", "броситься", "сброситься", "кинуться"),
            frozenset({"окно", "крыша", "мост", "балкон", "этаж", "поезд", "рельс"}),
        ),
    )
    for verb in verbs
}
# Only wished: «мама умерла» is a grief, and whoever merely lives is well.
_WISHED = frozenset({"умереть", "умирать", "жить"})
# «Жить не хочется», «надоело жить»: said of oneself.
_IMPERSONAL = frozenset({"хочется", "хотелось", "надоело", "незачем"})
# «Боюсь за брата», «не знаю, что делать»: the writer's, but not the danger.
_WORRY = frozenset(
    {"бояться", "опасаться", "переживать", "беспокоиться", "волноваться", "знать", "понимать", "просить"}
)
_JOINS = frozenset({"и", "а", "но", "что", "чтобы", "как", "когда", "потому"})
_HE = frozenset({"он", "она", "они"})


def is_somebody_else(text: str) -> bool:
    """Whether a message about thoughts of death is about another person: «мама хочет умереть».

    Only what is said of a near person in so many words makes it so, with nothing that could be said of
    oneself beside it. In doubt it is about whoever writes: «мама умерла, жить не хочется», «муж ушёл,
    жить больше не могу».
    """
    found = tokens(text)
    near = [i for i, token in enumerate(found) if _is_near(found, i)]
    named = any(token.lemma in PEOPLE_BY_LEMMA for token in found)
    if not named or _speaks_of_oneself(found):
        return False
    ends = list(_ends(found))
    others = [end for end in ends if _is_third(found, end, near) or _is_past_of(found, end, near)]
    genders = {_gender(found[place]) for place in near}
    left = [found[end] for end in ends if end not in others]
    return bool(others) and all(_is_past(verb) and _gender(verb) in genders for verb in left)


def _speaks_of_oneself(found: Sequence[Token]) -> bool:
    for place, token in enumerate(found):
        if token.text in _IMPERSONAL:
            return True
        if "1per" in token.tag and "VERB" in token.tag and token.lemma not in _WORRY:
            return True
        if token.text in ("я", "мы") and not _worries(found[place + 1 :]):
            return True
    return False


def _worries(following: Sequence[Token]) -> bool:
    """Whether the first verb is one of worry: «я очень боюсь за брата»."""
    verb = next((token for token in following if "VERB" in token.tag), None)
    return verb is not None and verb.lemma in _WORRY and "1per" in verb.tag


def _ends(found: Sequence[Token]) -> Iterator[int]:
    """Where a wish to die or an attempt is: the place of the verb whose form tells whose it is.

    That is the verb of intent if there is one («хочет умереть»), else the attempt's own, or an infinitive
    that nobody's form stands for («нет смысла жить»).
    """
    for place, token in enumerate(found):
        if "VERB" not in token.tag and not _is_infinitive(token):
            continue
        wished = _is_infinitive(token)
        if not (_is_attempt(found, place) or (wished and token.lemma in _WISHED)):
            continue
        intent = _intent_of(found, place) if wished else None
        if token.lemma == "жить" and intent is not None and not _denied(found, intent, place):
            continue
        yield place if intent is None else intent


def _is_attempt(found: Sequence[Token], place: int) -> bool:
    lemma = found[place].lemma
    if lemma in _ATTEMPTS:
        return True
    clause = _clause(found, place)
    return any(found[i].lemma in _ATTEMPTS_ON.get(lemma, ()) for i in clause) and not any(
        found[i].text in ("меня", "нас") for i in clause
    )


def _intent_of(found: Sequence[Token], infinitive: int) -> int | None:
    """The verb of intent right before the infinitive, or right after it: «жить не хочет»."""
    for step in (-1, 1):
        place = infinitive + step
        while 0 <= place < len(found) and _may_stand_between(found[place]):
            if found[place].lemma in _INTENTS and "VERB" in found[place].tag:
                return place
            place += step
    return None


def _may_stand_between(token: Token) -> bool:
    if token.tag == "PNCT" or token.text in _JOINS or _is_infinitive(token):
        return False
    if "VERB" in token.tag:
        return token.lemma in _INTENTS
    return not ("NOUN" in token.tag and ("nomn" in token.tag or "accs" in token.tag))


def _denied(found: Sequence[Token], intent: int, infinitive: int) -> bool:
    first, last = sorted((intent, infinitive))
    return any(token.text == "не" for token in found[max(first - 1, 0) : last])


def _is_third(found: Sequence[Token], verb: int, near: Sequence[int]) -> bool:
    """Whether a verb in the third person is about somebody near: named so, or as «он» before it."""
    return "3per" in found[verb].tag and (bool(near) or any(token.text in _HE for token in found[:verb]))


def _is_past_of(found: Sequence[Token], verb: int, near: Sequence[int]) -> bool:
    """Whether a verb in the past is said of somebody near: agreeing, with no other verb between them."""
    if not _is_past(found[verb]):
        return False
    clause = _clause(found, verb)
    return any(
        place in clause
        and _gender(found[place]) == _gender(found[verb])
        and not any("VERB" in token.tag for token in found[min(place, verb) + 1 : max(place, verb)])
        for place in near
    )


def _clause(found: Sequence[Token], place: int) -> range:
    """What stands between the signs and joining words around a word."""
    first, last = place, place
    while first > 0 and not _parts(found[first - 1]):
        first -= 1
    while last + 1 < len(found) and not _parts(found[last + 1]):
        last += 1
    return range(first, last + 1)


def _parts(token: Token) -> bool:
    return token.tag == "PNCT" or token.text in _JOINS


def _is_near(found: Sequence[Token], place: int) -> bool:
    """Whether somebody near is named as who does something: «мама», not «с мамой» nor «за мать»."""
    token = found[place]
    if token.lemma not in PEOPLE_BY_LEMMA or (place > 0 and "PREP" in found[place - 1].tag):
        return False
    return any("nomn" in reading.tag for reading in parses(token.text))


def _gender(token: Token) -> str:
    """«masc», «femn», «neut», or «plur»."""
    if "plur" in token.tag:
        return "plur"
    return next((gender for gender in ("masc", "femn", "neut") if gender in token.tag), "")


def _is_past(token: Token) -> bool:
    return "VERB" in token.tag and "past" in token.tag


def _is_infinitive(token: Token) -> bool:
    return "INFN" in token.tag

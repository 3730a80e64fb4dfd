"""Who is in danger by a message of an alarm: whoever writes, or somebody they write about."""

from __future__ import annotations

from lang.for_whom import PEOPLE_BY_LEMMA
from lang.text import Token, tokens

# What is wished, said or done about one's own death; who does it is told by the verb's form.
_DEEDS = frozenset(
    {
        *("хотеть", "собираться", "думать", "решить", "пытаться", "попытаться", "грозить", "угрожать"),
        *("обещать", "говорить", "сказать", "писать", "написать", "жить", "умереть", "умирать"),
        *("покончить", "убить", "повеситься", "отравиться", "порезать", "резать", "выпить", "наглотаться"),
        *("прыгнуть", "вскрыть", "утопиться"),
    }
)
# «Жить не хочется», «надоело жить»: said of oneself.
_IMPERSONAL = frozenset({"хочется", "хотелось", "надоело", "незачем"})
_I = "я"


def is_somebody_else(text: str) -> bool:
    """Whether a message about thoughts of death is about another person: «мама хочет умереть».

    In doubt it is about whoever writes: «мама умерла, жить не хочется», «поссорилась с мужем, хочу умереть».
    """
    found = tokens(text)
    if not any(token.lemma in PEOPLE_BY_LEMMA for token in found):
        return False
    if any(token.text in _IMPERSONAL or (_is_deed(token) and "1per" in token.tag) for token in found):
        return False
    if any(_is_deed(token) and "3per" in token.tag for token in found):
        return True
    return not any(token.text == _I for token in found)


def _is_deed(token: Token) -> bool:
    return token.lemma in _DEEDS

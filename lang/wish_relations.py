"""What stands before a date or a time: «в», «после», «не раньше», «до»; and what follows a bare number."""

from __future__ import annotations

from enum import Enum

from lang.text import parses
from lang.wish_lexicon import Terms


class Relation(Enum):
    """How a phrase is bound to the date or time it names."""

    NONE = "none"
    AT = "at"
    FROM = "from"
    AFTER = "after"
    BEFORE = "before"
    UNTIL = "until"


_SIMPLE = {
    "в": Relation.AT, "во": Relation.AT, "на": Relation.AT, "к": Relation.AT, "ко": Relation.AT,
    "с": Relation.FROM, "со": Relation.FROM, "от": Relation.FROM, "после": Relation.AFTER,
    "позже": Relation.AFTER, "позднее": Relation.AFTER, "попозже": Relation.AFTER, "до": Relation.BEFORE,
    "раньше": Relation.BEFORE, "ранее": Relation.BEFORE, "по": Relation.UNTIL,
}  # fmt: skip
EARLIER = frozenset({"раньше", "ранее"})
LATER = frozenset({"позже", "позднее", "попозже"})
_COMPARING = EARLIER | LATER
_LIMIT = frozenset({"крайний", "самое", "последний"})


def relation(terms: Terms, index: int) -> tuple[Relation, int]:
    """The relation said at `index` and where its object begins."""
    word = terms[index].text
    if word == "не" and terms[index + 1].text in _COMPARING:
        bound = Relation.FROM if terms[index + 1].text in EARLIER else Relation.UNTIL
        return bound, _after_comparison(terms, index + 2)
    if word in _LIMIT and terms[index + 1].text in {"срок", "позднее"}:
        return Relation.UNTIL, _after_comparison(terms, index + 2 + terms[index + 2].is_word("-", "это"))
    if word in {"максимум", "крайне"} and terms[index + 1].is_word("в", "во", "к"):
        return Relation.UNTIL, index + 2
    if word == "начиная" and terms[index + 1].is_word("с", "со"):
        return Relation.FROM, index + 2
    if word == "вплоть" and terms[index + 1].is_word("до"):
        return Relation.UNTIL, index + 2
    if word in _COMPARING:
        return _SIMPLE[word], _after_comparison(terms, index + 1)
    if word in _SIMPLE:
        return _SIMPLE[word], index + 1
    return Relation.NONE, index


def _after_comparison(terms: Terms, index: int) -> int:
    if terms[index].is_word("чем"):
        index += 1
    if terms[index].is_word("в", "во", "на", "к", "с", "со"):
        index += 1
    return index


_COUNTED = frozenset({
    "год", "лет", "рубль", "руб", "р", "тысяча", "тыс", "т", "процент", "кг", "см", "мм", "мл", "мг", "км",
    "раз", "штука", "шт", "человек", "степень", "градус",
})  # fmt: skip
_NUMBERED = frozenset({
    "поликлиника", "кабинет", "больница", "школа", "этаж", "корпус", "дом", "отделение", "роддом", "класс",
    "вариант", "группа", "стадия", "смена", "палата", "квартира", "подъезд", "триместр", "курс", "очередь",
    "филиал", "клиника", "центр", "номер", "участок", "микрорайон", "зуб", "горбольница", "садик", "комната",
    "строение", "пункт", "категория", "лицей", "гимназия", "маршрут", "автобус",
})  # fmt: skip
_GRAMMAR = frozenset({"weekday", "month", "relative", "part", "daykind", "which", "end", "portion", "half"})


def counts_something(terms: Terms, index: int, *, dated: bool = False) -> bool:
    """Whether the term at `index` makes the number before it a count or a label: «10 лет», «5 кабинет».

    `dated` says that a day was named just before, so that a number is more likely a time.
    """
    term = terms[index]
    if term.kind in _GRAMMAR:
        return False
    if term.kind == "sign":
        glued = term.start == terms[index - 1].end
        return term.is_word("%", "°", "₽", "$", "€", "+", "№") or (
            glued and term.is_word("/", "-") and terms[index + 1].kind in {"number", "word"}
        )
    if term.kind in {"unit", "barrier"}:
        return True
    if term.has_lemma(_COUNTED) or term.has_lemma(_NUMBERED):
        return True
    readings = parses(term.text) if term.text else ()
    nouns = [parse.tag for parse in readings if parse.tag.POS in {"NOUN", "ADJF", "NUMR"}]
    if not readings or not nouns or readings[0].tag.POS not in {"NOUN", "ADJF", "NUMR"}:
        return False
    if any(grammeme in tag for tag in nouns for grammeme in ("Name", "Surn", "Patr")):
        return False
    if any(tag.POS == "NOUN" and tag.animacy == "anim" and tag.case in {"nomn", "datv"} for tag in nouns):
        return False
    return not (dated and any("Fixd" in tag or "Apro" in tag or tag.case == "nomn" for tag in nouns))

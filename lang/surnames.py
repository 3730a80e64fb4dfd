"""Russian surnames in every case, both genders, without a dictionary."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

# (ending of the nominative, replaced by) in the order genitive, dative, accusative, instrumental, locative.
_MALE = (
    (r"(?:ск|цк)ий$", 2, ("ого", "ому", "ого", "им", "ом")),
    (r"[^аеиоуыэюя]ый$", 2, ("ого", "ому", "ого", "ым", "ом")),
    (r"[гкх]ой$", 2, ("ого", "ому", "ого", "им", "ом")),
    (r"ой$", 2, ("ого", "ому", "ого", "ым", "ом")),
    (r"(?:[оеё]в|[иы]н)$", 0, ("а", "у", "а", "ым", "е")),
    (r"[гкх]ий$", 2, ("ого", "ому", "ого", "им", "ом")),
    (r"[жчшщ]ий$", 2, ("его", "ему", "его", "им", "ем")),
    (r"й$", 1, ("я", "ю", "я", "ем", "е")),
    (r"ь$", 1, ("я", "ю", "я", "ем", "е")),
    (r"ец$", 2, ("ца", "цу", "ца", "цом", "це")),
    (r"[жчшщц]$", 0, ("а", "у", "а", "ем", "е")),
    (r"[бвгдзклмнпрстфх]$", 0, ("а", "у", "а", "ом", "е")),
    (r"ко$", 1, ("а", "у", "у", "ой", "е")),
)
_FEMALE = (
    (r"(?:[оеё]в|[иы]н)а$", 1, ("ой", "ой", "у", "ой", "ой")),
    (r"ая$", 2, ("ой", "ой", "ую", "ой", "ой")),
    (r"яя$", 2, ("ей", "ей", "юю", "ей", "ей")),
)
_BOTH = (
    (r"[гкхжчшщ]а$", 1, ("и", "е", "у", "ой", "е")),
    (r"ия$", 1, ("и", "и", "ю", "ей", "и")),
    (r"я$", 1, ("и", "е", "ю", "ей", "е")),
    (r"[^аеиоуыэю]а$", 1, ("ы", "е", "у", "ой", "е")),
)
CASES = ("nomn", "gent", "datv", "accs", "ablt", "loct")
_SUFFIX = re.compile(
    r"(?:[оеё]в|[иы]н|[сц]к)(?:а|у|ым|е|ой|ого|ому|им|ом|ую|ая|ий|ы|ых)?$"
    r"|(?:енко|чук|ян|дзе|швили|ич|ко)(?:а|у|ом|ем|е)?$"
)


@lru_cache(maxsize=20_000)
def decline(surname: str, male: bool) -> tuple[tuple[str, str], ...]:
    """(form, case) pairs of a lower-case surname, the nominative first; foreign ones stay as they are."""
    tables = (*_MALE, *_BOTH) if male else (*_FEMALE, *_BOTH)
    forms = [(surname, "nomn")]
    declined = False
    for ending, cut, cases in tables:
        if re.search(ending, surname):
            stem = surname[: len(surname) - cut]
            forms += [(stem + case, name) for case, name in zip(cases, CASES[1:], strict=True)]
            if ending == "ец$":
                forms += [(surname + case, name) for case, name in zip(("а", "у"), CASES[1:3], strict=True)]
            declined = True
            break
    if not declined:
        forms += [(surname, case) for case in CASES[1:]]
    return tuple(forms)


def is_male(given: str, patronymic: str) -> bool:
    """Gender by patronymic, else by the given name's ending."""
    patronymic, given = patronymic.lower(), given.lower()
    if patronymic.endswith(("на", "кызы", "кизи")):
        return False
    if patronymic.endswith(("ич", "оглы", "улы")):
        return True
    return not given.endswith(("а", "я")) or given in {"никита", "илья", "лука", "фома", "савва", "кузьма"}


def looks_like_surname(word: str) -> bool:
    """Whether the ending is typical of a surname in some case."""
    return len(word) > 3 and _SUFFIX.search(word.lower()) is not None


def nominatives(form: str) -> Iterator[str]:
    """Likely nominatives of an unknown surname's form, the safest first."""
    if re.search(r"(?:[оеё]в|[иы]н)ой$", form):
        yield form[:-2] + "а"
    elif re.search(r"(?:[оеё]в|[иы]н)(?:у|ым|е|а)$", form):
        yield re.sub(r"(?:у|ым|е|а)$", "", form)
    elif re.search(r"[сц]к(?:ого|ому|им|ом)$", form):
        yield re.sub(r"(?:ого|ому|им|ом)$", "ий", form)
    elif re.search(r"[сц]к(?:ой|ую)$", form):
        yield re.sub(r"(?:ой|ую)$", "ая", form)
    yield form

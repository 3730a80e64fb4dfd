"""Full names of people as patients write them: any order and case, words around them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from lang.latin_names import is_latin_name
from lang.name_parts import (
    Part,
    given_nominative,
    given_readings,
    patronymic_gender,
    patronymic_nominative,
    surname_nominative,
)
from lang.name_reading import is_around, read_parts
from lang.name_words import (
    COURTESY,
    MALE_CUES,
    NO_NAME_ALONE,
    OF_A_DOCTOR,
    TAILS,
    is_filler,
    is_function_word,
    is_syllable,
)
from lang.surnames import looks_like_surname
from lang.text import parses

__all__ = ["FullNameMatch", "NameProblem", "is_filler", "looks_like_name", "parse_full_name"]

NameProblemCode = Literal["not_a_name", "given_missing", "surname_missing", "digits", "latin"]
Roles = tuple[Part, Part, Part | None]

_MIXED = re.compile(r"(?=\S*\d)(?=\S*[^\W\d_])[^\W_]{4,}")


@dataclass(frozen=True)
class FullNameMatch:
    """A person's name in the nominative; `patronymic` may be empty; the span covers all its words."""

    surname: str
    given: str
    patronymic: str
    start: int
    end: int


@dataclass(frozen=True)
class NameProblem:
    """Why the text gives no full name."""

    code: NameProblemCode


# A message is asked for its name several times over; more than a few texts are never asked again.
@lru_cache(maxsize=16)
def parse_full_name(text: str) -> FullNameMatch | NameProblem:
    """The person's surname and given name (patronymic if said) found in the text, or why there is none.

    «запишите сына Петрова Илью» gives Петров Илья. A doctor's name («к Ивановой Анне») is not taken.
    """
    parts = read_parts(text)
    core = [item for item in parts if not is_around(item)]
    male = any(item.text in MALE_CUES for item in parts)
    if not core:
        return NameProblem("digits" if re.search(r"\d", text) and not parts else "not_a_name")
    if len(core) <= 4:
        roles = _roles(core)
        if roles and _strong_enough(roles, core) and not _after_doctor_word(parts, core[0]):
            return _match(roles, male)
    for run in _runs(parts):
        roles = _roles(run)
        if roles and _sure(roles) and not _after_doctor_word(parts, run[0]):
            return _match(roles, male)
    # «Спасибо, Мария» is said to somebody, «к Ивановой» names a doctor.
    polite = any(item.text in COURTESY for item in parts)
    spelled = [item for item in core if len(item.text) > 1]
    other = polite or not spelled or _after_doctor_word(parts, spelled[0])
    return NameProblem("not_a_name" if other else _why(text, spelled))


def looks_like_name(text: str) -> bool:
    """Whether the text is a name or a part of one («Илья», «Петров») and nothing else that matters."""
    found = parse_full_name(text)
    return isinstance(found, FullNameMatch) or found.code in {"given_missing", "surname_missing"}


def _runs(parts: Sequence[Part]) -> Iterator[list[Part]]:
    for size in (3, 2):
        for first in range(len(parts) - size + 1):
            run = list(parts[first : first + size])
            if not any(is_around(item) for item in run):
                yield run


def _roles(core: Sequence[Part]) -> Roles | None:
    """The likeliest surname, given name and patronymic of 2–4 words; None when no choice holds."""
    if len(core) == 2 and core[0].text.rpartition(" ")[2] in TAILS and core[1].given > 0:
        # «Асан кызы Айгуль»: the father's name stands for a surname.
        return core[0], core[1], None
    if len(core) == 2 and core[1].patronymic > 2 and core[1].surname < 0.8 and not core[1].label:
        return None
    if not 2 <= len(core) <= 4 or any(max(p.given, p.surname, p.patronymic) < 0 for p in core):
        return None
    best: tuple[float, Roles] | None = None
    for surname_at, surname in enumerate(core):
        rest = [item for item in core if item is not surname]
        for patronymic in (None, *rest):
            names = [item for item in rest if item is not patronymic]
            if not names or (patronymic is None and len(core) == 3 and any(p.patronymic > 0 for p in core)):
                continue
            if any(core.index(b) - core.index(a) != 1 for a, b in pairwise(names)):
                continue
            score = _score(surname, names, patronymic) + (0.2 if surname_at == 0 else 0)
            given = names[0] if len(names) == 1 else _joined(names)
            if score > 0 and (best is None or score > best[0]):
                best = score, (surname, given, patronymic)
    return best[1] if best else None


def _score(surname: Part, names: Sequence[Part], patronymic: Part | None) -> float:
    fits = [(surname.surname, surname, "surname")] + [(name.given, name, "given") for name in names]
    if patronymic is not None:
        fits.append((patronymic.patronymic, patronymic, "patronymic"))
    if any(fit < 0 and not item.label for fit, item, _ in fits):
        return -1
    if any(item.label and item.label != role for _, item, role in fits):
        return -1
    # A second given name is rare: without it the same words explain more.
    return sum(fit + (5 if item.label else 0) for fit, item, _ in fits) - 0.5 * (len(names) - 1)


def _joined(names: Sequence[Part]) -> Part:
    return replace(
        names[0],
        text=" ".join(name.text for name in names),
        raw=" ".join(name.raw for name in names),
        end=names[-1].end,
        given=min(name.given for name in names),
    )


def _strong_enough(roles: Roles, core: Sequence[Part]) -> bool:
    """For a message that is nothing but these words, weak evidence is enough, mashed keys are not."""
    surname, given, patronymic = roles
    if surname.label or given.label or surname.text.rpartition(" ")[2] in TAILS:
        return True
    if not _agree(surname, given):
        return False
    if given.given >= 2:
        capitals = surname.capital or patronymic is not None
        return surname.surname >= 0.7 or (surname.surname > 0 and capitals)
    syllables = given.text.split()
    if surname.surname >= 2 and len(syllables) > 1 and all(is_syllable(item) for item in syllables):
        return not any(is_function_word(item) for item in (surname.text, *syllables))
    if surname.surname >= 2 and given.given > 0:
        return given.capital or (patronymic is not None)
    both = all(item.capital for item in core)
    return both and surname.surname >= 0.7 and given.given > 0


def _agree(surname: Part, given: Part) -> bool:
    """An adjective is a surname only in the gender of the name: no «Добрый Мария»."""
    readings = [r for r in parses(surname.text) if r.tag.POS == "ADJF" and "nomn" in r.tag]
    genders = {gender for gender, _ in given_readings(given.text)}
    if surname.surname >= 1 or not readings or not genders:
        return True
    return bool(genders & {str(r.tag.gender) for r in readings})


def _sure(roles: Roles) -> bool:
    """For a name among other words: a known given name beside a plain surname, both written as names."""
    surname, given, patronymic = roles
    named = given.given >= 2 and (surname.surname >= 2 or (patronymic is not None and surname.surname >= 0.7))
    together = surname.capital and given.capital
    return named and (together or patronymic is not None or (given.given >= 3 and surname.surname >= 3))


def _after_doctor_word(parts: Sequence[Part], first: Part) -> bool:
    index = parts.index(first)
    return index > 0 and parts[index - 1].text in OF_A_DOCTOR


def _why(text: str, core: Sequence[Part]) -> NameProblemCode:
    if _MIXED.search(text) and len(core) <= 2:
        return "digits"
    if is_latin_name(core):
        return "latin"
    if len(core) == 1 or (len(core) == 2 and core[1].patronymic > 2):
        first = core[0]
        if len(core) == 1 and not first.label and _is_reply(first):
            return "not_a_name"
        if len(core) == 2 and first.given < 2:
            return "given_missing" if first.surname >= 2 else "not_a_name"
        if first.label == "surname" or (first.surname > first.given and first.surname >= 2):
            return "given_missing"
        if first.given >= 2 or first.label == "given":
            return "surname_missing"
        if first.capital and (first.surname >= 2 or (first.surname > 0.7 and looks_like_surname(first.text))):
            return "given_missing"
    return "not_a_name"


def _is_reply(word: Part) -> bool:
    """A lone «хай», «лады», «до» is no name, whatever the dictionary of names says."""
    if word.text in NO_NAME_ALONE or (len(word.text) < 3 and is_function_word(word.text)):
        return True
    cases = {case for _, case in given_readings(word.text)}
    return not word.capital and bool(cases) and not cases & {"nomn", "accs"} and word.surname < 2


def _match(roles: Roles, male_cue: bool) -> FullNameMatch:
    surname, given, patronymic = roles
    spans = [item for item in roles if item is not None]
    name, family = _nominative(surname.text, given.text, patronymic.text if patronymic else "", male_cue)
    return FullNameMatch(
        surname=_capitalised(_as_written(family, surname), surname.raw),
        given=_capitalised(_as_written(name, given)),
        patronymic=_capitalised(_as_written(patronymic_nominative(patronymic.text), patronymic))
        if patronymic
        else "",
        start=min(item.start for item in spans),
        end=max(item.end for item in spans),
    )


def _as_written(nominative: str, said: Part) -> str:
    """Keeps the patient's «ё»."""
    written = said.raw.lower()
    return written if written.replace("ё", "е") == nominative else nominative


def _nominative(surname: str, given: str, patronymic: str, male_cue: bool) -> tuple[str, str]:
    """(given, surname) in the nominative where their case is plain, else as they stand."""
    gender = patronymic_gender(patronymic)
    readings = {(g, c) for g, c in given_readings(given) if not gender or g == gender}
    said_nominative = not patronymic or patronymic_nominative(patronymic) == patronymic
    order = ["nomn", "accs", "datv", "gent", "ablt", "loct"]
    if male_cue and any(g == "masc" and c in ("accs", "gent") for g, c in readings):
        order = ["accs", "gent", "nomn", "datv", "ablt", "loct"]
    if not said_nominative:
        order.remove("nomn")
    for case in order:
        for reading_gender in ("masc", "femn") if male_cue else ("femn", "masc"):
            if (reading_gender, case) not in readings:
                continue
            family = surname_nominative(surname, reading_gender, case)
            if family is not None:
                return given_nominative(given, reading_gender, case), family
    if readings and not any(case == "nomn" for _, case in readings):
        reading_gender, case = sorted(readings)[0]
        return given_nominative(given, reading_gender, case), surname
    return given, surname


def _capitalised(text: str, raw: str = "") -> str:
    kept = {word for word in raw.split()[:-1] if word.islower()}
    words = [
        word if word in TAILS or word in kept else "-".join(piece.capitalize() for piece in word.split("-"))
        for word in text.split()
    ]
    return " ".join(re.sub(r"(?<=^[А-ЯA-Z]['’])\w", lambda m: m.group().upper(), word) for word in words)

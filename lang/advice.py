"""Which doctor a complaint belongs to: what the patient has already said, and why that doctor."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from lang.patients import is_about_child, said_ages
from lang.strict_yaml import DataFileError, Problems, Value, read_yaml
from lang.text import tokens

Since = Literal["new", "days", "weeks", "long"]
Whom = Literal["self", "adult", "child"]

ADULT_AGE = 18
THERAPIST, PEDIATRICIAN = "therapist", "pediatrician"
# Below this share a specialty is a guess: not enough to send somebody there.
SURE = 0.3
# A second specialty worth a button of its own.
WORTH_NAMING = 0.12

_OF_AGE = re.compile(r"\b(?:мне|нам|ему|ей)\s+(?:уже\s+|всего\s+)?(\d{1,2})\s*(лет|год|мес|нед)")

_Phrases = tuple[tuple[frozenset[str], ...], ...]


class AdviceError(DataFileError):
    """advice.yml cannot be used; every problem names its line and what is allowed."""


@dataclass(frozen=True)
class Likely:
    """Specialties for a complaint, best first; not `sure`: the first is only the safe default."""

    specialties: tuple[str, ...]
    sure: bool


@dataclass(frozen=True)
class Advice:
    """`treats` says in everyday words what each specialty is for."""

    treats: Mapping[str, str]
    _since: Mapping[Since, _Phrases]
    _whom: Mapping[Whom, _Phrases]
    _asking: frozenset[str]

    @property
    def silent_words(self) -> frozenset[str]:
        """Words, as said and in the base form, that ask or tell how long or who: nothing of the illness."""
        told = (_of(phrases) for kinds in (self._since, self._whom) for phrases in kinds.values())
        return self._asking.union(*told)

    def tells(self, text: str) -> bool:
        """Whether the text says what is wrong: it has a word that neither asks nor says how long or who."""
        silent = self.silent_words
        return any(
            token.tag not in ("PNCT", "NUMB")
            and not ({token.text, token.lemma} & silent)
            and not is_about_child(token.text)
            for token in tokens(text)
        )

    def since(self, text: str) -> Since | None:
        """How long ago it began, as far as the text tells; the longest time named counts."""
        said = _said(text, without_ages=_told_age(text) is not None or _ages_are_of_a_person(text))
        found: list[Since] = [kind for kind, phrases in self._since.items() if _matches(phrases, said)]
        return found[-1] if found else None

    def whom(self, text: str) -> Whom | None:
        """Who is ill, as far as the text tells: a child before another adult before the writer."""
        age = _told_age(text)
        if is_about_child(text) or (age is not None and age < ADULT_AGE):
            return "child"
        said = _said(text)
        kinds: tuple[Whom, ...] = ("adult", "self")
        return next((kind for kind in kinds if _matches(self._whom[kind], said)), None)


def likely(symptoms: Sequence[tuple[str, float]], child: bool, sees_children: Collection[str]) -> Likely:
    """Specialties for a complaint, at most two and the safe default: a therapist, for a child a pediatrician.

    `symptoms` are specialty ids with shares, `sees_children` the specialties that take children.
    """
    default, other = (PEDIATRICIAN, THERAPIST) if child else (THERAPIST, PEDIATRICIAN)
    shares: dict[str, float] = {}
    for name, share in symptoms:
        name = default if name == other else name
        if child and name not in sees_children:
            continue
        shares[name] = shares.get(name, 0.0) + share
    ranked = sorted(shares, key=lambda name: -shares[name])
    # A child specialist has to fit better than the doctor who sees children with anything.
    sure = bool(ranked) and shares[ranked[0]] >= SURE
    named = [name for name in ranked if shares[name] >= WORTH_NAMING] if sure else []
    return Likely(tuple(dict.fromkeys([*named[:2], default])), sure)


def load_advice(path: Path, specialties: Collection[str]) -> Advice:
    """Read advice.yml. Raises AdviceError with every problem: file, line, what is wrong, what is allowed."""
    problems = Problems()
    root = read_yaml(path, problems)
    top = root.fields(("treats", "since", "whom", "asking")) if root else {}
    treats: dict[str, str] = {}
    for id_, entry in top["treats"].items() if "treats" in top else ():
        if id_ not in specialties:
            entry.wrong(f"unknown specialty {id_!r}", ", ".join(specialties))
        treats[id_] = entry.text()
    if "treats" in top and (missing := [id_ for id_ in specialties if id_ not in treats]):
        top["treats"].wrong(f"no line for {', '.join(missing)}", "a line for each specialty")
    since = top["since"].fields(get_args(Since)) if "since" in top else {}
    whom = top["whom"].fields(("self", "adult")) if "whom" in top else {}
    asking = _of(_phrases(top["asking"])) if "asking" in top else frozenset()
    problems.stop_if_any(AdviceError)
    return Advice(
        treats,
        {kind: _phrases(since[kind]) for kind in get_args(Since)},
        {"self": _phrases(whom["self"]), "adult": _phrases(whom["adult"])},
        asking,
    )


def _phrases(value: Value) -> _Phrases:
    return tuple(
        tuple(frozenset({token.text, token.lemma}) for token in tokens(text)) for text in value.texts()
    )


def _of(phrases: _Phrases) -> frozenset[str]:
    return frozenset(word for phrase in phrases for words in phrase for word in words)


def _told_age(text: str) -> int | None:
    """The patient's age where it is said as one: «мне 14 лет», «нам 8 месяцев»."""
    match = _OF_AGE.search(text.lower())
    if match is None:
        return None
    return 0 if match[2].startswith(("мес", "нед")) else int(match[1])


def _ages_are_of_a_person(text: str) -> bool:
    """«Сыну 5 лет», «болит колено, 45 лет»: years that are nobody's illness."""
    return is_about_child(text) or any(age >= ADULT_AGE for age in said_ages(text))


def _said(text: str, without_ages: bool = False) -> frozenset[str]:
    words = tokens(text)
    said: set[str] = set()
    for place, token in enumerate(words):
        after_number = place > 0 and words[place - 1].tag == "NUMB"
        if without_ages and after_number and token.lemma in ("год", "лето", "месяц"):
            continue
        said |= {token.text, token.lemma}
    return frozenset(said)


def _matches(phrases: _Phrases, said: frozenset[str]) -> bool:
    return any(all(word & said for word in phrase) for phrase in phrases)

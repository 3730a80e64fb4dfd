"""Full names of people as patients write them: any order and case, words around them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from lang.name_parts import (
    Part,
    given_nominative,
    given_readings,
    part,
    patronymic_gender,
    patronymic_nominative,
    surname_nominative,
)

NameProblemCode = Literal["not_a_name", "given_missing", "surname_missing", "digits", "latin"]
Roles = tuple[Part, Part, Part | None]

_WORD = re.compile(r"[^\W\d_]+(?:['’`][^\W\d_]+)*(?:[-‐‑–][^\W\d_]+)*")
_MIXED = re.compile(r"(?=\S*\d)(?=\S*[^\W\d_])[^\W_]{4,}")
_TAILS = frozenset({"оглы", "оглу", "углы", "улы", "кызы", "кизи", "гызы"})
_LABELS = {"фамилия": "surname", "имя": "given", "отчество": "patronymic"}
_MALE_CUES = frozenset(
    {"сына", "сыну", "мужа", "мужу", "брата", "папу", "отца", "деда", "внука", "мальчика", "сын"}
)
_COURTESY = frozenset({"здравствуйте", "добрый", "день", "вечер", "утро", "доброе", "привет", "спасибо"})
_FILLERS = frozenset(
    {
        *(
            "меня",
            "зовут",
            "мое",
            "моё",
            "моя",
            "мой",
            "мою",
            "моего",
            "моей",
            "моему",
            "я",
            "это",
            "фио",
            "ф",
            "и",
        ),
        *(
            "запишите",
            "запиши",
            "записать",
            "запись",
            "хочу",
            "пациент",
            "пациентка",
            "пациента",
            "пациентку",
            "на",
        ),
        *(
            "для",
            "сын",
            "дочь",
            "дочка",
            "дочку",
            "дочери",
            "ребенок",
            "ребёнок",
            "ребенка",
            "ребёнка",
            "муж",
            "а",
        ),
        *(
            "жену",
            "жена",
            "жены",
            "маму",
            "мама",
            "мамы",
            "папа",
            "бабушку",
            "бабушка",
            "дедушку",
            "дедушка",
            "внук",
        ),
        *(
            "внучку",
            "внучка",
            "сестру",
            "сестра",
            "брат",
            "девочку",
            "девочка",
            "наш",
            "нашего",
            "нашу",
            "полное",
        ),
        *("да", "пожалуйста", "будет", "о", "зовите", "его", "ее", "её", "пишите", "записывайте", "имени"),
        *(
            "отчество",
            "полностью",
            "тел",
            "телефон",
            "др",
            "рождения",
            "дата",
            "г",
            "р",
            "года",
            "год",
            "номер",
        ),
    }
    | _MALE_CUES
    | _COURTESY
)
_NEVER = frozenset(
    {
        *(
            "врач",
            "доктор",
            "администратор",
            "оператор",
            "девушка",
            "мужчина",
            "женщина",
            "человек",
            "клиника",
        ),
        *(
            "прием",
            "приём",
            "завтра",
            "сегодня",
            "понедельник",
            "вторник",
            "среда",
            "четверг",
            "пятница",
            "суббота",
        ),
        *(
            "воскресенье",
            "января",
            "февраля",
            "марта",
            "апреля",
            "мая",
            "июня",
            "июля",
            "августа",
            "сентября",
        ),
        *("октября", "ноября", "декабря", "вечером", "утром", "анализ", "узи", "лор", "терапевт", "хирург"),
    }
)
_OF_A_DOCTOR = frozenset({"к", "ко", "у", "от", "доктор", "доктору", "доктора", "врач", "врачу", "врача"})


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


def parse_full_name(text: str) -> FullNameMatch | NameProblem:
    """The person's surname and given name (patronymic if said) found in the text, or why there is none.

    «запишите сына Петрова Илью» gives Петров Илья. A doctor's name («к Ивановой Анне») is not taken.
    """
    parts = _parts(text)
    core = [item for item in parts if item.label or item.text not in _FILLERS]
    male = any(item.text in _MALE_CUES for item in parts)
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
    polite = any(item.text in _COURTESY for item in parts)
    spelled = [item for item in core if len(item.text) > 1]
    other = polite or not spelled or _after_doctor_word(parts, spelled[0])
    return NameProblem("not_a_name" if other else _why(text, spelled))


def looks_like_name(text: str) -> bool:
    """Whether the text is a name or a part of one («Илья», «Петров») and nothing else that matters."""
    found = parse_full_name(text)
    return isinstance(found, FullNameMatch) or found.code in {"given_missing", "surname_missing"}


def is_filler(word: str) -> bool:
    """Whether a word says nothing of its own beside a name («меня зовут», «запишите сына»)."""
    return word.lower() in _FILLERS


def _parts(text: str) -> list[Part]:
    found: list[Part] = []
    label = ""
    # One such word alone is no label: «моё имя Кузнецов Сергей», «на имя Петрова Ильи».
    labelled = len({match.group().lower() for match in _WORD.finditer(text)} & _LABELS.keys()) > 1
    for match in _WORD.finditer(text):
        start, end = match.span()
        raw = match.group()
        if (start and text[start - 1].isdigit()) or (end < len(text) and text[end].isdigit()):
            continue
        lowered = raw.lower()
        if lowered in _LABELS:
            label = _LABELS[lowered] if labelled else ""
            continue
        tail = lowered.rsplit("-", 1)[-1]
        if lowered in _TAILS and found:
            last = found.pop()
            joined = f"{last.text} {lowered}"
            found.append(replace(last, text=joined, end=end, patronymic=4.0, given=-5, surname=-5))
        elif tail in _TAILS and "-" in lowered:
            item = part(raw, start, end)
            found.append(replace(item, text=lowered.replace("-", " "), patronymic=4.0, given=-5, surname=-5))
        else:
            item = part(raw, start, end, label)
            if item.text in _NEVER:
                item = replace(item, given=-5, surname=-5, patronymic=-5)
            found.append(item)
        label = ""
    return found


def _runs(parts: Sequence[Part]) -> Iterator[list[Part]]:
    for size in (3, 2):
        for first in range(len(parts) - size + 1):
            run = list(parts[first : first + size])
            if not any(item.text in _FILLERS and not item.label for item in run):
                yield run


def _roles(core: Sequence[Part]) -> Roles | None:
    """The likeliest surname, given name and patronymic of 2–4 words; None when no choice holds."""
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
    if surname.label or given.label:
        return True
    if given.given >= 2:
        capitals = surname.capital or patronymic is not None
        return surname.surname >= 0.7 or (surname.surname > 0 and capitals)
    if surname.surname >= 2 and given.given > 0:
        return given.capital or (patronymic is not None)
    both = all(item.capital for item in core)
    return both and surname.surname >= 0.7 and given.given > 0


def _sure(roles: Roles) -> bool:
    """For a name among other words: a known given name beside a plain surname, both written as names."""
    surname, given, patronymic = roles
    named = given.given >= 2 and (surname.surname >= 2 or (patronymic is not None and surname.surname >= 0.7))
    together = surname.capital and given.capital
    return named and (together or patronymic is not None or (given.given >= 3 and surname.surname >= 3))


def _after_doctor_word(parts: Sequence[Part], first: Part) -> bool:
    index = parts.index(first)
    return index > 0 and parts[index - 1].text in _OF_A_DOCTOR


def _why(text: str, core: Sequence[Part]) -> NameProblemCode:
    if _MIXED.search(text) and len(core) <= 2:
        return "digits"
    if 2 <= len(core) <= 3 and all(re.fullmatch("[a-z'’-]+", item.text) and item.capital for item in core):
        return "latin"
    if len(core) == 1 or (len(core) == 2 and core[1].patronymic > 2):
        first = core[0]
        if len(core) == 2 and first.given < 2:
            return "given_missing" if first.surname >= 2 else "not_a_name"
        if first.label == "surname" or (first.surname > first.given and first.surname >= 2):
            return "given_missing"
        if first.given >= 2 or first.label == "given":
            return "surname_missing"
        if first.surname >= 2 and first.capital:
            return "given_missing"
    return "not_a_name"


def _match(roles: Roles, male_cue: bool) -> FullNameMatch:
    surname, given, patronymic = roles
    spans = [item for item in roles if item is not None]
    name, family = _nominative(surname.text, given.text, patronymic.text if patronymic else "", male_cue)
    return FullNameMatch(
        surname=_capitalised(_as_written(family, surname)),
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


def _capitalised(text: str) -> str:
    words = [
        word if word in _TAILS else "-".join(piece.capitalize() for piece in word.split("-"))
        for word in text.split()
    ]
    return " ".join(re.sub(r"(?<=^[А-ЯA-Z]['’])\w", lambda m: m.group().upper(), word) for word in words)

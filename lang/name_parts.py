"""What one word of a person's name can be: given name, patronymic or surname, in which case and gender."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from lang.name_words import GIVEN_NAMES, is_syllable
from lang.surnames import CASES, decline, looks_like_surname
from lang.text import parses
from lang.words import fold, is_known

_PATRONYMIC = re.compile(r"[а-я]{2,}(?:ович|евич|овн|евн|ьич|инич|ичн)(?:а|у|ем|ом|е|ы|ой)?")
_MALE_TAIL = re.compile(r"(ич)(?:а|у|ем|ом|е)?$")
_FEMALE_TAIL = re.compile(r"(вн|чн)(?:а|ы|е|у|ой)$")
_SHORT_SURNAMES = frozenset(
    {
        *("ким", "пак", "ли", "цой", "тен", "хан", "ян", "юн", "кан", "лим", "нам", "хван", "шин", "хе"),
        *("ге", "до", "ко", "ма", "ни", "но", "о", "ро", "со", "сон", "те", "тё", "тян", "ту"),
        *("у", "ча", "че", "ю", "юй", "чен", "чжан", "чжао", "ван", "ву", "гуан", "нгуен", "чан", "фам"),
        *("хоанг", "тхи", "ин", "кон", "пан", "пек", "сим", "син", "хай", "лан", "хоа", "минь", "хон", "чон"),
        *(
            "эм",
            "ем",
            "шек",
        ),
    }
)
_KEYBOARD = re.compile(r"фыв|ыва|вап|апр|про$|олд|лдж|йцу|цук|уке|кен$|ячс|чсм|сми$|митьб|ёйц")
# Misspelled or new words, not names: «россписание», «записаться», «телемедицина».
_WORD_LIKE = re.compile(r"(?:ни[ея]|ци[яюи]|ость|ости|т[ьс]ся|ца|[аеи]ть|[уюаеи]ете?|[аи]йте|иров\w+)$")
_COMPOUND = re.compile(r"(?:теле|видео|аудио|фото|кардио|нейро|гастро|электро|эндо|мини|супер|онко|рентген)")
_VOWEL = re.compile(r"[аеиоуыэюя]")
_ENDINGS = ("ая", "яя", "ый", "ий", "ой", "", "а", "я", "ь", "й", "о", "ец", "ия")


@dataclass(frozen=True)
class Part:
    """A word of a name: how well it fits each role (below zero: not at all); `role_word` is false for a word
    that only looks like a greeting («Добрый Алексей»)."""

    text: str
    raw: str
    start: int
    end: int
    capital: bool
    given: float
    surname: float
    patronymic: float
    label: str = ""
    role_word: bool = True


def part(raw: str, start: int, end: int, label: str = "") -> Part:
    """The word's fitness for each role of a name; `label` is the role said before it («фамилия Белая»)."""
    text = fold(raw) if re.search("[а-яё]", raw, re.IGNORECASE) else raw.lower()
    given, surname, patronymic = _fitness(text.replace("'", "").replace("’", ""))
    return Part(text, raw, start, end, raw[:1].isupper(), given, surname, patronymic, label)


@lru_cache(maxsize=20_000)
def _fitness(text: str) -> tuple[float, float, float]:
    pieces = text.split("-")
    if len(pieces) > 1 and all(pieces):
        each = [_fitness(piece) for piece in pieces]
        return min(e[0] for e in each), min(e[1] for e in each), max(e[2] for e in each)
    if not re.fullmatch("[а-я]{2,}", text):
        return -5, -5, -5
    readings = parses(text)
    names = ["Name" in r.tag and r.tag.number != "plur" for r in readings]
    surnames = ["Surn" in r.tag for r in readings]
    patronymics = ["Patr" in r.tag for r in readings]
    known = is_known(text)
    patronymic = 3.0 if any(patronymics) and known else 2.5 if _PATRONYMIC.fullmatch(text) else -5
    given = (3.0 if names[0] else 2.0) if any(names) and known else 0.5 if _plausible(text, known) else -5
    if text in GIVEN_NAMES:
        given = max(given, 2.5)
    if given < 0 and (text in _SHORT_SURNAMES or is_syllable(text)):
        given = 0.5
    if text in _SHORT_SURNAMES:
        surname = 3.0
    elif any(surnames) and known:
        surname = 3.0 if surnames[0] else 2.5
    elif looks_like_surname(text) and any("Name" in r.tag for r in readings) and not names[0]:
        # The dictionary takes «Магомедов» for many people called Магомед.
        surname = 2.5
    elif looks_like_surname(text) and all("Geox" in r.tag and "nomn" not in r.tag for r in readings):
        # The dictionary knows the village of Тестово, not the people called Тестова.
        surname = 2.0
    elif known and not any(names) and not any(patronymics):
        noun = any(
            "sing" in r.tag and (r.tag.POS == "ADJF" or (r.tag.POS == "NOUN" and "nomn" in r.tag))
            for r in readings
        )
        surname = 1.0 if re.search(r".{3}[ыи]х$", text) else 0.4 if noun else -5
        # The dictionary knows «много лапин» and «клёнова ветвь», not the people called Лапин and Клёнова.
        surname = max(surname, 0.75) if looks_like_surname(text) else surname
    elif looks_like_surname(text) and not names[0] and not _COMPOUND.match(text):
        surname = 2.0
    else:
        surname = 0.8 if any(names) or _plausible(text, known) else -5
    if patronymic > 0 and not surnames[0]:
        surname = 0.9 if any(surnames) else min(surname, 0.7)
    return given, surname, patronymic


def _plausible(text: str, known: bool) -> bool:
    """Whether an unknown word can be a rare name: it can be pronounced and is no row of keys."""
    if known or len(text) < 2 or _WORD_LIKE.search(text) or not _VOWEL.search(text) or _KEYBOARD.search(text):
        return False
    return not re.search(r"[бвгджзйклмнпрстфхцчшщьъ]{5}|(.)\1\1|^[ьъы]|[аеиоуыэюя]{4}", text)


def given_readings(text: str) -> set[tuple[str, str]]:
    """(gender, case) pairs that the given name's form may be in."""
    found = {
        (str(r.tag.gender), str(r.tag.case))
        for r in parses(text.split("-")[-1])
        if "Name" in r.tag and r.tag.number != "plur"
    }
    if not found and text in GIVEN_NAMES:
        return {("femn" if text.endswith(("а", "я", "е")) else "masc", "nomn")}
    return {(gender, case) for gender, case in found if case in CASES}


def given_nominative(text: str, gender: str, case: str) -> str:
    """The nominative of a given name met in that gender and case."""
    if case == "nomn":
        return text
    return "-".join(_inflected(piece, "Name", gender, case) or piece for piece in text.split("-"))


def _inflected(text: str, grammeme: str, gender: str, case: str) -> str | None:
    for reading in parses(text):
        tag = reading.tag
        if grammeme in tag and tag.case == case and tag.number != "plur" and tag.gender in (gender, None):
            form = reading.inflect({"nomn"})
            if form is not None:
                return str(form.word).replace("ё", "е")
    return None


def patronymic_nominative(text: str) -> str:
    """«Сергеевне» → «сергеевна», «ильича» → «ильич»; «рауф оглы» stays."""
    if _FEMALE_TAIL.search(text):
        return _FEMALE_TAIL.sub(r"\1а", text)
    return _MALE_TAIL.sub(r"\1", text)


def patronymic_gender(text: str) -> str:
    """ "masc" or "femn" by the ending, "" when there is no patronymic."""
    if not text:
        return ""
    if text.endswith(("кызы", "кизи")) or _FEMALE_TAIL.search(text):
        return "femn"
    return "masc"


@lru_cache(maxsize=5_000)
def surname_nominative(text: str, gender: str, case: str) -> str | None:
    """The nominative of a surname in that gender and case; None when the form cannot be in that case."""
    particles, space, last = text.rpartition(" ")
    if space:
        # «фон берг»: only the last word is declined.
        family = surname_nominative(last, gender, case)
        return f"{particles} {family}" if family is not None else None
    pieces = text.split("-")
    if len(pieces) > 1:
        each = [surname_nominative(piece, gender, case) for piece in pieces]
        known = [piece for piece in each if piece is not None]
        return "-".join(known) if len(known) == len(pieces) else None
    readings = [r for r in parses(text) if "Surn" in r.tag and r.tag.number != "plur" and is_known(text)]
    if readings:
        if case == "nomn":
            fits = any(r.tag.case == "nomn" and r.tag.gender in (gender, None) for r in readings)
            return text if fits else None
        return _inflected(text, "Surn", gender, case)
    male = gender == "masc"
    if case == "nomn":
        return None if _oblique(text, male) else text
    stems = [text[: len(text) - cut] for cut in (0, 1, 2, 3) if len(text) - cut >= 2]
    for ending in _ENDINGS:
        for stem in stems:
            candidate = stem + ending
            if (
                not _oblique(candidate, male)
                and (text, case) in decline(candidate, male)
                and candidate != text
            ):
                return candidate
    return None


def _oblique(text: str, male: bool) -> bool:
    """Whether a form surely is no nominative of that gender."""
    if male:
        return bool(re.search(r"(?:[оеё]в|[иы]н)(?:а|у|ым|е|ой)$|[сц]к(?:ого|ому|им|ом|ая|ую)$", text))
    return bool(re.search(r"(?:[оеё]в|[иы]н)(?:у|ой|е)?$|[сц]к(?:ой|ую|ий)$", text)) and len(text) > 4

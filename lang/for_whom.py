"""For whom a visit is asked: the writer, a child, a parent, a spouse, with the age if it is said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from lang.patients import Age, find_ages
from lang.text import Token, parses, tokens

Who = Literal[
    "self", "child", "mother", "father", "grandmother", "grandfather", "wife", "husband", "sister", "brother",
    "other",
]  # fmt: skip
Gender = Literal["male", "female", ""]

ADULT_AGE = 18
_PEOPLE: dict[tuple[Who, Gender], tuple[str, ...]] = {
    ("child", ""): (
        *("ребенок", "ребеночек", "ребятенок", "малыш", "грудничок", "новорожденный", "младенец", "дитя"),
        *("подросток", "кроха", "крошка", "дошкольник", "школьник", "детка"),
    ),
    ("child", "male"): (
        *("сын", "сынок", "сынишка", "сыночек", "сынуля", "внук", "внучок", "мальчик", "племянник"),
        *("крестник",),
    ),
    ("child", "female"): (
        *("дочь", "дочка", "доченька", "дочурка", "внучка", "внученька", "девочка", "малышка", "племянница"),
        *("школьница", "крестница"),
    ),
    ("mother", "female"): ("мама", "мать", "мамочка", "матушка", "мамуля"),
    ("father", "male"): ("папа", "отец", "батя", "папочка", "папуля"),
    ("grandmother", "female"): ("бабушка", "бабуля", "бабуш"),
    ("grandfather", "male"): ("дедушка", "дед", "дедуля"),
    ("wife", "female"): ("жена", "супруга"),
    ("husband", "male"): ("муж", "супруг"),
    ("sister", "female"): ("сестра", "сестренка"),
    ("brother", "male"): ("брат", "братик"),
    ("other", "female"): ("теща", "свекровь", "подруга", "тетя", "тетка", "невеста", "соседка"),
    ("other", "male"): ("тесть", "свекор", "друг", "дядя", "жених", "сосед", "коллега"),
}
PEOPLE_BY_LEMMA = {word: person for person, words in _PEOPLE.items() for word in words}
_SELF = frozenset({"мне", "меня", "мной", "мною", "я"})
_MYSELF = frozenset({"себе", "себя", "сам", "сама", "самой", "самому", "самого", "саму"})
_OTHER_PERSON = re.compile(
    r"\bдруг(?:ого|ому|ой|ую|им)\s+(?:человек\w*|пациент\w*|член\w*)|\bне\s+(?:для\s+)?(?:меня|мне)\b(?!\s+\w*ж)"
)
# Words after which a person is not the patient: «телефон мамы», «мама посоветовала».
_OF_SOMEBODY = frozenset(
    {
        *("телефон", "номер", "полис", "карта", "карточка", "паспорт", "почта", "врач", "доктор", "педиатр"),
        *("совет", "рекомендация", "просьба", "машина", "имя", "фамилия", "отчество", "дата", "рождение"),
    }
)
_TELLS = frozenset(
    {
        *("посоветовать", "советовать", "рекомендовать", "порекомендовать", "сказать", "говорить", "писать"),
        *(
            "написать",
            "хвалить",
            "ходить",
            "привезти",
            "привести",
            "прийти",
            "приехать",
            "работать",
            "просить",
        ),
        *("попросить", "заплатить", "оплатить", "знать", "быть", "звонить", "записать", "записывать"),
    }
)
_AILING = frozenset(
    {
        *("болеть", "заболеть", "кашлять", "жаловаться", "упасть", "сломать", "температурить", "хромать"),
        *("чихать", "плакать", "подвернуть", "вывихнуть", "ударить", "ударился", "нужный", "надо", "нужно"),
        *("хотеть", "записаться", "пожилой", "старенький", "беременный", "лежать"),
    }
)
# «Здравствуйте, доченька» is said to whoever answers.
_GREETS = frozenset({"здравствуйте", "здравствуй", "привет", "день", "вечер", "утро", "спасибо", "алло"})
_CASES_OF_A_PATIENT = ("datv", "accs", "gent")
_NOT_BEFORE = frozenset({"не", "ни", "кроме"})
_HERE = frozenset({"а", "нет", "это", "именно", "только", "лучше", "для", "на", "все-таки", "таки"})
_FEW = 3
# How many words may stand between a person and their age.
_NEAR = 4


@dataclass(frozen=True)
class ForWhom:
    """The patient as named. `age` in whole years, `None` if not said; the span is the word's.

    `light`: only «запишите меня», which is no correction of somebody named before.
    """

    who: Who
    start: int
    end: int
    age: int | None = None
    gender: Gender = ""
    light: bool = False

    @property
    def is_child(self) -> bool:
        """Whether the patient is certainly below eighteen."""
        return self.age < ADULT_AGE if self.age is not None else self.who == "child"

    def value(self) -> dict[str, Any]:
        """Canonical: `{"who", "age"?, "gender"?, "light"?}`."""
        found: dict[str, Any] = {"who": self.who}
        if self.age is not None:
            found["age"] = self.age
        if self.gender:
            found["gender"] = self.gender
        if self.light:
            found["light"] = True
        return found


def find_for_whom(text: str) -> ForWhom | None:
    """The patient named by the text: the one who stands after «не …, а …» counts, else the first.

    «мне нужно записать сына» is about the son; «мама посоветовала», «телефон мужа» are about nobody.
    """
    said = [token for token in tokens(text) if token.tag != "PNCT"]
    ages = find_ages(text)
    relatives = [
        _with_age(person, said, ages) for person in _relatives(said) if not _denied(said, person.start)
    ]
    stressed = _stressed_self(said, ages)
    if stressed is not None and (not relatives or _denies_a_relative(said)):
        return stressed
    if relatives:
        taken_back = [person for person in relatives[1:] if _after_a_change(text, relatives[0], person)]
        return (taken_back or relatives)[-1 if taken_back else 0]
    other = _OTHER_PERSON.search(text.lower())
    if other:
        return ForWhom("other", *other.span())
    aged = _child_by_age(text, said, ages)
    return aged or _light_self(said)


def people_in(text: str) -> list[ForWhom]:
    """Every person the text speaks of by «я», «сын», «мама» in any case, in order."""
    said = tokens(text)
    found = []
    for position, token in enumerate(said):
        person = _person(token)
        if person is not None:
            found.append(ForWhom(person[0], token.start, token.end, gender=person[1]))
        elif token.text in ("я", "меня", "мое", "моя", "мама-я") and _introduces(said, position):
            found.append(ForWhom("self", token.start, token.end))
    return found


def _introduces(said: Sequence[Token], position: int) -> bool:
    """«я Иванова Анна», «меня зовут …», «моё имя …», not «запишите меня»."""
    token = said[position]
    following = said[position + 1] if position + 1 < len(said) else None
    if token.text == "я":
        return following is not None and following.tag not in ("PNCT", "NUMB")
    return following is not None and following.lemma in ("звать", "имя", "фамилия", "данные")


def _relatives(said: Sequence[Token]) -> list[ForWhom]:
    found = []
    for position, token in enumerate(said):
        person = _person(token)
        if person is None or not _is_patient(said, position, person[0]):
            continue
        who, gender = person
        if token.text in ("супруга", "супругу"):
            who, gender = _spouse(token.text, said[position - 1].lemma if position else "")
        found.append(ForWhom(who, token.start, token.end, gender=gender))
    return found


def _person(token: Token) -> tuple[Who, Gender] | None:
    """Who a word names, singular readings first: «супруги» is one wife."""
    if token.tag in ("NUMB", "PNCT"):
        return None
    readings = sorted(parses(token.text), key=lambda reading: reading.tag.number == "plur")
    for reading in readings:
        lemma = reading.normal_form.replace("ё", "е")
        if lemma == "супруг" and reading.tag.number != "plur" and reading.tag.gender == "femn":
            return "wife", "female"
        if lemma in PEOPLE_BY_LEMMA:
            return PEOPLE_BY_LEMMA[lemma]
    return None


def _spouse(word: str, before: str) -> tuple[Who, Gender]:
    """«Для супруга» is a husband, «запишите супругу» a wife: the form alone does not tell."""
    if word == "супруга":
        return ("husband", "male") if before in ("для", "у", "записать") else ("wife", "female")
    return ("wife", "female") if before in ("на", "за", "записать", "мой") else ("husband", "male")


def _is_patient(said: Sequence[Token], position: int, who: Who) -> bool:
    """Whether the word names the patient, by its case and its neighbours."""
    token = said[position]
    before = [item.lemma for item in said[max(0, position - 2) : position]]
    after = said[position + 1 : position + 1 + _NEAR]
    if before and (
        before[-1] in _OF_SOMEBODY or (before[-1] in ("мой", "свой") and before[0] in _OF_SOMEBODY)
    ):
        return False
    if before and before[-1] in ("с", "со"):
        return who == "child" and any(item.lemma in ("к", "ко", "записаться", "на") for item in after)
    if before and before[-1] in ("от", "из", "без", "через"):
        return False
    cases = _cases(token)
    if position and said[position - 1].text in _GREETS and "nomn" in cases:
        return False
    if any(case in cases for case in _CASES_OF_A_PATIENT) and "nomn" not in cases:
        return True
    if any(item.lemma in _TELLS for item in after[:2]):
        return False
    if who == "child" or cases & {"datv", "accs"}:
        return True
    return (
        any(item.tag == "NUMB" or item.lemma in _AILING for item in after)
        or len(said) <= _FEW
        or bool(set(before) & {"а", "это", "пациент"})
    )


def _cases(token: Token) -> set[str]:
    return {
        str(reading.tag.case)
        for reading in parses(token.text)
        if reading.normal_form.replace("ё", "е") in PEOPLE_BY_LEMMA and reading.tag.number != "plur"
    }


def _with_age(person: ForWhom, said: Sequence[Token], ages: Sequence[Age]) -> ForWhom:
    """The age that stands next to the person: «сыну 8 лет», «8-летний сын»."""
    for age in ages:
        between = [
            token for token in said if min(person.end, age.end) <= token.start < max(person.start, age.start)
        ]
        if len(between) <= _NEAR and not any(_person(token) or token.text in _SELF for token in between):
            return ForWhom(person.who, person.start, person.end, age.years, person.gender, person.light)
    return person


def _denied(said: Sequence[Token], start: int) -> bool:
    position = next(index for index, token in enumerate(said) if token.start == start)
    before = [token.text for token in said[max(0, position - 2) : position]]
    return bool(before) and (
        before[-1] in _NOT_BEFORE or (before[0] in _NOT_BEFORE and before[-1] in ("для", "на"))
    )


def _denies_a_relative(said: Sequence[Token]) -> bool:
    return any(_person(token) and _denied(said, token.start) for token in said)


def _after_a_change(text: str, first: ForWhom, second: ForWhom) -> bool:
    """«сыну, ой нет, дочке»."""
    between = text[first.end : second.start].lower()
    return re.search(r"\b(?:ой|нет|вернее|точнее|то\s+есть|хотя|лучше)\b", between) is not None


def _stressed_self(said: Sequence[Token], ages: Sequence[Age]) -> ForWhom | None:
    """«нет, мне», «для себя», «мне 45 лет», a bare «меня»: surely the writer."""
    for position, token in enumerate(said):
        if token.text not in _SELF | _MYSELF or _denied(said, token.start):
            continue
        myself = ForWhom("self", token.start, token.end)
        if token.text in _MYSELF:
            # «Сам» and «сама» stand beside other subjects too: «мама сама придёт».
            if token.text.startswith("себ") or len(said) <= _FEW or _beside_me(said, position):
                return _with_age(myself, said, ages)
            continue
        before = said[position - 1].text if position else ""
        alone = len(said) <= 2 and token.text != "я"
        if alone or (before in _HERE and token.text != "я"):
            return _with_age(myself, said, ages)
        if token.text == "мне" and any(0 <= age.start - token.end <= 2 for age in ages):
            return _with_age(myself, said, ages)
    return None


def _beside_me(said: Sequence[Token], position: int) -> bool:
    near = said[max(0, position - 1) : position + 2]
    return any(token.text in _SELF for token in near)


def _light_self(said: Sequence[Token]) -> ForWhom | None:
    for position, token in enumerate(said):
        before = said[position - 1].lemma if position else ""
        after = said[position + 1].lemma if position + 1 < len(said) else ""
        if token.text == "меня" and "записать" in (before, after):
            return ForWhom("self", token.start, token.end, light=True)
    return None


def _child_by_age(text: str, said: Sequence[Token], ages: Sequence[Age]) -> ForWhom | None:
    """«к лору, 3 года»: an age of a small child with nobody named is a child's."""
    if len(ages) != 1 or ages[0].years >= 14 or any(token.text in _SELF for token in said):
        return None
    before = text[: ages[0].start].lower().rstrip(" ,.-")
    alone = not before or re.search(r"(?:врач\w*|лор\w*|ну|у|педиатр\w*|прием\w*|возраст|пациенту?)$", before)
    return ForWhom("child", ages[0].start, ages[0].end, ages[0].years) if alone else None

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from lang.catalogue import Catalogue
from lang.grammar import (
    clock,
    day,
    doctor_name,
    gender_of,
    inflect,
    money,
    plural,
    wish_phrase,
    with_preposition,
)
from lang.wish import Wish

MONDAY = date(2026, 11, 23)


@dataclass(frozen=True)
class Name:
    surname: str
    given: str
    patronymic: str = ""


def name(text: str) -> Name:
    surname, given, *patronymic = text.split(" ", 2)
    return Name(surname, given, *patronymic)


DOCTORS = """
Иванова Анна Сергеевна
Ивановой Анне Сергеевне
Ивановой Анны Сергеевны
Ивановой Анной Сергеевной
Иванов Илья Ильич
Иванову Илье Ильичу
Иванова Ильи Ильича
Ивановым Ильей Ильичом
Петренко Олег Львович
Петренко Олегу Львовичу
Петренко Олега Львовича
Петренко Олегом Львовичем
Черных Вера Павловна
Черных Вере Павловне
Черных Веры Павловны
Черных Верой Павловной
Шевчук Марина Львовна
Шевчук Марине Львовне
Шевчук Марины Львовны
Шевчук Мариной Львовной
Шевчук Пётр Львович
Шевчуку Петру Львовичу
Шевчука Петра Львовича
Шевчуком Петром Львовичем
Толстой Лев Кузьмич
Толстому Льву Кузьмичу
Толстого Льва Кузьмича
Толстым Львом Кузьмичом
Толстая Софья Андреевна
Толстой Софье Андреевне
Толстой Софьи Андреевны
Толстой Софьей Андреевной
Ким Роман Юрьевич
Киму Роману Юрьевичу
Кима Романа Юрьевича
Кимом Романом Юрьевичем
Ким Виктория Юрьевна
Ким Виктории Юрьевне
Ким Виктории Юрьевны
Ким Викторией Юрьевной
Щерба Нина Павловна
Щербе Нине Павловне
Щербы Нины Павловны
Щербой Ниной Павловной
Лебедь Сергей Саввич
Лебедю Сергею Саввичу
Лебедя Сергея Саввича
Лебедем Сергеем Саввичем
Лебедь Юлия Игоревна
Лебедь Юлии Игоревне
Лебедь Юлии Игоревны
Лебедь Юлией Игоревной
Семенова Любовь Фоминична
Семеновой Любови Фоминичне
Семеновой Любови Фоминичны
Семеновой Любовью Фоминичной
Семёнов Артём Фёдорович
Семёнову Артёму Фёдоровичу
Семёнова Артёма Фёдоровича
Семёновым Артёмом Фёдоровичем
Достоевский Никита Ильич
Достоевскому Никите Ильичу
Достоевского Никиты Ильича
Достоевским Никитой Ильичом
Мамин-Сибиряк Игорь Олегович
Мамину-Сибиряку Игорю Олеговичу
Мамина-Сибиряка Игоря Олеговича
Маминым-Сибиряком Игорем Олеговичем
Зайнуллина Айгуль Ришатовна
Зайнуллиной Айгуль Ришатовне
Зайнуллиной Айгуль Ришатовны
Зайнуллиной Айгуль Ришатовной
Мамедов Рашид Гасан оглы
Мамедову Рашиду Гасану оглы
Мамедова Рашида Гасана оглы
Мамедовым Рашидом Гасаном оглы
Живаго Юрий
Живаго Юрию
Живаго Юрия
Живаго Юрием
""".strip().splitlines()


@pytest.mark.parametrize("place", range(0, len(DOCTORS), 4))
def test_doctor_names(place: int) -> None:
    nominative, dative, genitive, instrumental = DOCTORS[place : place + 4]
    person = name(nominative)
    assert doctor_name(person) == dative
    assert doctor_name(person, "genitive") == genitive
    assert doctor_name(person, "instrumental") == instrumental


@pytest.mark.parametrize(
    ("nominative", "expected"),
    [
        ("Иванова Анна Сергеевна", "Ивановой А. С."),
        ("Шевчук Пётр Львович", "Шевчуку П. Л."),
        ("Живаго Юрий", "Живаго Ю."),
    ],
)
def test_short_names(nominative: str, expected: str) -> None:
    assert doctor_name(name(nominative), short=True) == expected


def test_the_nominative_is_the_name_itself() -> None:
    assert doctor_name(name("Семёнова Алёна Фёдоровна"), "nominative") == "Семёнова Алёна Фёдоровна"


def test_capital_letters_of_a_price_list_are_not_kept() -> None:
    assert doctor_name(name("ПЕТРОВА ОЛЬГА ИЛЬИНИЧНА")) == "Петровой Ольге Ильиничне"


def test_unknown_case_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown case 'vocative'"):
        inflect("терапевт", "vocative")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "gender"),
    [("Ким Саша Юрьевна", "femn"), ("Ким Нина", "femn"), ("Ким Илья", "masc"), ("Иванова Эмине", "femn")],
)
def test_gender(text: str, gender: str) -> None:
    assert gender_of(name(text)) == gender


SPECIALTIES: dict[str, list[str]] = yaml.safe_load(
    Path(__file__).with_name("specialty_names.yml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", SPECIALTIES)
def test_names_of_specialties(name: str) -> None:
    assert [inflect(name, "dative"), inflect(name, "genitive")] == SPECIALTIES[name]


def test_all_specialties_of_the_catalogue_are_in_the_table(catalogue: Catalogue) -> None:
    assert set(SPECIALTIES) == {specialty.name for specialty in catalogue.specialties.values()}


@pytest.mark.parametrize(
    ("phrase", "case", "expected"),
    [
        ("ЛОР (оториноларинголог)", "dative", "ЛОРу (оториноларингологу)"),
        ("УЗИ-диагност", "dative", "УЗИ-диагносту"),
        ("УЗИ брюшной полости", "genitive", "УЗИ брюшной полости"),
        ("консультация невролога", "accusative", "консультацию невролога"),
        ("общий анализ крови", "accusative", "общий анализ крови"),
        ("общий анализ крови", "genitive", "общего анализа крови"),
        ("клинический психолог", "accusative", "клинического психолога"),
        ("хирург, онколог", "instrumental", "хирургом, онкологом"),
        ("", "dative", ""),
    ],
)
def test_inflect(phrase: str, case: str, expected: str) -> None:
    assert inflect(phrase, case) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (date(2026, 11, 23), "сегодня, 23 ноября, понедельник"),
        (date(2026, 11, 24), "завтра, 24 ноября, вторник"),
        (date(2026, 11, 25), "послезавтра, 25 ноября, среда"),
        (date(2026, 12, 3), "3 декабря, четверг"),
        (date(2027, 1, 3), "3 января, воскресенье"),
        (date(2027, 11, 23), "23 ноября 2027 года, вторник"),
    ],
)
def test_day(value: date, expected: str) -> None:
    assert day(value, MONDAY) == expected


def test_day_without_weekday() -> None:
    assert day(date(2026, 11, 24), MONDAY, with_weekday=False) == "завтра, 24 ноября"


def test_clock() -> None:
    assert [clock(time(9)), clock(time(10, 30))] == ["9:00", "10:30"]


@pytest.mark.parametrize(
    ("number", "expected"),
    [(0, "минут"), (1, "минута"), (2, "минуты"), (5, "минут"), (11, "минут"), (12, "минут"), (21, "минута"),
     (22, "минуты"), (111, "минут"), (1001, "минута")],
)  # fmt: skip
def test_plural(number: int, expected: str) -> None:
    assert plural(number, ("минута", "минуты", "минут")) == expected


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("1800", "1 800 ₽"),
        ("950", "950 ₽"),
        ("1800.50", "1 800,50 ₽"),
        ("1234567", "1 234 567 ₽"),
        ("0", "0 ₽"),
    ],
)
def test_money(amount: str, expected: str) -> None:
    assert money(Decimal(amount)) == expected.replace(" ", "\u00a0")


@pytest.mark.parametrize(
    ("preposition", "phrase", "expected"),
    [
        ("в", "вторник", "во вторник"),
        ("в", "Владимире", "во Владимире"),
        ("в", "Волгограде", "в Волгограде"),
        ("в", "среду", "в среду"),
        ("в", "Фрунзенском", "во Фрунзенском"),
        ("с", "среды", "со среды"),
        ("с", "стоматологом", "со стоматологом"),
        ("с", "хирургом", "с хирургом"),
        ("с", "вторника", "со вторника"),
        ("с", "Сергеем", "с Сергеем"),
        ("к", "вторнику", "ко вторнику"),
        ("к", "Льву", "ко Льву"),
        ("к", "врачу", "к врачу"),
        ("к", "терапевту", "к терапевту"),
        ("у", "терапевта", "у терапевта"),
    ],
)
def test_prepositions(preposition: str, phrase: str, expected: str) -> None:
    assert with_preposition(preposition, phrase) == expected


NEXT_WEEK_BUT = "на следующей неделе, кроме понедельника и среды"
WEEKLY = "вечером по вторникам и четвергам"
BUT_TUESDAY_AND_THURSDAY = ["mon", "wed", "fri", "sat", "sun"]


def wish(dates: str = "/", times: str = "/", **rest: object) -> Wish:
    def ends(text: str) -> list[str]:
        return text.split("/") if "/" in text else [text, text]

    return Wish.from_json({"dates": ends(dates), "times": ends(times), **rest})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (wish("2026-11-24", "08:00/12:00"), "завтра утром"),
        (wish("2026-11-23", "13:00/18:00"), "сегодня после обеда"),
        (wish("2026-11-30/2026-12-06", "18:00/"), "на следующей неделе после 18:00"),
        (wish("2026-11-23/2026-11-29"), "на этой неделе"),
        (wish("2026-11-28/2026-11-29"), "в эти выходные"),
        (wish("2026-11-27"), "в пятницу 27 ноября"),
        (wish("2026-12-08"), "8 декабря"),
        (wish("2026-12-01/2026-12-31"), "в декабре"),
        (wish("2026-12-01/2026-12-10"), "в начале декабря"),
        (wish("2026-11-21/2026-11-30"), "в конце ноября"),
        (wish("2026-12-03/2026-12-07"), "с 3 по 7 декабря"),
        (wish("2026-11-28/2026-12-03"), "с 28 ноября по 3 декабря"),
        (wish("2026-12-03/"), "с 3 декабря"),
        (wish("/2026-12-04"), "не позже 4 декабря"),
        (wish("/2026-11-30"), "до конца ноября"),
        (wish(times="09:00"), "в 9:00"),
        (wish(times="/12:30"), "до 12:30"),
        (wish(times="17:00/19:00"), "с 17:00 до 19:00"),
        (wish("2026-11-23/", soonest=True), "в ближайшее время"),
        (wish("2026-11-23/", "18:00/21:00", soonest=True), "в ближайшее время после работы"),
        (wish("2026-11-24", soonest=True), "завтра"),
        (wish(**{"except": ["mon"]}), "кроме понедельника"),
        (wish("2026-11-30/2026-12-06", **{"except": ["mon", "wed"]}), NEXT_WEEK_BUT),
        (wish(**{"except": ["sat", "sun"]}), "в будни"),
        (wish(times="17:00/21:00", **{"except": BUT_TUESDAY_AND_THURSDAY}), WEEKLY),
        (wish("2026-11-24/2026-11-26", **{"except": ["2026-11-25"]}), "завтра или в четверг 26 ноября"),
        (
            wish("2026-11-24", "08:00/12:00", alternatives=[wish("2026-11-24", "17:00/21:00").to_json()]),
            "завтра утром или завтра вечером",
        ),
        (Wish(), ""),
    ],
)  # fmt: skip
def test_wish_phrase(value: Wish, expected: str) -> None:
    assert wish_phrase(value, MONDAY) == expected

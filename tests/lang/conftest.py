from __future__ import annotations

from pathlib import Path

import pytest

from lang.catalogue import Catalogue, load_catalogue
from lang.mentions import DoctorName, Recogniser

DOCTORS = (
    DoctorName("anna", "Иванова", "Анна", "Сергеевна"),
    DoctorName("alla", "Иванова", "Алла", "Петровна"),
    DoctorName("ilya", "Иванов", "Илья", "Петрович"),
    DoctorName("oleg", "Хирургов", "Олег", "Ильич"),
    DoctorName("vera", "Мороз", "Вера", "Львовна"),
    DoctorName("petr", "Константинопольский", "Пётр", "Ильич"),
    DoctorName("elena", "Малышева", "Елена", "Ивановна"),
    DoctorName("taras", "Шевченко", "Тарас", "Олегович"),
    DoctorName("olga", "Петрова-Водкина", "Ольга", "Ильинична"),
    DoctorName("nina", "Белая", "Нина", "Павловна"),
    DoctorName("kim", "Ким", "Лариса", "Владимировна"),
    DoctorName("kazbek", "Мамедов", "Эльдар", "Рауф оглы"),
    DoctorName("roman", "Ткачук", "Роман", "Андреевич"),
    DoctorName("semen", "Семёнов", "Артём", "Фёдорович"),
    DoctorName("irina", "Черных", "Ирина", "Юрьевна"),
    DoctorName("lev", "Кравец", "Лев", "Борисович"),
)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue(Path(__file__).parents[2] / "data" / "catalogue")


@pytest.fixture(scope="session")
def recogniser(catalogue: Catalogue) -> Recogniser:
    return Recogniser(catalogue, DOCTORS)

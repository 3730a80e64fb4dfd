from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from lang.catalogue import Catalogue, load_catalogue
from lang.mentions import DoctorName, Recogniser
from lang.repair import Repairer
from lang.repair_vocabulary import collect_vocabulary

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


def training_messages() -> list[str]:
    messages = []
    for path in sorted((Path(__file__).parents[2] / "data" / "nlu").glob("*.yml")):
        for block in yaml.safe_load(path.read_text("utf-8"))["nlu"]:
            for line in block.get("examples", "").splitlines():
                messages.append(re.sub(r"\[([^\]]*)\](?:\([^)]*\)|\{[^}]*\})", r"\1", line.strip("- ")))
    return messages


@pytest.fixture(scope="session")
def repairer(catalogue: Catalogue) -> Repairer:
    return Repairer(collect_vocabulary(catalogue, training_messages()))

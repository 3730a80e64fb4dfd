from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from lang.values import bare_value

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Europe/Moscow"))

VALUES = [
    ("Петров Илья", "name"),
    ("петров илья", "name"),
    ("меня зовут Петров Илья", "name"),
    ("Илья", "name"),
    ("Ким Ольга", "name"),
    ("запишите сына Петрова Илью", "name"),
    ("Мамедов Эльдар Рауф оглы", "name"),
    ("89161234567", "phone"),
    ("+7 (916) 123-45-67", "phone"),
    ("мой номер 8 916 123 45 67", "phone"),
    ("8916abc4567", "phone"),
    ("+375291234567", "phone"),
    ("12.05.1987", "birth_date"),
    ("120587", "birth_date"),
    ("12 мая 1987 года", "birth_date"),
    ("я родился 12.05.1987", "birth_date"),
    ("31.02.1990", "birth_date"),
    *((text, "birth_date") for text in ("12. 03. 1985", "12031985", "12 03 1985", "12.03-1985", "85-03-12")),
    *((text, "birth_date") for text in ("12 III 1985", "12/III-85", "1985 03 12", "12 марта 85")),
    *((text, "phone") for text in ("++79271234560", "8_903_111_22_00", "т.89031112200", "тел89031112200")),
    *((text, "phone") for text in ("📞 8,903,111,22,00", "89O31112200", "7️⃣9031112200", "tel:+79031112200")),
    ("24.11.2026", "date"),
    ("12 декабря", "date"),
    ("завтра", "date"),
    ("завтра утром", "date"),
    ("в субботу утром", "date"),
    ("чем раньше, тем лучше", "date"),
    ("10:30", "time"),
    ("в 10:30", "time"),
    ("после 18", "time"),
    ("к 9", "time"),
    ("5 вечера", "time"),
    ("2", "number"),
    ("№3", "number"),
    ("вариант 2", "number"),
    ("второй вариант", "number"),
    ("первый", "number"),
    ("третье", "number"),
]


@pytest.mark.parametrize(("text", "kind"), VALUES)
def test_bare_value_knows_messages_that_are_only_a_value(text: str, kind: str) -> None:
    assert bare_value(text, NOW) == kind


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "👍", "?", "да", "нет", "ок", "спасибо", "привет", "лор", "к Ивановой", "оператор"),
        *("какие документы нужны", "завтра к лору", "Петров Илья 89161234567", "сколько стоит приём"),
        *("мой номер 89161234567 и запишите завтра", "второй вариант не подходит", "болит горло"),
    ],
)
def test_bare_value_leaves_everything_else(text: str) -> None:
    assert bare_value(text, NOW) is None

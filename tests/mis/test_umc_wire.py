from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mis import umc_wire as wire

NBSP, NARROW = "\u00a0", "\u202f"
REFUSAL = (
    "Не удалось записать документ. 14.10.2024 15:49:15 - {ОбщийМодуль.ВебИнтеграция.Модуль(358)}: "
    'Ошибка при вызове метода контекста (Записать): Не удалось записать: "Заявка"!'
)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a":"1"}', {"a": "1"}),
        (b'\xef\xbb\xbf{"a":"1"}', {"a": "1"}),
        (b"\xef\xbb\xbf", ""),
        (b"", ""),
        ("Ошибка".encode(), "Ошибка"),
        ("Ошибка".encode("cp1251"), "Ошибка"),
        (b"  Ok \r\n", "Ok"),
        (b'{"a": "un"escaped"}', '{"a": "un"escaped"}'),
        (b"[" * 100_000, "[" * 100_000),
    ],
)
def test_decode(body: bytes, value: object) -> None:
    assert wire.decode(body) == value


@given(st.binary(max_size=200))
def test_decode_never_raises(body: bytes) -> None:
    wire.describe(wire.decode(body))


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("", []),
        (None, []),
        ({}, []),
        ([], []),
        ({"Сотрудник": ""}, []),
        ({"Сотрудник": {"Имя": "Анна"}}, ["Анна"]),
        ({"Сотрудник": [{"Имя": "Анна"}, {"Имя": "Олег"}]}, ["Анна", "Олег"]),
        ({"Сотрудник": [{"Имя": "Анна"}, "", None]}, ["Анна"]),
        ([{"Имя": "Анна"}], ["Анна"]),
    ],
)
def test_children_of_every_collapse(value: object, names: list[str]) -> None:
    assert [row["Имя"] for row in wire.children(value, "Сотрудник")] == names


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("true", True),
        ("True", True),
        ("Истина", True),
        (True, True),
        ("false", False),
        ("Ложь", False),
        (" ", None),
        ("", None),
        (None, None),
        ({}, None),
        ("maybe", None),
        (False, False),
    ],
)
def test_boolean(value: object, expected: bool | None) -> None:
    assert wire.boolean(value) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("200", Decimal(200)),
        ("1 234,50", Decimal("1234.50")),
        (f"1{NBSP}234,50", Decimal("1234.50")),
        (f"12{NARROW}000", Decimal(12000)),
        ("1234.5", Decimal("1234.5")),
        ("1 800 ₽", Decimal(1800)),
        ("1 800 руб.", Decimal(1800)),
        (1500, Decimal(1500)),
        ("0", None),
        ("0,00", None),
        (0, None),
        ("", None),
        (None, None),
        ({}, None),
        ("-100", None),
        ("1.234,50", None),
        ("по запросу", None),
        (True, None),
    ],
)
def test_price_unknown_is_never_zero(value: object, expected: Decimal | None) -> None:
    assert wire.price(value) == expected


@given(
    st.decimals(min_value=Decimal("0.01"), max_value=Decimal(9_999_999), places=2),
    st.sampled_from([NBSP, " ", ""]),
)
def test_price_survives_1c_formatting(amount: Decimal, gap: str) -> None:
    assert wire.price(f"{amount:,.2f}".replace(",", gap).replace(".", ",")) == amount


@given(
    st.one_of(
        st.text(), st.none(), st.integers(), st.floats(), st.booleans(), st.dictionaries(st.text(), st.text())
    )
)
def test_nothing_raises_on_nonsense(value: object) -> None:
    price = wire.price(value)
    assert price is None or price > 0
    for read in (
        wire.text,
        wire.identifier,
        wire.boolean,
        wire.whole,
        wire.decimal,
        wire.moment,
        wire.length,
    ):
        read(value)
    wire.day(value)
    wire.describe(value)
    wire.parameter_error(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-11-24T10:30:00", datetime(2026, 11, 24, 10, 30)),
        ("2026-11-24 10:30", datetime(2026, 11, 24, 10, 30)),
        ("2026-11-24", datetime(2026, 11, 24)),
        ("24.11.2026 9:05:00", datetime(2026, 11, 24, 9, 5)),
        ("24/11/2026", datetime(2026, 11, 24)),
        ("20261124103000", datetime(2026, 11, 24, 10, 30)),
        ("0001-01-01T10:30:00", datetime(1, 1, 1, 10, 30)),
        ("10:30:00", datetime(1, 1, 1, 10, 30)),
        ("00010101", datetime(1, 1, 1)),
        ("2026-02-31T00:00:00", None),
        ("2026-11-24T25:00:00", None),
        ("завтра", None),
        ("", None),
    ],
)
def test_moment(value: str, expected: datetime | None) -> None:
    assert wire.moment(value) == expected


def test_empty_day_and_length_are_unknown() -> None:
    assert wire.day("0001-01-01T00:00:00") is None
    assert wire.day("2026-11-24T00:00:00") == date(2026, 11, 24)
    assert wire.length("0001-01-01T00:00:00") is None
    assert wire.length("0001-01-01T00:20:00") == timedelta(minutes=20)


@given(st.times().map(lambda value: value.replace(microsecond=0)), st.dates(min_value=date(1900, 1, 1)))
def test_what_is_written_can_be_read(clock: time, on: date) -> None:
    assert wire.day(wire.write_day(on)) == on
    written = wire.moment(wire.write_clock(clock))
    assert written is not None
    assert written.time() == clock
    spent = timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second)
    assert wire.length(wire.write_length(spent)) == (spent or None)


@pytest.mark.parametrize("value", ["", None, {}, "empty", "ERROR", "00000000-0000-0000-0000-000000000000"])
def test_sentinel_ids(value: object) -> None:
    assert wire.identifier(value) is None


def test_identifier_is_lower_case() -> None:
    assert wire.identifier(" AC30E13A-3087-11DC-8594-005056C00008") == "ac30e13a-3087-11dc-8594-005056c00008"


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ({"Ответ": {"ГрафикДляСайта": []}}, False),
        ({"Ответ": {"ГрафикДляСайта": [], "ОшибкаПараметров": ""}}, False),
        ({"Ответ": {"ГрафикДляСайта": [], "ОшибкаПараметров": "Филиал не найден"}}, True),
        ({"Ответ": {"ГрафикДляСайта": [{"Клиника": "x"}] * 9 + [{"ОшибкаПараметров": "Филиал"}]}}, True),
        ({"Ответ": {"ГрафикДляСайта": {"ОшибкаПараметров": "Филиал не найден"}}}, True),
        ({"Ответ": [{"ГрафикДляСайта": []}, {"ОшибкаПараметров": {"Описание": "Филиал"}}]}, True),
        ({"ОшибкаПараметров": "Филиал не найден"}, True),
        ("", False),
    ],
)
def test_parameter_error(answer: object, wrong: bool) -> None:
    assert wire.parameter_error(answer) is wrong


@pytest.mark.parametrize(
    ("value", "russian", "html", "refusal"),
    [
        (REFUSAL, True, False, True),
        ("Internal Server Error", False, False, False),
        ("<!DOCTYPE html><title>Ошибка сервера</title>", False, True, False),
        ("\n<HTML><body>502</body></HTML>", False, True, False),
        ("Сервис временно занят", True, False, False),
        ("Ошибка при получении уникального идентификатора заявки на основе GUID.", True, False, True),
        ("", False, False, False),
        ({}, False, False, False),
    ],
)
def test_whose_words(value: object, russian: bool, html: bool, refusal: bool) -> None:
    assert (wire.is_russian(value), wire.is_html(value), wire.is_refusal(value)) == (russian, html, refusal)


def test_description_keeps_the_place_and_never_the_words() -> None:
    secret = REFUSAL + " Пациент Петров Илья, +79161234567"
    told = wire.describe(secret)
    assert "{ОбщийМодуль.ВебИнтеграция.Модуль(358)}" in told
    assert "Петров" not in told
    assert "7916" not in told
    assert "Петров" not in wire.describe({"Ответ": {"ФИО": "Петров"}})


def test_visit_without_record_is_recognised_in_both_shapes() -> None:
    words = "Ошибка при получении уникального идентификатора заявки на основе GUID."
    assert wire.names_no_visit(words)
    assert wire.names_no_visit({"Результат": "false", "ОписаниеОшибки": words})
    assert not wire.names_no_visit({"Результат": "2", "ОписаниеРезультата": "Обработана"})


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ({"UID": "error", "Наименование": "x"}, True),
        ({"UID": "1", "Наименование": "ОШИБКА 1С: нет связи"}, True),
        ({"UID": "1", "Наименование": "Приём"}, False),
    ],
)
def test_error_rows(row: dict[str, object], wrong: bool) -> None:
    assert wire.is_error_row(row) is wrong


@pytest.mark.parametrize("value", [json.loads("1e5"), "1e5", "١٢"])
def test_whole_takes_plain_digits_only(value: object) -> None:
    assert wire.whole(value) is None

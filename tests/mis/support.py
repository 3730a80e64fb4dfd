"""Invented branches, rows and answers in BIT.UMC's shapes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from mis.calls import OnCall, Timeouts
from mis.config import MisConfig, load_config
from mis.guard import Guard
from mis.port import Branch, FullName, Hold, Patient, Slot
from mis.umc import Umc
from mis.umc_dialects import JsonDialect
from mis.umc_transport import UmcTransport

MOSCOW, YEKATERINBURG = ZoneInfo("Europe/Moscow"), ZoneInfo("Asia/Yekaterinburg")
CENTRE = Branch("centre", "F679444A-22b7-11df-8618-002618dcef2c", "Центральный", MOSCOW)
URAL = Branch("ural", "4c68deb4-22c3-11df-8618-002618dcef2c", "Уральский", YEKATERINBURG)
STRANGER = "66abf7b4-2ff9-11df-8625-002618dcef2c"
ZERO = "00000000-0000-0000-0000-000000000000"

ANNA = "ac30e13a-3087-11dc-8594-005056c00008"
OLEG = "ac30e13b-3087-11dc-8594-005056c00008"
VERA = "ac30e13c-3087-11dc-8594-005056c00008"
HOLD_ID = "432a40a2-2ea3-11f1-9bf7-8fedb1ae9f50"

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=MOSCOW)
DAY = date(2026, 11, 24)
SPECIALTIES = {"Оториноларингология": "ent", "ЛОР": "ent", "Терапия": "therapist"}
PATIENT = Patient(FullName("Петров", "Илья", "Олегович"), "+79161234567", date(1990, 5, 17))
SLOT = Slot("ural", ANNA, datetime(2026, 11, 24, 10, 30, tzinfo=YEKATERINBURG), timedelta(minutes=30))
HOLD = Hold(HOLD_ID, SLOT, NOW)

REFUSAL = (
    "Не удалось записать документ. 14.10.2024 15:49:15 - {ОбщийМодуль.ВебИнтеграция.Модуль(358)}: "
    'Ошибка при вызове метода контекста (Записать): Не удалось записать: "Заявка"! Занято: Сидоров Пётр'
)
NO_SUCH_VISIT = "Ошибка при получении уникального идентификатора заявки на основе GUID."


def open_umc(
    url: str,
    *,
    timeouts: Timeouts | None = None,
    user: str = "bwi",
    on_call: OnCall | None = None,
    guard: Guard | None = None,
) -> Umc:
    """An adapter of both branches with generous timeouts, so that a busy machine fails no test."""
    keys = {"centre": "key-centre", "ural": "key-ural"}
    transport = UmcTransport(
        url,
        user,
        "bwi",
        JsonDialect(keys),
        timeouts or Timeouts(10, 20, 20, 20),
        on_call=on_call,
        guard=guard,
    )
    return Umc(transport, [CENTRE, URAL], SPECIALTIES, lambda: NOW)


_MIS_YML = """\
bases:
  first:
    transport: umc_http
    url: {url}
    user: bwi
    password: bwi
    branches: all
    key: k-{{branch}}
    step_minutes: {step_minutes}
    hold_minutes: 12
    timeouts: {{connect: 30, read: 60, directory: 60, write: 60}}
    limits: {limits}
"""


def umc_config(
    url: str, branch_ids: Sequence[str], folder: Path, *, limits: str, step_minutes: int
) -> MisConfig:
    """One base of all branches, as a `mis.yml` in `folder` says; patient, with `limits` as in YAML."""
    path = folder / "mis.yml"
    path.write_text(_MIS_YML.format(url=url, limits=limits, step_minutes=step_minutes), encoding="utf-8")
    return load_config(path, branch_ids, {})


def answer(body: object) -> dict[str, object]:
    return {"Ответ": body}


def period(start: str, end: str, day: str = "2026-11-24", **fields: Any) -> dict[str, Any]:
    return {
        "Клиника": CENTRE.mis_id,
        "Дата": f"{day}T00:00:00",
        "ВремяНачала": f"{day}T{start}:00",
        "ВремяОкончания": f"{day}T{end}:00",
        "ВидВремени": "624f2a40-5aa8-4f01-83f4-0f38535364bb",
        **fields,
    }


def schedule(
    doctor: str = ANNA, *, clinic: str = CENTRE.mis_id, name: str = "Иванова Анна Петровна", **fields: Any
) -> dict[str, Any]:
    return {
        "Клиника": clinic,
        "СотрудникФИО": name,
        "СотрудникID": doctor,
        "Специализация": "Оториноларингология",
        "ДлительностьПриема": "0001-01-01T00:00:00",
        **fields,
    }


def employee(doctor: str = ANNA, **fields: Any) -> dict[str, Any]:
    return {
        "UID": doctor,
        "Наименование": "Иванова Анна Петровна",
        "Фамилия": "Иванова",
        "Имя": "Анна",
        "Отчество": "Петровна",
        "Специализация": "Оториноларингология",
        "Организация": ZERO,
        "ОсновныеУслуги": "",
        **fields,
    }


def item(uid: str, **fields: Any) -> dict[str, Any]:
    return {
        "UID": uid,
        "Наименование": "Приём оториноларинголога первичный",
        "Артикул": "B-ENT-1",
        "БазоваяЕдиницаИзмерения": "",
        "Цена": "1 800,00",
        "Продолжительность": "0001-01-01T00:30:00",
        "Вид": "Услуга",
        "Родитель": "",
        "ЭтоПапка": "false",
        **fields,
    }

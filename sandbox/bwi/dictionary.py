"""Pattern `DictionaryData`: clinics, doctors, the price list."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from functools import lru_cache

from sandbox.bwi.wire import EMPTY_ID, Body, Failure, collapse, length, rows
from sandbox.cards import about
from sandbox.network import Branch, Doctor
from sandbox.price_list import Item
from sandbox.world import World

_NBSP = "\u00a0"


def dictionary(world: World, body: Body, key_branch: Branch) -> dict[str, object]:
    method = body.text("Method")
    if method == "GetListClinic":
        return rows("Клиника", [_clinic(branch) for branch in world.network.branches.values()])
    if method == "GetListEmployees":
        return rows("Сотрудник", [_doctor(world, doctor) for doctor in _chosen(world, body)])
    if method == "GetNomenclatureAndPrices":
        return rows("Каталог", _price_list(world, key_branch, body.text("SearchName").lower()))
    raise Failure(world.texts["unknown_method"].format(value=method))


def _clinic(branch: Branch) -> dict[str, str]:
    return {"Наименование": branch.name, "УИД": branch.mis_id}


def _chosen(world: World, body: Body) -> list[Doctor]:
    name, doctor_id = body.text("SearchName").lower(), body.text("EmployeeID").lower()
    clinic = body.text("Clinic").lower()
    doctors = list(world.network.staff.values())
    if clinic:
        branch = world.network.by_mis_id.get(clinic)
        doctors = list(world.network.by_branch[branch.id]) if branch else []
    return [
        doctor for doctor in doctors if name in str(doctor.person).lower() and doctor_id in ("", doctor.id)
    ]


def _doctor(world: World, doctor: Doctor) -> dict[str, object]:
    home = world.network.branches[doctor.branch_ids[0]]
    row: dict[str, object] = {
        "UID": doctor.id,
        "Наименование": str(doctor.person),
        "Фамилия": doctor.person.surname,
        "Имя": doctor.person.given,
        "Отчество": doctor.person.patronymic,
        "Специализация": doctor.mis_specialty,
        "Организация": home.mis_id if doctor.organisation_known else EMPTY_ID,
        "ОсновныеУслуги": _services(world, doctor),
    }
    if doctor.has_card:
        row["КраткоеОписание"] = about(world, doctor)
    if doctor.rating is not None:
        row["СреднийРейтинг"] = f"{doctor.rating // 10},{doctor.rating % 10}"
    return row


def _services(world: World, doctor: Doctor) -> object:
    items: Sequence[Item] = ()
    if doctor.room is not None:
        items = world.prices.without_doctor(doctor.room.folders)
    elif doctor.lists_services:
        items = world.prices.by_specialty.get(doctor.specialty.id, ())
    if not items:
        return ""
    return {"ОсновнаяУслуга": collapse([_main_service(item) for item in items])}


@lru_cache(maxsize=4096)
def _main_service(item: Item) -> Mapping[str, str]:
    # Nearly nobody fills in the doctor's own norm: 138 of 145 are empty in a live base.
    norm = item.minutes if zlib.crc32(item.id.encode()) % 20 == 0 else None
    return {"UID": item.id, "Продолжительность": length(norm)}


def _price_list(world: World, branch: Branch, name: str) -> list[object]:
    found: list[object] = [
        _line(folder_id, title, folder=True)
        for folder_id, title in world.prices.folders.items()
        if name in title.lower()
    ]
    for item in world.prices.items:
        if name not in item.name.lower():
            continue
        roubles = world.prices.price(item, branch.id)
        line = _line(
            item.id,
            item.name,
            article=item.article,
            price=_price(roubles, zlib.crc32(f"{branch.id}{item.id}".encode())),
            minutes=item.minutes,
            kind=item.kind,
            parent=item.folder_id,
        )
        found.append(line)
        # A live base held one element twice.
        if zlib.crc32(item.article.encode()) % 250 == 0:
            found.append(line)
    return found


def _price(roubles: int, habit: int) -> str:
    """Most prices are plain digits; some were typed with a space after the thousands, some with kopecks."""
    if habit % 12 == 0 and roubles >= 1000:
        return f"{roubles // 1000}{_NBSP}{roubles % 1000:03},00"
    if habit % 12 == 1 and roubles >= 1000:
        return f"{roubles // 1000}{_NBSP}{roubles % 1000:03}"
    return f"{roubles},00" if habit % 12 == 2 and roubles else str(roubles)


def _line(
    uid: str,
    name: str,
    *,
    article: str = "",
    price: str = "0",
    minutes: int | None = None,
    kind: str = "",
    parent: str = EMPTY_ID,
    folder: bool = False,
) -> dict[str, str]:
    return {
        "UID": uid,
        "Наименование": name,
        "Артикул": article,
        "БазоваяЕдиницаИзмерения": "" if folder else "шт" if kind == "Материал" else "мин",
        "Цена": price,
        "Продолжительность": length(minutes),
        "Вид": kind,
        "Родитель": parent,
        "ЭтоПапка": str(folder).lower(),
    }

"""A small invented network for the tests of search and offers."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from clinic.search import FoundSlot
from lang.catalogue import BranchFacts, Catalogue, CatalogueService, Region, Specialty
from lang.rooms import Room
from mis.port import Doctor, FullName, Service, Slot, Window
from tests.clinic.fake_mis import MOSCOW


def branch(branch_id: str, region: str = "moscow", timezone: str = "Europe/Moscow") -> BranchFacts:
    return BranchFacts(
        id=branch_id,
        mis_id=f"uid-{branch_id}",
        name=branch_id.title(),
        region=region,
        city="Москва",
        address="Садовая улица, дом 1",
        metro=("Таганская",),
        landmark="",
        district="",
        phone="+7 (495) 000-10-01",
        hours={"weekdays": "08:00-21:00", "saturday": None, "sunday": None},
        timezone=timezone,
        parking="",
        way="",
        synonyms=(),
    )


def specialty(specialty_id: str, prefix: str) -> Specialty:
    return Specialty(specialty_id, specialty_id, specialty_id, "", (), (), (), True, prefix)


def catalogue() -> Catalogue:
    return Catalogue(
        specialties={"ent": specialty("ent", "B-ENT"), "cardiologist": specialty("cardiologist", "B-CAR")},
        services={
            "us_heart": CatalogueService(
                "us_heart", "U-1", "УЗИ сердца", (), "ultrasound", "cardiologist", True
            ),
            "us_rare": CatalogueService(
                "us_rare", "U-2", "Редкое УЗИ", (), "ultrasound", "cardiologist", False
            ),
            "us_vessels": CatalogueService(
                "us_vessels", "U-3", "УЗИ сосудов", (), "ultrasound", "cardiologist", True
            ),
            "mri_brain": CatalogueService("mri_brain", "M-1", "МРТ мозга", (), "mri", None, True, "mri"),
        },
        rooms={"mri": Room("mri", "кабинет МРТ", ("mri",), ("МРТ",))},
        regions={
            "moscow": Region("moscow", "Москва", ("Москва",), ()),
            "ural": Region("ural", "Урал", ("Екатеринбург",), ()),
        },
        branches={
            "b1": branch("b1"),
            "b2": branch("b2"),
            "b3": branch("b3", "ural", "Asia/Yekaterinburg"),
        },
    )


def doctor(doctor_id: str, what: str = "ent", **other: object) -> Doctor:
    name = FullName("Берёзова", "Анна", "Ильинична")
    return Doctor(doctor_id, name, what, what, **other)  # type: ignore[arg-type]


def service(
    article: str, branch_id: str = "b1", price: str | None = "1800", minutes: int | None = None
) -> Service:
    return Service(
        id=f"{article}-{branch_id}",
        branch_id=branch_id,
        article=article,
        name=article,
        price=Decimal(price) if price else None,
        length=timedelta(minutes=minutes) if minutes else None,
    )


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=MOSCOW)


def window(branch_id: str, doctor_id: str, day: int, first: int, last: int) -> Window:
    return Window(branch_id, doctor_id, at(day, first), at(day, last))


def found(
    branch_id: str, who: Doctor | str, day: int, hour: int, minute: int = 0, minutes: int = 30
) -> FoundSlot:
    person = doctor(who) if isinstance(who, str) else who
    slot = Slot(branch_id, person.id, at(day, hour, minute), timedelta(minutes=minutes))
    return FoundSlot(slot, person, catalogue().branches[branch_id], Decimal(1800), ("s",))

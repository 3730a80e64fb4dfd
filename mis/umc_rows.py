"""BIT.UMC's rows → the port's values. Pure: takes decoded answers, knows nothing of the network.

Filters of the service are requests, not guarantees, so every function here filters again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from mis.port import BadAnswer, Branch, Doctor, FullName, Service, ServiceKind, Symptom, Window
from mis.umc_wire import (
    EMPTY_DAY,
    boolean,
    children,
    day,
    decimal,
    describe,
    identifier,
    is_error_row,
    length,
    moment,
    parameter_error,
    price,
    symptom,
    text,
    unwrap,
)

Row = Mapping[str, object]

_EXPERIENCE = re.compile(r"стаж[^.;\d]{0,40}?(?:с\s+)?(\d{1,2})\s*(?:год|года|лет)", re.IGNORECASE)
_CATEGORY = re.compile(r"(высш\w+|перв\w+|втор\w+)\s+(?:квалификационн\w+\s+)?категори\w+", re.IGNORECASE)
_CATEGORIES = {"высш": "высшая", "перв": "первая", "втор": "вторая"}
_ADULTS = re.compile(r"взросл", re.IGNORECASE)
_CHILDREN = re.compile(r"\b(?:дети|детей|детям|детск\w+|ребен\w+|ребён\w+|подростк\w+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ScheduledDoctor:
    """A doctor as a branch's schedule names them."""

    id: str
    full_name: str
    mis_specialty: str
    visit_length: timedelta | None


def rows(answer: object, name: str, *wrappers: str) -> list[Row]:
    """The rows `name` of a read's answer.

    Raises `BadAnswer` when the answer is not an object, is a failure or carries an error dressed as a row.
    """
    if not isinstance(answer, Mapping):
        raise BadAnswer(f"expected {name}, got {describe(answer)}", symptom=symptom(answer))
    if parameter_error(answer):
        words = f"the service did not understand a filter of {name}"
        raise BadAnswer(words, symptom=Symptom.UNKNOWN_BRANCH)
    body = unwrap(answer, *wrappers)
    if isinstance(body, str) and body.strip():
        raise BadAnswer(f"expected {name}, got {describe(body)}", symptom=symptom(body))
    if isinstance(body, Mapping) and name not in body and boolean(body.get("Результат")) is False:
        raise BadAnswer(f"the service refused to give {name}", symptom=symptom(body))
    if isinstance(body, Mapping) and body and name not in body:
        raise BadAnswer(f"expected {name}, got {describe(body)}", symptom=symptom(body))
    found = children(body, name)
    if any(is_error_row(row) for row in found):
        raise BadAnswer(f"an error came as a row of {name}")
    return found


def clinic_ids(answer: object) -> frozenset[str]:
    """Ids of all clinics the base knows."""
    found = (identifier(row.get("УИД") or row.get("UID")) for row in rows(answer, "Клиника", "СписокКлиник"))
    return frozenset(clinic for clinic in found if clinic)


def full_name(row: Row) -> FullName | None:
    """A doctor's name from its parts, or from «Наименование» when the parts are empty."""
    surname, given, patronymic = (text(row.get(key)) for key in ("Фамилия", "Имя", "Отчество"))
    if surname and given:
        return FullName(surname, given, patronymic)
    return split_name(text(row.get("Наименование")))


def split_name(written: str) -> FullName | None:
    """«Иванова Анна Петровна» in its parts; `None` when there is no given name."""
    surname, _, rest = written.partition(" ")
    given, _, patronymic = rest.strip().partition(" ")
    return FullName(surname, given, patronymic.strip()) if surname and given else None


def roster(answer: object, branch: Branch) -> dict[str, ScheduledDoctor]:
    """Everybody the schedule lists in `branch`, fully booked or not, by id."""
    found: dict[str, ScheduledDoctor] = {}
    for row in _schedule_rows(answer, branch):
        doctor_id = identifier(row.get("СотрудникID"))
        if doctor_id is None:
            continue
        new = ScheduledDoctor(
            doctor_id,
            text(row.get("СотрудникФИО")),
            text(row.get("Специализация")),
            length(row.get("ДлительностьПриема")),
        )
        known = found.get(doctor_id)
        if known is not None:
            new = replace(
                known,
                full_name=known.full_name or new.full_name,
                mis_specialty=known.mis_specialty or new.mis_specialty,
                visit_length=known.visit_length or new.visit_length,
            )
        found[doctor_id] = new
    return found


def doctors(
    answer: object,
    scheduled: Mapping[str, ScheduledDoctor],
    branch: Branch,
    specialties: Mapping[str, str],
    rooms: Mapping[str, str] | None = None,
) -> tuple[Doctor, ...]:
    """Doctors and rooms of `branch`: those in its schedule and those whose «Организация» it is.

    `specialties` and `rooms` map the clinic's spellings in lower case to catalogue ids. The service lists
    rooms among the employees; only what stands in the field of the specialty tells them apart.
    """
    rooms = rooms or {}
    merged: dict[str, Doctor] = {}
    for row in rows(answer, "Сотрудник", "Сотрудники"):
        doctor_id = identifier(row.get("UID") or row.get("УИД"))
        room = rooms.get(text(row.get("Специализация")).lower())
        name = _room_name(row) if room else full_name(row)
        if doctor_id is None or name is None:
            continue
        here = scheduled.get(doctor_id)
        if here is None and identifier(row.get("Организация")) != branch.mis_id.lower():
            continue
        doctor = _doctor(row, doctor_id, name, branch, specialties)
        if room is not None:
            doctor = replace(doctor, specialty=None, room=room, sees_adults=True, sees_children=True)
        if here is not None and here.visit_length:
            doctor = replace(doctor, visit_length=here.visit_length)
        known = merged.get(doctor_id)
        merged[doctor_id] = doctor if known is None else _merge(known, doctor)
    for here in scheduled.values():
        room = rooms.get(here.mis_specialty.lower())
        name = FullName(here.full_name, "") if room and here.full_name else split_name(here.full_name)
        if here.id not in merged and name is not None:
            merged[here.id] = Doctor(
                id=here.id,
                name=name,
                specialty=None if room else specialties.get(here.mis_specialty.lower()),
                mis_specialty=here.mis_specialty,
                branch_ids=(branch.id,),
                visit_length=here.visit_length,
                sees_children=room is not None,
                room=room,
            )
    return tuple(merged.values())


def _room_name(row: Row) -> FullName | None:
    """All of a room's name as one part: «Кабинет МРТ» is no surname with a given name."""
    written = text(row.get("Наименование")) or text(row.get("Фамилия"))
    return FullName(written, "") if written else None


def _doctor(
    row: Row, doctor_id: str, name: FullName, branch: Branch, specialties: Mapping[str, str]
) -> Doctor:
    mis_specialty = text(row.get("Специализация"))
    about = text(row.get("КраткоеОписание"))
    experience = _EXPERIENCE.search(about)
    category = _CATEGORY.search(about)
    sees_children = _CHILDREN.search(about) is not None
    services = children(row.get("ОсновныеУслуги"), "ОсновнаяУслуга")
    service_ids = (identifier(service.get("UID") or service.get("УИД")) for service in services)
    return Doctor(
        id=doctor_id,
        name=name,
        specialty=specialties.get(mis_specialty.lower()),
        mis_specialty=mis_specialty,
        branch_ids=(branch.id,),
        service_ids=tuple(dict.fromkeys(found for found in service_ids if found)),
        experience_years=int(experience.group(1)) if experience else None,
        category=_CATEGORIES[category.group(1)[:4].lower()] if category else "",
        sees_adults=not sees_children or _ADULTS.search(about) is not None,
        sees_children=sees_children,
        rating=decimal(row.get("СреднийРейтинг")),
        about=about,
    )


def _merge(known: Doctor, other: Doctor) -> Doctor:
    return replace(
        known,
        specialty=known.specialty or other.specialty,
        mis_specialty=known.mis_specialty or other.mis_specialty,
        service_ids=tuple(dict.fromkeys((*known.service_ids, *other.service_ids))),
        visit_length=known.visit_length or other.visit_length,
        experience_years=known.experience_years or other.experience_years,
        category=known.category or other.category,
        rating=known.rating or other.rating,
        about=known.about or other.about,
    )


def services(answer: object, branch: Branch) -> tuple[Service, ...]:
    """The price list without folders, materials and sentinel rows; one line per id."""
    catalogue = rows(answer, "Каталог", "Каталоги")
    folders = {
        identifier(row.get("UID")): text(row.get("Наименование"))
        for row in catalogue
        if boolean(row.get("ЭтоПапка"))
    }
    found: dict[str, Service] = {}
    for row in catalogue:
        service_id = identifier(row.get("UID") or row.get("УИД"))
        kind = {"услуга": ServiceKind.SERVICE, "набор": ServiceKind.SET}.get(text(row.get("Вид")).lower())
        name = text(row.get("Наименование"))
        if service_id is None or service_id in folders or kind is None or not name:
            continue
        service = Service(
            id=service_id,
            branch_id=branch.id,
            article=text(row.get("Артикул")),
            name=name,
            kind=kind,
            price=price(row.get("Цена")),
            length=length(row.get("Продолжительность")),
            folder=folders.get(identifier(row.get("Родитель")), ""),
        )
        known = found.get(service_id)
        if known is not None:
            service = replace(
                known, price=known.price or service.price, length=known.length or service.length
            )
        found[service_id] = service
    return tuple(found.values())


def windows(
    answer: object, branch: Branch, first: date, last: date, doctor_ids: Iterable[str] = ()
) -> tuple[Window, ...]:
    """Free windows in `branch` between two local dates, both included, in order of time.

    Takes both shapes of the schedule. Where busy time is given too it is cut out of the free time, rows of
    one doctor are merged, and touching windows become one.
    """
    wanted = frozenset(doctor_id.lower() for doctor_id in doctor_ids)
    free: dict[str, list[tuple[datetime, datetime]]] = {}
    busy: dict[str, list[tuple[datetime, datetime]]] = {}
    for row in _schedule_rows(answer, branch):
        doctor_id = identifier(row.get("СотрудникID"))
        if doctor_id is None or (wanted and doctor_id not in wanted):
            continue
        periods = row.get("ПериодыГрафика")
        for kept, shape in (
            (free, children(row, "ПериодГрафика")),
            (free, children(unwrap(periods, "СвободноеВремя"), "ПериодГрафика")),
            (busy, children(_busy(periods), "ПериодГрафика")),
        ):
            spans = (_span(period, branch) for period in shape)
            kept.setdefault(doctor_id, []).extend(
                span for span in spans if span is not None and first <= span[0].date() <= last
            )
    zone = branch.timezone
    found = [
        Window(branch.id, doctor_id, start.replace(tzinfo=zone), end.replace(tzinfo=zone))
        for doctor_id, spans in free.items()
        for start, end in _without(_joined(spans), busy.get(doctor_id, ()))
    ]
    return tuple(sorted(found, key=lambda window: (window.start, window.doctor_id)))


def taken(
    answer: object, branch: Branch, first: date, last: date, doctor_ids: Iterable[str] = ()
) -> tuple[Window, ...]:
    """What visits and holds have in `branch` between two local dates, a window for each, in order of time.

    Needs the schedule with busy time. A period that has a kind of its own is a break.
    """
    wanted = frozenset(doctor_id.lower() for doctor_id in doctor_ids)
    zone = branch.timezone
    found = []
    for row in _schedule_rows(answer, branch):
        doctor_id = identifier(row.get("СотрудникID"))
        if doctor_id is None or (wanted and doctor_id not in wanted):
            continue
        for period in children(_busy(row.get("ПериодыГрафика")), "ПериодГрафика"):
            span = _span(period, branch)
            if span is None or identifier(period.get("ВидВремени")) or not first <= span[0].date() <= last:
                continue
            start, end = (edge.replace(tzinfo=zone) for edge in span)
            found.append(Window(branch.id, doctor_id, start, end))
    return tuple(sorted(found, key=lambda window: (window.start, window.doctor_id)))


def _busy(periods: object) -> object:
    return periods.get("ЗанятоеВремя") if isinstance(periods, Mapping) else None


def _schedule_rows(answer: object, branch: Branch) -> list[Row]:
    found = rows(answer, "ГрафикДляСайта", "ГрафикиДляСайта")
    return [row for row in found if identifier(row.get("Клиника")) == branch.mis_id.lower()]


def _span(period: Row, branch: Branch) -> tuple[datetime, datetime] | None:
    clinic = identifier(period.get("Клиника"))
    if clinic is not None and clinic != branch.mis_id.lower():
        return None
    start, end = moment(period.get("ВремяНачала")), moment(period.get("ВремяОкончания"))
    on = day(period.get("Дата"))
    if start is None or end is None:
        return None
    if start.date() == EMPTY_DAY:
        if on is None:
            return None
        start = datetime.combine(on, start.time())
    if end.date() == EMPTY_DAY:
        end = datetime.combine(start.date(), end.time())
    if end <= start and end.time() == time():
        # A day's last moment is written as the midnight that opens it.
        end = datetime.combine(start.date(), time()) + timedelta(days=1)
    if not start < end <= start + timedelta(days=1):
        return None
    return (start, end) if branch.base_timezone is None else (_local(start, branch), _local(end, branch))


def _local(moment: datetime, branch: Branch) -> datetime:
    """A moment of the base's clock on the branch's own, naive as before."""
    return moment.replace(tzinfo=branch.written_in).astimezone(branch.timezone).replace(tzinfo=None)


def _joined(spans: Sequence[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    joined: list[tuple[datetime, datetime]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def _without(
    spans: Sequence[tuple[datetime, datetime]], busy: Sequence[tuple[datetime, datetime]]
) -> list[tuple[datetime, datetime]]:
    left: list[tuple[datetime, datetime]] = []
    taken = _joined(busy)
    for start, end in spans:
        for busy_start, busy_end in taken:
            if busy_end <= start or busy_start >= end:
                continue
            if start < busy_start:
                left.append((start, busy_start))
            start = busy_end
            if start >= end:
                break
        if start < end:
            left.append((start, end))
    return left

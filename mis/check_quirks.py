"""Quirks of a BIT.UMC base, counted in its raw answers: the adapter copes with them, people want to know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from threading import Lock

from mis.check_base import Heard
from mis.port import BadAnswer, Branch
from mis.umc_rows import Row, rows
from mis.umc_wire import EMPTY_ID, boolean, identifier, text

Quirks = Mapping[str, int]


class QuirkBook:
    """Listens to answers and keeps what was odd in them. Thread-safe."""

    def __init__(self, branches: Iterable[Branch]) -> None:
        self._branches = {branch.id: branch for branch in branches}
        self._lock = Lock()
        self._found: dict[tuple[str, str, str], Quirks] = {}
        self._clinics: dict[str, str] = {}

    def hear(self, heard: Heard) -> None:
        """Count what is odd; an answer to the same question replaces the earlier one."""
        try:
            found, clinics = self._odd(heard), self._listed(heard)
        except BadAnswer:
            return
        key = (heard.branch_id, heard.method or heard.pattern, str(heard.asked.get("StartDate", "")))
        with self._lock:
            self._found[key] = found
            self._clinics.update(clinics)

    def of(self, branch_id: str) -> Quirks:
        """Quirks by name with their counts, over all answers of the branch."""
        total: Counter[str] = Counter()
        with self._lock:
            for (branch, *_), found in self._found.items():
                if branch == branch_id:
                    # The same rows come in several answers: the largest count is the nearest to the truth.
                    total |= Counter(found)
        return {name: count for name, count in total.items() if count}

    def strange_clinics(self) -> Mapping[str, str]:
        """Clinics of the base that are none of our branches: their ids with their names."""
        ours = {branch.mis_id.lower() for branch in self._branches.values()}
        with self._lock:
            return {clinic: name for clinic, name in self._clinics.items() if clinic not in ours}

    def _odd(self, heard: Heard) -> Quirks:
        marked = {"byte_order_mark": int(heard.marked)}
        branch = self._branches[heard.branch_id]
        if heard.method == "GetSchedule20":
            found = rows(heard.answer, "ГрафикДляСайта", "ГрафикиДляСайта")
            return {**marked, **_schedule(found, branch, heard)}
        if heard.method == "GetListEmployees":
            return {**marked, **_staff(rows(heard.answer, "Сотрудник", "Сотрудники"))}
        if heard.method == "GetNomenclatureAndPrices":
            return {**marked, **_prices(rows(heard.answer, "Каталог", "Каталоги"))}
        return marked

    def _listed(self, heard: Heard) -> Mapping[str, str]:
        if heard.method != "GetListClinic":
            return {}
        listed = rows(heard.answer, "Клиника", "СписокКлиник")
        ids = ((identifier(row.get("УИД") or row.get("UID")), row) for row in listed)
        return {clinic: text(row.get("Наименование")) for clinic, row in ids if clinic}


def _schedule(found: list[Row], branch: Branch, heard: Heard) -> Quirks:
    own = [row for row in found if identifier(row.get("Клиника")) == branch.mis_id.lower()]
    doctors = Counter(identifier(row.get("СотрудникID")) for row in own)
    asked = {part.strip().lower() for part in str(heard.asked.get("Employees", "")).split(";") if part}
    return {
        "repeated_doctors": sum(1 for count in doctors.values() if count > 1),
        "other_clinics": len(found) - len(own),
        "other_doctors": len([row for row in doctors if asked and row not in asked]),
    }


def _staff(found: list[Row]) -> Quirks:
    ids = Counter(identifier(row.get("UID")) for row in found)
    return {
        "doctors_without_branch": sum(text(row.get("Организация")) in ("", EMPTY_ID) for row in found),
        "doctors_twice": sum(1 for count in ids.values() if count > 1),
    }


def _prices(found: list[Row]) -> Quirks:
    goods = [row for row in found if not boolean(row.get("ЭтоПапка"))]
    services = [row for row in goods if text(row.get("Вид")).lower() in ("услуга", "набор")]
    ids = Counter(identifier(row.get("UID")) for row in found)
    return {
        "folders_in_prices": len(found) - len(goods),
        "materials_in_prices": len(goods) - len(services),
        "services_twice": sum(1 for count in ids.values() if count > 1),
    }

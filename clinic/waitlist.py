"""The wait list: who waits for which doctor, where and when, until a time frees or the patient leaves.

An entry holds everything an offer will need: what, where, the wish with its first and last day, who and how
to reach them. `WaitList.waiting` gives the entries in the order in which they may be offered something.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, Protocol

import sqlalchemy as sa
from sqlalchemy import Engine, RowMapping
from sqlalchemy.dialects.postgresql import insert

from clinic.tables import wait_entry

State = Literal["waiting", "offered", "booked", "left", "expired"]


@dataclass(frozen=True, slots=True)
class WaitWish:
    """What is waited for. One of `specialty`, `doctor_ids`, `service_ids` is given.

    `wish` is the JSON of a `lang.wish.Wish`; `earlier_than` the start of the visit the patient already has.
    """

    specialty: str | None = None
    doctor_ids: tuple[str, ...] = ()
    service_ids: tuple[str, ...] = ()
    child: bool = False
    region: str | None = None
    branch_ids: tuple[str, ...] = ()
    wish: Mapping[str, Any] = field(default_factory=dict)
    first_day: date | None = None
    last_day: date | None = None
    earlier_than: datetime | None = None


@dataclass(frozen=True, slots=True)
class WaitEntry:
    """An entry as it stands; `number` is what the patient is told."""

    id: int
    conversation_id: str
    state: State
    wish: WaitWish
    patient_name: str
    phone: str
    birth_date: date | None
    created_at: datetime

    @property
    def number(self) -> str:
        return str(self.id)


class TheirList(Protocol):
    """The wait list of the MIS; see `clinic.registry_list.RegistryList`."""

    def tell(self, entry: WaitEntry) -> tuple[str, str] | None: ...

    def withdraw(self, branch_id: str, mis_id: str) -> None: ...


class WaitList:
    """Thread-safe. A new entry is told to `theirs` once, and withdrawn there when the patient leaves."""

    def __init__(self, engine: Engine, theirs: TheirList | None = None) -> None:
        self._engine = engine
        self._theirs = theirs

    def join(
        self,
        conversation_id: str,
        wish: WaitWish,
        now: datetime,
        *,
        patient_name: str,
        phone: str,
        birth_date: date | None = None,
        request_key: str,
    ) -> WaitEntry:
        """Store an entry. The same `request_key` again returns the first one; so does the same wish of the
        same phone that still waits."""
        values = {
            "request_key": request_key,
            "conversation_id": conversation_id,
            "specialty": wish.specialty,
            "doctor_ids": list(wish.doctor_ids),
            "service_ids": list(wish.service_ids),
            "child": wish.child,
            "region": wish.region,
            "branch_ids": list(wish.branch_ids),
            "wish": dict(wish.wish),
            "first_day": wish.first_day,
            "last_day": wish.last_day,
            "earlier_than": wish.earlier_than,
            "patient_name": patient_name,
            "phone": phone,
            "birth_date": birth_date,
            "created_at": now,
        }
        lists = ("phone", "patient_name", "doctor_ids", "service_ids", "branch_ids", "wish")
        same = [wait_entry.c[name] == values[name] for name in lists]
        same += [wait_entry.c[name].is_not_distinct_from(values[name]) for name in ("specialty", "region")]
        with self._engine.begin() as connection:
            # Two messages at once must not make two entries of one wish.
            lock = sa.func.hashtextextended(f"clinic.wait:{phone}", 0)
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))
            query = sa.select(wait_entry).where(wait_entry.c.state == "waiting", *same)
            row = connection.execute(query).mappings().first()
            made = None
            if row is None:
                statement = insert(wait_entry).values(values)
                statement = statement.on_conflict_do_nothing(index_elements=["request_key"])
                row = made = connection.execute(statement.returning(wait_entry)).mappings().first()
            if row is None:
                first = sa.select(wait_entry).where(wait_entry.c.request_key == request_key)
                row = connection.execute(first).mappings().one()
        entry = _entry(row)
        if made is not None:
            self._tell(entry)
        return entry

    def _tell(self, entry: WaitEntry) -> None:
        """Outside of the transaction: nobody waits for a slow MIS with a lock in hand."""
        told = None if self._theirs is None else self._theirs.tell(entry)
        if told is None:
            return
        values = {"mis_branch": told[0], "mis_id": told[1]}
        with self._engine.begin() as connection:
            connection.execute(sa.update(wait_entry).where(wait_entry.c.id == entry.id).values(values))

    def entries(self, conversation_id: str, proved_phone: str | None = None) -> list[WaitEntry]:
        """What still waits, oldest first: of this conversation, and of a phone that was proved in it."""
        mine = wait_entry.c.conversation_id == conversation_id
        if proved_phone is not None:
            mine = sa.or_(mine, wait_entry.c.phone == proved_phone)
        query = sa.select(wait_entry).where(wait_entry.c.state.in_(("waiting", "offered")), mine)
        with self._engine.connect() as connection:
            return [_entry(row) for row in connection.execute(query.order_by(wait_entry.c.id)).mappings()]

    def waiting(self, today: date) -> list[WaitEntry]:
        """Everything that may be offered a time from `today` on, in the order of joining."""
        still = sa.or_(wait_entry.c.last_day.is_(None), wait_entry.c.last_day >= today)
        query = sa.select(wait_entry).where(wait_entry.c.state == "waiting", still).order_by(wait_entry.c.id)
        with self._engine.connect() as connection:
            return [_entry(row) for row in connection.execute(query).mappings()]

    def leave(self, entry_id: int, now: datetime) -> bool:
        """Take an entry off the list. False when it did not wait any more."""
        still = (wait_entry.c.id == entry_id, wait_entry.c.state.in_(("waiting", "offered")))
        gone = sa.update(wait_entry).where(*still).values(state="left", ended_at=now)
        gone = gone.returning(wait_entry.c.mis_branch, wait_entry.c.mis_id)
        with self._engine.begin() as connection:
            left = connection.execute(gone).first()
        if left is not None and left.mis_id is not None and self._theirs is not None:
            self._theirs.withdraw(left.mis_branch, left.mis_id)
        return left is not None


def _entry(row: RowMapping) -> WaitEntry:
    wish = WaitWish(
        specialty=row["specialty"],
        doctor_ids=tuple(row["doctor_ids"]),
        service_ids=tuple(row["service_ids"]),
        child=row["child"],
        region=row["region"],
        branch_ids=tuple(row["branch_ids"]),
        wish=row["wish"],
        first_day=row["first_day"],
        last_day=row["last_day"],
        earlier_than=row["earlier_than"],
    )
    return WaitEntry(
        id=row["id"],
        conversation_id=row["conversation_id"],
        state=row["state"],
        wish=wish,
        patient_name=row["patient_name"],
        phone=row["phone"],
        birth_date=row["birth_date"],
        created_at=row["created_at"],
    )

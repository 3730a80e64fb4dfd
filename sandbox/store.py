"""Holds and visits in PostgreSQL. One doctor is never promised twice for one moment, but in a lax base."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import class_row
from psycopg_pool import ConnectionPool

# «Обмен с сайтом: Отмена просроченных броней» runs once a minute: until then an expired hold keeps its time.
SWEEP = timedelta(minutes=1)
# Staff look at what came from the site within this time; then it is «Обработана».
PROCESSING = timedelta(minutes=5)

_SCHEMA: LiteralString = """
CREATE SCHEMA IF NOT EXISTS sandbox;
CREATE TABLE IF NOT EXISTS sandbox.visits (
    id           uuid PRIMARY KEY,
    state        text NOT NULL CHECK (state IN ('held', 'booked', 'stranger', 'wait_list', 'cancelled')),
    branch_id    text NOT NULL,
    doctor_id    text NOT NULL DEFAULT '',
    starts_at    timestamptz NOT NULL,
    ends_at      timestamptz NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz,
    booked_at    timestamptz,
    surname      text NOT NULL DEFAULT '',
    given        text NOT NULL DEFAULT '',
    patronymic   text NOT NULL DEFAULT '',
    phone        text NOT NULL DEFAULT '',
    email        text NOT NULL DEFAULT '',
    address      text NOT NULL DEFAULT '',
    birthday     text NOT NULL DEFAULT '',
    client       text NOT NULL DEFAULT '',
    comment      text NOT NULL DEFAULT '',
    services     text[] NOT NULL DEFAULT '{}',
    specialty    text NOT NULL DEFAULT '',
    reason       text NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS visits_by_doctor ON sandbox.visits (doctor_id, starts_at);
CREATE INDEX IF NOT EXISTS visits_by_branch ON sandbox.visits (branch_id, starts_at);
"""

_LIVE: LiteralString = (
    "(state IN ('booked', 'stranger') OR (state = 'held' AND expires_at > %(now)s - %(sweep)s::interval))"
)


class Taken(Exception):
    """The doctor, or the patient, is busy at that time."""


class Gone(Exception):
    """There is no such document, or it is cancelled."""


@dataclass(frozen=True, slots=True)
class Patient:
    surname: str = ""
    given: str = ""
    patronymic: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    birthday: str = ""
    client: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when: aware times."""

    branch_id: str
    doctor_id: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Visit:
    """A row: a hold, a visit, a stranger's visit or an entry of the wait list."""

    id: uuid.UUID
    state: str
    branch_id: str
    doctor_id: str
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    expires_at: datetime | None = None
    booked_at: datetime | None = None
    surname: str = ""
    given: str = ""
    patronymic: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    birthday: str = ""
    client: str = ""
    comment: str = ""
    services: Sequence[str] = ()
    specialty: str = ""
    reason: str = ""

    def code(self, now: datetime) -> int:
        """The code of `AppointmentStatus`: it follows from the state and the moment."""
        if self.state == "cancelled":
            return 5
        if self.state == "held":
            if self.expires_at is None or now < self.expires_at:
                return 6
            return 9 if now < self.expires_at + SWEEP else 5
        if self.state == "wait_list":
            return 1
        if now >= self.ends_at:
            return 4 if self.id.int % 10 == 0 else 3
        return 1 if self.booked_at is not None and now < self.booked_at + PROCESSING else 2


_COLUMNS = tuple(Visit.__slots__)
_INSERT = sql.SQL("INSERT INTO sandbox.visits ({}) VALUES ({})").format(
    sql.SQL(", ").join(map(sql.Identifier, _COLUMNS)), sql.SQL(", ").join(map(sql.Placeholder, _COLUMNS))
)
_UPDATE = sql.SQL("UPDATE sandbox.visits SET {} WHERE id = %(id)s").format(
    sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name))
        for name in _COLUMNS
        if name != "id"
    )
)

Connection = psycopg.Connection[Any]


class Store:
    """Every method is one transaction. Use as a context manager: opens and closes the pool.

    `lax` writes without looking at the doctor's other times; what is refused for another reason, or was by
    the caller (`refused`), is then written as cancelled.
    """

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._pool = ConnectionPool(database_url, min_size=1, max_size=8, open=False, timeout=10)

    def __enter__(self) -> Store:
        prepare_database(self._url)
        self._pool.open(wait=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close()

    def hold(
        self,
        place: Place,
        now: datetime,
        expires_at: datetime,
        *,
        lax: bool = False,
        refused: bool = False,
    ) -> Visit:
        """Keep a time. Raises `Taken`."""
        visit = _visit("cancelled" if refused else "held", place, now, expires_at=expires_at)
        with self._pool.connection() as connection:
            if not lax:
                _claim(connection, place, now, None)
            _insert(connection, visit)
        return visit

    def book(
        self,
        place: Place,
        patient: Patient,
        services: Sequence[str],
        comment: str,
        now: datetime,
        *,
        lax: bool = False,
        refused: bool = False,
    ) -> Visit:
        """A new visit. Raises `Taken`."""
        visit = _fill(_visit("booked", place, now, booked_at=now), patient, services, comment)
        with self._pool.connection() as connection:
            if not lax:
                _claim(connection, place, now, None)
            visit = _judged(connection, visit, lax, refused)
            _insert(connection, visit)
        return visit

    def change(
        self,
        visit_id: uuid.UUID,
        place: Place,
        patient: Patient,
        services: Sequence[str],
        comment: str,
        now: datetime,
        *,
        lax: bool = False,
        refused: bool = False,
    ) -> Visit:
        """Replace the whole document: a hold becomes a visit, a visit moves. Raises `Taken` or `Gone`."""
        with self._pool.connection() as connection:
            if not lax:
                _claim(connection, place, now, visit_id)
            known = _get(connection, visit_id, lock=True)
            dead = known is not None and known.code(now) == 5
            if known is None or known.state in ("stranger", "wait_list") or (dead and not lax):
                raise Gone
            visit = replace(
                _fill(known, patient, services, comment),
                state="booked",
                branch_id=place.branch_id,
                doctor_id=place.doctor_id,
                starts_at=place.starts_at,
                ends_at=place.ends_at,
                expires_at=None,
                booked_at=known.booked_at or now,
            )
            visit = _judged(connection, visit, lax, refused or dead)
            connection.execute(_UPDATE, _values(visit))
        return visit

    def book_stranger(self, place: Place, now: datetime, *, over: bool = False) -> Visit:
        """Somebody at the front desk took the time, `over` whatever has it. Raises `Taken`."""
        visit = _visit("stranger", place, now)
        with self._pool.connection() as connection:
            if not over:
                _claim(connection, place, now, None)
            _insert(connection, visit)
        return visit

    def wait(
        self,
        branch_id: str,
        doctor_id: str,
        wished: datetime,
        patient: Patient,
        specialty: str,
        comment: str,
        now: datetime,
    ) -> Visit:
        """An entry of the wait list: keeps no time. `doctor_id` may be empty."""
        place = Place(branch_id, doctor_id, wished, wished)
        visit = replace(_fill(_visit("wait_list", place, now), patient, (), comment), specialty=specialty)
        with self._pool.connection() as connection:
            _insert(connection, visit)
        return visit

    def cancel(self, visit_id: uuid.UUID, reason: str) -> None:
        """Cancel whatever it is; a second time changes nothing. Raises `Gone` when it never was."""
        with self._pool.connection() as connection:
            done = connection.execute(
                "UPDATE sandbox.visits SET state = 'cancelled', reason = %s WHERE id = %s RETURNING 1",
                (reason, visit_id),
            )
            if done.fetchone() is None:
                raise Gone

    def get(self, visit_id: uuid.UUID) -> Visit | None:
        with self._pool.connection() as connection:
            return _get(connection, visit_id, lock=False)

    def busy(self, since: datetime, until: datetime, now: datetime) -> list[Place]:
        """All times kept or booked that touch the span, in all branches."""
        query = sql.SQL(
            "SELECT branch_id, doctor_id, starts_at, ends_at FROM sandbox.visits"
            " WHERE starts_at < %(until)s AND ends_at > %(since)s AND {} ORDER BY starts_at"
        ).format(sql.SQL(_LIVE))
        with self._pool.connection() as connection, connection.cursor(row_factory=class_row(Place)) as cursor:
            cursor.execute(query, {"since": since, "until": until, "now": now, "sweep": SWEEP})
            return cursor.fetchall()

    def all(self) -> list[Visit]:
        """Every row, the newest last."""
        with self._pool.connection() as connection, connection.cursor(row_factory=class_row(Visit)) as cursor:
            cursor.execute("SELECT * FROM sandbox.visits ORDER BY created_at, id")
            return cursor.fetchall()

    def reset(self) -> None:
        with self._pool.connection() as connection:
            connection.execute("DELETE FROM sandbox.visits")


def prepare_database(url: str) -> None:
    """Make the database and its tables where they are missing. Raises `psycopg.Error`."""
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError as error:
        name = str(conninfo_to_dict(url).get("dbname") or "")
        if "does not exist" not in str(error) or not name:
            raise
        with psycopg.connect(make_conninfo(url, dbname="postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    with psycopg.connect(url) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('sandbox:schema', 0))")
        connection.execute(_SCHEMA)


def _visit(
    state: str,
    place: Place,
    now: datetime,
    *,
    expires_at: datetime | None = None,
    booked_at: datetime | None = None,
) -> Visit:
    return Visit(
        id=uuid.uuid4(),
        state=state,
        branch_id=place.branch_id,
        doctor_id=place.doctor_id,
        starts_at=place.starts_at,
        ends_at=place.ends_at,
        created_at=now,
        expires_at=expires_at,
        booked_at=booked_at,
    )


def _fill(visit: Visit, patient: Patient, services: Sequence[str], comment: str) -> Visit:
    facts = {name: getattr(patient, name) for name in Patient.__slots__}
    return replace(visit, **facts, services=list(services), comment=comment)


def _values(visit: Visit) -> dict[str, Any]:
    values = {name: getattr(visit, name) for name in _COLUMNS}
    return {**values, "services": list(visit.services)}


def _insert(connection: Connection, visit: Visit) -> None:
    connection.execute(_INSERT, _values(visit))


def _get(connection: Connection, visit_id: uuid.UUID, *, lock: bool) -> Visit | None:
    query: LiteralString = "SELECT * FROM sandbox.visits WHERE id = %s"
    with connection.cursor(row_factory=class_row(Visit)) as cursor:
        cursor.execute(query + " FOR UPDATE" if lock else query, (visit_id,))
        return cursor.fetchone()


def _lock(connection: Connection, what: str) -> None:
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"sandbox:{what}",))


def _claim(connection: Connection, place: Place, now: datetime, but: uuid.UUID | None) -> None:
    """Lock the doctor until the transaction ends and make sure nobody else has the time."""
    _lock(connection, place.doctor_id)
    query = sql.SQL(
        "SELECT 1 FROM sandbox.visits WHERE doctor_id = %(doctor)s AND id IS DISTINCT FROM %(but)s"
        " AND starts_at < %(until)s AND ends_at > %(since)s AND {} LIMIT 1"
    ).format(sql.SQL(_LIVE))
    values = {
        "doctor": place.doctor_id,
        "but": but,
        "since": place.starts_at,
        "until": place.ends_at,
        "now": now,
        "sweep": SWEEP,
    }
    if connection.execute(query, values).fetchone() is not None:
        raise Taken


def _judged(connection: Connection, visit: Visit, lax: bool, refused: bool) -> Visit:
    """The visit as it is written. Raises `Taken` unless the base is lax."""
    if not refused:
        try:
            _claim_patient(connection, visit)
        except Taken:
            if not lax:
                raise
            refused = True
    return replace(visit, state="cancelled") if refused else visit


def _claim_patient(connection: Connection, visit: Visit) -> None:
    """«Запретить запись клиента на два посещения одновременно»: the policy is on in this base."""
    digits = "".join(filter(str.isdigit, visit.phone))[-10:]
    if not digits:
        return
    _lock(connection, f"patient:{digits}")
    query = sql.SQL(
        "SELECT 1 FROM sandbox.visits WHERE id <> %(id)s AND lower(surname) = lower(%(surname)s)"
        " AND lower(given) = lower(%(given)s)"
        " AND right(regexp_replace(phone, '\\D', '', 'g'), 10) = %(digits)s"
        " AND starts_at < %(ends_at)s AND ends_at > %(starts_at)s AND state = 'booked' LIMIT 1"
    )
    if connection.execute(query, {**_values(visit), "digits": digits}).fetchone() is not None:
        raise Taken

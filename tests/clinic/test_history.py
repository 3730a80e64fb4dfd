"""The history of a booking: who did what and when; nobody rewrites it. Old bookings are brought along."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

import clinic.database
from clinic.database import SCHEMA, migrate, sqlalchemy_url
from clinic.outcomes import Confirmed, Held, Unknown
from mis.port import VisitStatus
from tests.clinic.conftest import Desk, patient, slot
from tests.support.postgres import fresh_database

CHANGES = text("SELECT actor, from_state, to_state, detail, at FROM clinic.booking_event ORDER BY id")


def changes(desk: Desk) -> list[tuple[str, str | None, str]]:
    with desk.engine.connect() as connection:
        return [(row.actor, row.from_state, row.to_state) for row in connection.execute(CHANGES)]


def hold(desk: Desk) -> int:
    kept = desk.bookings.hold("c1", slot(), [], "k1")
    assert isinstance(kept, Held)
    return kept.booking_id


def test_every_change_names_its_actor_reason_and_time(desk: Desk) -> None:
    booking_id = hold(desk)
    desk.mis.faults["book"] = ["lost"]
    assert desk.bookings.confirm(booking_id, patient(), "v1") == Unknown(booking_id)
    desk.bookings.settle(desk.clock.forward(seconds=30))
    assert changes(desk) == [
        ("patient", None, "planned"),
        ("patient", "planned", "held"),
        ("patient", "held", "sent"),
        ("patient", "sent", "unknown"),
        ("recovery", "unknown", "confirmed"),
    ]
    with desk.engine.connect() as connection:
        rows = connection.execute(CHANGES).all()
    assert all(row.detail for row in rows)
    assert rows[-1].at - rows[0].at == timedelta(seconds=30)


def test_what_the_clinic_did_is_the_clinics(desk: Desk) -> None:
    booking_id = hold(desk)
    booked = desk.bookings.confirm(booking_id, patient(), "v1")
    assert isinstance(booked, Confirmed)
    desk.mis.entries[booked.visit.id].status = VisitStatus.CANCELLED
    desk.bookings.hold("c2", slot(), [], "k2")
    assert ("clinic", "confirmed", "cancelled") in changes(desk)


@pytest.mark.parametrize(
    "statement", ["UPDATE clinic.booking_event SET actor = 'clinic'", "DELETE FROM clinic.booking_event"]
)
def test_history_cannot_be_rewritten(desk: Desk, statement: str) -> None:
    hold(desk)
    with pytest.raises(DBAPIError, match="append-only"), desk.engine.begin() as connection:
        connection.execute(text(statement))


OLD_ROW = text(
    "INSERT INTO clinic.booking (request_key, calendar_token, conversation_id, state, branch_id, doctor_id,"
    " start, length, timezone, service_ids, patient_key, surname, given, patronymic, phone, birth_date,"
    " created_at, updated_at) VALUES (:key, :key, 'c', :state, 'b1', :key, now(), '30 min', 'Europe/Moscow',"
    " '{}', :key, :surname, 'иЛЬЯ ', NULL, '8 916 123-45-67', :born, now(), now())"
)


def test_patients_of_old_bookings_are_brought_into_form(postgres: str) -> None:
    with fresh_database(postgres) as url:
        engine = create_engine(sqlalchemy_url(url))
        config = Config()
        config.set_main_option("script_location", str(Path(clinic.database.__file__).parent / "migrations"))
        with engine.connect() as connection:
            connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))
            connection.commit()
            config.attributes["connection"] = connection
            command.upgrade(config, "0003")
            connection.commit()
            for key, state, surname in (("a", "confirmed", "берёзов"), ("b", "cancelled", "БЕРЕЗОВ")):
                born = date(1985, 3, 2)
                connection.execute(OLD_ROW, {"key": key, "state": state, "surname": surname, "born": born})
            connection.execute(OLD_ROW, {"key": "c", "state": "absent", "surname": "", "born": born})
            connection.commit()
        migrate(url)
        with engine.connect() as connection:
            rows = connection.execute(text("SELECT * FROM clinic.booking ORDER BY request_key")).all()
        engine.dispose()
    assert [(row.surname, row.given, row.phone) for row in rows[:2]] == [
        ("Берёзов", "Илья", "+79161234567"),
        ("Березов", "Илья", "+79161234567"),
    ]
    assert rows[0].patient_key == rows[1].patient_key
    assert rows[2].surname == "", "what cannot be brought into form stays as it was"

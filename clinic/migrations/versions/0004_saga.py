"""Who made each change; patients in normal form; visits that clash or that the clinic has moved."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from alembic import op

from clinic.normal_patient import BadPatient, normal_patient, patient_key
from mis.port import FullName, Patient

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_LIVE = "state IN ('planned', 'held', 'sent', 'unknown', 'confirmed', 'cancelling')"


def upgrade() -> None:
    op.execute("""
        ALTER TABLE clinic.booking
            ADD COLUMN clash_checked_at timestamptz,
            ADD COLUMN clash_at timestamptz,
            DROP CONSTRAINT booking_state,
            ADD CONSTRAINT booking_state CHECK (state IN
                ('planned', 'held', 'sent', 'unknown', 'confirmed', 'cancelling',
                 'refused', 'absent', 'released', 'expired', 'cancelled', 'moved')),
            DROP CONSTRAINT booking_outcome,
            ADD CONSTRAINT booking_outcome CHECK (outcome IN
                ('booked', 'absent', 'unclear', 'cancelled', 'not_cancelled', 'cancel_unclear', 'clash'))
    """)
    op.execute("UPDATE clinic.booking SET clash_checked_at = updated_at WHERE state = 'confirmed'")
    # Nobody knows any more who made the changes of before.
    op.execute("ALTER TABLE clinic.booking_event ADD COLUMN actor text NOT NULL DEFAULT 'unknown'")
    op.execute("""
        ALTER TABLE clinic.booking_event
            ALTER COLUMN actor DROP DEFAULT,
            ADD CONSTRAINT booking_event_actor CHECK (actor IN ('patient', 'recovery', 'clinic', 'unknown'))
    """)
    op.execute("CREATE INDEX booking_patient ON clinic.booking (patient_key)")
    _normalise()


def _normalise() -> None:
    """Give the patients of old bookings the form and the key of new ones, or they would be other people."""
    connection = op.get_bind()
    rows = connection.execute(
        sa.text(
            "SELECT id, surname, given, patronymic, phone, birth_date FROM clinic.booking"
            " WHERE surname IS NOT NULL AND phone IS NOT NULL AND birth_date IS NOT NULL"
        )
    ).all()
    for row in rows:
        name = FullName(row.surname, row.given, row.patronymic or "")
        try:
            patient = normal_patient(Patient(name, row.phone, row.birth_date), date.max)
        except BadPatient:
            continue
        values = {
            "id": row.id,
            "surname": patient.name.surname,
            "given": patient.name.given,
            "patronymic": patient.name.patronymic,
            "phone": patient.phone,
            "key": patient_key(patient),
        }
        connection.execute(
            sa.text(
                "UPDATE clinic.booking AS one SET surname = :surname, given = :given,"
                " patronymic = :patronymic, phone = :phone,"
                # A claim that two live rows would share stays with the row that has it.
                f" patient_key = CASE WHEN patient_key IS NULL OR (one.{_LIVE} AND EXISTS ("
                " SELECT 1 FROM clinic.booking AS other WHERE other.id <> one.id AND other.patient_key = :key"
                f" AND other.doctor_id = one.doctor_id AND other.start = one.start AND other.{_LIVE}))"
                " THEN patient_key ELSE :key END WHERE id = :id"
            ),
            values,
        )

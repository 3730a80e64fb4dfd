"""That the clinic has cancelled a visit is news for its patient."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        ALTER TABLE clinic.booking
            DROP CONSTRAINT booking_outcome,
            ADD CONSTRAINT booking_outcome CHECK (outcome IN
                ('booked', 'absent', 'unclear', 'cancelled', 'not_cancelled', 'cancel_unclear', 'clash',
                 'cancelled_by_clinic'))
    """)

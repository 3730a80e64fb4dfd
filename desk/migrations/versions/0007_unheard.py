"""Which turns' answers did not reach the patient."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.execute("""
        ALTER TABLE desk.inbox ADD COLUMN unheard boolean NOT NULL DEFAULT false;
        COMMENT ON COLUMN desk.inbox.unheard IS
            'the turn broke off or was silenced: what it told of bookings is still to be made news';
        CREATE INDEX inbox_unheard ON desk.inbox (id) WHERE unheard;
    """)


def downgrade() -> None:
    op.execute("ALTER TABLE desk.inbox DROP COLUMN unheard")

"""What the clinic has stored for a patient: rows of its tables, read beside the running system."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.rows import dict_row

from tools.running import System

_QUERIES = {
    "requests": "SELECT r.* FROM clinic.request r JOIN desk.conversation c"
    " ON c.rasa_sender = r.conversation_id WHERE c.external_id = %s ORDER BY r.id",
    "waiting": "SELECT w.* FROM clinic.wait_entry w JOIN desk.conversation c"
    " ON c.rasa_sender = w.conversation_id WHERE c.external_id = %s AND w.state = 'waiting' ORDER BY w.id",
}


def stored(system: System, sender: str, what: str) -> list[dict[str, Any]]:
    """Rows of the conversation of `sender`, oldest first; `what` is "requests" or "waiting"."""
    lines = (system.var_dir / "postgres" / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    port, folder = lines[3].strip(), lines[4].strip()
    with psycopg.connect(
        host=folder, port=port, user="postgres", dbname="maria", row_factory=dict_row
    ) as connection:
        return connection.execute(_QUERIES[what], (sender,)).fetchall()

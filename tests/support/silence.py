"""Time that passes while a patient writes nothing: moved in the desk's database, nobody waits."""

from __future__ import annotations

import psycopg

from tools.running import System


def pass_silence(system: System, sender: str, seconds: float) -> None:
    """Let the last message of `sender` have come `seconds` earlier than it did."""
    lines = (system.var_dir / "postgres" / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    port, folder = lines[3].strip(), lines[4].strip()
    with psycopg.connect(host=folder, port=port, user="postgres", dbname="maria") as connection:
        changed = connection.execute(
            "UPDATE desk.conversation SET last_patient_at = last_patient_at - make_interval(secs => %s)"
            " WHERE external_id = %s",
            (seconds, sender),
        )
        assert changed.rowcount == 1, f"{changed.rowcount} conversations of {sender}"

"""What a patient's phone received, and what our ledger knows of the patient's visits."""

from __future__ import annotations

import json
import re

import psycopg

from tools.running import System

_LET_GO = ("planned", "held", "released", "expired", "absent")


def sent_code(system: System, phone: str) -> str:
    """The code of the last message that the development adapter wrote for `phone`."""
    lines = (system.var_dir / "sms.jsonl").read_text(encoding="utf-8").splitlines()
    messages = [json.loads(line) for line in lines]
    texts = [message["text"] for message in messages if message["phone"] == phone]
    assert texts, "no message was sent to the patient's phone"
    found = re.search(r"\d{6}", texts[-1])
    assert found, texts[-1]
    return found.group()


def ledger_states(system: System, phone: str, sender: str) -> list[str]:
    """States of the bookings of `phone` or of the conversation of `sender`, oldest first.

    Times that were let go, or are only held, are left out.
    """
    lines = (system.var_dir / "postgres" / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    port, folder = lines[3].strip(), lines[4].strip()
    with psycopg.connect(host=folder, port=port, user="postgres", dbname="maria") as connection:
        rows = connection.execute(
            "SELECT state FROM clinic.booking WHERE state <> ALL(%s) AND (phone = %s OR conversation_id IN"
            " (SELECT rasa_sender FROM desk.conversation WHERE external_id = %s)) ORDER BY id",
            (list(_LET_GO), phone, sender),
        )
        return [row[0] for row in rows]

"""After a whole booking nothing that the patient said stands in a log."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.scenarios.runner import Patient
from tests.support.system import System
from tests.system import dialogue

pytestmark = pytest.mark.system

GIVEN, PATRONYMIC = "Евлампия", "Порфирьевна"
ASIDE = "у меня хризантема на подоконнике завяла"


def test_no_log_holds_what_a_patient_said(system: System) -> None:
    patient = Patient(system)
    patient.name = f"{patient.surname} {GIVEN} {PATRONYMIC}"
    patient.write(ASIDE)
    dialogue.book(patient)
    patient.write("спасибо, до свидания")
    (visit,) = patient.visits()
    assert visit["given"] == GIVEN

    logs = dict(_logs(system))
    assert {"desk.log", "rasa.log", "actions.log", "sandbox.log"} <= set(logs)
    local = patient.phone[-10:]
    stems = [patient.surname[:-1], GIVEN[:-1], PATRONYMIC[:-1], "хризантем", "подоконник", dialogue.REQUEST]
    found = []
    for name, text in logs.items():
        if local in re.sub(r"[\s()+\-–—.]", "", text):
            found.append(f"{name}: the phone")
        found += [f"{name}: {stem}" for stem in stems for form in _spellings(stem) if form in text.lower()]
    found += [f"{name}: slots" for name, text in logs.items() if "booking__what" in text]
    assert found == []


def _logs(system: System) -> Iterator[tuple[str, str]]:
    for path in system.var_dir.joinpath("log").rglob("*"):
        if path.is_file():
            yield path.name, path.read_text(encoding="utf-8", errors="replace")
    # PostgreSQL writes the failed statements of its clients with their values.
    for path in system.var_dir.joinpath("postgres").glob("log*"):
        if path.is_file():
            yield f"postgres/{path.name}", path.read_text(encoding="utf-8", errors="replace")
    yield "launcher", "\n".join(system.printed)


def _spellings(stem: str) -> set[str]:
    """As it is, as JSON escapes it and as an address does: all in small letters, like the searched text."""
    found = set()
    for word in (stem, stem.lower(), stem.capitalize()):
        percent = "".join(f"%{byte:02x}" if byte > 127 else chr(byte) for byte in word.encode())
        found |= {word.lower(), word.encode("unicode_escape").decode().lower(), percent.lower()}
    return found

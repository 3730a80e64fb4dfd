"""Rasa dies in the middle of a booking: everything stops cleanly, and after a start the patient goes on."""

from __future__ import annotations

import signal
from pathlib import Path

import psutil
import pytest

from tests.scenarios.runner import Patient
from tests.support.system import running_system
from tests.system import dialogue

pytestmark = pytest.mark.system

STOP_SECONDS = 60


def test_a_booking_goes_on_after_rasa_was_killed(system_folder: Path) -> None:
    var_dir = system_folder / "restart"
    with running_system(var_dir) as first:
        patient = Patient(first)
        dialogue.find(patient)
        dialogue.choose(patient)
        ours = first.processes()
        assert {"rasa", "postgres"} <= {_name(process) for process in ours}
        first.child("rasa").send_signal(signal.SIGKILL)
        exit_code = first.process.wait(STOP_SECONDS)
        _, alive = psutil.wait_procs(ours, STOP_SECONDS)
    assert exit_code not in (0, None)
    assert [_name(process) for process in alive] == []
    assert not (var_dir / "postgres" / "postmaster.pid").exists()
    words = [line for line in first.printed if line.startswith("maria: ") and "stopped" in line]
    assert len(words) == 1, first.printed
    assert words[0].startswith("maria: rasa stopped"), first.printed

    with running_system(var_dir) as second:
        patient.system = second
        assert patient.visits() == []
        dialogue.introduce(patient)
        dialogue.confirm(patient)
        assert len(patient.visits()) == 1
        patient.write("да")
        assert len(patient.visits()) == 1


def _name(process: psutil.Process) -> str:
    try:
        command = " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return "gone"
    names = {"bot.light_rasa": "rasa", "postgres": "postgres", "-m tools.launch": "tools.launch"}
    names |= {f"-m {name}": name for name in ("desk", "actions", "sandbox")}
    for mark, name in names.items():
        if mark in command:
            return name
    return command

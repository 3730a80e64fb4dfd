"""What Rasa sends to the action server stays small however long the conversation is."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from tests.scenarios.runner import Patient
from tests.support.recording_proxy import recording_proxy
from tests.support.system import running_system
from tests.system import dialogue

pytestmark = pytest.mark.system

MOST_BYTES = 100 * 1024
TURNS = 30
ASIDES = (
    "сколько стоит приём кардиолога",
    "а если вечером",
    "как подготовиться к узи брюшной полости",
    "какие филиалы есть в москве",
    "давайте завтра",
    "какие врачи у вас есть",
)


def test_the_body_of_an_action_call_at_the_thirtieth_turn(system_folder: Path) -> None:
    with (
        recording_proxy() as recorder,
        running_system(
            system_folder / "body", ACTIONS_URL=recorder.url, DESK_MESSAGE_RATE="1000 per 1 second"
        ) as system,
    ):
        recorder.target = system.actions
        patient = Patient(system)
        dialogue.find(patient)
        # Questions in the form and new wishes: both add much to what Rasa remembers.
        for turn, text in zip(range(2, TURNS), itertools.cycle(ASIDES), strict=False):
            patient.write(text)
            assert recorder.calls, f"no action was called by turn {turn}"
        before = len(recorder.calls)
        dialogue.find(patient, "к терапевту в москве через неделю")
    assert recorder.calls[before:]
    largest = max(recorder.calls, key=lambda call: call.size)
    assert largest.size <= MOST_BYTES, (largest, recorder.calls[-1])

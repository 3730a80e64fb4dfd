"""The report keeps the kinds of runs apart and says what was left out; the exit code tells of any failure."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from tests.proof import __main__ as proof
from tests.proof.campaign import Outcome
from tests.proof.checker import Violation
from tests.proof.race import Race
from tests.proof.whole.outcome import WholeOutcome

BROKEN = Violation("one wish, two visits", "w1", "shown")


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Runs the proof with everything that takes time replaced; gives the exit code and the report."""

    def run(*arguments: str, whole: WholeOutcome | None = None, machine: int = 0) -> tuple[int, Any]:
        class Campaign:
            def __init__(self, *_: Any, **__: Any) -> None:
                pass

            def play(self, runs: int, _: float) -> Outcome:
                return Outcome(runs=runs)

        def play_whole(*_: Any) -> WholeOutcome:
            if whole is None:
                raise RuntimeError("it broke")
            return whole

        machined = {"examples": 5, "steps": 100, "violations": machine}
        caught = {"caught": True, "runs": 1, "rules": []}
        monkeypatch.setattr(proof, "REPORT", tmp_path / "proof.json")
        monkeypatch.setattr(proof, "open_world", lambda **_: nullcontext())
        monkeypatch.setattr(proof, "Campaign", Campaign)
        monkeypatch.setattr(proof, "race", lambda *_: Race(2, 2, 0, 1.0))
        monkeypatch.setattr(proof, "_planted", lambda *_: caught)
        monkeypatch.setattr(proof, "play_machine", lambda *_: machined)
        monkeypatch.setattr(proof, "play_whole", play_whole)
        monkeypatch.setattr(proof.signal, "signal", lambda *_: None)
        monkeypatch.setattr("sys.argv", ["proof", *arguments])
        return proof.main(), json.loads((tmp_path / "proof.json").read_text(encoding="utf-8"))

    return run


def test_a_small_proof_says_that_the_whole_system_was_left_out(play: Any) -> None:
    code, report = play("--runs", "200")
    assert (code, report["runs"], report["whole_system"]) == (0, 200, None)
    assert report["state_machine_in_process"] == {"examples": 5, "steps": 100, "violations": 0}
    assert [what.split(":")[0] for what in report["left_out"]] == ["the whole system"]


def test_the_whole_system_is_counted_apart(play: Any) -> None:
    whole = WholeOutcome(runs=20, seconds=9)
    whole.kills["kills of desk at a named point"] = 3
    code, report = play("--runs", "200", "--system", "20", whole=whole)
    assert (code, report["runs"], report["whole_system"]["runs"], report["left_out"]) == (0, 200, 20, [])
    assert report["whole_system"]["processes"] == {"kills of desk at a named point": 3}


def test_a_violation_anywhere_fails_the_proof(play: Any) -> None:
    code, report = play("--system", "20", whole=WholeOutcome(runs=20, violations=[BROKEN]))
    assert (code, report["whole_system"]["violations_by_rule"]) == (1, {BROKEN.rule: 1})
    assert play("--system", "0", machine=1)[0] == 1


def test_what_was_played_is_reported_when_the_second_leg_breaks(play: Any, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        play("--runs", "200", "--system", "20")
    report = json.loads((tmp_path / "proof.json").read_text(encoding="utf-8"))
    assert (report["runs"], report["whole_system"]) == (200, None)
    assert report["left_out"] == ["the whole system: it did not come to its end"]

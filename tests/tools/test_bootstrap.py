"""Which Python 3.10 is taken for Rasa, and what is said when there is none."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tools import bootstrap


def interpreter(path: Path, version: str = "3.10.13", exit_code: int = 0) -> str:
    """A program that answers `--version` as that Python does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho 'Python {version}'\nexit {exit_code}\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any Python 3.10: empty PATH, empty pyenv, an uv that cannot install."""
    monkeypatch.delenv("PYTHON310", raising=False)
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setattr(bootstrap, "APP", tmp_path / "venv")
    interpreter(tmp_path / "venv/bin/uv", exit_code=1)
    return tmp_path


def test_the_named_interpreter_comes_first(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = interpreter(machine / "opt/python")
    interpreter(machine / "path/python3.10")
    interpreter(machine / "pyenv/versions/3.10.14/bin/python")
    monkeypatch.setenv("PYTHON310", named)
    assert bootstrap.find_rasa_python() == named


def test_then_the_path_then_pyenv(machine: Path) -> None:
    kept = interpreter(machine / "pyenv/versions/3.10.14/bin/python")
    assert bootstrap.find_rasa_python() == kept
    on_path = interpreter(machine / "path/python3.10")
    assert bootstrap.find_rasa_python() == on_path


def test_a_shim_that_does_not_answer_is_passed_over(machine: Path) -> None:
    interpreter(machine / "path/python3.10", exit_code=127)
    kept = interpreter(machine / "pyenv/versions/3.10.14/bin/python")
    assert bootstrap.find_rasa_python() == kept


@pytest.mark.parametrize("version", ["3.11.7", "3.1.0", "3.9.18"])
def test_another_version_under_the_right_name_is_passed_over(
    machine: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.setenv("PYTHON310", interpreter(machine / "opt/python", version))
    on_path = interpreter(machine / "path/python3.10")
    assert bootstrap.find_rasa_python() == on_path


def test_a_name_that_is_no_program_is_passed_over(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON310", str(machine / "nothing/here"))
    on_path = interpreter(machine / "path/python3.10")
    assert bootstrap.find_rasa_python() == on_path


def test_uv_may_install_one(machine: Path) -> None:
    interpreter(machine / "venv/bin/uv", exit_code=0)
    assert bootstrap.find_rasa_python() == "3.10"


def test_none_at_all_is_one_line_that_says_what_to_do(
    machine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "RASA", machine / "venv-rasa")
    monkeypatch.setattr(bootstrap, "make_app_environment", lambda: None)
    assert bootstrap.main() == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("maria: ") and "3.10" in line and "PYTHON310=" in line


def test_a_python_that_is_too_old_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 4))
    assert bootstrap.main() == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "3.11" in line and "PYTHON=" in line


def test_an_environment_is_made_again_only_when_its_lock_has_changed(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[tuple[object, ...]] = []
    monkeypatch.setattr(bootstrap, "_run", lambda *command, **_: ran.append(command))
    monkeypatch.setattr(bootstrap, "ROOT", machine)
    lock = machine / "requirements/app.lock"
    lock.parent.mkdir()
    lock.write_text("one==1")
    for text, times in (("one==1", 1), ("one==1", 1), ("one==2", 2)):
        lock.write_text(text)
        bootstrap.make_app_environment()
        assert len(ran) == times

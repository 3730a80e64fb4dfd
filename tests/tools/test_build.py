"""What `make build` does again, and what it leaves as it is."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tools import build


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that were run over a project of one text."""
    monkeypatch.setattr(build, "ROOT", tmp_path)
    monkeypatch.setattr(build, "CHECKED", tmp_path / "models/.checked")
    (tmp_path / "data/catalogue").mkdir(parents=True)
    (tmp_path / "data/catalogue/phrases.yml").write_text("phrases: {}\n", encoding="utf-8")
    commands: list[list[str]] = []
    monkeypatch.setattr(subprocess, "run", lambda command, **_: commands.append(command))
    return commands


def test_texts_are_checked_once_after_each_change_though_nothing_is_learned_from_them(
    runs: list[list[str]], tmp_path: Path
) -> None:
    for _ in range(2):
        build.check_data()
    assert [command[-1] for command in runs] == ["tools.data_check"]
    (tmp_path / "data/catalogue/phrases.yml").write_text("phrases: []\n", encoding="utf-8")
    build.check_data()
    assert len(runs) == 2


def test_what_is_wrong_is_told_again_till_it_is_right(
    runs: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(command: list[str], **_: object) -> None:
        runs.append(command)
        raise subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(subprocess, "run", refuse)
    for _ in range(2):
        with pytest.raises(subprocess.CalledProcessError):
            build.check_data()
    assert len(runs) == 2

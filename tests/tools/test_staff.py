"""Accounts by command line, and the staff of the demonstration."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from desk.migrate import migrate
from lang.strict_yaml import DataFileError
from tools import staff


@pytest.fixture(scope="module")
def desk_database(database_url: str) -> str:
    migrate(database_url)
    return database_url


@pytest.fixture
def run(desk_database, monkeypatch, capsys):
    monkeypatch.setenv("DATABASE_URL", desk_database)
    monkeypatch.setenv("SANDBOX_DATABASE_URL", desk_database)

    def command(*words: str) -> tuple[int, str]:
        code = staff.main(words)
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return command


def accounts(url: str) -> list[tuple[str, str]]:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT login, role FROM desk.staff ORDER BY login").fetchall()


SANDBOX = {"ENVIRONMENT": "development"}


def test_the_demonstration_is_made_once_and_only_for_the_sandbox(desk_database):
    assert staff.make_demonstration(desk_database, {"ENVIRONMENT": "production"}, 8091) == []
    assert (
        staff.make_demonstration(desk_database, {**SANDBOX, "MIS_URL": "https://1c.clinic.example"}, 8091)
        == []
    )
    assert staff.make_demonstration(desk_database, SANDBOX, 9999) == []
    assert accounts(desk_database) == []
    lines = staff.make_demonstration(desk_database, SANDBOX, 8091)
    assert len(lines) == len(accounts(desk_database)) >= 3
    assert {role for _, role in accounts(desk_database)} == {"operator", "supervisor", "administrator"}
    assert len({line.split()[-1] for line in lines}) == len(lines)
    assert staff.make_demonstration(desk_database, SANDBOX, 8091) == []


def test_commands(run, desk_database):
    code, printed = run("add", "Olga", "--name", "Ольга Н.", "--role", "operator", "--skill", "dms")
    assert code == 0 and printed.startswith("olga: password ")
    assert run("add", "olga", "--name", "Ольга Н.", "--role", "operator")[0] == 1
    assert run("add", "о", "--name", "Ольга Н.", "--role", "operator")[0] == 1
    code, again = run("password", "olga")
    assert code == 0 and again != printed
    assert run("unlock", "olga") == (0, "olga: unlocked\n")
    assert run("disable", "olga") == (0, "olga: disabled\n")
    assert "disabled" in next(line for line in run("list")[1].splitlines() if line.startswith("olga"))
    assert run("enable", "olga")[0] == 0
    code, printed = run("password", "nobody")
    assert code == 1 and "nobody" in printed


def test_wrong_demonstration_files_are_told_by_line(tmp_path: Path):
    path = tmp_path / "staff.yml"
    path.write_text(
        "staff:\n- {login: a1, name: А, role: boss, skills: [magic], cap: 99}\n", encoding="utf-8"
    )
    with pytest.raises(DataFileError) as caught:
        staff.load_demonstration(path)
    assert [problem.split(":")[1] for problem in caught.value.problems] == ["2", "2", "2"]

"""Fixtures shared by all tests of `.venv`; `tests/bot` and `tests/lang` run without them in `.venv-rasa`."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.system import System

_PROVED = "proved"


@pytest.fixture
def proved(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Tells a figure that a test has shown; it is printed at the end of the run if the test passes."""
    return lambda figure: record_property(_PROVED, figure)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    passed = terminalreporter.getreports("passed")
    figures = [value for report in passed for name, value in report.user_properties if name == _PROVED]
    if figures:
        terminalreporter.section("shown by these tests")
        for figure in figures:
            terminalreporter.line(str(figure))


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Address of a PostgreSQL server that lives as long as the test run."""
    from tests.support.postgres import postgres_server

    with postgres_server() as server:
        yield server


@pytest.fixture(scope="module")
def database_url(postgres: str) -> Iterator[str]:
    """A fresh empty database for each test module."""
    from tests.support.postgres import fresh_database

    with fresh_database(postgres) as url:
        yield url


@pytest.fixture(scope="session")
def system(system_folder: Path) -> Iterator[System]:
    """The product, started as `make run` starts it: one for all tests marked `system`."""
    from tests.support.system import running_system

    with running_system(system_folder / "var") as running:
        yield running


@pytest.fixture(scope="session")
def system_folder(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A folder for running systems, kept with its logs when a test has failed.

    Not pytest's own: the next run of pytest shuts that to other users, and PostgreSQL is one of them.
    """
    folder = Path(tempfile.mkdtemp(prefix="maria-system-"))
    yield folder
    if request.session.testsfailed == 0:
        shutil.rmtree(folder)

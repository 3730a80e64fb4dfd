"""Fixtures shared by all tests of `.venv`; `tests/bot` and `tests/lang` run without them in `.venv-rasa`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.system import System


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
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The product, started as `make run` starts it: one for all tests marked `system`."""
    from tests.support.system import running_system

    with running_system(tmp_path_factory.mktemp("var")) as running:
        yield running

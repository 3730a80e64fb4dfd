"""Fixtures shared by all tests of `.venv`; `tests/bot` and `tests/lang` run without them in `.venv-rasa`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


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

"""One running system for all scenarios of a run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.system import System, running_system


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The product, started as `make run` starts it."""
    with running_system(tmp_path_factory.mktemp("var")) as running:
        yield running

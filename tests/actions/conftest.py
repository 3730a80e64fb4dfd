from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.actions.clinic import Stage, open_stage
from tests.actions.dialogue import Dialogue


@pytest.fixture
def stage() -> Iterator[Stage]:
    with open_stage() as stage:
        yield stage


@pytest.fixture
def talk(stage: Stage) -> Dialogue:
    return Dialogue(stage)

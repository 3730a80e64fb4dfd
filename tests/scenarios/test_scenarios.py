"""Every scenario file is one test; its path is its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.runner import play
from tests.support.system import System

FOLDER = Path(__file__).parent
FILES = sorted(FOLDER.glob("*/*.yml"))


@pytest.mark.system
@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_scenario(system: System, path: Path) -> None:
    play(system, path)

"""docs/integration.md says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from mis.check_findings import GAPS
from mis.fhir import CAPABILITIES as FHIR
from mis.umc import CAPABILITIES as UMC

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "integration.md").read_text(encoding="utf-8")


def test_the_capabilities_of_every_way() -> None:
    rows = {
        row[0]: row[1:] for row in re.findall(r"^\| `(\w+)`:[^|]*\|([^|]*)\|([^|]*)\|([^|]*)\|", TEXT, re.M)
    }
    assert set(rows) == set(GAPS)
    for name, told in rows.items():
        able = [cell.strip().startswith("да") for cell in told]
        assert able == [getattr(UMC, name), getattr(UMC, name), getattr(FHIR, name)], name


def test_the_files_and_targets_it_names_are_there() -> None:
    for path in set(re.findall(r"`((?:mis|tests|data)/[\w/.]+)`", TEXT)):
        assert (ROOT / path).exists(), path
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"\bmake ([a-z-]+)", TEXT)):
        assert f"\n{target}:" in makefile, target
    assert "docs/integration.md" in (ROOT / "README.md").read_text(encoding="utf-8")

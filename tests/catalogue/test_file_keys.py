from __future__ import annotations

from pathlib import Path

import pytest
import yaml

CATALOGUE = Path(__file__).resolve().parents[2] / "data" / "catalogue"
RASA = {
    "nlu",
    "rules",
    "stories",
    "intents",
    "entities",
    "slots",
    "forms",
    "responses",
    "actions",
    "e2e_actions",
}


@pytest.mark.parametrize("path", sorted(CATALOGUE.glob("*.yml")), ids=lambda path: path.name)
def test_rasa_takes_no_file_of_the_catalogue_for_its_own(path: Path) -> None:
    """Training reads everything under data/ and claims a file by its top keys."""
    assert RASA & set(yaml.safe_load(path.read_text(encoding="utf-8"))) == set()

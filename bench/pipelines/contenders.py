"""What is compared: four configurations of Rasa and one plain model beside them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Contender:
    """`config` is None for the model that needs no Rasa; `complete`: it also finds values and red flags."""

    letter: str
    title: str
    config: Path | None
    complete: bool = False


CONTENDERS = {
    contender.letter: contender
    for contender in (
        Contender("a", "Rasa's default, DIET", HERE / "rasa_default.yml"),
        Contender("b", "DIET, lemmas + letters + vectors", HERE / "diet_lemmas.yml"),
        Contender("c", "Rasa's regression, same features", HERE / "regression_lemmas.yml"),
        Contender("d", "ours", ROOT / "config.yml", complete=True),
        Contender("e", "plain TF-IDF + regression", None),
    )
}


def configuration(contender: Contender, epochs: int | None) -> dict[str, Any]:
    """The contender's configuration without policies; `epochs` in place of its own where it counts any."""
    assert contender.config is not None
    config: dict[str, Any] = yaml.safe_load(contender.config.read_text(encoding="utf-8"))
    config.pop("policies", None)
    for component in config["pipeline"]:
        if epochs is not None and "epochs" in component:
            component["epochs"] = epochs
    return config

"""What a model is made from: a change of one of these files, and of no other, asks for a new training."""

from __future__ import annotations

import re
from pathlib import Path

CATALOGUE = Path("data/catalogue")
# Of the catalogue, what the parts of the pipeline read (tests/bot/test_training_files.py watches them); the
# texts beside it are for the desk and the action server, which read them at their start.
LEARNED_FROM = frozenset(
    {
        "advice.yml",
        "alarms.yml",
        "branches.yml",
        "insurers.yml",
        "red_flags.yml",
        "rooms.yml",
        "services.yml",
        "specialties.yml",
        "topics.yml",
    }
)
# Rasa takes a file with such a line for training data, wherever under data/ it lies and however far from the
# margin the key is.
_RASA_DATA = re.compile(r"^\s*[\"']?(nlu|responses|stories|rules)\b", re.MULTILINE)
_CODE = ("bot", "lang")


def training_files(root: Path) -> list[Path]:
    """The files of the project under `root`: structure, data, and the code that reads them."""
    files = [root / name for name in ("domain.yml", "config.yml", "requirements/rasa.lock")]
    for folder in _CODE:
        files += [path for path in (root / folder).rglob("*") if "__pycache__" not in path.parts]
    files += [path for path in (root / "data").rglob("*") if _is_learned_from(root, path)]
    return sorted(path for path in files if path.is_file())


def _is_learned_from(root: Path, path: Path) -> bool:
    """Where in doubt, it is: a needless training costs minutes, a missing one answers with old words."""
    if path.is_dir():
        return False
    known = path.relative_to(root).parent == CATALOGUE and path.suffix == ".yml"
    if not known or path.name in LEARNED_FROM:
        return True
    return _RASA_DATA.search(path.read_text(encoding="utf-8", errors="replace")) is not None

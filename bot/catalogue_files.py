"""The files the components read beside the training data: the catalogue and today's doctors."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import lang
from lang.mentions import DoctorName

# Files of the catalogue that messages are read with.
VALUES = ("specialties.yml", "services.yml", "branches.yml")
_CODE = (Path(__file__).parent, Path(lang.__file__).parent)


class DoctorsFile:
    """Snapshot that the action server writes, re-read when it changes. An absent file means no doctors."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: float | None = None

    def changed(self) -> list[DoctorName] | None:
        """The doctors, if the file is another than at the last call; None if it is the same or absent."""
        try:
            stamp = self._path.stat().st_mtime
        except OSError:
            return None
        if stamp == self._stamp:
            return None
        rows = json.loads(self._path.read_text(encoding="utf-8"))
        self._stamp = stamp
        return [DoctorName(row["id"], row["surname"], row["given"], row["patronymic"]) for row in rows]


def reading_fingerprint(directory: Path) -> str:
    """Hash of what messages are read with: the catalogue's files of values and our code.

    Rasa's cache would notice neither, and would keep parts that have learned from other values. Files that
    only hold texts are left out: they change nothing that is learned.
    """
    digest = hashlib.sha256()
    files = [directory / name for name in VALUES]
    files += [path for folder in _CODE for path in folder.iterdir() if path.suffix in (".py", ".yml")]
    for path in sorted(path for path in files if path.exists()):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()

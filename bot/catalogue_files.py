"""The files the components read beside the training data: the catalogue and today's doctors."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from lang.mentions import DoctorName


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


def catalogue_fingerprint(directory: Path) -> str:
    """Hash of every catalogue file: an edited catalogue retrains, which Rasa's cache would not notice."""
    digest = hashlib.sha256()
    for path in sorted(directory.glob("*.yml")):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()

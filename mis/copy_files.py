"""Good answers of a MIS on disk, so that an outage may begin before a start of ours."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ValidationError

log = logging.getLogger(__name__)


Value = TypeVar("Value")


class _File(BaseModel, Generic[Value]):
    read_at: datetime
    value: Value


class CopyFiles:
    """One JSON file for each key in `folder`; `kinds` gives the type of the answers by a key's first part.

    Several processes may share a folder: a file is replaced as a whole. Nothing here raises: a copy that
    cannot be written or read, or was written by a version with other types, is as good as none. Thread-safe.
    """

    def __init__(self, folder: Path, kinds: Mapping[str, Any]) -> None:
        self._folder = folder
        self._types: dict[str, Any] = {kind: _typed(value) for kind, value in kinds.items()}

    def read(self, key: tuple[str, ...]) -> tuple[Any, datetime] | None:
        """The copy and when it was read from the MIS; None when there is no usable one."""
        path = self._path(key)
        try:
            found = self._types[key[0]].model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as failure:
            log.warning("the copy %s cannot be read: %s", path.name, type(failure).__name__)
            return None
        return found.value, found.read_at

    def write(self, key: tuple[str, ...], value: Any, read_at: datetime) -> None:
        path = self._path(key)
        unfinished = ""
        try:
            data = self._types[key[0]](read_at=read_at, value=value).model_dump_json().encode()
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
                unfinished = file.name
                file.write(data)
            os.replace(unfinished, path)
        except OSError as failure:
            log.warning("the copy %s is not kept: %s", path.name, type(failure).__name__)
            if unfinished:
                Path(unfinished).unlink(missing_ok=True)

    def _path(self, key: tuple[str, ...]) -> Path:
        return self._folder / f"{quote(' '.join(key), safe='')}.json"


def _typed(value: Any) -> Any:
    """A file whose value has the type `value`, known only now."""
    return _File.__class_getitem__(value)

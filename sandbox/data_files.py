"""Reading the sandbox's YAML: every complaint names the file and what is wrong in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml


class DataError(Exception):
    """A data file is missing or says something that cannot be used."""


def load(path: Path) -> Mapping[str, Any]:
    """The mapping in `path`. Raises `DataError` with file, line and fault."""
    try:
        loaded = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise DataError(f"{path}:{line}: not YAML: {error.problem}") from error
    if not isinstance(loaded, Mapping):
        raise DataError(f"{path}:1: a mapping is expected at the top")
    return loaded


def section(data: Mapping[str, Any], key: str, path: Path) -> Any:
    """`data[key]`, or `DataError` that says which keys there are."""
    try:
        return data[key]
    except KeyError as error:
        raise DataError(f"{path}: the key «{key}» is missing; there are: {', '.join(data)}") from error

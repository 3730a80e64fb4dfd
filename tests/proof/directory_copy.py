"""Branches, doctors and services read once for all processes of the proof.

Who works in the clinic is not what is proved, and a process that is killed every second cannot read it anew.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from mis.port import Branch, Doctor, MisUnavailable, Service

# No story books a service by name.
_SERVICES = 5


@dataclass
class DirectoryCopy:
    branches: list[Branch] = field(default_factory=list)
    doctors: dict[str, list[Doctor]] = field(default_factory=dict)
    services: dict[str, list[Service]] = field(default_factory=dict)

    @classmethod
    def read(cls, mis: Any) -> DirectoryCopy:
        branches = list(mis.branches())
        return cls(
            branches,
            {branch.id: list(mis.doctors(branch.id)) for branch in branches},
            {branch.id: list(mis.services(branch.id))[:_SERVICES] for branch in branches},
        )

    def save(self, path: Path) -> None:
        path.write_bytes(pickle.dumps(self))

    @classmethod
    def load(cls, path: Path) -> DirectoryCopy:
        found = pickle.loads(path.read_bytes())
        assert isinstance(found, cls)
        return found


class NoReference:
    """The site beside the MIS is silent: no rules of preparation are known."""

    def preparation(self, article: str) -> Any:
        raise MisUnavailable("there is no reference here")

    def insurers(self, branch_id: str) -> Any:
        raise MisUnavailable("there is no reference here")


class CopiedDirectory:
    """Any MIS; its directories come from the copy at `path`, which is read when it is first needed."""

    def __init__(self, mis: Any, path: Path) -> None:
        self._mis, self._path = mis, path

    @property
    def fresh(self) -> CopiedDirectory:
        return CopiedDirectory(self._mis.fresh, self._path)

    @cached_property
    def _copy(self) -> DirectoryCopy:
        return DirectoryCopy.load(self._path)

    def branches(self) -> list[Branch]:
        return self._copy.branches

    def doctors(self, branch_id: str) -> list[Doctor]:
        return self._copy.doctors.get(branch_id, [])

    def services(self, branch_id: str) -> list[Service]:
        return self._copy.services.get(branch_id, [])

    def directory_age(self, *_: Any) -> Any:
        return None

    def __getattr__(self, name: str) -> Callable[..., Any]:
        found: Callable[..., Any] = getattr(self._mis, name)
        return found

"""The corpus of complaints: what patients write and which specialties they may go to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lang.strict_yaml import DataFileError, Problems, Value, read_yaml

MOST_SPECIALTIES = 3


class ComplaintsError(DataFileError):
    """A file of complaints cannot be used; every problem names its line and what is allowed."""


@dataclass(frozen=True)
class Complaint:
    """`specialties`: one to three ids, the best first."""

    text: str
    specialties: tuple[str, ...]
    child: bool = False


def load_complaints(folder: Path) -> tuple[Complaint, ...]:
    """Every complaint of the folder's YAML files. Raises ComplaintsError with all problems found."""
    problems = Problems()
    found: list[Complaint] = []
    for path in sorted(folder.glob("*.yml")):
        root = read_yaml(path, problems)
        top = root.fields(("complaints",)) if root else {}
        found += [_complaint(entry) for entry in (top["complaints"].values() if "complaints" in top else ())]
    if not found and not problems.found:
        problems.add(str(folder.name), "no complaints", "YAML files with a list `complaints`")
    problems.stop_if_any(ComplaintsError)
    return tuple(found)


def _complaint(entry: Value) -> Complaint:
    fields = entry.fields(("text", "specialties"), ("child",))
    text = fields["text"].text() if "text" in fields else ""
    specialties = fields["specialties"].texts() if "specialties" in fields else ()
    if "specialties" in fields and not 1 <= len(specialties) <= MOST_SPECIALTIES:
        fields["specialties"].wrong(f"{len(specialties)} specialties", f"1 to {MOST_SPECIALTIES}")
    return Complaint(text, tuple(specialties), "child" in fields and fields["child"].flag())

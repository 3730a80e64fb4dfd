"""Why visits are cancelled: the reasons of cancel_reasons.yml, as buttons and as words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lang.answers import Phrase, matches, phrases_of, words_said
from lang.strict_yaml import DataFileError, Problems, read_yaml

MOST = 6
LONGEST_TITLE = 30


class CancelReasonsError(DataFileError):
    """cancel_reasons.yml cannot be used; every problem names its line and what is allowed."""


@dataclass(frozen=True)
class CancelReason:
    """`id` is stored, `title` is on the button, `phrases` tell the reason in the patient's own words."""

    id: str
    title: str
    phrases: tuple[Phrase, ...]


@dataclass(frozen=True)
class CancelReasons:
    """Reasons by id, in file order."""

    by_id: Mapping[str, CancelReason]

    def find(self, text: str) -> CancelReason | None:
        """The first reason with a word of the text."""
        said = words_said(text)
        return next((reason for reason in self.by_id.values() if matches(reason.phrases, said)), None)


def load_cancel_reasons(path: Path) -> CancelReasons:
    """Read cancel_reasons.yml. Raises CancelReasonsError: file, line, what is wrong, what is allowed."""
    problems = Problems()
    root = read_yaml(path, problems)
    top = root.fields(("reasons",)) if root else {}
    found: dict[str, CancelReason] = {}
    for id_, entry in top["reasons"].items() if "reasons" in top else ():
        fields = entry.fields(("title", "words"))
        if len(fields) < 2:
            continue
        title = fields["title"].text()
        if len(title) > LONGEST_TITLE:
            fields["title"].wrong(f"{len(title)} characters are too many", f"at most {LONGEST_TITLE}")
        if len(found) == MOST:
            entry.wrong("one reason too many", f"at most {MOST}")
        found[id_] = CancelReason(id_, title, phrases_of(fields["words"]))
    problems.stop_if_any(CancelReasonsError)
    return CancelReasons(found)

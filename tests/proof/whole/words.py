"""Which of the product's texts a patient has read: a text is known by its template."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from desk.texts import load_texts
from tests.actions.dialogue import responses
from tools.bootstrap import ROOT

_PLACE = re.compile(r"\\\{(\w+)\\\}")
_OF_VISITS = re.compile(r"utter_(book|offer_taken|hold_expired|move|visit_cancelled|cancel_)")
_OF_THE_DESK = re.compile(r"failed_|storage_down|down_|settled_|button_retry")


@dataclass(frozen=True)
class Words:
    """Texts about visits, by the names of the responses and of the desk's texts."""

    texts: Mapping[str, str]

    @cached_property
    def _patterns(self) -> list[tuple[str, re.Pattern[str]]]:
        # The longest first: a short one may be the beginning of a long one.
        known = sorted(self.texts.items(), key=lambda item: -len(item[1]))
        return [(name, re.compile(_pattern(text), re.DOTALL)) for name, text in known]

    def name(self, text: str) -> str:
        """The name of a text, "" when it is none of these."""
        return next((name for name, pattern in self._patterns if pattern.fullmatch(text.strip())), "")

    def number(self, text: str) -> int:
        """The number of the visit that a text names, 0 when it names none."""
        found = re.search(r"Номер записи:? (\d+)", text)
        return int(found.group(1)) if found else 0


def _pattern(template: str) -> str:
    seen: set[str] = set()

    def place(match: re.Match[str]) -> str:
        name = match[1]
        if name in seen:
            return ".*?"
        seen.add(name)
        return f"(?P<{name}>.*?)"

    return _PLACE.sub(place, re.escape(template.strip()))


def _load() -> Words:
    said = {
        name: variant["text"]
        for name, variants in responses().items()
        for variant in variants
        if _OF_VISITS.match(name) and "text" in variant
    }
    by_desk = load_texts(ROOT / "data/catalogue/desk_texts.yml").by_key
    return Words(said | {key: text for key, text in by_desk.items() if _OF_THE_DESK.match(key)})


WORDS = _load()

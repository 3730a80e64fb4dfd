"""What the staff's side of the desk answers in words, from `data/catalogue/staff_texts.yml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from lang.strict_yaml import Problems, read_yaml

StaffTextKey = Literal[
    "wrong_password",
    "locked",
    "not_logged_in",
    "foreign_page",
    "no_right",
    "not_found",
    "invalid",
    "storage_down",
    "weak_password",
    "same_password",
    "bad_login",
    "login_taken",
    "last_administrator",
    "changed_meanwhile",
    "not_possible_now",
    "no_place",
    "colleague_away",
    "bad_time",
    "no_clinic",
    "visit_booked",
    "visit_clash",
    "visit_moved",
    "visit_moved_old_stands",
    "visit_cancelled",
    "visit_gone",
    "visit_double",
    "visit_refused",
    "visit_unknown",
    "visit_already_gone",
    "visit_being_checked",
    "visit_not_proved",
    "visit_mis_down",
    "visit_bad_patient",
    "visit_bad_offer",
    "visit_no_such_visit",
    "visit_busy",
    "code_sent",
    "code_too_many",
    "code_not_sent",
    "code_bad_phone",
    "code_proved",
    "code_wrong",
    "code_expired",
    "code_no_code",
]
_VALUES: Mapping[str, frozenset[str]] = {"locked": frozenset({"minutes"})}
_PLACE = re.compile(r"\{(\w*)\}")


@dataclass(frozen=True)
class StaffTexts:
    """Texts by key; values in braces are filled in when the text is said."""

    by_key: Mapping[str, str]

    def __getitem__(self, key: StaffTextKey) -> str:
        return self.by_key[key]


def load_staff_texts(path: Path) -> StaffTexts:
    """Reads the file; raises lang.strict_yaml.DataFileError naming file, line and what is allowed."""
    problems = Problems()
    texts: dict[str, str] = {}
    root = read_yaml(path, problems)
    if root is not None:
        parts = root.fields(("texts",))
        for key, value in (parts["texts"].fields(get_args(StaffTextKey)) if "texts" in parts else {}).items():
            texts[key] = value.text()
            allowed = _VALUES.get(key, frozenset())
            unknown = sorted(set(_PLACE.findall(texts[key])) - allowed)
            if unknown:
                value.wrong(f"unknown value {unknown}", ", ".join(sorted(allowed)) or "no values")
    problems.stop_if_any()
    return StaffTexts(texts)

"""Words that the desk itself says, from `data/catalogue/desk_texts.yml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from lang.strict_yaml import Problems, read_yaml

TextKey = Literal[
    "wait",
    "late",
    "busy",
    "failed_unreachable",
    "failed_actions",
    "failed_unknown",
    "storage_down",
    "button_retry",
    "button_person",
    "person_called",
    "nothing_to_retry",
    "button_used",
    "button_dead",
    "button_unknown",
    "empty",
    "wordless",
    "too_long",
    "not_text",
    "not_text_shown",
    "picture_shown",
    "picture_taken",
    "picture_format",
    "picture_heic",
    "picture_broken",
    "picture_pixels",
    "picture_large",
    "picture_slow",
    "picture_too_many",
    "picture_busy",
    "picture_session",
    "picture_down",
    "foreign",
    "too_many",
    "wrong_session",
    "red_flag_emergency",
    "red_flag_suicide",
    "red_flag_suicide_other",
    "settled_booked",
    "settled_doctor_unknown",
    "settled_absent",
    "settled_unclear",
    "settled_cancelled",
    "settled_not_cancelled",
    "settled_cancel_unclear",
    "settled_clash",
    "settled_cancelled_by_clinic",
    "settled_moved_booked",
    "settled_moved_absent",
    "settled_moved_cancelled",
    "settled_moved_cancel_unclear",
    "settled_moved_clash",
    "owner_handed_over",
    "owner_handed_over_urgent",
    "owner_soon",
    "owner_wait",
    "owner_long_wait",
    "owner_still_waiting",
    "owner_joined",
    "owner_requeued",
    "owner_transferred",
    "owner_bot_again",
    "owner_bot_again_did",
    "owner_nobody_left",
    "owner_closed",
    "owner_nobody_now",
    "button_back_to_bot",
    "callback_when",
    "callback_moment",
    "callback_window",
    "callback_stored",
    "callback_phone_stored",
    "callback_ask_phone",
    "status_queue",
    "status_operator",
    "down_nothing",
    "down_unknown",
    "why_asked",
    "why_misunderstood",
    "why_complaint",
    "why_red_flag",
    "why_booking_failed",
    "why_outcome_unknown",
    "why_insurance",
    "why_invalid_answers",
    "why_assistant_down",
    "why_part_down",
    "why_site_request",
    "why_left_request",
    "brief_said",
    "brief_pictures",
    "brief_call",
    "brief_callback",
    "brief_no_phone",
    "request_taken",
    "request_name",
    "request_phone_missing",
    "request_phone",
    "request_phone_foreign",
    "request_what",
    "request_what_long",
    "request_consent",
    "request_unreadable",
    "request_too_many",
    "request_down",
]
# Values that are known only when the text is said, by the first word of the key.
_SETTLED = ("day", "time", "doctor", "branch", "address", "branch_phone", "number", "calendar")
_OWNER = ("name", "position", "minutes", "until", "did", "number", "window", "day", "opens", "closes", "time")
_LATER: Mapping[str, tuple[str, ...]] = {
    "settled": _SETTLED,
    "owner": _OWNER,
    "callback": _OWNER,
    "status": _OWNER,
    "brief": ("said", "count", "name", "number", "window"),
    "request": ("number", "until"),
}
_PLACE = re.compile(r"\{(\w*)\}")


@dataclass(frozen=True)
class Texts:
    """Finished texts by key, and the words by which a foreign language is known."""

    by_key: Mapping[str, str]
    foreign_words: frozenset[str]

    def __getitem__(self, key: TextKey) -> str:
        return self.by_key[key]

    def say(self, key: TextKey, **values: object) -> str:
        """The text with what is known only now."""
        return self.by_key[key].format_map(values)


def load_texts(path: Path) -> Texts:
    """Reads the file; raises lang.strict_yaml.DataFileError naming file, line and what is allowed."""
    problems = Problems()
    texts: dict[str, str] = {}
    words: tuple[str, ...] = ()
    root = read_yaml(path, problems)
    if root is not None:
        parts = root.fields(("values", "texts", "foreign_words"))
        values = {key: value.text() for key, value in parts["values"].items()} if "values" in parts else {}
        if "texts" in parts:
            for key, value in parts["texts"].fields(get_args(TextKey)).items():
                text = value.text()
                allowed = {*values, *_LATER.get(key.partition("_")[0], ())}
                unknown = sorted(set(_PLACE.findall(text)) - allowed)
                if unknown:
                    value.wrong(f"unknown value {unknown}", ", ".join(sorted(allowed)))
                texts[key] = _PLACE.sub(lambda match: values.get(match[1], match[0]), text)
        if "foreign_words" in parts:
            words = parts["foreign_words"].texts()
    problems.stop_if_any()
    return Texts(texts, frozenset(word.lower() for word in words))

"""The detector of red flags: the doctor's list first, under it the second net learnt from written alarms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lang.alarm_model import AlarmModel
from lang.everyday import Everyday, read_everyday
from lang.names import looks_like_name
from lang.red_flags import FlagKind, RedFlag, RedFlags, load_red_flags
from lang.strict_yaml import DataFileError, Problems, read_yaml

# Id of an alarm that no sign of the list explains.
RESEMBLANCE = "resembles_alarm"
LONGEST_NAME = 4
# The net has not learnt from single letters and short figures: «1 и 2» picks offers. «112» is a call.
_SAYS_SOMETHING = re.compile(r"[^\W\d_]{2,}|\d{3,}")
_KINDS: tuple[FlagKind, ...] = ("emergency", "suicide")


class AlarmsError(DataFileError):
    """alarms.yml cannot be used; the message names the line and what is allowed."""


@dataclass(frozen=True)
class Alarms:
    """`check` tells whether life may be in danger. Thread-safe; about a millisecond a message."""

    listed: RedFlags
    learnt: AlarmModel
    titles: Mapping[FlagKind, str]
    everyday: Everyday = field(default_factory=Everyday)

    def check(self, text: str) -> RedFlag | None:
        flag = self.listed.check(text)
        if flag is not None:
            return flag
        if not _SAYS_SOMETHING.search(text):
            return None
        found = self.learnt.check(text)
        # The net hears pills and poison in «болит горло, примите сегодня».
        if found == "emergency" and self.everyday.tells(text):
            return None
        # A name is letters like any others to the net: «Черных Арина» is nobody's emergency.
        if found is None or (len(text.split()) <= LONGEST_NAME and looks_like_name(text)):
            return None
        kind: FlagKind = "suicide" if found == "suicide" else "emergency"
        return RedFlag(RESEMBLANCE, kind, self.titles[kind])


def load_alarms(catalogue: Path, model: Path) -> Alarms:
    """The detector. RedFlagsError, AlarmsError or AlarmModelError when a file cannot be used."""
    problems = Problems()
    root = read_yaml(catalogue / "alarms.yml", problems)
    top = root.fields(("resembles",), ("after", "everyday")) if root else {}
    kinds = top["resembles"].fields(_KINDS) if "resembles" in top else {}
    titles = {kind: kinds[kind].text() for kind in _KINDS if kind in kinds}
    everyday = read_everyday(top["everyday"]) if "everyday" in top else Everyday()
    problems.stop_if_any(AlarmsError)
    return Alarms(load_red_flags(catalogue / "red_flags.yml"), AlarmModel.load(model), titles, everyday)

"""The slots of an alarm: what it was, which task waits for its end, and how it ended."""

from __future__ import annotations

FORM = "alarm_form"

# `{"kind": "emergency" | "suicide" | `OF_ANOTHER`, "task": form that waits or None}`
ALARM = "alarm__open"
# "calm", "go_on" or "stop" once the patient has said so.
SETTLED = "alarm__settled"
MISSES = "alarm__misses"
OPTIONS = "alarm__options"

TASK = (ALARM, SETTLED, MISSES, OPTIONS)
# A kind of alarm: thoughts of death of somebody the message is about, not of whoever writes.
OF_ANOTHER = "suicide_of_another"

"""The slots of an alarm: what it was, which task waits for its end, and how it ended."""

from __future__ import annotations

FORM = "alarm_form"

# `{"kind": "emergency" | "suicide", "task": form that waits or None}`
ALARM = "alarm__open"
# "calm", "go_on" or "stop" once the patient has said so.
SETTLED = "alarm__settled"
MISSES = "alarm__misses"
OPTIONS = "alarm__options"

TASK = (ALARM, SETTLED, MISSES, OPTIONS)

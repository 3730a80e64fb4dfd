"""Which intents interrupt the booking."""

from __future__ import annotations

# Questions and requests that rules answer; the form goes on afterwards. A message that plainly
# answers the form's own question is an answer all the same, whatever the classifier thought of it.
INTERRUPTIONS = frozenset(
    {
        "ask_price", "ask_preparation", "ask_services", "ask_doctors", "ask_branches", "ask_which_doctor",
        "ask_medical_advice", "ask_other", "change_visit", "call_operator", "emergency", "stop_task",
        "greet", "thank", "bye", "ask_bot", "out_of_scope",
    }
)  # fmt: skip

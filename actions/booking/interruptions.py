"""Which intents interrupt the booking."""

from __future__ import annotations

from actions.booking import slots
from actions.booking.turn import Turn
from lang.text import tokens

# Questions and requests that rules answer; the form goes on afterwards. A message that plainly
# answers the form's own question is an answer all the same, whatever the classifier thought of it.
INTERRUPTIONS = frozenset(
    {
        "ask_price", "ask_preparation", "ask_services", "ask_doctors", "ask_branches", "ask_which_doctor",
        "ask_medical_advice", "ask_insurance", "ask_discounts", "ask_results", "ask_documents", "ask_payment",
        "ask_home_visit", "ask_privacy", "complain", "move_visit", "cancel_visit", "ask_my_visits",
        "call_operator", "emergency", "stop_task", "greet", "thank", "bye", "ask_bot", "out_of_scope",
    }
)  # fmt: skip

_VERBS = ("VERB", "INFN")


def names_what(turn: Turn) -> bool:
    """Whether a bare «УЗИ почек», a question anywhere else, answers «к кому записать?».

    «И ещё УЗИ сердца» adds to what is being booked.
    """
    if turn.reading.intent != "ask_services" or "?" in turn.reading.text:
        return False
    adds = turn.draft.what is not None and turn.context.speech.heard.adds(turn.reading.meant)
    if turn.requested != slots.WHAT and not adds:
        return False
    asks = any(token.tag.startswith(_VERBS) for token in tokens(turn.reading.text))
    return not asks and bool(turn.reading.of("service", "service_group"))

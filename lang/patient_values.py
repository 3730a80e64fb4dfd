"""Values of a message about who is coming and who pays, as entities of the parse result."""

from __future__ import annotations

import re
from typing import Any

from lang.for_whom import find_for_whom
from lang.insurers import Insurers
from lang.payment import find_payment
from lang.policies import find_policy_number

# Insurers are called like ordinary things («Берег», «Парус»): beside one of these words they are meant.
_OF_INSURANCE = re.compile(r"\b(?:дмс|полис\w*|страхов\w+)\b", re.IGNORECASE)


def patient_values(text: str, insurers: Insurers) -> list[dict[str, Any]]:
    """Entities `for_whom`, `payment`, `insurer` and `policy_number` with their spans in `text`."""
    found: list[dict[str, Any]] = []

    def add(entity: str, value: Any, start: int, end: int) -> None:
        found.append({"entity": entity, "value": value, "start": start, "end": end})

    whom = find_for_whom(text)
    if whom is not None:
        add("for_whom", whom.value(), whom.start, whom.end)
    payment = find_payment(text)
    if payment is not None:
        add("payment", payment.kind, payment.start, payment.end)
    policy = find_policy_number(text)
    if policy is not None:
        add("policy_number", policy.value, policy.start, policy.end)
    if _OF_INSURANCE.search(text):
        for name, start, end in insurers.spans(text):
            add("insurer", name, start, end)
    return found

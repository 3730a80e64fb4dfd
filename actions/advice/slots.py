"""The slots of the advice: what the patient complains of, how long, who is ill, and what was advised."""

from __future__ import annotations

FORM = "which_doctor_form"

COMPLAINT = "advice__complaint"
SINCE = "advice__since"
PATIENT = "advice__patient"
# `[[specialty, share], …]` of the message that told most.
SYMPTOMS = "advice__symptoms"
# The specialty that was advised, as a value of `booking__what`: «да» after the advice means it.
OFFERED = "advice__offered"

ASKED = (COMPLAINT, SINCE, PATIENT)
# Forgotten when the advice is given; what was advised stays for the «да».
TASK = (*ASKED, SYMPTOMS)
# The answer to a question that was asked and not answered: it is not asked twice.
UNKNOWN = "unknown"
# Instead of the complaint, when the patient leaves the questions for something else.
LEFT = {"left": True}

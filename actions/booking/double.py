"""A second visit of one patient at one time: booked only when they say so knowing of the first."""

from __future__ import annotations

from dataclasses import replace

from rasa_sdk.events import FollowupAction, SlotSet

from actions.base import Events
from actions.booking import slots
from actions.booking.slots import OfferView
from clinic.normal_patient import patient_key
from mis.port import Patient


def ask_again(choice: OfferView, patient: Patient) -> Events:
    """The form asks for the last yes anew; the choice remembers who was told of the other visit."""
    told = replace(choice, double_for=patient_key(patient))
    return [
        SlotSet(slots.OFFER, told.value()),
        SlotSet(slots.CONFIRMED, None),
        FollowupAction(slots.FORM),
    ]

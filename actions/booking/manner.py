"""How the patient wants the visit: the first or a repeated one, with what kind of doctor."""

from __future__ import annotations

from actions.booking import slots, who
from actions.booking.turn import Turn
from lang.preferences import Preferences


def take(turn: Turn) -> None:
    """Remember what was said of either; it changes prices and doctors, so times are looked for anew."""
    if who.speaks_of_patient(turn):
        return
    for mention in turn.reading.of("visit_kind"):
        _set(turn, slots.VISIT_KIND, mention.value)
    codes = [str(mention.value) for mention in turn.reading.of("preference")]
    if codes:
        known = turn.draft.preferred.codes()
        _set(turn, slots.PREFERENCES, list(Preferences.of((*known, *codes)).codes()))


def _set(turn: Turn, slot: str, value: object) -> None:
    turn.draft.set(slot, value)
    if turn.draft.changed(slot):
        turn.draft.forget(*slots.CHOICE)

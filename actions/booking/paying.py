"""Who pays: the patient, or an insurer whose policy the branch takes. What it covers nobody here knows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace

from actions.booking import slots
from actions.booking.draft import Draft
from actions.booking.slots import OfferView
from actions.booking.turn import Turn
from actions.context import Context
from lang.payment import asks_about_payment, find_payment
from lang.policies import find_policy_number
from lang.text import normalise, tokens
from mis.port import MisError

CASH, DMS = "cash", "dms"


async def take(turn: Turn) -> None:
    """Set `booking__payment`, the insurer and the policy's number, and check where the insurer is taken."""
    _take_payment(turn)
    _take_policy(turn)
    await _settle(turn)


def answers(turn: Turn) -> bool:
    """Whether the message says who pays rather than asks about it."""
    if "?" in turn.reading.text or asks_about_payment(turn.reading.text):
        return False
    if turn.requested == slots.INSURER:
        return bool(_named(turn)) or find_payment(turn.reading.meant) is not None
    if turn.requested == slots.POLICY:
        return find_policy_number(turn.reading.text, asked=True) is not None or _not_at_hand(turn)
    return turn.reading.intent in ("ask_insurance", "ask_payment") and bool(
        turn.reading.of("payment", "insurer")
    )


def gives_policy(turn: Turn) -> bool:
    """Whether the message is the number that was asked for: no day or doctor is to be read in it."""
    asked = turn.requested == slots.POLICY
    return asked and find_policy_number(turn.reading.text, asked=True) is not None


async def taking(context: Context, insurer: str, branches: Iterable[str]) -> tuple[str, ...]:
    """Which of the branches take policies of the insurer; all of them when the reference does not answer."""

    async def takes(branch: str) -> bool:
        try:
            names = await asyncio.to_thread(context.clinic.directory.insurers, branch)
        except MisError:
            return True
        return normalise(insurer) in map(normalise, names)

    asked = tuple(branches)
    found = await asyncio.gather(*(takes(branch) for branch in asked))
    return tuple(branch for branch, yes in zip(asked, found, strict=True) if yes)


async def branches_by_policy(context: Context, draft: Draft) -> tuple[str, ...] | None:
    """Branches of the chosen place that take the insurer; `None` when nobody but the patient pays."""
    insurer = draft.payment.get("insurer")
    if not draft.by_policy or insurer is None or draft.place is None:
        return None
    return await taking(context, insurer, context.branches_of(draft.place))


def shown(offer: OfferView, draft: Draft) -> OfferView:
    """The offer as it may be told: without a price where an insurer is to pay."""
    return replace(offer, price=None) if draft.by_policy else offer


def _take_payment(turn: Turn) -> None:
    draft, reading = turn.draft, turn.reading
    button = reading.button
    if turn.requested is not None and not button and asks_about_payment(reading.text):
        return
    said = [mention.value for mention in reading.of("payment")]
    named = [button["insurer"]] if button.get("insurer") else _named(turn)
    kind = button.get("payment") or next(iter(said), None) or (DMS if named else None)
    if kind is None:
        return
    payment = {"kind": str(kind)}
    if kind == DMS and (named or draft.payment.get("insurer")):
        payment["insurer"] = named[0] if named else draft.payment["insurer"]
    if payment == draft.payment:
        return
    draft.set(slots.PAYMENT, payment)
    draft.forget(slots.CONFIRMED)


def _named(turn: Turn) -> list[str]:
    """Insurers of the message; the bare name counts where it was asked for."""
    if turn.requested == slots.INSURER and not turn.reading.button:
        return list(turn.context.speech.insurers.find(turn.reading.meant))
    return [str(mention.value) for mention in turn.reading.of("insurer")]


def _take_policy(turn: Turn) -> None:
    """The number, after the consent only: it is personal."""
    draft = turn.draft
    if not draft.by_policy or draft.consent is not True:
        return
    asked = turn.requested == slots.POLICY
    if asked and (turn.reading.button.get("policy") or _not_at_hand(turn)):
        draft.set(slots.POLICY, slots.LATER_POLICY)
        return
    found = find_policy_number(turn.reading.text, asked)
    if found is not None:
        draft.set(slots.POLICY, found.value)


def _not_at_hand(turn: Turn) -> bool:
    if turn.reading.intent == "deny":
        return True
    said = " ".join(token.text for token in tokens(turn.reading.text))
    return any(phrase in said for phrase in turn.context.speech.heard.not_at_hand)


async def _settle(turn: Turn) -> None:
    """`booking__insurer` and `booking__policy` are asked for only where a policy pays."""
    draft = turn.draft
    if draft.payment.get("kind") == "oms":
        draft.forget(slots.INSURER)
        return
    if not draft.by_policy:
        draft.settle(slots.INSURER, slots.NOT_NEEDED)
        draft.settle(slots.POLICY, slots.NOT_NEEDED)
        return
    if draft.needless(slots.POLICY):
        draft.settle(slots.POLICY, None)
    insurer = draft.payment.get("insurer")
    if insurer is None:
        draft.settle(slots.INSURER, None)
        return
    place = draft.place
    branches = turn.context.branches_of(place) if place else tuple(turn.context.catalogue.branches)
    if draft.insurer == insurer and not draft.changed(slots.PLACE):
        return
    found = await taking(turn.context, insurer, branches)
    draft.settle(slots.INSURER, insurer if found else None)
    if found:
        _use_known_policy(turn, insurer)
        turn.say("utter_booking_insurer_noted", insurer=insurer)
    if draft.choice is not None and draft.choice.branch_id not in found:
        draft.forget(*slots.CHOICE)
    elif draft.choice is None:
        draft.forget(slots.OFFERS)


def _use_known_policy(turn: Turn, insurer: str) -> None:
    """The number a patient gave for an earlier booking is not asked for again."""
    draft = turn.draft
    for person in draft.people:
        if (
            draft.patient is not None
            and person.name == draft.patient
            and person.insurer == insurer
            and person.policy
        ):
            draft.settle(slots.POLICY, person.policy)

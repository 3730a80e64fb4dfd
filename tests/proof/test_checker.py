"""The checker can fail: each rule is broken once, and what is in order breaks none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.proof.checker import Entry, Histories, Row, Told, check

START = datetime(2026, 12, 1, 10, tzinfo=UTC)
WAY = ((None, "planned"), ("planned", "held"), ("held", "sent"), ("sent", "confirmed"))
ROW = Row(
    id=1,
    run="r1",
    state="confirmed",
    conversation="r1-a",
    phone="+79160000001",
    hold_id="v1",
    visit_id="v1",
    sent=True,
    outcome="booked",
    replaces=None,
    replaced_by=None,
    cancelled_by=None,
    history=WAY,
)
ENTRY = Entry("v1", "booked", "d1", ROW.phone, START, START + timedelta(minutes=30))
BOOKED = Told("r1", "r1-a", "utter_booked", 1, True)
UNKNOWN = Told("r1", "r1-a", "utter_booking_unknown", 1, False)
REFUSED = Told("r1", "r1-a", "utter_offer_taken", 1, False)
CANCELLED = Told("r1", "r1-a", "utter_visit_cancelled", 1, True)


def histories(
    told: tuple[Told, ...] = (BOOKED,),
    rows: tuple[Row, ...] = (ROW,),
    entries: tuple[Entry, ...] = (ENTRY,),
    news: tuple[tuple[str, int, str], ...] = (),
    **more: object,
) -> Histories:
    return Histories(told, news, rows, entries, phones={ROW.phone: "r1"}, **more)  # type: ignore[arg-type]


def ended(state: str, **values: object) -> Row:
    return replace(ROW, state=state, history=(*WAY[:3], ("sent", state)), **values)  # type: ignore[arg-type]


LATER = replace(ENTRY, id="v2", start=START + timedelta(hours=2), end=START + timedelta(hours=3))
OTHER = replace(ENTRY, id="v2", phone="+79160000002")
# A move to a time that somebody else has as well: the old visit stands until a person has decided.
CLASH = replace(ROW, id=2, hold_id="v2", visit_id="v2", outcome="clash", replaces=1)
TOLD_OF_CLASH = Told("r1", "r1-a", "utter_move_clash", 2, True)


def moved_into_a_clash(told: tuple[Told, ...], row: Row = CLASH, **more: object) -> Histories:
    return histories(told=(BOOKED, *told), rows=(ROW, row), entries=(ENTRY, LATER), **more)


@pytest.mark.parametrize(
    "found",
    [
        histories(),
        moved_into_a_clash((TOLD_OF_CLASH,), queued=frozenset({2})),
        histories(told=(UNKNOWN,), news=(("r1-a", 1, "booked"),)),
        histories(told=(REFUSED,), rows=(ended("refused"),), entries=()),
        histories(told=(), rows=(), entries=()),
    ],
)
def test_what_is_in_order_breaks_no_rule(found: Histories) -> None:
    assert check(found) == []


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ("told «записаны», not in the MIS", histories(entries=())),
        ("told «отменена», still in the MIS", histories(told=(BOOKED, CANCELLED))),
        (
            "told «не записаны», is in the MIS",
            histories(told=(REFUSED,), rows=(ended("refused"),)),
        ),
        ("in the MIS, unknown to the ledger", histories(told=(), rows=())),
        ("in the MIS, not so in the ledger", histories(told=(REFUSED,), rows=(ended("refused"),))),
        ("booked, and nobody told the patient", histories(told=(UNKNOWN,))),
        (
            "cancelled, and nobody told the patient",
            histories(rows=(ended("cancelled", cancelled_by="patient"),), entries=()),
        ),
        (
            "promised to tell the outcome, and did not",
            histories(told=(UNKNOWN,), rows=(ended("absent"),), entries=()),
        ),
        ("one wish, two visits", histories(entries=(ENTRY, LATER))),
        ("one wish, two visits", moved_into_a_clash((TOLD_OF_CLASH,))),
        (
            "one wish, two visits",
            moved_into_a_clash((), replace(CLASH, outcome="booked"), queued=frozenset({2})),
        ),
        ("booked, and nobody told the patient", moved_into_a_clash((), queued=frozenset({2}))),
        ("one slot, two patients", histories(entries=(ENTRY, OTHER))),
        (
            "a known hold outlives its timer",
            histories(told=(), rows=(ended("expired"),), entries=(replace(ENTRY, state="held"),)),
        ),
        ("a message without an answer", histories(unanswered={"r1": 1})),
        (
            "left open, and nobody was asked to look",
            histories(told=(UNKNOWN,), rows=(ended("unknown", outcome="unclear"),)),
        ),
        ("the history of a row is broken", histories(rows=(replace(ROW, history=WAY[:3]),))),
        (
            "words claim what nobody confirmed",
            histories(told=(BOOKED, replace(UNKNOWN, claims=True))),
        ),
        (
            "told «записаны» and then «не записаны»",
            histories(news=(("r1-a", 1, "absent"),)),
        ),
    ],
)
def test_each_rule_is_noticed_when_it_is_broken(rule: str, found: Histories) -> None:
    assert rule in {violation.rule for violation in check(found)}

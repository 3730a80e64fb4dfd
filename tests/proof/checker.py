"""Reads the three histories of a run and says what is wrong between them.

The histories: what patients were told, our ledger with its events, the MIS's own list. It is asked when
everything is quiet: no fault is left, the recovery has had its rounds, all timers have run out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

_BOOKED = {"utter_booked", "utter_moved", "utter_moved_old_stands"}
_CLASH = {"utter_booking_clash", "utter_move_clash"}
_CANCELLED = {"utter_visit_cancelled"}
_NOT_BOOKED = {
    "utter_booking_refused", "utter_offer_taken", "utter_booking_not_possible", "utter_hold_expired",
    "utter_move_refused", "utter_move_not_possible",
}  # fmt: skip
_OPEN = {"utter_booking_unknown", "utter_move_unknown", "utter_cancel_unknown", "utter_moved_old_stands"}
_ADMITTED = {"unclear", "cancel_unclear"}
_OVER = {"confirmed", "refused", "absent", "released", "expired", "cancelled"}


@dataclass(frozen=True)
class Violation:
    """A rule that was broken, in which run, and what shows it."""

    rule: str
    run: str
    shown: str


@dataclass(frozen=True)
class Told:
    """One answer to a patient, in the order in which they were given; `booking` 0 is about none."""

    run: str
    conversation: str
    response: str
    booking: int
    claims: bool


@dataclass(frozen=True)
class Row:
    """A row of the ledger with its history as (from, to)."""

    id: int
    run: str
    state: str
    conversation: str
    phone: str
    hold_id: str | None
    visit_id: str | None
    sent: bool
    outcome: str | None
    replaces: int | None
    replaced_by: int | None
    cancelled_by: str | None
    history: tuple[tuple[str | None, str], ...]


@dataclass(frozen=True)
class Entry:
    """What the MIS has: `state` is held, booked or cancelled. Times are aware."""

    id: str
    state: str
    doctor: str
    phone: str
    start: datetime
    end: datetime


@dataclass
class Histories:
    """`asked` and `answered` count messages by run; `news` are (conversation, booking, outcome);
    `queued` are the bookings that a person has to look into."""

    told: Sequence[Told]
    news: Sequence[tuple[str, int, str]]
    rows: Sequence[Row]
    entries: Sequence[Entry]
    queued: frozenset[int] = frozenset()
    unanswered: dict[str, int] = field(default_factory=dict)
    phones: dict[str, str] = field(default_factory=dict)


def check(histories: Histories) -> list[Violation]:
    """Every violation of every rule; an empty list is the proof of nothing but these runs."""
    return [
        *_what_was_told_is_so(histories),
        *_what_is_so_was_told(histories),
        *_one_visit_for_a_wish(histories),
        *one_patient_for_a_slot(histories),
        *_no_hold_is_left(histories),
        *_nothing_is_lost(histories),
    ]


def _live(histories: Histories) -> dict[str, Entry]:
    return {entry.id: entry for entry in histories.entries if entry.state == "booked"}


def _news_of(histories: Histories, row: Row) -> set[str]:
    return {outcome for _, booking, outcome in histories.news if booking == row.id}


def _what_was_told_is_so(histories: Histories) -> Iterable[Violation]:
    live = _live(histories)
    rows = {row.id: row for row in histories.rows}
    for told in histories.told:
        if told.claims and told.response not in _BOOKED | _CANCELLED | _CLASH:
            yield Violation("words claim what nobody confirmed", told.run, told.response)
        row = rows.get(told.booking)
        if told.response in _BOOKED | _CANCELLED and row is None:
            yield Violation("told of a visit the ledger does not know", told.run, told.response)
    for row in rows.values():
        said = [told.response for told in histories.told if told.booking == row.id]
        heard = _news_of(histories, row)
        booked = bool(_BOOKED & set(said)) or "booked" in heard
        moved = any(
            told.response == "utter_moved"
            and rows.get(told.booking)
            and rows[told.booking].replaces == row.id
            for told in histories.told
        )
        cancelled = bool(_CANCELLED & set(said)) or "cancelled" in heard or moved
        exists = row.visit_id in live or (row.hold_id is not None and row.hold_id in live)
        if booked and not cancelled and not exists and row.cancelled_by != "clinic":
            yield Violation("told «записаны», not in the MIS", row.run, _shown(row))
        if cancelled and exists:
            yield Violation("told «отменена», still in the MIS", row.run, _shown(row))
        refused = (said and said[-1] in _NOT_BOOKED) or "absent" in heard
        if refused and not booked and exists:
            yield Violation("told «не записаны», is in the MIS", row.run, _shown(row))
        if "absent" in heard and _BOOKED & set(said):
            yield Violation("told «записаны» and then «не записаны»", row.run, _shown(row))


def _what_is_so_was_told(histories: Histories) -> Iterable[Violation]:
    known: dict[str, Row] = {}
    for row in histories.rows:
        for name in (row.hold_id, row.visit_id):
            if name is not None:
                known[name] = row
    for entry in _live(histories).values():
        found = known.get(entry.id)
        run = histories.phones.get(entry.phone, "")
        if found is None:
            yield Violation("in the MIS, unknown to the ledger", run, entry.id)
        elif found.state not in ("confirmed", "unknown", "sent", "cancelling"):
            yield Violation("in the MIS, not so in the ledger", found.run, _shown(found))
    rows = {row.id: row for row in histories.rows}
    for row in histories.rows:
        said = {told.response for told in histories.told if told.booking == row.id}
        heard = _news_of(histories, row)
        if row.state == "confirmed" and not (said & (_BOOKED | _CLASH) or heard & {"booked", "clash"}):
            yield Violation("booked, and nobody told the patient", row.run, _shown(row))
        if row.state == "cancelled" and row.cancelled_by == "patient":
            new = rows.get(row.replaced_by or 0)
            moved = new is not None and any(
                told.response == "utter_moved" and told.booking == new.id for told in histories.told
            )
            if not (said & _CANCELLED or "cancelled" in heard or moved):
                yield Violation("cancelled, and nobody told the patient", row.run, _shown(row))
        gone = row.state in ("refused", "absent", "released", "expired")
        if said & _OPEN and gone and not (heard or said & _NOT_BOOKED):
            yield Violation("promised to tell the outcome, and did not", row.run, _shown(row))


def _one_visit_for_a_wish(histories: Histories) -> Iterable[Violation]:
    by_phone: dict[str, list[Entry]] = {}
    for entry in _live(histories).values():
        by_phone.setdefault(entry.phone, []).append(entry)
    for phone, entries in by_phone.items():
        if len(entries) < 2:
            continue
        if not any(row.phone == phone and _a_person_decides(row, histories) for row in histories.rows):
            shown = ", ".join(entry.id for entry in entries)
            yield Violation("one wish, two visits", histories.phones.get(phone, ""), shown)


def _a_person_decides(row: Row, histories: Histories) -> bool:
    """A move to a time that the clinic has given to a stranger as well keeps the old visit meanwhile. That
    the patient was told so is another rule's business."""
    clash_of_move = row.outcome == "clash" and row.replaces is not None and row.id in histories.queued
    return row.outcome in _ADMITTED or clash_of_move


def one_patient_for_a_slot(histories: Histories) -> Iterable[Violation]:
    """No two visits that stand at one time of one doctor."""
    entries = sorted(_live(histories).values(), key=lambda entry: (entry.doctor, entry.start))
    for first, second in pairwise(entries):
        if first.doctor == second.doctor and second.start < first.end:
            run = histories.phones.get(first.phone, "")
            yield Violation("one slot, two patients", run, f"{first.id}, {second.id}")


def _no_hold_is_left(histories: Histories) -> Iterable[Violation]:
    held = {entry.id for entry in histories.entries if entry.state == "held"}
    for row in histories.rows:
        if row.hold_id in held:
            yield Violation("a known hold outlives its timer", row.run, _shown(row))


def _nothing_is_lost(histories: Histories) -> Iterable[Violation]:
    for run, number in histories.unanswered.items():
        if number:
            yield Violation("a message without an answer", run, str(number))
    for row in histories.rows:
        if row.state not in _OVER and not (row.outcome in _ADMITTED and row.id in histories.queued):
            yield Violation("left open, and nobody was asked to look", row.run, _shown(row))
        states = [None, *(to for _, to in row.history)]
        if [origin for origin, _ in row.history] != states[:-1] or states[-1] != row.state:
            yield Violation("the history of a row is broken", row.run, _shown(row))


def _shown(row: Row) -> str:
    way = " → ".join(to for _, to in row.history)
    return f"{row.id}: {way}; outcome {row.outcome}, in {row.conversation}"

"""Patients and faults in random order, in a base that guards nothing: nobody is told what is not so, and
nothing is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import Engine, text

from clinic.ledger import Booking, Ledger
from clinic.outcomes import Cancelled, Clashed, Confirmed, Held, MisDown, Moved, MovedOldStands, Refused
from mis.port import Capabilities
from tests.clinic.conftest import Desk, patient, slot
from tests.clinic.fake_mis import Crash

CONVERSATIONS = st.sampled_from(["c1", "c2", "c3"])
HOURS = st.sampled_from([10, 11])
FAULTS = st.sampled_from(
    [
        "down",
        "taken",
        "refuse",
        "lost",
        "lost_before",
        "cancelled",
        "registrar",
        "crash_before",
        "crash_after",
    ]
)
CALLS = st.sampled_from(["windows", "hold", "book", "status", "cancel"])
CANCEL_FAULTS = ("down", "lost", "lost_before", "crash_before", "crash_after")
WRITES_WITH_LOST_ANSWERS = ("hold", "book", "cancel")


class Saga(RuleBasedStateMachine):
    make_desk: Callable[..., Desk]
    engine: Engine

    def __init__(self) -> None:
        super().__init__()
        with self.engine.begin() as connection:
            connection.execute(text("TRUNCATE clinic.booking_event, clinic.booking, clinic.identity_proof"))
        capabilities = Capabilities(holds=True, returns_visit_id=True, shows_taken=True)
        self.desk = self.make_desk(capabilities=capabilities, lax=True)
        self.presses = 0
        self.choice: dict[str, Held] = {}
        self.told_booked: dict[int, str] = {}
        self.told_clash: set[int] = set()
        self.told_not: set[int] = set()
        self.told_cancelled: set[int] = set()
        self.moves: dict[int, int] = {}

    @rule(call=CALLS, fault=FAULTS)
    def break_something(self, call: str, fault: str) -> None:
        if fault in ("lost", "lost_before") and call not in WRITES_WITH_LOST_ANSWERS:
            fault = "down"
        if fault in ("cancelled", "registrar") and call != "book":
            fault = "down"
        if fault in ("taken", "refuse") and call not in ("hold", "book"):
            fault = "down"
        self.desk.mis.faults[call] = [fault]

    @rule(conversation=CONVERSATIONS, hour=HOURS, again=st.booleans())
    def choose(self, conversation: str, hour: int, again: bool) -> None:
        self.presses += not again
        key = f"{conversation}:{hour}:{self.presses}"
        try:
            result = self.desk.bookings.hold(conversation, slot(hour=hour), [], key)
        except Crash:
            return
        if isinstance(result, Held):
            self.choice[conversation] = result

    @rule(conversation=CONVERSATIONS, heard=st.booleans())
    def say_yes(self, conversation: str, heard: bool = True) -> None:
        """`heard` is false where the turn breaks off after all was done: then the recovery has to tell."""
        kept = self.choice.get(conversation)
        if kept is None:
            return
        try:
            result = self.desk.bookings.confirm(kept.booking_id, patient(given=conversation), "v1")
        except Crash:
            return
        if not heard:
            return
        if isinstance(result, Confirmed):
            self.told_booked[kept.booking_id] = result.visit.id
            self.told_not.discard(kept.booking_id)
            self.desk.bookings.mark_answered(kept.booking_id, "booked")
        if isinstance(result, Clashed):
            self.told_clash.add(kept.booking_id)
            self.told_not.discard(kept.booking_id)
            self.desk.bookings.mark_answered(kept.booking_id, "clash")
        if isinstance(result, Refused):
            self.told_not.add(kept.booking_id)
        if isinstance(result, Refused | MisDown):
            self.desk.bookings.mark_answered(kept.booking_id, "absent")

    @rule(
        conversation=CONVERSATIONS,
        hour=HOURS,
        call=st.sampled_from(["book", "status", "taken"]),
        fault=FAULTS,
    )
    def book_in_bad_weather(self, conversation: str, hour: int, call: str, fault: str) -> None:
        """The way on which most can go wrong, in one step so that it is walked often."""
        self.choose(conversation, hour, False)
        self.break_something(call, fault)
        self.say_yes(conversation)

    @rule(conversation=CONVERSATIONS, fault=st.sampled_from(["", *CANCEL_FAULTS]), again=st.booleans())
    def cancel_a_visit(self, conversation: str, fault: str, again: bool) -> None:
        """Whoever proved the phone cancels any visit of it, from a conversation of their own."""
        self.prove(conversation)
        if fault:
            self.break_something("cancel", fault)
        for booking_id in list(self.told_booked)[: 2 if again else 1]:
            try:
                result = self.desk.visits.cancel(conversation, booking_id, f"cancel:{booking_id}")
            except Crash:
                return
            if isinstance(result, Cancelled):
                self.told_cancelled.add(booking_id)
                self.desk.bookings.mark_answered(booking_id, "cancelled")

    @rule(conversation=CONVERSATIONS, hour=HOURS, call=CALLS, fault=st.sampled_from(["", *CANCEL_FAULTS]))
    def move_a_visit(self, conversation: str, hour: int, call: str, fault: str) -> None:
        self.prove(conversation)
        self.choose(conversation, hour, False)
        new = self.choice.get(conversation)
        old = next((id_ for id_ in self.told_booked if id_ not in self.told_cancelled), None)
        if new is None or old is None or new.booking_id in self.told_booked or new.booking_id == old:
            return
        if fault:
            self.break_something(call, fault)
        try:
            result = self.desk.visits.move(conversation, old, new.booking_id, "v1")
        except Crash:
            return
        if isinstance(result, Refused):
            self.told_not.add(new.booking_id)
        if isinstance(result, Clashed):
            self.told_clash.add(new.booking_id)
            self.told_not.discard(new.booking_id)
            self.desk.bookings.mark_answered(new.booking_id, "clash")
        if isinstance(result, Refused | MisDown):
            self.desk.bookings.mark_answered(new.booking_id, "absent")
        if isinstance(result, (Moved, MovedOldStands)):
            self.told_booked[new.booking_id] = result.new.visit.id
            self.told_not.discard(new.booking_id)
            self.desk.bookings.mark_answered(new.booking_id, "booked")
            self.moves[new.booking_id] = old
        if isinstance(result, Moved):
            self.told_cancelled.add(old)
            self.desk.bookings.mark_answered(old, "cancelled")

    def prove(self, conversation: str) -> None:
        self.desk.identity.accept_verified(conversation, patient().phone, "test")

    @rule(conversation=CONVERSATIONS)
    def go_away(self, conversation: str) -> None:
        try:
            self.desk.bookings.release_conversation(conversation)
        except Crash:
            return

    @rule(seconds=st.sampled_from([5, 30, 400, 800]))
    def wait(self, seconds: int) -> None:
        self.desk.clock.forward(seconds=seconds)

    @rule()
    def recover(self) -> None:
        try:
            news = self.desk.bookings.settle(self.desk.clock.now)
        except Crash:
            return
        for settled in news:
            row = self.desk.bookings.get(settled.booking_id)
            if settled.outcome == "booked":
                assert row.visit_id is not None
                self.told_booked[row.id] = row.visit_id
            if settled.outcome == "clash":
                self.told_clash.add(row.id)
            if settled.outcome == "absent":
                self.told_not.add(row.id)
            if settled.outcome == "cancelled":
                self.told_cancelled.add(row.id)
            self.desk.bookings.mark_told(settled)

    @invariant()
    def what_was_told_is_so(self) -> None:
        booked = {id_ for id_, entry in self.desk.mis.entries.items() if entry.status.booked}
        standing = {visit for id_, visit in self.told_booked.items() if id_ not in self.cancel_begun()}
        assert standing <= booked
        gone = {self.desk.bookings.get(id_).visit_id for id_ in self.told_cancelled}
        assert not gone & booked
        assert not self.told_not & (set(self.told_booked) | self.told_clash)

    @invariant()
    def a_move_never_leaves_the_patient_without_a_visit(self) -> None:
        """An old visit may only be on its way out when the new one was booked."""
        for row in self.rows():
            if row.replaced_by is not None:
                assert self.desk.bookings.get(row.replaced_by).visit_id is not None

    def rows(self) -> list[Booking]:
        return [row for name in ("c1", "c2", "c3") for row in self.desk.bookings.of_conversation(name)]

    def cancel_begun(self) -> set[int]:
        return {row.id for row in self.rows() if row.cancel_asked_at is not None or row.state == "cancelled"}

    @invariant()
    def no_time_is_given_twice_and_nobody_is_booked_twice_by_one_wish(self) -> None:
        ours = [entry for entry in self.desk.mis.booked() if entry.patient is not None]
        assert len(ours) == len({entry.slot.start for entry in ours})
        assert all(entry.books == 1 for entry in ours)

    def shares_its_time(self, row: Booking) -> bool:
        strangers = [entry for entry in self.desk.mis.booked() if entry.patient is None]
        return any(entry.slot.start < row.slot.end and row.slot.start < entry.slot.end for entry in strangers)

    def was_given_up(self, row: Booking) -> bool:
        """The MIS did not tell for half an hour who has the time."""
        with self.engine.connect() as connection:
            details = [detail for _, _, detail in Ledger(connection).history(row.id)]
        return "nobody could tell who has the time" in details

    def teardown(self) -> None:
        """Let the storm pass: then every visit is known and told, and no known hold is left."""
        self.desk.mis.faults.clear()
        for _ in range(3):
            self.desk.clock.forward(minutes=14)
            self.recover()
        rows = self.rows()
        known = {row.visit_id: row for row in rows if row.state == "confirmed"}
        for visit_id, entry in self.desk.mis.entries.items():
            assert not entry.status.booked or entry.patient is None or visit_id in known
        cancelled = {row.id for row in rows if row.state == "cancelled"}
        assert cancelled == self.told_cancelled
        # One cancelled before the news of its booking was told needs no such news any more.
        assert {row.id for row in known.values()} == (set(self.told_booked) | self.told_clash) - cancelled
        for row in known.values():
            clash = row.id in self.told_clash
            assert clash == self.shares_its_time(row) or (not clash and self.was_given_up(row))
        over = {"confirmed", "refused", "absent", "released", "expired", "cancelled"}
        assert {row.state for row in rows} <= over
        for row in known.values():
            if row.replaces is not None and row.id not in self.told_clash:
                assert row.replaces in cancelled, "the old visit of a move was forgotten"
        kept = {row.hold_id for row in rows if row.hold_id and row.state not in ("confirmed", "cancelled")}
        assert not [id_ for id_, entry in self.desk.mis.entries.items() if entry.status.held and id_ in kept]


def settings_of(examples: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=20,
        deadline=None,
        # Shrinking takes minutes with a database behind; the steps of a failure are short enough to read.
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.filterwarnings("ignore")
def test_patients_faults_and_crashes_in_any_order(
    make_desk: Callable[..., Desk], empty_ledger: Engine
) -> None:
    Saga.make_desk = staticmethod(make_desk)
    Saga.engine = empty_ledger
    run_state_machine_as_test(Saga, settings=settings_of(30))

"""The routing's choice as a pure function: examples, and what holds for any queue and any staff."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from desk.access.staff import SKILLS
from desk.routing.decision import (
    Held,
    Operator,
    Rules,
    Waiting,
    absence,
    decide,
    queue_order,
    to_return,
    weight,
)
from desk.routing.presence import STATES

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
RULES = Rules()


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def waiting(number=1, *, since=10.0, priority=0, **fields) -> Waiting:
    return Waiting(UUID(int=number), priority, ago(since), **fields)


def operator(number=1, **fields) -> Operator:
    return Operator(**{"id": number, "state": "online", "heartbeat_at": ago(1), "cap": 4, **fields})


def chosen(conversations, operators) -> list[int | None]:
    return [each.operator_id for each in decide(conversations, operators, NOW, RULES)]


def test_the_least_busy_is_chosen_and_ties_go_to_the_longest_idle():
    busy, light = operator(1, open=2, load=2.0), operator(2, open=1, load=1.0)
    assert chosen([waiting()], [busy, light]) == [2]
    early, late = operator(1, last_assigned_at=ago(300)), operator(2, last_assigned_at=ago(20))
    assert chosen([waiting()], [late, early]) == [1]
    never = operator(3)
    assert chosen([waiting()], [late, early, never]) == [3]


def test_two_silent_conversations_weigh_as_much_as_one_live():
    silent = weight(0, timedelta(minutes=11), RULES)
    live = weight(0, timedelta(minutes=1), RULES)
    assert 2 * silent == live == weight(0, None, RULES)
    assert weight(2, None, RULES) > live


def test_the_urgent_then_the_returned_then_the_longest_waiting():
    urgent = waiting(1, since=1, priority=2)
    returned = waiting(2, since=5, returned_at=ago(1))
    old, new = waiting(3, since=500), waiting(4, since=50)
    assert queue_order([new, old, returned, urgent]) == [urgent, returned, old, new]
    one_place = operator(cap=1)
    assert chosen([new, old, returned, urgent], [one_place]) == [1, None, None, None]


def test_a_burst_is_spread():
    assert Counter(chosen([waiting(n) for n in range(6)], [operator(1), operator(2), operator(3)])) == {
        1: 2,
        2: 2,
        3: 2,
    }


def test_skills_are_preferred_waited_for_and_then_given_up():
    child = waiting(needs=frozenset({"children"}))
    skilled = operator(1, skills=frozenset({"children"}), open=3, load=3.0)
    idle = operator(2)
    assert chosen([child], [skilled, idle]) == [1]
    full = operator(1, skills=frozenset({"children"}), open=4, load=4.0)
    (decision,) = decide([child], [full, idle], NOW, RULES)
    assert (decision.operator_id, decision.because) == (None, "waits_for_skill")
    patient_no_more = waiting(since=61, needs=frozenset({"children"}))
    (decision,) = decide([patient_no_more], [full, idle], NOW, RULES)
    assert (decision.operator_id, decision.because) == (2, "no_skill")
    assert chosen([waiting(priority=2, needs=frozenset({"children"}))], [full, idle]) == [2]
    away = operator(1, skills=frozenset({"children"}), state="break")
    assert chosen([child], [away, idle]) == [2]


def test_who_waits_for_a_skill_does_not_hold_up_the_others():
    child = waiting(1, since=30, needs=frozenset({"children"}))
    full = operator(1, skills=frozenset({"children"}), open=4)
    assert chosen([child, waiting(2, since=5)], [full, operator(2)]) == [None, 2]


def test_another_person_gets_what_one_did_not_accept():
    passed = waiting(returned_at=ago(1), passed=frozenset({1}))
    assert chosen([passed], [operator(1), operator(2, open=3, load=3.0)]) == [2]
    full = operator(2, open=4, load=4.0)
    (decision,) = decide([passed], [operator(1), full], NOW, RULES)
    assert (decision.operator_id, decision.because) == (None, "waits_for_other")
    # Nobody is forgotten: with nobody else there, or after some waiting, the same person is asked again.
    assert chosen([passed], [operator(1)]) == [1]
    later = waiting(returned_at=ago(31), passed=frozenset({1}))
    (decision,) = decide([later], [operator(1), full], NOW, RULES)
    assert (decision.operator_id, decision.because) == (1, "again")


def test_the_decision_tells_how_everybody_stood():
    staff = [
        operator(1),
        operator(2, open=4),
        operator(3, state="break"),
        operator(4, state="no_new"),
        operator(5, heartbeat_at=ago(21)),
        operator(6, state="offline"),
        operator(7, open=1, load=1.0),
    ]
    (decision,) = decide([waiting()], staff, NOW, RULES)
    told = {each.operator_id: each.fit for each in decision.candidates}
    assert told == {
        1: "chosen",
        2: "full",
        3: "break",
        4: "no_new",
        5: "heartbeat_lost",
        6: "offline",
        7: "fits",
    }


def test_what_goes_back_and_why():
    people = {
        1: operator(1),
        2: operator(2, state="break"),
        3: operator(3, state="offline"),
        4: operator(4, heartbeat_at=ago(21)),
        5: operator(5, state="no_new"),
    }

    def held(number, operator_id, *, given, accepted=True, **fields):
        return Held(UUID(int=number), operator_id, ago(given), ago(given - 1) if accepted else None, **fields)

    found = to_return(
        [
            held(1, 1, given=30, accepted=False),
            held(2, 1, given=29, accepted=False),
            held(3, 1, given=3000),
            held(4, 2, given=100),
            held(5, 3, given=100),
            held(6, 4, given=100),
            held(7, 5, given=100),
            held(8, 99, given=100),
            held(9, 3, given=100, snoozed_until=NOW + timedelta(hours=1)),
            held(10, 3, given=100, snoozed_until=ago(1)),
        ],
        people,
        NOW,
        RULES,
    )
    assert {key.int: reason for key, reason in found.items()} == {
        1: "not_accepted",
        4: "break",
        5: "logout",
        6: "heartbeat_lost",
        8: "logout",
        10: "logout",
    }


moments = st.floats(0, 600).map(ago)
skill_sets = st.frozensets(st.sampled_from(SKILLS), max_size=2)
operators = st.lists(
    st.builds(
        Operator,
        id=st.integers(1, 8),
        state=st.sampled_from(STATES) | st.just("online"),
        heartbeat_at=st.floats(0, 30).map(ago),
        cap=st.integers(1, 4),
        skills=skill_sets,
        open=st.integers(0, 5),
        load=st.integers(0, 8).map(lambda halves: halves / 2),
        last_assigned_at=st.none() | moments,
    ),
    max_size=6,
    unique_by=lambda each: each.id,
)
queues = st.lists(
    st.builds(
        Waiting,
        id=st.uuids(),
        priority=st.integers(0, 2),
        queued_at=moments,
        returned_at=st.none() | moments,
        needs=skill_sets,
        passed=st.frozensets(st.integers(1, 8), max_size=3),
    ),
    max_size=8,
    unique_by=lambda each: each.id,
)


@given(queues, operators)
def test_what_always_holds(queue, staff):
    decisions = decide(queue, staff, NOW, RULES)
    assert [each.conversation_id for each in decisions] == [each.id for each in queue_order(queue)]
    got = Counter(each.operator_id for each in decisions if each.operator_id is not None)
    for person in staff:
        # The cap is never exceeded by what is given.
        assert got[person.id] == 0 or person.open + got[person.id] <= person.cap
        # Nobody who is away gets anything.
        assert got[person.id] == 0 or absence(person, NOW, RULES) is None
    for decision in decisions:
        assert len(decision.candidates) == len(staff)
        fits = [each.fit for each in decision.candidates]
        assert fits.count("chosen") == (decision.operator_id is not None)
        # The choice follows from what is stored with it: nobody who fitted was less busy.
        best = next((each for each in decision.candidates if each.fit == "chosen"), None)
        assert best is None or all(
            best.load <= each.load for each in decision.candidates if each.fit == "fits"
        )


@given(queues, operators)
def test_nobody_is_forgotten(queue, staff):
    """Whoever has waited out every patience has a person as soon as anybody has a place."""
    patient = [
        each for each in queue if each.queued_at <= ago(60) and (each.returned_at or ago(60)) <= ago(60)
    ]
    decisions = decide(patient, staff, NOW, RULES)
    places = sum(max(0, each.cap - each.open) for each in staff if absence(each, NOW, RULES) is None)
    assert sum(each.operator_id is not None for each in decisions) == min(len(patient), places)


@given(queues, operators)
def test_the_head_of_the_queue_comes_first(queue, staff):
    """Who wants nothing special waits only while those before them take all the places."""
    plain = [Waiting(each.id, each.priority, each.queued_at, each.returned_at) for each in queue]
    taken = [each.operator_id is not None for each in decide(plain, staff, NOW, RULES)]
    assert taken == sorted(taken, reverse=True)


@given(queues, operators, st.randoms(use_true_random=False))
def test_the_order_of_reading_does_not_matter(queue, staff, random):
    def choice(waiting_, people):
        return {each.conversation_id: each.operator_id for each in decide(waiting_, people, NOW, RULES)}

    first = choice(queue, staff)
    random.shuffle(queue)
    random.shuffle(staff)
    assert choice(queue, staff) == first

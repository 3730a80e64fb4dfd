"""Recoveries and patients in several processes at once: each row is finished once, nobody hears it twice."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from clinic.booking import Bookings
from clinic.database import open_engine
from clinic.ledger import Ledger
from clinic.outcomes import Confirmed, Held, Settled, Unknown
from mis.port import BadAnswer, Capabilities, VisitStatus
from tests.clinic.conftest import Clock, Desk, patient, slot
from tests.clinic.fake_mis import FakeMis

HOURS = (10, 11, 12, 13)


def unclear(desk: Desk, fault: str = "lost") -> list[int]:
    """Bookings whose answer was lost, one for each hour and conversation."""
    found = []
    for number, hour in enumerate(HOURS):
        kept = desk.bookings.hold(f"c{number}", slot(hour=hour), [], f"k{number}")
        assert isinstance(kept, Held)
        desk.mis.faults["book"] = [fault]
        desk.bookings.confirm(kept.booking_id, patient(given=f"П{number}"), "v1")
        found.append(kept.booking_id)
    return found


def _round(url: str, now: datetime, barrier: object, told: object) -> None:
    """A recovery in a process of its own, whose MIS knows every visit as booked."""
    engine = open_engine(url)
    mis = FakeMis(Clock(now))
    mis.status = lambda *_: VisitStatus.NEW  # type: ignore[method-assign,assignment]
    barrier.wait()  # type: ignore[attr-defined]
    for news in Bookings(engine, mis, Clock(now)).settle(now):
        told.put(news.booking_id)  # type: ignore[attr-defined]
    engine.dispose()


def test_recoveries_of_several_processes_tell_each_patient_once(desk: Desk, database_url: str) -> None:
    ids = unclear(desk)
    now = desk.clock.forward(seconds=30)
    context = multiprocessing.get_context("spawn")
    barrier, told = context.Barrier(3, timeout=60), context.Queue()
    workers = [context.Process(target=_round, args=(database_url, now, barrier, told)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    heard = [told.get(timeout=5) for _ in ids]
    assert sorted(heard) == ids and told.empty()
    assert [desk.state(booking_id) for booking_id in ids] == ["confirmed"] * len(ids)
    with desk.engine.connect() as connection:
        for booking_id in ids:
            states = [new for _, new, _ in Ledger(connection).history(booking_id)]
            assert states.count("confirmed") == 1


def test_a_patient_who_taps_again_while_it_is_settled(desk: Desk) -> None:
    ids = unclear(desk, "lost_before")
    now = desk.clock.forward(seconds=30)
    barrier = Barrier(6, timeout=60)

    def tap(number: int) -> object:
        barrier.wait()
        return desk.bookings.confirm(ids[number], patient(given=f"П{number}"), "v1")

    def recover() -> object:
        barrier.wait()
        return desk.bookings.settle(now)

    with ThreadPoolExecutor(6) as pool:
        taps = [pool.submit(tap, number) for number in range(4)]
        rounds = [pool.submit(recover) for _ in range(2)]
        said = [each.result() for each in taps]
        [each.result() for each in rounds]
    assert all(isinstance(answer, Confirmed | Unknown) for answer in said)
    desk.bookings.settle(desk.clock.forward(seconds=30))
    assert [desk.state(booking_id) for booking_id in ids] == ["confirmed"] * 4
    assert [entry.books for entry in desk.mis.booked()] == [1] * 4


@pytest.mark.parametrize(("done", "outcome"), [("lost_before", "absent"), ("lost", "")])
def test_a_mis_without_a_status_is_settled_by_its_schedule(
    make_desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch, done: str, outcome: str
) -> None:
    """A free time proves that nothing was booked; a busy one proves nothing and goes to a person."""
    desk = make_desk(capabilities=Capabilities(returns_visit_id=True))

    def no_status(*_: object) -> VisitStatus:
        raise BadAnswer("this MIS has no status")

    monkeypatch.setattr(desk.mis, "status", no_status)
    kept = desk.bookings.hold("c1", slot(), [], "k1")
    assert isinstance(kept, Held)
    desk.mis.faults["book"] = [done]
    assert desk.bookings.confirm(kept.booking_id, patient(), "v1") == Unknown(kept.booking_id)
    assert desk.bookings.settle(desk.clock.forward(seconds=30)) == (
        [Settled("c1", kept.booking_id, outcome)] if outcome else []  # type: ignore[arg-type]
    )
    later = [news.outcome for news in desk.bookings.settle(desk.clock.forward(minutes=31))]
    assert later == (["absent"] if outcome else ["unclear"])


def test_a_status_that_makes_no_sense_after_a_hold(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    [first, *_] = unclear(desk)
    monkeypatch.setattr(desk.mis, "status", lambda *_: (_ for _ in ()).throw(BadAnswer("what?")))
    assert desk.bookings.settle(desk.clock.forward(seconds=30)) == [], "the time is busy: by us or by others"
    assert desk.state(first) == "unknown"


def test_a_round_in_a_dead_database_says_so(empty_ledger: Engine) -> None:
    """The next round is in a minute; an error here must not look like "nothing to do"."""
    engine = open_engine("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(OperationalError):
        Bookings(engine, FakeMis(Clock()), Clock()).settle(Clock()())

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Event

import pytest

from mis.cache import Ages, CachedMis
from mis.copy_files import CopyFiles
from mis.port import BadAnswer, MisRefused, MisUnavailable, OutcomeUnknown
from tests.mis.fake_mis import Clock, FakeMis
from tests.mis.support import ANNA, DAY, HOLD, OLEG, PATIENT, SLOT

READ_AT = datetime(2026, 11, 23, 10, tzinfo=UTC)
AGES = Ages(directory=timedelta(hours=4), availability=timedelta(seconds=45), retry=timedelta(minutes=1))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def inner() -> FakeMis:
    return FakeMis()


@pytest.fixture
def mis(inner: FakeMis, clock: Clock) -> CachedMis:
    return CachedMis(inner, clock, AGES)


def test_directories_are_read_once_in_hours(mis: CachedMis, inner: FakeMis, clock: Clock) -> None:
    for _ in range(3):
        mis.branches()
        mis.doctors("centre")
        mis.services("centre")
    mis.doctors("ural")
    assert inner.calls == ["branches", "doctors centre", "services centre", "doctors ural"]
    clock.pass_(hours=4)
    mis.doctors("centre")
    assert inner.calls[4:] == ["doctors centre"]


@pytest.mark.parametrize("error", [MisUnavailable("down"), BadAnswer("nonsense")])
def test_directories_outlive_an_outage(
    mis: CachedMis, inner: FakeMis, clock: Clock, error: Exception
) -> None:
    assert mis.directory_age("doctors", "centre") is None
    known = mis.doctors("centre")
    clock.pass_(hours=5)
    inner.error = error
    assert mis.doctors("centre") == known
    assert mis.directory_age("doctors", "centre") == timedelta(hours=5)


def test_a_dead_mis_is_not_asked_by_every_patient(mis: CachedMis, inner: FakeMis, clock: Clock) -> None:
    mis.doctors("centre")
    clock.pass_(hours=5)
    inner.error = MisUnavailable("down")
    for _ in range(5):
        mis.doctors("centre")
    assert len(inner.calls) == 2
    clock.pass_(minutes=1)
    inner.error = None
    mis.doctors("centre")
    assert len(inner.calls) == 3
    assert mis.directory_age("doctors", "centre") == timedelta()


def test_without_a_copy_the_error_is_told(mis: CachedMis, inner: FakeMis) -> None:
    inner.error = MisUnavailable("down")
    with pytest.raises(MisUnavailable):
        mis.doctors("centre")


def test_availability_is_read_once_in_seconds(mis: CachedMis, inner: FakeMis, clock: Clock) -> None:
    assert mis.windows("centre", DAY, DAY, [ANNA, OLEG]) == mis.windows("centre", DAY, DAY, [OLEG, ANNA])
    assert len(inner.calls) == 1
    clock.pass_(seconds=44)
    mis.windows("centre", DAY, DAY, [ANNA, OLEG])
    assert len(inner.calls) == 1
    clock.pass_(seconds=1)
    mis.windows("centre", DAY, DAY, [ANNA, OLEG])
    assert len(inner.calls) == 2


def test_another_question_is_another_read(mis: CachedMis, inner: FakeMis) -> None:
    mis.windows("centre", DAY, DAY)
    mis.windows("centre", DAY, DAY, [ANNA])
    mis.windows("centre", DAY, DAY + timedelta(days=1))
    mis.windows("ural", DAY, DAY)
    assert len(inner.calls) == 4


def test_stale_availability_is_worth_nothing(mis: CachedMis, inner: FakeMis, clock: Clock) -> None:
    mis.windows("centre", DAY, DAY)
    clock.pass_(seconds=45)
    inner.error = MisUnavailable("down")
    with pytest.raises(MisUnavailable):
        mis.windows("centre", DAY, DAY)


def test_before_a_hold_the_schedule_is_always_read(mis: CachedMis, inner: FakeMis) -> None:
    mis.windows("centre", DAY, DAY, [ANNA])
    mis.fresh_windows("centre", DAY, DAY, [ANNA])
    mis.fresh.windows("centre", DAY, DAY, [ANNA])
    assert len(inner.calls) == 3
    mis.fresh.doctors("centre")
    mis.doctors("centre")
    assert len(inner.calls) == 4


@pytest.mark.parametrize(
    "write",
    [
        lambda mis: mis.hold(SLOT),
        lambda mis: mis.book(HOLD, PATIENT),
        lambda mis: mis.cancel("ural", "v-1"),
        lambda mis: mis.fresh.hold(SLOT),
    ],
)
@pytest.mark.parametrize("error", [None, MisRefused("no"), OutcomeUnknown("lost")])
def test_a_write_of_ours_makes_the_branchs_availability_doubtful(
    mis: CachedMis, inner: FakeMis, write: Callable[[CachedMis], object], error: Exception | None
) -> None:
    mis.windows("ural", DAY, DAY)
    mis.windows("centre", DAY, DAY)
    inner.error = error
    if error is None:
        write(mis)
    else:
        with pytest.raises(type(error)):
            write(mis)
    inner.error = None
    before = len(inner.calls)
    mis.windows("centre", DAY, DAY)
    assert len(inner.calls) == before
    mis.windows("ural", DAY, DAY)
    assert len(inner.calls) == before + 1


def test_a_read_under_way_during_a_write_is_not_kept(mis: CachedMis, inner: FakeMis) -> None:
    asked, go_on = Event(), Event()

    def slow() -> None:
        inner.before_answer = lambda: None
        asked.set()
        assert go_on.wait(30)

    inner.before_answer = slow
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(mis.windows, "ural", DAY, DAY)
        assert asked.wait(30)
        mis.hold(SLOT)
        go_on.set()
        reading.result(30)
    mis.windows("ural", DAY, DAY)
    assert inner.calls.count("windows ural") == 2


@pytest.mark.parametrize(
    "read", [lambda mis: mis.windows("centre", DAY, DAY), lambda mis: mis.doctors("centre")]
)
def test_one_caller_fetches_and_the_others_wait(
    mis: CachedMis, inner: FakeMis, read: Callable[[CachedMis], object]
) -> None:
    together = Barrier(16)

    def ask(_: int) -> object:
        together.wait(30)
        return read(mis)

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(ask, range(16)))
    assert len(inner.calls) == 1
    assert all(found == answers[0] for found in answers)


def test_an_error_is_shared_and_forgotten(mis: CachedMis, inner: FakeMis) -> None:
    inner.error = MisUnavailable("down")
    with pytest.raises(MisUnavailable):
        mis.windows("centre", DAY, DAY)
    inner.error = None
    assert len(mis.windows("centre", DAY, DAY)) == 1


@pytest.mark.parametrize(
    ("kept", "read"),
    [
        (False, lambda mis: mis.windows("centre", DAY, DAY)),
        (False, lambda mis: mis.doctors("centre")),
        (True, lambda mis: mis.doctors("centre")),
    ],
)
def test_waiting_for_another_caller_has_a_bound(
    inner: FakeMis, clock: Clock, kept: bool, read: Callable[[CachedMis], object]
) -> None:
    mis = CachedMis(inner, clock, AGES, wait_seconds=0.05)
    if kept:
        mis.doctors("centre")
        clock.pass_(hours=5)
    asked, go_on = Event(), Event()

    def hang() -> None:
        asked.set()
        assert go_on.wait(30)

    inner.before_answer = hang
    with ThreadPoolExecutor(1) as pool:
        leading = pool.submit(read, mis)
        assert asked.wait(30)
        if kept:
            assert read(mis)
        else:
            with pytest.raises(MisUnavailable):
                read(mis)
        go_on.set()
        assert leading.result(30)


def test_what_is_no_directory_goes_straight_through(mis: CachedMis, inner: FakeMis) -> None:
    assert mis.capabilities == inner.capabilities
    mis.status("centre", "v-1")
    mis.status("centre", "v-1")
    assert inner.calls == ["status centre", "status centre"]


def test_availability_ages_while_it_is_being_read(mis: CachedMis, inner: FakeMis, clock: Clock) -> None:
    """It was true at some moment of its reading, perhaps the first."""
    inner.before_answer = lambda: clock.pass_(seconds=10)
    mis.windows("centre", DAY, DAY)
    clock.pass_(seconds=34)
    mis.windows("centre", DAY, DAY)
    assert len(inner.calls) == 1
    clock.pass_(seconds=1)
    mis.windows("centre", DAY, DAY)
    assert len(inner.calls) == 2


def test_what_a_search_shows_is_at_most_45_seconds_old() -> None:
    assert Ages().availability <= timedelta(seconds=45)


def test_directories_outlive_a_start_during_an_outage(inner: FakeMis, clock: Clock, tmp_path: Path) -> None:
    before = CachedMis(inner, clock, copies=tmp_path)
    doctors, services, branches = before.doctors("centre"), before.services("centre"), before.branches()
    assert doctors and services and branches
    clock.pass_(minutes=30)
    inner.error = MisUnavailable("down")
    after = CachedMis(inner, clock, copies=tmp_path)
    assert after.doctors("centre") == doctors
    assert after.services("centre") == services
    assert after.branches() == branches
    assert after.directory_age("doctors", "centre") == timedelta(minutes=30)
    with pytest.raises(MisUnavailable):
        after.doctors("ural")


def test_after_a_start_the_mis_is_asked_first_and_then_at_intervals(
    inner: FakeMis, clock: Clock, tmp_path: Path
) -> None:
    CachedMis(inner, clock, copies=tmp_path).doctors("centre")
    again = CachedMis(inner, clock, copies=tmp_path)
    again.doctors("centre")
    assert len(inner.calls) == 2
    inner.error = MisUnavailable("down")
    during = CachedMis(inner, clock, copies=tmp_path)
    for _ in range(3):
        during.doctors("centre")
    assert len(inner.calls) == 3
    clock.pass_(minutes=1)
    inner.error = None
    during.doctors("centre")
    assert during.directory_age("doctors", "centre") == timedelta()


@pytest.mark.parametrize("found", [b"", b"{", b"[1]", '{"read_at": "вчера", "value": []}'.encode()])
def test_a_damaged_copy_is_as_good_as_none(
    inner: FakeMis, clock: Clock, tmp_path: Path, found: bytes
) -> None:
    CachedMis(inner, clock, copies=tmp_path).doctors("centre")
    (file,) = tmp_path.iterdir()
    file.write_bytes(found)
    inner.error = MisUnavailable("down")
    with pytest.raises(MisUnavailable):
        CachedMis(inner, clock, copies=tmp_path).doctors("centre")


def test_a_folder_that_cannot_be_written_costs_nobody_an_answer(
    inner: FakeMis, clock: Clock, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")
    assert CachedMis(inner, clock, copies=tmp_path / "file").doctors("centre")


def test_no_key_leaves_the_folder(tmp_path: Path) -> None:
    files = CopyFiles(tmp_path / "copies", {"doctors": tuple[int, ...]})
    files.write(("doctors", "../../elsewhere"), (1, 2), READ_AT)
    assert files.read(("doctors", "../../elsewhere")) == ((1, 2), READ_AT)
    assert [each.name for each in tmp_path.iterdir()] == ["copies"]

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from mis.guard import Guard, Limits
from mis.places import Places

LONG = 60.0


def until(true: Callable[[], bool]) -> None:
    """Wait for a condition that another thread brings about."""
    pause = Event()
    for _ in range(6000):
        if true():
            return
        pause.wait(0.01)
    raise AssertionError("it did not come about")


def test_who_gives_a_place_back_stands_behind_those_who_wait() -> None:
    places = Places(1)
    assert places.acquire(0)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(places.acquire, LONG)
        until(lambda: places.waiting == 1)
        places.release()
        assert not places.acquire(0)
        assert waiting.result(LONG)
    places.release()
    assert places.acquire(0)


def test_places_are_given_in_the_order_of_asking() -> None:
    places, served = Places(1), list[int]()
    assert places.acquire(0)

    def ask(number: int) -> None:
        assert places.acquire(LONG)
        served.append(number)
        places.release()

    with ThreadPoolExecutor(5) as pool:
        for number in range(5):
            pool.submit(ask, number)
            until(lambda asked=number + 1: places.waiting == asked)  # type: ignore[misc]
        places.release()
    assert served == [0, 1, 2, 3, 4]


def test_who_gave_up_waiting_gets_no_place() -> None:
    places = Places(1)
    assert places.acquire(0)
    assert not places.acquire(0.01)
    assert places.waiting == 0
    places.release()
    assert places.acquire(0)


def test_a_patient_of_several_calls_does_not_keep_others_out() -> None:
    guard = Guard("base", Limits(connections=1, wait=LONG))
    order: list[str] = []

    def call(name: str) -> None:
        with guard.passage(LONG):
            order.append(name)

    with ThreadPoolExecutor(1) as pool:
        with guard.passage(LONG):
            other = pool.submit(call, "other")
            until(lambda: guard.waiting == 1)
        call("second of the first")
        other.result(LONG)
    assert order == ["other", "second of the first"]

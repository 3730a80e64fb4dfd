"""The state machine of the saga (`tests/clinic/test_saga_machine.py`), played in this process and counted."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import hypothesis
from hypothesis.stateful import invariant, run_state_machine_as_test

from clinic.database import migrate, open_engine
from tests.clinic.conftest import open_desk
from tests.clinic.test_saga_machine import Saga, settings_of
from tests.support.postgres import fresh_database, postgres_server

# Between them the time is looked at.
_AT_ONCE = 25


class CountedSaga(Saga):
    """The same, counting its examples and their steps."""

    examples = 0
    steps = 0

    def __init__(self) -> None:
        super().__init__()
        CountedSaga.examples += 1
        # Its invariants are checked once before the first step.
        CountedSaga.steps -= 1

    @invariant()
    def is_counted(self) -> None:
        CountedSaga.steps += 1


def play_machine(examples: int, seed: int, deadline: float, say: Callable[[str], None]) -> dict[str, int]:
    """At least `examples` examples unless `deadline` (monotonic seconds) comes first; the counts."""
    violations, part = 0, 0
    CountedSaga.examples = CountedSaga.steps = 0
    with (
        postgres_server() as server,
        fresh_database(server) as database,
        ThreadPoolExecutor(4) as pool,
    ):
        migrate(database)
        engine = open_engine(database)
        CountedSaga.engine = engine
        CountedSaga.make_desk = staticmethod(lambda **more: open_desk(engine, pool, **more))
        while CountedSaga.examples < examples and time.monotonic() < deadline:
            part += 1
            machine = hypothesis.seed(seed * 1000 + part)(CountedSaga)
            try:
                run_state_machine_as_test(machine, settings=settings_of(min(_AT_ONCE, examples)))
            except Exception as error:
                violations += 1
                say(f"  VIOLATION of the state machine, part {part}: {type(error).__name__}: {error}")
        engine.dispose()
    return {"examples": CountedSaga.examples, "steps": CountedSaga.steps, "violations": violations}

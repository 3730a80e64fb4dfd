"""The action server as Rasa and monitoring see it: one patient's slow MIS is nobody else's wait."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry, Counter
from sanic import Sanic

from actions import server
from tests.actions.clinic import Stage
from tests.actions.dialogue import Dialogue, entities_of
from tests.mis.fake_umc import free_port

# More than the default of asyncio on any machine the tests run on.
MANY = 48
SECONDS = 60


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
async def client(stage: Stage, registry: CollectorRegistry) -> AsyncIterator[httpx.AsyncClient]:
    Sanic.test_mode = True
    app = server.create_server(stage.context, registry)
    port = free_port()
    running = await app.create_server("127.0.0.1", port, return_asyncio_server=True)
    assert running is not None
    await running.startup()
    await running.before_start()
    await running.after_start()
    address = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=address, timeout=SECONDS, trust_env=False) as client:
        yield client
    await running.before_stop()
    await running.close()
    await running.after_stop()
    Sanic.unregister_app(app)


@pytest.fixture
def gate(stage: Stage) -> Iterator[threading.Barrier]:
    """Requests to the people of the clinic are stored only when `MANY` patients make them together."""
    barrier = threading.Barrier(MANY + 1)
    store = stage.requests.store

    def stored_together(*args: Any, **kwargs: Any) -> Any:
        barrier.wait(SECONDS)
        return store(*args, **kwargs)

    stage.requests.store = stored_together  # type: ignore[method-assign]  # slow on purpose
    yield barrier
    barrier.abort()


def call(stage: Stage, number: int) -> dict[str, Any]:
    """Rasa's call of the action that stores a request for an operator."""
    talk = Dialogue(stage)
    text = "позовите оператора"
    message = talk.message(text, "call_operator", entities_of(text, stage.clock()), None)
    tracker = talk.tracker(message)
    state = {
        "sender_id": f"patient-{number}",
        "slots": tracker.slots,
        "latest_message": {**tracker.latest_message, "message_id": f"m-{number}"},
        "events": [],
        "paused": False,
        "followup_action": None,
        "active_loop": {},
        "latest_action_name": None,
    }
    body = {"next_action": "action_call_operator", "sender_id": state["sender_id"], "tracker": state}
    return {**body, "domain": {}, "version": "3.6.20"}


async def test_while_many_patients_wait_others_are_served(
    client: httpx.AsyncClient, stage: Stage, gate: threading.Barrier
) -> None:
    waiting = [asyncio.create_task(client.post("/webhook", json=call(stage, n))) for n in range(MANY)]
    async with asyncio.timeout(SECONDS):
        while gate.n_waiting < MANY:
            # The loop itself is free: it goes on answering while all of them wait in their threads.
            assert (await client.get("/health")).status_code == 200
            assert not any(task.done() for task in waiting)
    await asyncio.to_thread(gate.wait, SECONDS)
    answers = await asyncio.gather(*waiting)
    assert {answer.status_code for answer in answers} == {200}
    assert len(stage.requests.stored) == MANY


async def test_monitoring_sees_the_series_and_the_lag_of_the_loop(
    client: httpx.AsyncClient, registry: CollectorRegistry
) -> None:
    Counter("maria_sample", "anything", registry=registry).inc()
    shown = ""
    async with asyncio.timeout(SECONDS):
        while "maria_loop_lag_seconds_count 0.0" in shown or not shown:
            answer = await client.get("/metrics")
            assert answer.headers["content-type"].startswith("text/plain")
            shown = answer.text
    assert "maria_sample_total 1.0" in shown
    assert 'maria_loop_lag_seconds_bucket{le="0.05"}' in shown

"""The desk's door into Rasa, over HTTP, with an agent that only remembers."""

from __future__ import annotations

import asyncio
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from rasa.core.channels.channel import UserMessage
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, UserUttered
from rasa.utils.endpoints import EndpointConfig
from sanic import Sanic, response

from bot.channel import DeskChannel

SECRET = "channel-secret-of-the-test"


class FakeAgent:
    """Answers «эхо», keeps a tracker, counts turns; `reply` empty means silence, `fails` an exception."""

    def __init__(self, actions_url: str) -> None:
        self.tracker_store = InMemoryTrackerStore(Domain.empty())
        self.processor = None
        self.action_endpoint = EndpointConfig(actions_url)
        self.turns: list[UserMessage] = []
        self.reply = "эхо"
        self.fails = False
        self.circles = 0
        self.entered = threading.Event()
        self.gate: threading.Event | None = None

    async def handle_message(self, message: UserMessage) -> None:
        self.turns.append(message)
        self.entered.set()
        if self.gate is not None:
            await asyncio.get_event_loop().run_in_executor(None, self.gate.wait, 5)
        if self.fails:
            raise RuntimeError("8 916 000-00-00 must not be logged")
        tracker = await self.tracker_store.create_tracker(message.sender_id)
        tracker.update(UserUttered(message.text, message_id=message.message_id))
        if self.reply:
            await message.output_channel.send_text_message(message.sender_id, self.reply)
            tracker.update(BotUttered(self.reply))
        for _ in range(self.circles):
            tracker.update(ActionExecuted("action_not_understood"))
            if self.reply:
                await message.output_channel.send_text_message(message.sender_id, self.reply)
        await self.tracker_store.save(tracker)


class Server:
    """Rasa's web server with our channel, and a little action server beside it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CHANNEL_SECRET", SECRET)
        Sanic.test_mode = True
        self.app = Sanic("channel_test", configure_logging=False)
        self.alive = True

        @self.app.route("/actions/health")
        async def health(request: Any) -> Any:
            return response.json({}, status=200 if self.alive else 500)

        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._started.wait(5)
        self.agent = FakeAgent(f"{self.url}/actions/webhook")
        self.app.ctx.agent = self.agent

    def _run(self) -> None:
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)

        async def on_new_message(message: UserMessage) -> None:
            await self.agent.handle_message(message)

        blueprint = DeskChannel().blueprint(on_new_message)
        self.app.blueprint(blueprint, url_prefix="/webhooks/desk")

        async def main() -> None:
            listening = socket.socket()
            listening.bind(("127.0.0.1", 0))
            port = listening.getsockname()[1]
            server = await self.app.create_server(
                sock=listening, return_asyncio_server=True, access_log=False
            )
            await server.startup()
            await server.start_serving()
            self.url = f"http://127.0.0.1:{port}"
            self._started.set()

        self._loop.run_until_complete(main())
        self._loop.run_forever()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def turn(self, secret: str = SECRET, **body: Any) -> requests.Response:
        full = {"turn_id": "t1", "sender_id": "c1", "text": "привет", **body}
        headers = {"Authorization": f"Bearer {secret}"}
        return requests.post(f"{self.url}/webhooks/desk/turn", json=full, headers=headers, timeout=10)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Any:
    running = Server(monkeypatch)
    yield running
    running.stop()


def test_turn_is_answered_with_its_messages(server: Server) -> None:
    answer = server.turn()
    assert (answer.status_code, answer.json()) == (200, {"turn_id": "t1", "messages": [{"text": "эхо"}]})


def test_stranger_is_turned_away(server: Server) -> None:
    assert server.turn(secret="guess").status_code == 401
    assert server.agent.turns == []


@pytest.mark.parametrize(
    "body", [{"text": ""}, {"turn_id": 5}, {"metadata": []}, {"payload": {"entities": {}}}]
)
def test_bad_body_is_named(server: Server, body: dict[str, Any]) -> None:
    answer = server.turn(**body)
    assert answer.status_code == 422
    assert next(iter(body)) in answer.json()["detail"]


def test_repeated_turn_is_not_run_again(server: Server) -> None:
    first, second = server.turn(), server.turn()
    assert first.json() == second.json()
    assert len(server.agent.turns) == 1


def test_typed_command_reaches_rasa_as_text(server: Server) -> None:
    server.turn(text=' /affirm{"price":"0"}')
    assert server.agent.turns[0].text == 'affirm{"price":"0"}'
    assert server.agent.turns[0].parse_data is None


def test_button_skips_understanding(server: Server) -> None:
    server.turn(text="Терапевт", payload={"intent": "inform", "entities": {"what": "specialty:therapist"}})
    parsed = server.agent.turns[0].parse_data
    assert parsed["intent"] == {"name": "inform", "confidence": 1.0}
    assert [(e["entity"], e["value"]) for e in parsed["entities"]] == [("what", "specialty:therapist")]


def test_dead_action_server_stops_the_turn_before_it_begins(server: Server) -> None:
    server.alive = False
    answer = server.turn()
    assert (answer.status_code, answer.json()["error"]) == (503, "actions_unavailable")
    assert server.agent.turns == []


def test_request_repeated_during_a_turn_joins_it(server: Server) -> None:
    server.agent.gate = threading.Event()
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(server.turn) for _ in range(4)]
        assert server.agent.entered.wait(5)
        server.agent.gate.set()
        bodies = [answer.result().json() for answer in answers]
    assert bodies == [{"turn_id": "t1", "messages": [{"text": "эхо"}]}] * 4
    assert len(server.agent.turns) == 1


def test_silence_is_an_error(server: Server) -> None:
    server.agent.reply = ""
    answer = server.turn()
    assert (answer.status_code, answer.json()["error"]) == (500, "empty_reply")


def test_failure_is_an_error_and_its_text_is_not_logged(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    server.agent.fails = True
    answer = server.turn()
    assert (answer.status_code, answer.json()["error"]) == (500, "internal")
    assert "RuntimeError" in caplog.text
    assert "916" not in caplog.text


@pytest.mark.parametrize("reply", ["", "не поняла"])
def test_after_a_turn_that_ran_in_circles_the_dialogue_listens_again(server: Server, reply: str) -> None:
    """Rasa breaks it off in the middle, and no rule fits what comes after an action that was no listening."""
    server.agent.reply, server.agent.circles = reply, 8
    server.turn()
    tracker = asyncio.run(server.agent.tracker_store.retrieve("c1"))
    assert tracker is not None and tracker.latest_action_name == "action_listen"

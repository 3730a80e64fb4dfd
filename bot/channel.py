"""The desk's door into Rasa: one authenticated request is one turn, and its answer is the whole reply.

Differs from Rasa's REST channel in what the desk relies on: a bearer secret, errors that are errors, a
button's meaning as data instead of a `/command` in the text, a repeated turn that is not run again.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted, BotUttered, UserUttered
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.action_body import send_short_bodies
from bot.light_rasa import keep_for_good
from bot.log_hygiene import keep_slots_out_of_the_log
from bot.plain_text import without_command_prefix
from bot.repeated_work import compute_once
from bot.settings import load_settings
from bot.tracker_store import DeskTrackerStore, fail_loudly

logger = logging.getLogger(__name__)

CHANNEL_NAME = "desk"
# An action server that reads the directory of a large network answers late; it is not gone.
HEALTH_TIMEOUT_SECONDS = 2.0
# No honest turn says so much.
_CIRCLES = 7


class WholeMessages(CollectingOutputChannel):
    """Collects replies as they were written: Rasa would cut a text at each blank line."""

    async def send_text_message(self, recipient_id: str, text: str, **kwargs: Any) -> None:
        await self._persist_message(self._message(recipient_id, text=text))


class BadTurn(Exception):
    """The request's body is not a turn; the message says what is wrong."""


class DeskChannel(InputChannel):
    """`POST /webhooks/desk/turn`, see docs/architecture.md for the exchange."""

    @classmethod
    def name(cls) -> str:
        return CHANNEL_NAME

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        blueprint = Blueprint("desk_channel", __name__)
        turns = _Turns(on_new_message)
        send_short_bodies()
        compute_once()
        keep_slots_out_of_the_log()

        @blueprint.listener("after_server_start")
        async def loaded(*_: Any) -> None:
            keep_for_good()

        @blueprint.route("/", methods=["GET"])
        async def ready(request: Request) -> HTTPResponse:
            # Rasa serves on without a model when it could not load one.
            agent: Agent | None = getattr(request.app.ctx, "agent", None)
            loaded = agent is not None and agent.is_ready()
            return response.json({"model_loaded": loaded}, status=200 if loaded else 503)

        @blueprint.route("/turn", methods=["POST"])
        async def turn(request: Request) -> HTTPResponse:
            if not _authorised(request):
                return response.json({"error": "unauthorised"}, status=401)
            try:
                message = _message(request.json)
            except BadTurn as error:
                return response.json({"error": "bad_turn", "detail": str(error)}, status=422)
            agent: Agent = request.app.ctx.agent
            fail_loudly(agent)
            return await turns.run(agent, message)

        return blueprint


class _Turns:
    """Runs each turn once: a repeated request joins the run that is going on.

    A run goes on when its client hangs up: half a turn would be lost events. Statuses tell the desk what
    to say: 503 means that nothing was begun, 500 that the turn broke and may have done something.
    """

    def __init__(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> None:
        self._on_new_message = on_new_message
        self._running: dict[str, asyncio.Task[HTTPResponse]] = {}

    async def run(self, agent: Agent, message: UserMessage) -> HTTPResponse:
        turn_id = str(message.message_id)
        task = self._running.get(turn_id)
        if task is None:
            task = asyncio.create_task(self._run(agent, message))
            self._running[turn_id] = task
            task.add_done_callback(lambda _: self._running.pop(turn_id, None))
        return await asyncio.shield(task)

    async def _run(self, agent: Agent, message: UserMessage) -> HTTPResponse:
        turn_id = message.message_id
        try:
            stored = await _stored_reply(agent, message)
            if stored:
                return response.json({"turn_id": turn_id, "messages": stored})
            # With the action server gone Rasa would drop the form's events, take the form for finished
            # and go on with the rule: nothing may be touched then.
            if not await _actions_alive(agent):
                return response.json({"error": "actions_unavailable"}, status=503)
        except Exception as error:
            logger.error("turn %s not begun: %s", turn_id, type(error).__name__)
            return response.json({"error": "store_unavailable"}, status=503)
        try:
            await self._on_new_message(message)
        except Exception as error:
            logger.error("turn %s failed: %s", turn_id, type(error).__name__)
            return response.json({"error": "internal"}, status=500)
        messages = [_plain(item) for item in message.output_channel.messages]
        if not messages or len(messages) >= _CIRCLES:
            await _let_it_listen(agent, message.sender_id)
        if not messages:
            return response.json({"error": "empty_reply"}, status=500)
        return response.json({"turn_id": turn_id, "messages": messages})


def _authorised(request: Request) -> bool:
    secret = load_settings().channel_secret
    given = request.headers.get("authorization", "")
    return bool(secret) and hmac.compare_digest(given.encode(), f"Bearer {secret}".encode())


def _message(body: Any) -> UserMessage:
    if not isinstance(body, dict):
        raise BadTurn("a JSON object is expected")
    for key in ("turn_id", "sender_id", "text"):
        if not isinstance(body.get(key), str) or not body[key]:
            raise BadTurn(f"{key}: a non-empty string is expected")
    metadata = body.get("metadata", {})
    if not isinstance(metadata, dict):
        raise BadTurn("metadata: an object is expected")
    text = without_command_prefix(body["text"])
    return UserMessage(
        text=text,
        output_channel=WholeMessages(),
        sender_id=body["sender_id"],
        input_channel=CHANNEL_NAME,
        message_id=body["turn_id"],
        metadata=metadata,
        parse_data=_parse_data(text, body.get("payload")),
    )


def _parse_data(text: str, payload: Any) -> dict[str, Any] | None:
    """A button's intent and entities in the shape of a parse result: NLU is skipped for it."""
    if payload is None:
        return None
    if not isinstance(payload, dict) or not isinstance(payload.get("intent"), str):
        raise BadTurn("payload: an object with an intent is expected")
    intent = {"name": payload["intent"], "confidence": 1.0}
    entities = [
        {"entity": name, "value": value, "start": 0, "end": len(text), "extractor": "button"}
        for name, value in (payload.get("entities") or {}).items()
    ]
    return {"text": text, "intent": intent, "intent_ranking": [intent], "entities": entities}


async def _stored_reply(agent: Agent, message: UserMessage) -> list[dict[str, Any]]:
    """What was answered if this turn has already been run (the desk repeats one after its own crash)."""
    store = agent.tracker_store
    if isinstance(store, DeskTrackerStore) and store.last_message_id(message.sender_id) != message.message_id:
        return []
    tracker = await store.retrieve(message.sender_id)
    if tracker is None:
        return []
    said: list[dict[str, Any]] = []
    for event in reversed(tracker.events):
        if isinstance(event, BotUttered):
            said.append(_plain({"text": event.text, **(event.data or {})}))
        elif isinstance(event, UserUttered):
            return said[::-1] if event.message_id == message.message_id else []
    return []


async def _let_it_listen(agent: Agent, sender_id: str) -> None:
    """After Rasa has broken off a turn that ran in circles, it would understand no later message either."""
    try:
        tracker = await agent.tracker_store.retrieve(sender_id)
        if tracker is not None and tracker.latest_action_name not in (ACTION_LISTEN_NAME, None):
            logger.error("a turn ran in circles: it ended with %s", tracker.latest_action_name)
            tracker.update(ActionExecuted(ACTION_LISTEN_NAME))
            await agent.tracker_store.save(tracker)
    except Exception as error:
        logger.error("the end of a turn is not stored: %s", type(error).__name__)


async def _actions_alive(agent: Agent) -> bool:
    endpoint = agent.action_endpoint
    if endpoint is None:
        return False
    url = endpoint.url.rsplit("/", 1)[0] + "/health"
    timeout = aiohttp.ClientTimeout(total=HEALTH_TIMEOUT_SECONDS)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as answer:
            return answer.status == 200
    except (aiohttp.ClientError, OSError, TimeoutError):
        return False
    except Exception as error:
        # aiohttp 3.9 raises asyncio.TimeoutError, which is not TimeoutError on Python 3.10.
        logger.warning("action server: %s", type(error).__name__)
        return False


def _plain(message: dict[str, Any]) -> dict[str, Any]:
    kept = {key: message[key] for key in ("text", "image", "custom") if message.get(key)}
    if message.get("buttons"):
        kept["buttons"] = [{"title": b["title"], "payload": b["payload"]} for b in message["buttons"]]
    return kept

"""A desk with people at it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.desk.conversations.staff import ANNA, BORIS, Staff, Window, conversation_of, store_request


@pytest.fixture
def staff(rows: Any) -> Staff:
    """Anna and Boris keep what they have and are given nothing by the routing."""
    for each in (ANNA, BORIS):
        rows(
            "INSERT INTO desk.staff (id, login, name, role, cap, password_hash) OVERRIDING SYSTEM VALUE"
            " VALUES (%s, lower(%s), %s, 'operator', 20, '') ON CONFLICT DO NOTHING",
            *(each.id, each.name, each.name),
        )
        rows(
            "INSERT INTO desk.presence (staff_id, state, since, heartbeat_at)"
            " VALUES (%s, 'no_new', now(), now() + interval '1 day') ON CONFLICT DO NOTHING",
            each.id,
        )
    return Staff()


@pytest.fixture
def window(desk_database: str, texts: Any) -> Window:
    return Window(desk_database, texts, ANNA)


@pytest.fixture
def id_of(desk_database: str) -> Callable[[str], Any]:
    return lambda sender: conversation_of(desk_database, sender)


@pytest.fixture
def dialogue_asks(desk_database: str, rasa: Any) -> Callable[..., None]:
    """From now on each turn stores a request of this kind, as the action server does, and answers."""

    def from_now_on(kind: str, answer: str = "Передаю.", **fields: Any) -> None:
        async def turn(body: dict[str, Any]) -> tuple[int, Any]:
            store_request(desk_database, body["sender_id"], kind, f"{kind}:{body['turn_id']}", **fields)
            return 200, [{"text": answer}]

        rasa.answer = turn

    return from_now_on

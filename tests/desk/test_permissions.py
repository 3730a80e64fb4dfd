"""The matrix of rights: every route of the staff, asked by nobody and by each role."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from desk.access.roles import Relation, Role, relations
from desk.access.staff import ROLES
from desk.app import Desk
from desk.conversations import ownership
from desk.database import connect
from desk.settings import Settings
from tests.desk.guard import Guard
from tests.desk.pictures import put_picture
from tests.desk.staff import Browser, add_account, finish, standing, stay

ALL = set(ROLES)
SUPERVISORS = {"supervisor", "administrator"}
ADMINISTRATORS = {"administrator"}
# Who may call; whether a call that may be made then succeeds depends on its object.
MATRIX: dict[tuple[str, str], set[str]] = {
    ("POST", "/api/logout"): ALL,
    ("GET", "/api/me"): ALL,
    ("POST", "/api/password"): ALL,
    ("PUT", "/api/presence"): ALL,
    ("POST", "/api/heartbeat"): ALL,
    ("GET", "/api/colleagues"): ALL,
    ("GET", "/api/staff"): ADMINISTRATORS,
    ("POST", "/api/staff"): ADMINISTRATORS,
    ("PATCH", "/api/staff/{staff_id}"): ADMINISTRATORS,
    ("GET", "/api/audit"): ADMINISTRATORS,
    ("GET", "/api/figures"): SUPERVISORS,
    ("GET", "/api/figures/{figure}"): SUPERVISORS,
    ("GET", "/api/events"): ALL,
    ("GET", "/api/conversations"): ALL,
    ("GET", "/api/catalogue"): ALL,
    ("GET", "/api/words"): ALL,
    ("GET", "/api/services"): ALL,
    ("GET", "/api/services/{service_id}"): ALL,
}
# Steps with one conversation: who may do them to which, by how it stands to the caller.
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat()
OWN, VISIBLE = {"own"}, {"own", "earlier", "past", "queue"}
EVERY = {*VISIBLE, "bot", "other"}
BOOK = {
    "offer": "x.y",
    "patient": {"surname": "Берёзов", "given": "Илья", "phone": "+79161234567", "birth_date": "1985-03-02"},
    "consent": "personal_data",
    "key": "key-00001",
}
SAY = {"text": "Добрый день", "client_msg_id": "c-00000001"}
STEPS: dict[tuple[str, str], tuple[dict[str, Any] | None, set[str], set[str]]] = {
    ("GET", ""): (None, VISIBLE, EVERY),
    ("GET", "/messages"): (None, VISIBLE, EVERY),
    ("GET", "/decisions"): (None, VISIBLE, EVERY),
    ("GET", "/pictures/{picture_id}"): (None, VISIBLE, EVERY),
    ("POST", "/accept"): ({}, OWN, OWN),
    ("POST", "/take"): ({}, {"own", "earlier", "queue"}, EVERY),
    ("POST", "/decline"): ({}, OWN, OWN),
    ("POST", "/messages"): (SAY, OWN, OWN),
    ("POST", "/writing"): (None, OWN, OWN),
    ("POST", "/notes"): ({"text": "заметка"}, {"own", "queue"}, EVERY),
    ("POST", "/transfer"): ({"to": None, "note": "передаю"}, OWN, EVERY),
    ("POST", "/snooze"): ({"until": TOMORROW}, OWN, OWN),
    ("POST", "/return"): ({}, OWN, OWN),
    ("POST", "/close"): ({"topic": "запись", "outcome": "booked"}, OWN, OWN),
    ("GET", "/slots?since=2026-11-24&until=2026-11-25&specialty=ent"): (None, OWN, OWN),
    ("GET", "/visits"): (None, OWN, OWN),
    ("POST", "/visits"): (BOOK, OWN, OWN),
    ("POST", "/phone-code"): ({"phone": "+79161234567"}, OWN, OWN),
    ("POST", "/phone-code/check"): ({"code": "123456"}, OWN, OWN),
    ("POST", "/visits/{booking_id}/cancel"): ({"key": "key-00001"}, OWN, OWN),
    ("POST", "/visits/{booking_id}/move"): ({"key": "key-00001", "offer": "x.y"}, OWN, OWN),
}
VERSIONED = {"/accept", "/take", "/decline", "/transfer", "/snooze", "/return", "/close"}
OPEN = {("POST", "/api/login")}


@pytest.fixture(scope="module")
def routes(desk_database, texts):
    settings = Settings(_env_file=None, database_url=desk_database, web_dir=Path("nowhere"))
    api = Desk(settings, texts, Guard(), None).app.other_asgi_app
    return {
        (method.upper(), path)
        for path, methods in api.openapi()["paths"].items()
        for method in methods
        if path.startswith("/api/")
    }


def test_every_route_is_in_the_matrix(routes):
    steps = {
        (method, "/api/conversations/{conversation_id}" + path.partition("?")[0]) for method, path in STEPS
    }
    assert routes == MATRIX.keys() | OPEN | steps


@pytest.mark.parametrize("role", ["nobody", *ROLES])
async def test_rights(desk, desk_database, role):
    browser = Browser(desk)
    if role != "nobody":
        _, login = add_account(desk_database, role)
        await browser.login(login)
    # Logging out comes last: it would make nobody of everybody.
    for (method, path), roles in sorted(MATRIX.items(), key=lambda item: item[0][1] == "/api/logout"):
        body = {} if method in ("POST", "PUT", "PATCH") else None
        if path == "/api/events" and role != "nobody":
            continue  # it does not end
        path = path.replace("{staff_id}", "999999").replace("{figure}", "in_queue")
        response = await browser.call(method, path, body)
        # An empty body is not valid everywhere, but rights are asked before it is looked at.
        expected = "401" if role == "nobody" else "ok" if role in roles else "403"
        got = str(response.status_code) if response.status_code in (401, 403) else "ok"
        assert got == expected, (method, path, response.status_code, response.text)
    await browser.close()


@pytest.mark.parametrize("role", ["nobody", "operator", "supervisor"])
async def test_rights_to_each_conversation(desk, desk_database, role):
    browser = Browser(desk)
    me, login = add_account(desk_database, "operator" if role == "nobody" else role)
    colleague, _ = add_account(desk_database)
    for staff_id in (me, colleague):
        stay(desk_database, staff_id)
    if role != "nobody":
        await browser.login(login)
    wrong = []
    connection = await connect(desk_database)
    async with connection:
        await connection.execute("UPDATE desk.staff SET cap = 20 WHERE id = ANY(%s)", ([me, colleague],))
        for (method, path), (body, operators, supervisors) in STEPS.items():
            for relation in ["own"] if role == "nobody" else sorted(EVERY):
                state = await standing(connection, relation, me, colleague)
                if path in VERSIONED:
                    body = {**(body or {}), "version": state.version}
                whole = f"/api/conversations/{state.id}{path}".replace("{booking_id}", "999999")
                if "{picture_id}" in path:
                    whole = whole.replace("{picture_id}", str(await put_picture(connection, state.id)))
                response = await browser.call(method, whole, body)
                may = relation in (operators if role == "operator" else supervisors)
                sees = relation in (VISIBLE if role == "operator" else EVERY)
                refused = 401 if role == "nobody" else None if may else 403 if sees else 404
                # A step that may be asked for can still be impossible now (409), or need a clinic (503).
                good = (
                    response.status_code == refused
                    if refused
                    else response.status_code in (200, 201, 409, 503)
                )
                if not good:
                    wrong.append((method, path, relation, refused, response.status_code, response.text))
                if refused:
                    # A refused step changes nothing.
                    assert (await ownership.state_of(connection, state.id)).version == state.version
                await finish(connection, state.id)
    await browser.close()
    assert wrong == []


OBJECTS: dict[str, dict[Role, set[Relation]]] = {
    "conversation.view": {
        "operator": {"own", "earlier", "past", "queue"},
        "supervisor": {"own", "earlier", "past", "queue", "bot", "other"},
    },
    "conversation.write": {"operator": {"own"}, "supervisor": {"own"}},
    "visits.change": {"operator": {"own"}, "supervisor": {"own"}},
    "figures.view": {"operator": set()},
    "staff.change": {"operator": set(), "supervisor": set()},
    "audit.view": {"operator": set(), "supervisor": set()},
}


@pytest.mark.parametrize(
    ("right", "role"), [(right, role) for right, roles in OBJECTS.items() for role in roles]
)
def test_rights_to_objects(right, role):
    assert relations(role, right) == OBJECTS[right][role]

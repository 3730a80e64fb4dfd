"""The matrix of rights: every route of the staff, asked by nobody and by each role."""

from __future__ import annotations

from pathlib import Path

import pytest

from desk.access.roles import Relation, Role, relations
from desk.access.staff import ROLES
from desk.app import Desk
from desk.settings import Settings
from tests.desk.guard import Guard
from tests.desk.staff import Browser, add_account

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
}
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
    assert routes == MATRIX.keys() | OPEN


@pytest.mark.parametrize("role", ["nobody", *ROLES])
async def test_rights(desk, desk_database, role):
    browser = Browser(desk)
    if role != "nobody":
        _, login = add_account(desk_database, role)
        await browser.login(login)
    # Logging out comes last: it would make nobody of everybody.
    for (method, path), roles in sorted(MATRIX.items(), key=lambda item: item[0][1] == "/api/logout"):
        body = {} if method in ("POST", "PUT", "PATCH") else None
        response = await browser.call(method, path.replace("{staff_id}", "999999"), body)
        # An empty body is not valid everywhere, but rights are asked before it is looked at.
        expected = "401" if role == "nobody" else "ok" if role in roles else "403"
        got = str(response.status_code) if response.status_code in (401, 403) else "ok"
        assert got == expected, (method, path, response.status_code, response.text)
    await browser.close()


OBJECTS: dict[str, dict[Role, set[Relation]]] = {
    "conversation.view": {
        "operator": {"own", "past", "queue"},
        "supervisor": {"own", "past", "queue", "bot", "other"},
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

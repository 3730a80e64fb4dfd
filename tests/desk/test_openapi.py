"""Generated calls of an operator to every route of the staff: no fault, no answer that the OpenAPI lacks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from desk.app import Desk
from desk.appointments import Choice, Choices, Done, Found, Free, Visit
from desk.database import connect
from desk.phone_codes import CodeAsked, CodeChecked
from desk.prices import BranchPrice, Preparation, Prices
from desk.settings import Settings
from tests.desk.fake_rasa import free_port, serving
from tests.desk.guard import Guard
from tests.desk.pictures import put_picture
from tests.desk.staff import PASSWORD, add_account, held, stay

EXAMPLES = 12
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
START = datetime(2026, 11, 24, 10, tzinfo=UTC)
# They do not end, or end the session of the calls that follow.
LEFT_OUT = {"GET /api/events", "POST /api/logout"}
# What their schemas cannot say: one of three to look for, a time of the next days, another's conversation.
NEED_MORE = {
    f"{method} /api/conversations/{{conversation_id}}/{step}"
    for method, step in (("GET", "slots"), ("POST", "snooze"), ("POST", "take"))
}


class Clinic:
    """Appointments where everything is possible."""

    def choices(self):
        return Choices((Choice("ent", "ЛОР"),), (), (Choice("b1", "Ленинский"),))

    def search(self, sender, wanted):
        free = Free("x.y", START, 30, "d1", "Берёзова Анна", "ent", "b1", "Ленинский", "Садовая, 1", None)
        return Found((free,), ("b2",))

    def book(self, sender, offer, patient, consent, key, allow_double):
        return Done("booked", 7, "007", START)

    def visits(self, sender):
        return [Visit(7, "007", START, "Берёзова Анна", "Ленинский", "Илья", "confirmed")]

    def cancel(self, sender, booking_id, key):
        return Done("cancelled", booking_id)

    def move(self, sender, booking_id, offer, key):
        return Done("moved", booking_id, "008", START)


@pytest.fixture(scope="module")
def desk(desk_database, texts) -> Iterator[tuple[str, dict[str, Any]]]:
    """Address and OpenAPI of a desk that runs in a thread: the calls are made without a loop."""
    values = Settings(
        _env_file=None,
        database_url=desk_database,
        rasa_url=f"http://127.0.0.1:{free_port()}",
        web_dir=Path("nowhere"),
        desk_pool_size=4,
    )
    made = Desk(values, texts, Guard(), None, appointments=Clinic(), prices=PriceList(), codes=Codes())
    loop = asyncio.new_event_loop()
    stopped = asyncio.Event()
    running = threading.Event()
    address: list[str] = []

    async def serve() -> None:
        async with serving(made.app) as url:
            address.append(url)
            running.set()
            await stopped.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert running.wait(60)
    yield address[0], made.app.other_asgi_app.openapi()
    loop.call_soon_threadsafe(stopped.set)
    thread.join()
    loop.close()


class Codes:
    """Any phone gets a code, and any code is right."""

    def send(self, sender, phone):
        return CodeAsked("sent", START)

    def check(self, sender, code):
        return CodeChecked("proved")


class PriceList:
    """Any service can be told of."""

    def find(self, text):
        return [Choice("us_heart", "УЗИ сердца")]

    def service(self, service_id):
        return Choice(service_id, "УЗИ сердца")

    def prices(self, service_id, branch_id, region):
        line = BranchPrice("b1", "Ленинский", "Москва", True, "price", Decimal(1800), False)
        return Prices(START.date(), Decimal(1800), Decimal(1800), (20, 30), (line,))

    def preparation(self, service_id):
        return Preparation("rules", "УЗИ сердца", ("Отдохните перед исследованием",), ("прошлые снимки",))


class Operator:
    """A session of an operator who always has a conversation."""

    def __init__(self, url: str, database: str) -> None:
        self._database = database
        self._id, login = add_account(database, cap=20)
        self.http = requests.Session()
        self.http.trust_env = False
        me = self.http.post(f"{url}/api/login", json={"login": login, "password": PASSWORD}, timeout=30)
        self.http.headers["X-CSRF-Token"] = me.json()["csrf"]

    def conversation(self) -> tuple[str, int]:
        """Id and version of a conversation that the operator has now."""
        stay(self._database, self._id)
        with psycopg.connect(self._database, autocommit=True) as connection:
            found = connection.execute(
                "SELECT id, version FROM desk.conversation WHERE operator_id = %s LIMIT 1",
                (self._id,),
            ).fetchone()
        return (str(found[0]), found[1]) if found else asyncio.run(self._hold())

    def picture(self, conversation_id: str) -> str:
        """Id of a picture of this conversation."""
        return str(asyncio.run(self._send_picture(UUID(conversation_id))))

    async def _send_picture(self, conversation_id: UUID) -> UUID:
        connection = await connect(self._database)
        async with connection:
            return await put_picture(connection, conversation_id)

    async def _hold(self) -> tuple[str, int]:
        connection = await connect(self._database)
        async with connection:
            state = await held(connection, self._id)
        return str(state.id), state.version


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_route_keeps_to_its_openapi(desk, desk_database, mode):
    url, document = desk
    operator = Operator(url, desk_database)
    schema = schemathesis.openapi.from_dict(document).include(path_regex="^/api/")
    seen: dict[str, set[int]] = {}
    wrong: list[str] = []

    def play(operation: Any) -> None:
        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def run(case: Any) -> None:
            if mode is GenerationMode.POSITIVE:
                conversation_id, version = operator.conversation()
                if "conversation_id" in case.path_parameters:
                    case.path_parameters["conversation_id"] = conversation_id
                if "picture_id" in case.path_parameters:
                    case.path_parameters["picture_id"] = operator.picture(conversation_id)
                if isinstance(case.body, dict) and "version" in case.body:
                    case.body["version"] = version
            response = case.call_and_validate(url, session=operator.http, checks=CHECKS, timeout=60)
            seen.setdefault(operation.label, set()).add(response.status_code)

        run()

    for found in schema.get_all_operations():
        operation = found.ok()
        takes = operation.body or operation.path_parameters or operation.query
        if operation.label in LEFT_OUT or (mode is GenerationMode.NEGATIVE and not takes):
            continue
        try:
            play(operation)
        except Exception as error:
            wrong.append(f"{operation.label}: {error}")
    assert wrong == []
    assert operator.http.get(f"{url}/api/me", timeout=30).status_code == 200
    if mode is GenerationMode.POSITIVE:
        # The calls get to where something is done.
        done = {label for label, statuses in seen.items() if statuses & {200, 201}}
        steps = {label for label in seen if "/api/conversations/{conversation_id}/" in label}
        assert steps - done - NEED_MORE == set()

"""The operators' window over HTTP: from the queue to the close, two windows, the stream, figures."""

from __future__ import annotations

import asyncio
import contextlib
import json
from datetime import UTC, datetime

import httpx
import pytest_asyncio
from psycopg.types.json import Jsonb

from desk.access import sessions
from desk.app import Desk
from desk.appointments import Choice, Choices, Done, Found, Free
from desk.conversations import ownership
from desk.settings import Settings
from tests.desk.fake_rasa import serving
from tests.desk.guard import Guard
from tests.desk.staff import Browser, add_account, held, queued, stay


@pytest_asyncio.fixture
async def come(desk, desk_database, connection):
    """Lets a member of the staff come to a window of their own; gives it with `id` and `name`."""
    async with contextlib.AsyncExitStack() as stack:

        async def open_window(role="operator", state="no_new", **account):
            browser = Browser(desk)
            stack.push_async_callback(browser.close)
            browser.id, login = add_account(desk_database, role, **account)
            browser.login_name = login
            browser.name = f"Сотрудник {login}"
            stay(desk_database, browser.id, state)
            assert (await browser.login(login)).status_code == 200
            return browser

        yield open_window


async def step(browser, state_or_id, name, **body):
    conversation_id = getattr(state_or_id, "id", state_or_id)
    return await browser.call("POST", f"/api/conversations/{conversation_id}/{name}", body)


async def test_from_the_queue_to_the_close(come, connection, rows):
    anna = await come()
    state = await queued(connection, "complaint")
    (waiting,) = (await anna.call("GET", "/api/conversations?view=queue")).json()
    assert (waiting["id"], waiting["relation"], waiting["reason"]) == (str(state.id), "queue", "complaint")
    assert waiting["last_text"] is None
    taken = (await step(anna, state, "take", version=waiting["version"])).json()
    assert (taken["relation"], taken["operator_id"]) == ("own", anna.id)
    words = {"text": "Здравствуйте! Чем помочь?", "client_msg_id": "c-0000001"}
    first = await step(anna, state, "messages", **words)
    again = await step(anna, state, "messages", **words)
    assert first.status_code == 200 and first.json() == again.json()
    assert (await step(anna, state, "notes", text="перезвонить после обеда")).status_code == 201
    thread = (await anna.call("GET", f"/api/conversations/{state.id}")).json()
    said = [(each["author"], each["author_name"], each["text"]) for each in thread["messages"]]
    assert ("operator", anna.name, words["text"]) in said
    assert [each["text"] for each in thread["notes"]] == ["перезвонить после обеда"]
    (mine,) = (await anna.call("GET", "/api/conversations")).json()
    assert mine["last_text"] == words["text"]
    seq = first.json()["seq"]
    later = await anna.call("GET", f"/api/conversations/{state.id}/messages?after={seq}")
    assert later.json() == []
    closed = await step(anna, state, "close", version=taken["version"], topic="жалоба", outcome="answered")
    assert (closed.json()["owner"], closed.json()["topic"]) == ("closed", "жалоба")
    assert (await anna.call("GET", "/api/conversations")).json() == []
    log = rows("SELECT action FROM desk.audit WHERE object_id = %s ORDER BY id", str(state.id))
    assert [row["action"].removeprefix("conversation.") for row in log] == [
        "take",
        "say",
        "say",
        "note",
        "view",
        "close",
    ]


async def test_no_thread_is_read_without_a_line(come, connection, desk, rows):
    vera = await come("supervisor")
    state = await queued(connection)

    def views():
        query = (
            "SELECT details FROM desk.audit WHERE action = 'conversation.view' AND object_id = %s"
            " AND staff_id = %s ORDER BY id"
        )
        return [row["details"]["session"] for row in rows(query, str(state.id), vera.id)]

    async def read_on(browser, after=1):
        path = f"/api/conversations/{state.id}/messages?after={after}"
        assert (await browser.call("GET", path)).status_code == 200

    # Whoever asks for all but the first message has seen the thread.
    await read_on(vera)
    assert len(views()) == 1
    await read_on(vera, 2)
    assert len(views()) == 1
    # An earlier page is a view of its own, and so is another session of the same person.
    assert (await vera.call("GET", f"/api/conversations/{state.id}/messages")).status_code == 200
    second = Browser(desk)
    await second.login(vera.login_name)
    await read_on(second)
    await second.close()
    first, again, other = views()
    assert first == again != other
    # What was seen an hour ago is seen anew.
    await vera.call("POST", "/api/logout")
    await vera.login(vera.login_name)
    rows(
        "INSERT INTO desk.audit (staff_id, action, object_kind, object_id, details, at)"
        " VALUES (%s, 'conversation.view', 'conversation', %s, %s, now() - interval '1 hour')",
        vera.id,
        str(state.id),
        Jsonb({"session": sessions.hash_token(vera.http.cookies["maria-staff"]).hex()[:12]}),
    )
    await read_on(vera)
    assert len(views()) == 5


async def test_two_windows_never_have_one_conversation(come, connection):
    anna, boris = await come(), await come()
    state = await queued(connection)
    answers = await asyncio.gather(
        *(step(browser, state, "take", version=state.version) for browser in (anna, boris))
    )
    assert sorted(answer.status_code for answer in answers)[0] == 200
    loser = boris if answers[0].status_code == 200 else anna
    assert sorted(answer.status_code for answer in answers)[1] in (404, 409)
    words = {"text": "Здравствуйте!", "client_msg_id": "c-0000002"}
    refused = await step(loser, state, "messages", **words)
    assert refused.status_code == 404
    assert (await step(loser, state, "notes", text="моё")).status_code == 404


async def test_an_old_view_changes_nothing(come, connection):
    anna = await come()
    state = await held(connection, anna.id)
    refused = await step(anna, state, "close", version=state.version - 1, topic="цены", outcome="other")
    assert (refused.status_code, refused.json()["error"]) == (409, "changed_meanwhile")
    assert (await ownership.state_of(connection, state.id)).owner.operator_id == anna.id


async def test_a_full_or_absent_person_takes_nothing(come, connection):
    anna, away = await come(cap=1), await come(state="break")
    await held(connection, anna.id)
    state = await queued(connection)
    for browser in (anna, away):
        refused = await step(browser, state, "take", version=state.version)
        assert (refused.status_code, refused.json()["error"]) == (409, "no_place")


async def test_a_transfer_reaches_the_colleague_with_its_note(come, connection):
    anna, boris, away = await come(), await come(state="online"), await come(state="no_new")
    state = await held(connection, anna.id)
    nobody = await step(anna, state, "transfer", version=state.version, to=away.id, note="к вам")
    assert (nobody.status_code, nobody.json()["error"]) == (409, "colleague_away")
    done = await step(anna, state, "transfer", version=state.version, to=boris.id, note="нужен ДМС")
    assert (done.json()["relation"], done.json()["operator_id"]) == ("past", boris.id)
    thread = (await boris.call("GET", f"/api/conversations/{state.id}")).json()
    assert [(each["kind"], each["text"]) for each in thread["notes"]] == [("transfer", "нужен ДМС")]
    accepted = await step(boris, state, "accept", version=done.json()["version"])
    assert accepted.json()["accepted_at"] is not None
    # Who had it may still read it, and no more.
    assert (await anna.call("GET", f"/api/conversations/{state.id}")).status_code == 200
    words = {"text": "и ещё", "client_msg_id": "c-0000003"}
    assert (await step(anna, state, "messages", **words)).status_code == 403


async def test_a_supervisor_takes_over(come, connection):
    anna, vera = await come(), await come("supervisor")
    state = await held(connection, anna.id)
    (seen,) = (await vera.call("GET", "/api/conversations?view=others")).json()
    assert (await anna.call("GET", "/api/conversations?view=others")).status_code == 403
    taken = await step(vera, state, "take", version=seen["version"])
    assert (taken.json()["relation"], taken.json()["accepted_at"] is not None) == ("own", True)
    words = {"text": "я тоже здесь", "client_msg_id": "c-0000004"}
    assert (await step(anna, state, "messages", **words)).status_code == 403


async def test_back_to_the_assistant_and_put_off(come, connection):
    anna = await come()
    state = await held(connection, anna.id)
    past = await step(anna, state, "snooze", version=state.version, until="2020-01-01T00:00:00Z")
    assert (past.status_code, past.json()["error"]) == (422, "bad_time")
    back = await step(anna, state, "return", version=state.version, did="Записала вас на среду")
    assert (back.json()["owner"], back.json()["relation"]) == ("bot", "past")


async def test_the_routing_explains_itself(come, connection):
    anna = await come(state="online")
    state = await queued(connection)
    async with asyncio.timeout(20):
        while (await ownership.state_of(connection, state.id)).owner.operator_id != anna.id:
            await asyncio.sleep(0.02)
    (decision,) = (await anna.call("GET", f"/api/conversations/{state.id}/decisions")).json()
    assert (decision["operator_id"], decision["because"]) == (anna.id, "least_busy")
    assert {each["operator_id"]: each["fit"] for each in decision["candidates"]}[anna.id] == "chosen"


class Stream:
    """Reads the events of one window."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.aiter_lines()

    async def next(self, *kinds: str):
        """The next event of one of these kinds."""
        async with asyncio.timeout(20):
            kind = ""
            async for line in self._lines:
                if line.startswith("event: "):
                    kind = line.removeprefix("event: ")
                elif line.startswith("data: ") and kind in kinds:
                    return kind, json.loads(line.removeprefix("data: "))
        raise AssertionError("the stream has ended")


@contextlib.asynccontextmanager
async def streaming(browser):
    async with browser.http.stream("GET", "/api/events") as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        yield Stream(response)


async def test_the_stream_tells_what_changes_and_what_is_gone(come, connection):
    anna, boris = await come(), await come()
    before = await queued(connection)
    async with streaming(anna) as stream:
        _, everything = await stream.next("all")
        assert [each["id"] for each in everything["conversations"]] == [str(before.id)]
        state = await queued(connection)
        _, came = await stream.next("conversation")
        assert (came["id"], came["owner"], came["last_text"]) == (str(state.id), "queue", None)
        await step(boris, state, "take", version=state.version)
        kind, gone = await stream.next("conversation", "gone")
        # A colleague's conversation is nobody else's business: its id is all that is told.
        assert (kind, gone) == ("gone", {"id": str(state.id)})
        await step(anna, before, "take", version=before.version)
        _, mine = await stream.next("conversation")
        assert (mine["id"], mine["relation"]) == (str(before.id), "own")
        said = await step(anna, before, "messages", text="Добрый день", client_msg_id="c-0000005")
        async with asyncio.timeout(20):
            while mine["last_seq"] < said.json()["seq"]:
                _, mine = await stream.next("conversation")
    # After a break the stream begins with everything.
    async with streaming(anna) as stream:
        _, everything = await stream.next("all")
        assert [each["last_seq"] for each in everything["conversations"]] == [said.json()["seq"]]
        assert {each["id"] for each in (await stream.next("people"))[1]["people"]} >= {anna.id, boris.id}
        await boris.call("PUT", "/api/presence", {"state": "break"})
        _, people = await stream.next("people")
        assert {each["id"]: each["state"] for each in people["people"]}[boris.id] == "break"


async def test_the_live_page_shows_what_happened(come, connection):
    anna, vera = await come(), await come("supervisor")
    before = (await vera.call("GET", "/api/figures")).json()
    assert before["names"]["service_level"]["formula"]
    state = await queued(connection)
    async with asyncio.timeout(20):
        while (now := (await vera.call("GET", "/api/figures")).json())["queue"]["waiting"] != 1:
            await asyncio.sleep(0.05)
    assert now["periods"]["today"]["offered"] == before["periods"]["today"]["offered"] + 1
    (behind,) = (await vera.call("GET", "/api/figures/in_queue")).json()
    assert behind["conversation_id"] == str(state.id)
    taken = await step(anna, state, "take", version=state.version)
    await step(anna, state, "messages", text="Добрый день", client_msg_id="c-0000006")
    await step(anna, state, "close", version=taken.json()["version"], topic="цены", outcome="answered")
    async with asyncio.timeout(20):
        while (now := (await vera.call("GET", "/api/figures")).json())["queue"]["waiting"]:
            await asyncio.sleep(0.05)
    answered = now["periods"]["today"]["speed_of_answer"]["count"]
    assert answered == before["periods"]["today"]["speed_of_answer"]["count"] + 1
    assert {"topic": "цены", "count": 1} in now["periods"]["today"]["topics"]
    load = {each["id"]: (each["state"], each["load"], each["cap"]) for each in now["operators"]}
    assert load[anna.id] == ("no_new", 0, 4)


async def test_wrong_bodies(come, connection):
    anna = await come()
    state = await held(connection, anna.id)
    wrong = [
        ("messages", {"text": " ", "client_msg_id": "c-0000007"}),
        ("messages", {"text": "a\u0000b", "client_msg_id": "c-0000007"}),
        ("messages", {"text": "x" * 4001, "client_msg_id": "c-0000007"}),
        ("close", {"version": 1, "topic": "", "outcome": "answered"}),
        ("close", {"version": 1, "topic": "цены", "outcome": "whatever"}),
        ("snooze", {"version": 1, "until": "2030-01-01T00:00:00"}),
        ("take", {"version": -1}),
    ]
    for name, body in wrong:
        refused = await step(anna, state, name, **body)
        assert (refused.status_code, refused.json()["error"]) == (422, "invalid"), (name, body)


class Clinic:
    """Appointments that end as a test wants, and remember who asked."""

    def __init__(self) -> None:
        self.outcome = "booked"
        self.calls: list[tuple[object, ...]] = []

    def choices(self):
        return Choices((Choice("ent", "ЛОР"),), (), (Choice("b1", "Ленинский"),))

    def search(self, sender, wanted):
        self.calls.append(("search", sender, wanted))
        start = datetime(2026, 11, 24, 10, tzinfo=UTC)
        free = Free("x.y", start, 30, "d1", "Берёзова Анна", "ent", "b1", "Ленинский", "Садовая, 1", None)
        return Found((free,), ("b2",))

    def book(self, sender, offer, patient, consent, key, allow_double):
        self.calls.append(("book", sender, str(patient.name), consent, key))
        return Done(self.outcome, 7, "007")

    def visits(self, sender):
        return None

    def cancel(self, sender, booking_id, key):
        self.calls.append(("cancel", sender, booking_id, key))
        return Done("not_proved")

    def move(self, sender, booking_id, offer, key):
        raise AssertionError("nobody moves here")


async def test_an_operator_books_in_the_patients_conversation(
    desk_database, texts, rasa, tmp_path, connection, rows
):
    clinic = Clinic()
    settings = Settings(
        _env_file=None, database_url=desk_database, rasa_url=rasa.url, web_dir=tmp_path, desk_pool_size=4
    )
    anna, login = add_account(desk_database)
    stay(desk_database, anna)
    state = await held(connection, anna)
    async with serving(Desk(settings, texts, Guard(), None, appointments=clinic).app) as url:
        browser = Browser(url)
        await browser.login(login)
        path = f"/api/conversations/{state.id}"
        assert (await browser.call("GET", "/api/catalogue")).json()["branches"] == [
            {"id": "b1", "name": "Ленинский"}
        ]
        days = "since=2026-11-24&until=2026-11-25"
        assert (await browser.call("GET", f"{path}/slots?{days}")).status_code == 422
        found = (await browser.call("GET", f"{path}/slots?{days}&specialty=ent")).json()
        assert (found["free"][0]["offer"], found["silent_branches"]) == ("x.y", ["b2"])
        patient = {"surname": "Берёзов", "given": "Илья", "phone": "+79161234567", "birth_date": "1985-03-02"}
        body = {"offer": "x.y", "patient": patient, "consent": "personal_data", "key": "key-00001"}
        done = (await browser.call("POST", f"{path}/visits", body)).json()
        assert (done["outcome"], done["number"]) == ("booked", "007") and "записан" in done["message"]
        clinic.outcome = "unknown"
        unknown = (await browser.call("POST", f"{path}/visits", body)).json()
        assert "записан" not in unknown["message"]
        assert (await browser.call("GET", f"{path}/visits")).json() == {"proved": False, "visits": []}
        refused = await browser.call("POST", f"{path}/visits/7/cancel", {"key": "key-00002"})
        assert refused.json()["outcome"] == "not_proved"
        await browser.close()
    assert clinic.calls[1] == ("book", state.rasa_sender, "Берёзов Илья", "personal_data", "key-00001")
    log = rows("SELECT action, details FROM desk.audit WHERE object_id = %s ORDER BY id", str(state.id))
    assert [row["action"] for row in log] == [
        "visit.book",
        "visit.book.done",
        "visit.book",
        "visit.book.done",
        "visits.view",
        "visit.cancel",
        "visit.cancel.done",
    ]
    assert log[1]["details"] == {"outcome": "booked", "booking_id": 7}
    assert "Берёзов" not in str(log)

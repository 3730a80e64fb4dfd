"""The form of the site: into the queue once, with a consent, to be called back by phone."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from desk.channels.site_form import read_form
from desk.conversations.site_requests import SiteRequest
from desk.texts import load_texts
from tests.desk.chat import eventually
from tests.desk.staff import Browser, add_account, stay

TEXTS = load_texts(Path("data/catalogue/desk_texts.yml"))


def filled(**fields):
    form = {"key": uuid4().hex, "name": "Берёзова Анна", "phone": "8 (916) 123-45-67", "consent": True}
    return {**form, "what": "Запишите к лору на завтра", **fields}


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("name", "", "request_name"),
        ("name", "А", "request_name"),
        ("name", "http://spam", "request_name"),
        ("name", "Анна " * 40, "request_name"),
        ("name", 5, "request_name"),
        ("phone", "", "request_phone_missing"),
        ("phone", "12345", "request_phone"),
        ("phone", "позвоните", "request_phone"),
        ("phone", "+380 44 123-45-67", "request_phone_foreign"),
        ("what", " ?! ", "request_what"),
        ("what", "а" * 1001, "request_what_long"),
        ("consent", False, "request_consent"),
        ("consent", "true", "request_consent"),
        ("consent", None, "request_consent"),
        ("key", "коротко", "request_unreadable"),
        ("key", None, "request_unreadable"),
    ],
)
def test_each_field_has_its_own_words(field, value, error):
    assert read_form(TEXTS, filled(**{field: value})) == {field: TEXTS[error]}


@pytest.mark.parametrize("name", ["Анна", "Анна-Мария д’Арк", "Ким Ю.", "анна  петровна", "Anna"])
def test_any_name_that_can_be_said_will_do(name):
    read = read_form(TEXTS, filled(name=name, phone="9161234567"))
    assert isinstance(read, SiteRequest)
    assert (read.name, read.phone) == (" ".join(name.split()), "+79161234567")


async def send(url, **fields):
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as http:
        return await http.post("/requests", json=filled(**fields))


async def sent_at_last(url, key):
    """Does what a refusal for want of storage asks for: sends the same again."""
    return await eventually(lambda: send(url, key=key), lambda response: response.status_code != 503)


async def test_a_request_waits_in_the_queue_with_its_consent(desk, rows, rasa):
    key = uuid4().hex
    first, again = await asyncio.gather(sent_at_last(desk, key), sent_at_last(desk, key))
    assert sorted((first.status_code, again.status_code)) == [200, 201]
    assert first.json() == again.json()
    number = first.json()["number"]
    assert f"Номер обращения {number}. Перезвоним до " in first.json()["text"]
    [conversation] = rows(
        "SELECT id, rasa_sender, owner_kind, priority, reason FROM desk.conversation"
        " WHERE channel = 'request' AND external_id = %s",
        key,
    )
    assert (conversation["owner_kind"], conversation["reason"]) == ("queue", "site_request")
    assert rows("SELECT author, text FROM desk.message WHERE conversation_id = %s", conversation["id"]) == [
        {"author": "patient", "text": "Запишите к лору на завтра"}
    ]
    [told] = rows("SELECT summary, slots FROM desk.handoff WHERE conversation_id = %s", conversation["id"])
    assert told["summary"].splitlines()[0] == "Позвонить: Берёзова Анна, +79161234567"
    assert told["slots"]["booking__patient"]["surname"] == "Берёзова"
    [asked] = rows("SELECT kind, phone, state FROM clinic.request WHERE id = %s", int(number))
    assert asked == {"kind": "callback", "phone": "+79161234567", "state": "open"}
    [consent] = rows(
        "SELECT document, version FROM clinic.consent WHERE conversation_id = %s", conversation["rasa_sender"]
    )
    assert consent == {"document": "personal_data", "version": "1.0"}
    assert rasa.turns == []


async def test_nothing_is_stored_without_consent(desk, rows):
    key = uuid4().hex
    refused = await send(desk, key=key, consent=False, phone="")
    assert refused.status_code == 422
    assert refused.json()["errors"].keys() == {"phone", "consent"}
    assert rows("SELECT 1 FROM desk.conversation WHERE external_id = %s", key) == []


async def test_a_sign_of_danger_is_told_where_to_call_and_comes_first(desk, rows):
    key = uuid4().hex
    taken = await send(desk, key=key, what="болит в груди")
    assert "103 или 112" in taken.json()["notice"]
    [conversation] = rows("SELECT priority FROM desk.conversation WHERE external_id = %s", key)
    assert conversation["priority"] == 2
    # What is filled in wrong is no reason to keep silent.
    assert "103 или 112" in (await send(desk, what="болит в груди", phone="")).json()["notice"]


async def test_too_many_are_refused_but_not_a_repeated_one_and_no_cry_for_help(open_desk):
    async with open_desk(desk_request_rate="2 per hour") as url:
        key = uuid4().hex
        assert (await send(url, key=key)).status_code == 201
        assert (await send(url, phone="+79031234567")).status_code == 201
        refused = await send(url, phone="+79041234567")
        assert (refused.status_code, refused.json()["text"]) == (429, TEXTS["request_too_many"])
        assert (await send(url, key=key)).status_code == 200
        assert (await send(url, what="болит в груди")).status_code == 201


async def test_only_json_of_the_form_is_read(desk):
    async with httpx.AsyncClient(base_url=desk, trust_env=False) as http:
        assert (await http.post("/requests", data=filled())).status_code == 415
        assert (await http.post("/requests", json=[1])).status_code == 400
        assert (await http.post("/requests", json=filled(role="admin"))).status_code == 400
        broken = {"content-type": "application/json"}
        for content in (b"\xff{", b"[" * 20_000):
            assert (await http.post("/requests", content=content, headers=broken)).status_code == 400


async def test_an_operator_calls_and_closes_and_cannot_write(desk, desk_database, rows):
    staff_id, login = add_account(desk_database)
    stay(desk_database, staff_id)
    anna = Browser(desk)
    await anna.login(login)
    key = uuid4().hex
    number = int((await send(desk, key=key)).json()["number"])
    [conversation] = rows("SELECT id FROM desk.conversation WHERE external_id = %s", key)
    path = f"/api/conversations/{conversation['id']}"
    seen = (await anna.call("GET", path)).json()
    assert seen["conversation"]["channel"] == "request"
    taken = await anna.call("POST", f"{path}/take", {"version": seen["conversation"]["version"]})
    assert taken.status_code == 200, taken.text
    version = {"version": taken.json()["version"]}
    said = await anna.call("POST", f"{path}/messages", {"text": "Добрый день", "client_msg_id": "c-00000001"})
    back = await anna.call("POST", f"{path}/return", version)
    assert (said.status_code, back.status_code) == (409, 409)
    done = await anna.call("POST", f"{path}/close", {**version, "topic": "book", "outcome": "booked"})
    assert (done.status_code, done.json()["owner"]) == (200, "closed")
    assert rows("SELECT state FROM clinic.request WHERE id = %s", number) == [{"state": "closed"}]
    # The patient is not there to read notices.
    notices = rows("SELECT 1 FROM desk.message WHERE conversation_id = %s AND seq > 1", conversation["id"])
    assert notices == []
    await anna.close()


async def test_a_request_waits_for_people_and_not_for_ever_behind_the_chats(desk, rows):
    key = uuid4().hex
    await send(desk, key=key)
    query = "SELECT priority, owner_kind FROM desk.conversation WHERE external_id = %s"
    assert rows(query, key) == [{"priority": -1, "owner_kind": "queue"}]
    rows(
        "UPDATE desk.handoff SET created_at = created_at - make_interval(secs => promised_seconds * 0.6)"
        " WHERE conversation_id = (SELECT id FROM desk.conversation WHERE external_id = %s)",
        key,
    )

    async def look():
        return rows(query, key)

    await eventually(look, lambda seen: seen == [{"priority": 0, "owner_kind": "queue"}])

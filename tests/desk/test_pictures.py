"""A patient's picture: stored once, seen by the own session and by whoever may see the thread only."""

from __future__ import annotations

from uuid import UUID, uuid4

import httpx
import pytest

from desk import conversations
from desk.conversations import ownership
from desk.conversations.ownership import PATIENT, Owner
from desk.pictures.cleaning import MAX_BYTES
from tests.desk.pictures import photo, put_picture, upload
from tests.desk.staff import Browser, add_account, held, queued, stay


async def messages(url: str, session_id: str) -> list[dict]:
    async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
        response = await http.get("/history", params={"session_id": session_id})
    return response.json()["messages"]


async def fetch(url: str, session_id: str | None, picture_id: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
        return await http.get(f"/pictures/{picture_id}", headers={"Authorization": f"Bearer {session_id}"})


async def test_while_maria_talks_she_says_that_she_cannot_read_it_and_offers_a_person(
    desk, open_chat, rasa, texts
):
    chat = await open_chat(desk)
    for _ in range(3):
        answer = await upload(desk, chat.session_id, photo())
        assert (answer.status_code, answer.json()["status"]) == (200, "stored")
    await chat.until(lambda: texts["picture_taken"] in chat.texts)
    thread = await messages(desk, chat.session_id)
    # Three at once are one wish: she says it once.
    assert [each["text"] for each in thread] == ["[фото]", texts["picture_taken"], "[фото]", "[фото]"]
    assert thread[0]["picture"].keys() == {"id", "width", "height"}
    assert [each["title"] for each in thread[1]["quick_replies"]] == [texts["button_person"]]
    assert rasa.turns == []


async def test_what_is_neither_words_nor_a_picture_leaves_its_mark_too(desk, open_chat, texts):
    chat = await open_chat(desk)
    await chat.ask({"file": "scan.pdf"})
    thread = await messages(desk, chat.session_id)
    assert [each["text"] for each in thread] == [texts["not_text_shown"], texts["not_text"]]


async def test_words_that_come_with_it_go_their_ordinary_way(desk, open_chat, rasa, texts):
    chat = await open_chat(desk)
    await upload(desk, chat.session_id, photo())
    await chat.send("болит в груди")
    await chat.until(lambda: texts["red_flag_emergency"] in chat.texts)
    await chat.until(lambda: "ответ: болит в груди" in chat.texts)
    assert [turn["text"] for turn in rasa.turns] == ["болит в груди"]
    # After other words the next picture gets its own answer again.
    await upload(desk, chat.session_id, photo())
    await chat.until(lambda: chat.texts.count(texts["picture_taken"]) == 2)


async def test_the_same_message_again_is_one_picture(desk, open_chat, rows):
    chat = await open_chat(desk)
    first = await upload(desk, chat.session_id, photo(), "c-00000001")
    again = await upload(desk, chat.session_id, photo(), "c-00000001")
    assert (first.json()["status"], again.json()["status"]) == ("stored", "again")
    assert first.json()["seq"] == again.json()["seq"]
    mine = "SELECT p.id FROM desk.picture p JOIN desk.conversation c ON c.id = p.conversation_id"
    assert len(rows(f"{mine} WHERE c.external_id = %s", chat.session_id.partition(".")[0])) == 1


async def test_only_the_session_that_sent_it_is_shown_it(desk, open_chat):
    mine, other = await open_chat(desk), await open_chat(desk)
    await upload(desk, mine.session_id, photo())
    picture = (await messages(desk, mine.session_id))[0]["picture"]["id"]
    shown = await fetch(desk, mine.session_id, picture)
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.headers["cache-control"].startswith("private")
    assert shown.headers["content-disposition"].startswith("inline")
    assert "sandbox" in shown.headers["content-security-policy"]
    for session in (other.session_id, f"{mine.session_id}x", "made.up", None):
        assert (await fetch(desk, session, picture)).status_code == 404
    assert (await fetch(desk, mine.session_id, str(uuid4()))).status_code == 404


async def test_without_a_session_nothing_is_taken(desk, rows):
    before = rows("SELECT count(*) FROM desk.picture")
    for session in ("made.up", None):
        assert (await upload(desk, session, photo())).status_code == 404
    assert rows("SELECT count(*) FROM desk.picture") == before


@pytest.mark.parametrize(
    ("data", "status", "key"),
    [
        (b"%PDF-1.7", 415, "picture_format"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", 415, "picture_heic"),
        (photo()[:400], 422, "picture_broken"),
        (b"\xff" * (MAX_BYTES + 1), 413, "picture_large"),
    ],
)
async def test_a_refusal_is_told_in_words_and_stores_nothing(desk, open_chat, texts, data, status, key):
    chat = await open_chat(desk)
    refused = await upload(desk, chat.session_id, data, **{"Content-Type": "image/jpeg"})
    assert (refused.status_code, refused.json()) == (status, {"error": key, "message": texts[key]})
    assert await messages(desk, chat.session_id) == []


async def test_pictures_without_end_are_refused(open_desk, open_chat, texts):
    async with open_desk(desk_picture_rate="2 per 10 minute") as url:
        chat = await open_chat(url)
        answers = [await upload(url, chat.session_id, photo()) for _ in range(3)]
        await chat.close()
    assert [each.status_code for each in answers] == [200, 200, 429]
    assert answers[2].json()["message"] == texts["picture_too_many"]


async def test_while_people_have_the_conversation_nobody_but_them_answers(
    desk, desk_database, open_chat, connection, rasa
):
    staff_id, login = add_account(desk_database)
    stay(desk_database, staff_id)
    chat = await open_chat(desk)
    found = await conversations.find(connection, "web", chat.session_id.partition(".")[0])
    async with connection.transaction():
        state = await ownership.state_of(connection, found.id)
        await ownership.change(connection, state, Owner("operator", staff_id), "taken", PATIENT)
    await upload(desk, chat.session_id, photo())
    assert [each["author"] for each in await messages(desk, chat.session_id)] == ["patient"]
    assert rasa.turns == []
    browser = Browser(desk)
    await browser.login(login)
    (row,) = (await browser.call("GET", "/api/conversations")).json()
    # It waits for an answer like any other message.
    assert row["last_kind"] == "picture" and row["last_text"] == "[фото]" and row["waiting_since"]
    (message,) = (await browser.call("GET", f"/api/conversations/{row['id']}")).json()["messages"]
    whole = await browser.call("GET", f"/api/conversations/{row['id']}/pictures/{message['picture']['id']}")
    assert (whole.status_code, whole.headers["content-type"]) == (200, "image/jpeg")
    await browser.close()


async def test_who_is_called_gets_to_know_of_the_picture(
    desk, desk_database, open_chat, connection, rows, texts
):
    staff_id, _ = add_account(desk_database)
    stay(desk_database, staff_id, "online")
    chat = await open_chat(desk)
    await upload(desk, chat.session_id, photo())
    await chat.until(lambda: texts["picture_taken"] in chat.texts)
    button = next(each for each in chat.said if each["text"] == texts["picture_taken"])["quick_replies"][0]
    await chat.send(button["payload"])
    await chat.until(lambda: any(each["kind"] == "owner" for each in chat.said))
    (told,) = rows(
        "SELECT h.summary, h.transcript FROM desk.handoff h JOIN desk.conversation c"
        " ON c.id = h.conversation_id WHERE c.external_id = %s",
        chat.session_id.partition(".")[0],
    )
    assert texts.say("brief_pictures", count=1) in told["summary"].splitlines()
    assert next(each["text"] for each in told["transcript"] if each["who"] == "patient") == "[фото]"


async def test_each_look_of_the_staff_is_logged_and_none_without_right(desk, desk_database, connection, rows):
    anna, login = add_account(desk_database)
    boris, _ = add_account(desk_database)
    for staff_id in (anna, boris):
        stay(desk_database, staff_id)
    own, foreign = await held(connection, anna), await held(connection, boris)
    mine, theirs = await put_picture(connection, own.id), await put_picture(connection, foreign.id)
    browser = Browser(desk)
    path = f"/api/conversations/{own.id}/pictures/{mine}"
    assert (await browser.call("GET", path)).status_code == 401
    await browser.login(login)
    for _ in range(2):
        shown = await browser.call("GET", path)
        small = await browser.call("GET", f"{path}?size=thumbnail")
    assert shown.status_code == small.status_code == 200
    assert len(small.content) < len(shown.content)
    assert shown.headers["cache-control"].startswith("private")
    # Neither another's, nor another's under the own conversation.
    for conversation_id, picture in (
        (foreign.id, theirs),
        (own.id, theirs),
        (foreign.id, mine),
        (own.id, uuid4()),
    ):
        refused = await browser.call("GET", f"/api/conversations/{conversation_id}/pictures/{picture}")
        assert refused.status_code == 404
    lines = rows(
        "SELECT object_id, details->>'size' AS size, details->>'conversation' AS conversation FROM desk.audit"
        " WHERE staff_id = %s AND action = 'picture.view' ORDER BY id",
        anna,
    )
    assert [(each["object_id"], each["size"]) for each in lines] == [
        (str(mine), "full"),
        (str(mine), "thumbnail"),
    ]
    assert {UUID(each["conversation"]) for each in lines} == {own.id}
    await browser.close()


async def test_it_goes_with_its_message(connection, rows):
    state, other = await queued(connection), await queued(connection)
    first, second = await put_picture(connection, state.id), await put_picture(connection, other.id)
    kept = "SELECT id FROM desk.picture WHERE id = ANY(%s)"
    assert len(rows(kept, [first, second])) == 2
    await connection.execute("DELETE FROM desk.message WHERE conversation_id = %s", (state.id,))
    assert [each["id"] for each in rows(kept, [first, second])] == [second]


async def test_a_site_that_shows_the_chat_may_send_pictures_and_another_may_not(open_desk):
    async with (
        open_desk(cors_origins=("https://clinic.example",)) as url,
        httpx.AsyncClient(base_url=url, trust_env=False) as http,
    ):
        asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
        allowed = await http.options("/pictures", headers={"Origin": "https://clinic.example", **asked})
        foreign = await http.options("/pictures", headers={"Origin": "https://foreign.example", **asked})
    assert allowed.headers["access-control-allow-origin"] == "https://clinic.example"
    assert "access-control-allow-origin" not in foreign.headers

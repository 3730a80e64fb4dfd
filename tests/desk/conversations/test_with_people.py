"""While people have a conversation: one of them answers, danger is answered by the desk, the end is told."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from desk.conversations import operators
from desk.conversations.ownership import NotAllowed, Owner, Stale
from desk.database import connect
from tests.desk.chat import eventually
from tests.desk.conversations.calling import handed_over
from tests.desk.conversations.staff import ANNA, BORIS, Window


@pytest.mark.parametrize("owner", ["queue", "operator"])
async def test_danger_is_answered_while_people_have_the_conversation(
    open_desk, rasa, open_chat, staff, window, id_of, dialogue_asks, texts, owner, record_testsuite_property
):
    async with open_desk(people=staff) as url:
        chat, mine = await handed_over(url, open_chat, rasa, id_of, dialogue_asks)
        if owner == "operator":
            await window.do("take", mine)
            await chat.until(lambda: len(chat.said) == 3)
        asked = time.monotonic()
        assert (await chat.ask("болит в груди"))["text"] == texts["red_flag_emergency"]
        record_testsuite_property(f"danger_{owner}_ms", round((time.monotonic() - asked) * 1000))
        state = await window.state(mine)
        assert (state.owner.kind, state.priority) == (owner, 2)
        assert len(rasa.turns) == 1


async def test_rest_callers_get_a_status_and_the_operators_words(
    open_desk, rasa, rest_client, staff, window, id_of, dialogue_asks, texts
):
    async with open_desk(people=staff) as url:
        dialogue_asks("operator")
        client = rest_client(url)
        said = await client.say("позовите человека")
        assert said[0]["text"] == "Передаю."
        assert said[1]["text"].startswith(texts["owner_handed_over"])
        mine = id_of(rasa.turns[0]["sender_id"])
        waiting = await client.say("вы тут?")
        assert [item["custom"]["owner"] for item in waiting] == ["queue"]
        assert "очереди" in waiting[0]["text"]
        await window.do("take", mine)
        await window.say(mine, "Здравствуйте!")
        thread = await client.messages(0)
        assert (thread["owner"], thread["status"]) == ("operator", texts.say("status_operator", name="Анна"))
        last = thread["messages"][-1]
        assert (last["author"], last["author_name"], last["text"]) == ("operator", "Анна", "Здравствуйте!")
        assert (await client.messages(last["seq"]))["messages"] == []
        await window.say(mine, "Слушаю вас")
        words = await client.say("нужна справка")
        assert [item["text"] for item in words] == [
            "Слушаю вас",
            texts.say("status_operator", name="Анна"),
        ]
        assert len(rasa.turns) == 1


async def test_the_messages_of_a_rest_patient_need_the_token(open_desk, rest_client, staff):
    async with open_desk(people=staff) as url:
        client = rest_client(url)
        await client.say("к лору")
        assert (await client.get_messages(0, token="wrong")).status_code == 401
        client.sender = "somebody else"
        assert (await client.get_messages(0)).status_code == 404


async def test_two_people_never_answer_one_thread(
    open_desk, rasa, open_chat, staff, window, id_of, dialogue_asks, desk_database, texts
):
    boris = Window(desk_database, texts, BORIS)
    async with open_desk(people=staff) as url:
        _, mine = await handed_over(url, open_chat, rasa, id_of, dialogue_asks)
        await window.do("take", mine)
        for attempt in (boris.say(mine, "и я"), boris.do("close", mine, "operator", "answered")):
            with pytest.raises(NotAllowed):
                await attempt
        with pytest.raises(NotAllowed):
            await boris.do("take", mine)
        first = await window.say(mine, "раз", client_msg_id="same")
        assert await window.say(mine, "раз", client_msg_id="same") == first
        await window.do("transfer", mine, BORIS, "это к тебе")
        with pytest.raises(NotAllowed):
            await window.say(mine, "ещё")
        await boris.say(mine, "Добрый день")
        state = await boris.state(mine)
        assert state.owner == Owner("operator", BORIS.id)
        assert state.accepted_at is not None


async def test_closing_needs_a_topic_and_the_next_word_is_the_bots(
    open_desk, rasa, open_chat, staff, window, id_of, dialogue_asks, texts
):
    async with open_desk(people=staff) as url:
        chat, mine = await handed_over(url, open_chat, rasa, id_of, dialogue_asks)
        await window.do("take", mine)
        with pytest.raises(ValueError, match="topic"):
            await window.do("close", mine, " ", "answered")
        await window.do("close", mine, "results", "answered", "рассказала")
        await chat.until(lambda: texts["owner_closed"] in chat.texts)
        rasa.says({"text": "Здравствуйте"})
        assert (await chat.ask("привет"))["text"] == "Здравствуйте"
        assert len(rasa.resets) == 1
    events = {event.kind: event for event in await window.events(mine)}
    assert events["closed"].data == {"topic": "results", "outcome": "answered"}
    assert events["reopened"].actor.kind == "patient"


async def test_a_decision_on_an_old_version_is_refused(
    open_desk, rasa, open_chat, staff, window, id_of, dialogue_asks, desk_database, texts
):
    async with open_desk(people=staff) as url:
        _, mine = await handed_over(url, open_chat, rasa, id_of, dialogue_asks)
        async with await connect(desk_database) as connection:
            with pytest.raises(Stale):
                await operators.take(connection, texts, mine, ANNA, 0)


async def test_a_snoozed_conversation_wakes_when_it_is_due_or_the_patient_writes(
    open_desk, rasa, open_chat, staff, window, id_of, dialogue_asks, desk_database
):
    async with open_desk(people=staff) as url:
        chat, mine = await handed_over(url, open_chat, rasa, id_of, dialogue_asks)
        await window.do("take", mine)

        async def snooze(until):
            async with await connect(desk_database) as connection, connection.transaction():
                state = await window.state(mine)
                return await operators.snooze(connection, mine, ANNA, state.version, until)

        later = datetime.now(UTC) + timedelta(hours=1)
        assert (await snooze(later)).snoozed_until == later
        await chat.send("ау")
        assert (await window.state(mine)).snoozed_until is None
        await snooze(datetime.now(UTC))
        await eventually(lambda: window.state(mine), lambda state: state.snoozed_until is None)
        woken = [event.reason for event in await window.events(mine) if event.kind == "woken"]
    assert woken == ["patient_wrote", "due"]

"""Order, single turns and redelivery."""

from __future__ import annotations

import asyncio


async def test_a_message_is_answered_in_the_chat(desk, rasa, open_chat):
    chat = await open_chat(desk)
    answer = await chat.ask("запишите к лору")
    assert answer["text"] == "ответ: запишите к лору"
    assert answer["author"] == "bot"
    assert rasa.turns[0]["sender_id"].startswith("web:")
    assert rasa.turns[0]["payload"] is None
    assert rasa.turns[0]["metadata"]["channel"] == "web"


async def test_a_burst_is_answered_in_order_one_turn_at_a_time(desk, rasa, open_chat):
    rasa.says({"text": "да"}, delay=0.03)
    chat = await open_chat(desk)
    await asyncio.gather(*(chat.send(text) for text in ("привет", "хочу записаться", "к лору", "завтра")))
    await chat.until(lambda: len(chat.said) == 4)
    assert rasa.texts == ["привет", "хочу записаться", "к лору", "завтра"]
    assert rasa.overlaps == 0
    assert [message["seq"] for message in chat.said] == sorted(message["seq"] for message in chat.said)


async def test_ten_deliveries_of_one_message_are_one_turn(desk, rasa, open_chat):
    chat = await open_chat(desk)
    acks = await asyncio.gather(*(chat.send("к лору", client_msg_id="m-1") for _ in range(10)))
    await chat.until(lambda: len(chat.said) == 1)
    assert [ack["status"] for ack in acks].count("stored") == 1
    assert {ack["seq"] for ack in acks} == {acks[0]["seq"]}
    await chat.ask("ещё")
    assert rasa.texts == ["к лору", "ещё"]
    assert len(chat.said) == 2


async def test_the_same_client_id_in_two_conversations_is_two_messages(desk, rasa, open_chat):
    one, two = await open_chat(desk), await open_chat(desk)
    await asyncio.gather(
        one.ask("раз", metadata={"client_msg_id": "1"}), two.ask("два", metadata={"client_msg_id": "1"})
    )
    assert sorted(rasa.texts) == ["два", "раз"]


async def test_two_desks_share_a_conversation(open_desk, rasa, open_chat):
    rasa.says({"text": "да"}, delay=0.01)
    async with open_desk() as first, open_desk() as second:
        here = await open_chat(first)
        there = await open_chat(second, here.session_id)
        assert there.session_id == here.session_id
        sends = [
            chat.send(f"{name}{number}") for number in range(4) for name, chat in (("a", here), ("b", there))
        ]
        await asyncio.gather(*sends)
        await here.until(lambda: len(here.said) == 8)
        await there.until(lambda: len(there.said) == 8)
    assert rasa.overlaps == 0
    assert len(rasa.turns) == 8
    assert (
        [m["seq"] for m in here.said] == [m["seq"] for m in there.said] == sorted(m["seq"] for m in here.said)
    )
    assert [text for text in rasa.texts if text[0] == "a"] == ["a0", "a1", "a2", "a3"]

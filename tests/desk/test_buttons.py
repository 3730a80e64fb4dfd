"""Buttons are opaque, belong to one conversation and count once."""

from __future__ import annotations

import asyncio

OFFERS = {
    "text": "Есть время:",
    "buttons": [
        {"title": "09:30", "payload": '/inform{"offer_number": "1"}'},
        {"title": "10:30", "payload": "/inform"},
    ],
}


async def offers(chat):
    answer = await chat.ask("к лору")
    return [reply["payload"] for reply in answer["quick_replies"]]


async def test_a_tap_reaches_rasa_as_intent_and_entities(desk, rasa, open_chat):
    rasa.says(OFFERS)
    chat = await open_chat(desk)
    first, second = await offers(chat)
    assert first.startswith("b:")
    assert first != second
    rasa.says({"text": "Записать?"})
    await chat.ask(first)
    turn = rasa.turns[-1]
    assert turn["text"] == "09:30"
    assert turn["payload"] == {"intent": "inform", "entities": {"offer_number": "1"}}


async def test_two_taps_are_one_turn(desk, rasa, open_chat):
    rasa.says(OFFERS)
    chat = await open_chat(desk)
    first, _ = await offers(chat)
    rasa.says({"text": "Записать?"}, delay=0.05)
    await asyncio.gather(chat.send(first), chat.send(first))
    await chat.until(lambda: "Записать?" in chat.texts)
    assert len(rasa.turns) == 2
    assert chat.texts == ["Есть время:", "Записать?"]


async def test_a_tap_after_the_answer_gets_a_short_notice(desk, rasa, open_chat, texts):
    rasa.says(OFFERS)
    chat = await open_chat(desk)
    first, _ = await offers(chat)
    rasa.says({"text": "Записать?"})
    await chat.ask(first)
    notice = await chat.ask(first)
    assert notice["text"] == texts["button_used"]
    assert notice["author"] == "notice"
    assert len(rasa.turns) == 2


async def test_another_button_after_the_choice_brings_the_question_again(desk, rasa, open_chat, texts):
    rasa.says(OFFERS)
    chat = await open_chat(desk)
    first, second = await offers(chat)
    rasa.says({"text": "Записать?", "buttons": [{"title": "Да", "payload": "/affirm"}]})
    yes = (await chat.ask(first))["quick_replies"][0]["payload"]
    await chat.send(second)
    await chat.until(lambda: len(chat.said) == 4)
    assert chat.texts[2:] == [texts["button_dead"], "Записать?"]
    fresh = chat.said[3]["quick_replies"][0]["payload"]
    assert fresh != yes
    assert len(rasa.turns) == 2
    await chat.ask(fresh)
    assert rasa.turns[-1]["payload"] == {"intent": "affirm", "entities": {}}


async def test_another_button_while_the_choice_is_worked_on_waits(desk, rasa, open_chat, texts):
    rasa.says(OFFERS)
    chat = await open_chat(desk)
    first, second = await offers(chat)
    gate = asyncio.Event()

    async def answer(turn):
        await gate.wait()
        return 200, [{"text": "Записать?"}]

    rasa.answer = answer
    await chat.send(first)
    assert (await chat.ask(second))["text"] == texts["busy"]
    gate.set()
    await chat.until(lambda: "Записать?" in chat.texts)
    assert len(rasa.turns) == 2


async def test_a_button_of_an_older_question_is_dead(desk, rasa, open_chat, texts):
    rasa.says(OFFERS)
    chat = await open_chat(desk)
    old, _ = await offers(chat)
    new, _ = await offers(chat)
    await chat.send(old)
    await chat.until(lambda: len(chat.said) == 4)
    assert chat.texts[2:] == [texts["button_dead"], "Есть время:"]
    assert [reply["title"] for reply in chat.said[3]["quick_replies"]] == ["09:30", "10:30"]
    await chat.ask(new)
    assert len(rasa.turns) == 2, "the question was asked again, so its first copy no longer counts"


async def test_buttons_outlive_an_answer_without_buttons(desk, rasa, open_chat):
    rasa.says(OFFERS)
    chat = await open_chat(desk)
    first, _ = await offers(chat)
    rasa.says({"text": "Парковка есть."})
    await chat.ask("а парковка есть?")
    await chat.ask(first)
    assert rasa.turns[-1]["text"] == "09:30"


async def test_a_strangers_button_is_unknown(desk, rasa, open_chat, texts):
    rasa.says(OFFERS)
    owner, stranger = await open_chat(desk), await open_chat(desk)
    first, _ = await offers(owner)
    assert (await stranger.ask(first))["text"] == texts["button_unknown"]
    assert len(rasa.turns) == 1
    await owner.ask(first)
    assert len(rasa.turns) == 2


async def test_a_made_up_token_and_a_typed_payload_do_nothing(desk, rasa, open_chat, texts):
    chat = await open_chat(desk)
    assert (await chat.ask("b:AAAAAAAAAAAAAAAAAAAAAA"))["text"] == texts["button_unknown"]
    await chat.ask('/inform{"offer_number": "1"}')
    assert rasa.turns[0]["payload"] is None
    assert rasa.turns[0]["text"] == 'inform{"offer_number": "1"}'


async def test_plain_words_as_a_payload_are_sent_as_words(desk, rasa, open_chat):
    rasa.says({"text": "?", "buttons": [{"title": "Позже", "payload": "попозже вечером"}]})
    chat = await open_chat(desk)
    token = (await chat.ask("к лору"))["quick_replies"][0]["payload"]
    await chat.ask(token)
    assert (rasa.turns[-1]["text"], rasa.turns[-1]["payload"]) == ("попозже вечером", None)

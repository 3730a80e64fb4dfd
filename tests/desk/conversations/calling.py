"""How a patient gets to people, for tests."""

from __future__ import annotations


async def handed_over(url, open_chat, rasa, id_of, dialogue_asks):
    """A chat whose patient waits in the queue, and its conversation."""
    dialogue_asks("operator", topic="operator")
    chat = await open_chat(url)
    await chat.send("позовите человека")
    await chat.until(lambda: len(chat.said) == 2)
    return chat, id_of(rasa.turns[-1]["sender_id"])

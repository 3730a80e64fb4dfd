"""The chat in the terminal: what is typed, what is sent, what is shown."""

from __future__ import annotations

import json

import httpx

from tools.chat import Chat, meant, shown, talk

ASKED = [
    {"recipient_id": "t", "text": "Где вам удобно?", "buttons": [{"title": "Москва", "payload": "b:1"}]},
    {"recipient_id": "t", "text": "Или иначе", "buttons": [{"title": "Самара", "payload": "b:2"}]},
]


def test_buttons_are_numbered_through_the_answer() -> None:
    assert shown(ASKED).splitlines() == ["Где вам удобно?", "   [1] Москва", "Или иначе", "   [2] Самара"]


def test_a_number_taps_its_button_and_nothing_else() -> None:
    buttons = [button for reply in ASKED for button in reply["buttons"]]
    assert meant("2", buttons) == "b:2"
    assert meant("3", buttons) == "3" and meant("0", buttons) == "0" and meant("2-й", buttons) == "2-й"


def conversation(typed: list[str], status: int = 200) -> tuple[list[str], list[str]]:
    sent: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content)["message"])
        return httpx.Response(status, json=ASKED)

    lines = iter(typed)

    def read(_: str) -> str:
        line = next(lines, None)
        if line is None:
            raise EOFError
        return line

    said: list[str] = []
    with httpx.Client(transport=httpx.MockTransport(answer), base_url="http://desk") as client:
        talk(Chat(client, "t"), read, said.append)
    return sent, said


def test_a_conversation_ends_with_an_empty_line_or_the_input() -> None:
    assert conversation(["к лору", "1", "", "не дойдёт"])[0] == ["к лору", "b:1"]
    assert conversation(["1"])[0] == ["1"]


def test_a_desk_that_fails_is_told_and_the_chat_goes_on() -> None:
    sent, said = conversation(["к лору", "ещё раз"], status=500)
    assert len(sent) == 2 and said == ["the desk did not answer: HTTPStatusError"] * 2

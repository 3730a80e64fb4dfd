"""A chat in the terminal with the whole system: `make chat`.

Uses the system that runs at the desk's address, or starts one of its own and stops it at the end. What is
typed is a message; the number of a button of the last answer taps it. An empty line or Ctrl-D ends the chat.
"""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx

from tools.bootstrap import ROOT
from tools.running import NotReady, running_system

TIMEOUT_SECONDS = 30.0
READY_SECONDS = 2.0

Reply = dict[str, Any]
Button = dict[str, str]


class Chat:
    """One conversation over the desk's REST channel; `buttons` are those of the last answer."""

    def __init__(self, client: httpx.Client, sender: str) -> None:
        self._client, self._sender = client, sender
        self.buttons: list[Button] = []

    def send(self, typed: str) -> str:
        """What is answered to a message, or to the button whose number was typed; ready to be printed.

        Raises `httpx.HTTPError` when the desk does not answer.
        """
        body = {"sender": self._sender, "message": meant(typed, self.buttons), "message_id": uuid.uuid4().hex}
        answer = self._client.post("/webhooks/rest/webhook", json=body)
        answer.raise_for_status()
        replies: list[Reply] = answer.json()
        self.buttons = [button for reply in replies for button in reply.get("buttons") or []]
        return shown(replies)


def meant(typed: str, buttons: Sequence[Button]) -> str:
    """The payload of the button with the typed number, else the text itself."""
    number = int(typed) if typed.isdigit() else 0
    return buttons[number - 1]["payload"] if 0 < number <= len(buttons) else typed


def shown(replies: Sequence[Reply]) -> str:
    """Texts one after another, buttons under their text, numbered through the whole answer."""
    lines: list[str] = []
    number = 0
    for reply in replies:
        lines.append(str(reply.get("text") or ""))
        for button in reply.get("buttons") or []:
            number += 1
            lines.append(f"   [{number}] {button['title']}")
    return "\n".join(lines)


def is_ready(desk: str) -> bool:
    try:
        return httpx.get(f"{desk}/ready", timeout=READY_SECONDS).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


@contextmanager
def desk_address() -> Iterator[str]:
    """The running system's desk, else that of one started for this chat. Raises `NotReady`."""
    known = f"http://127.0.0.1:{os.environ.get('DESK_PORT', '8080')}"
    if is_ready(known):
        yield known
        return
    print("nothing runs at", known, "- starting a system for this chat", flush=True)
    with running_system(ROOT / "var/chat") as system:
        yield system.desk


def talk(chat: Chat, read: Callable[[str], str], say: Callable[[str], None]) -> None:
    """Exchange messages until the input ends or a line is empty."""
    while True:
        try:
            typed = read("> ").strip()
        except EOFError:
            return
        if not typed:
            return
        try:
            say(chat.send(typed))
        except httpx.HTTPError as error:
            say(f"the desk did not answer: {type(error).__name__}")


def main() -> int:
    headers = {"Authorization": f"Bearer {os.environ.get('REST_TOKEN', 'dev')}"}
    try:
        with (
            desk_address() as desk,
            httpx.Client(base_url=desk, headers=headers, timeout=TIMEOUT_SECONDS) as client,
        ):
            print("write a message; a number taps the button; an empty line ends the chat")
            talk(Chat(client, f"terminal-{uuid.uuid4().hex}"), input, print)
    except NotReady as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())

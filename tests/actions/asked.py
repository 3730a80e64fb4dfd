"""Questions put to the answer actions one after another, with what each leaves for the next."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from tests.actions.clinic import Stage
from tests.actions.dialogue import BY_NAME, Dialogue, Said, Turn, entities_of

ACTION = {
    "ask_price": "action_answer_price",
    "ask_preparation": "action_answer_preparation",
    "ask_services": "action_answer_services",
    "ask_doctors": "action_answer_doctors",
    "ask_branches": "action_answer_branches",
    "ask_results": "action_answer_topic",
    "ask_documents": "action_answer_topic",
    "ask_payment": "action_answer_topic",
    "ask_discounts": "action_answer_topic",
}


@dataclass
class Talk:
    """A conversation outside the booking until `book`; slots are kept from question to question."""

    stage: Stage
    dialogue: Dialogue = field(init=False)

    def __post_init__(self) -> None:
        self.dialogue = Dialogue(self.stage)

    async def ask(self, intent: str, text: str, wishes: list[dict[str, Any]] | None = None) -> Turn:
        """What the rule of the intent says to a typed message."""
        message = self.dialogue.message(text, intent, entities_of(text, self.stage.clock()), None)
        if wishes is not None:
            message["wishes"] = wishes
        return await self.dialogue.run(BY_NAME[ACTION[intent]], message)

    async def tap(self, turn: Turn, title: str) -> Turn:
        """Tap a button: an answer's action, or the booking."""
        button = next(one for one in turn.buttons if title in one["title"])
        intent, _, data = button["payload"].removeprefix("/").partition("{")
        values = json.loads("{" + data) if data else {}
        if intent not in ACTION:
            return await self.dialogue.tap(button["payload"], button["title"])
        found = [{"entity": name, "value": value} for name, value in values.items()]
        message = self.dialogue.message(button["title"], intent, found, None)
        return await self.dialogue.run(BY_NAME[ACTION[intent]], message)

    async def book(self, text: str = "запишите") -> Turn:
        return await self.dialogue.write(text, "book_visit")

    @property
    def slots(self) -> dict[str, Any]:
        return self.dialogue.slots

    def busy(self) -> Talk:
        """As inside the booking."""
        self.dialogue.active = True
        return self


def only(turn: Turn) -> Said:
    [said] = turn.said
    return said

"""Calling people into a conversation, and telling the patient the truth about it."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import structlog

from desk import outbox, requests
from desk.conversations import briefing, ownership, queue
from desk.conversations.briefing import Call
from desk.conversations.hours import Hours, Window
from desk.conversations.ownership import AT_ONCE, QUEUE, SERVICE, Actor, State
from desk.conversations.people import Outlook, People
from desk.database import Connection
from desk.outbox import Button, Draft
from desk.texts import TextKey, Texts

log = structlog.get_logger(__name__)

# A wait shorter than this is not counted in minutes.
_SOON_SECONDS = 60
_DOWN = frozenset({"assistant_down", "part_down", "outcome_unknown"})


class Handoffs:
    """Hands conversations to people where there are any. All calls run in the caller's transaction.

    `longest_wait`: seconds of expected wait above which a call back is offered. `clock` gives aware times.
    """

    def __init__(
        self, texts: Texts, people: People, hours: Hours, longest_wait: float, clock: Callable[[], datetime]
    ) -> None:
        self._texts = texts
        self._people = people
        self._hours = hours
        self._longest_wait = longest_wait
        self._clock = clock

    async def outlook(self, connection: Connection) -> Outlook:
        """Whether people are there now."""
        return await self._people.outlook(connection)

    async def call(self, connection: Connection, state: State, call: Call, actor: Actor) -> State:
        """Calls people: the conversation joins the queue if somebody is on line, and the patient is told
        the place and the expected wait. With a staff and nobody on line, who asked for a person is told until
        when an answer comes, and may choose a time to be called back; the assistant goes on. Without a staff
        nothing is done: the request stands in the clinic's list.

        Gives the conversation as it is afterwards. Raises Stale and NotAllowed.
        """
        outlook = await self._people.outlook(connection)
        if not outlook.staffed:
            return state
        request_id = call.request_ids[0] if call.request_ids else await self._request(connection, state, call)
        call = call if call.request_ids else briefing.with_request(call, request_id)
        if outlook.on_line == 0:
            await self._nobody(connection, state, call, request_id)
            return state
        after = await ownership.change(
            connection,
            state,
            QUEUE,
            "handoff",
            actor,
            call.reason,
            {"topic": call.topic, "priority": max(state.priority, call.priority)},
        )
        await connection.execute(
            "UPDATE desk.conversation SET priority = greatest(priority, %s), topic = %s WHERE id = %s",
            (call.priority, call.topic, state.id),
        )
        after = await ownership.state_of(connection, state.id)
        place = await queue.position(connection, state.id)
        seconds = outlook.wait_seconds(place)
        await briefing.write(connection, self._texts, after, call, place, seconds)
        await ownership.record(
            connection, after, "promised", SERVICE, data={"position": place, "seconds": seconds}
        )
        draft = self._handed_over(after, place, seconds, request_id)
        await outbox.add(connection, state.id, [draft], None)
        log.info("handoff", conversation=str(state.id), reason=call.reason, position=place)
        return after

    async def called_by_dialogue(self, connection: Connection, state: State) -> State:
        """Does what the requests ask for that the dialogue has stored since the last look."""
        call = await briefing.call_of_requests(connection, state)
        if call is None:
            return state
        return await self.call(connection, state, call, ownership.THE_BOT)

    async def lift(self, connection: Connection, state: State, reason: str) -> None:
        """A sign of danger while people have the conversation, or are about to: it comes before all."""
        await connection.execute(
            "UPDATE desk.conversation SET priority = %s WHERE id = %s", (AT_ONCE, state.id)
        )
        await ownership.record(connection, state, "urgent", ownership.PATIENT, reason)

    def apology(self, reason: briefing.Reason) -> Draft:
        """What failed, in words that promise nothing, before people take over."""
        key: TextKey = "down_unknown" if reason == "outcome_unknown" else "down_nothing"
        return Draft(self._texts[key], "notice", "failed")

    def callback_buttons(self, request_id: int) -> tuple[Button, ...]:
        """The next times to be called back in."""
        return tuple(self._window_button(window, request_id) for window in self._hours.windows(self._clock()))

    def window_words(self, window: Window) -> str:
        return self._hours.window_words(self._texts, window)

    def answer_by(self) -> str:
        """Until when a message left now is answered, in words."""
        return self._hours.moment_words(self._texts, self._hours.answer_by(self._clock()))

    def back_to_bot(self) -> Button:
        return Button(self._texts["button_back_to_bot"], {"desk": "bot"})

    def still_waiting(self, place: int, request_id: int) -> Draft:
        """The promised wait is over and nobody has come."""
        return Draft(
            self._texts.say("owner_still_waiting", position=place),
            "notice",
            "owner",
            buttons=(*self.callback_buttons(request_id), self.back_to_bot()),
        )

    def _handed_over(self, state: State, place: int, seconds: int, request_id: int) -> Draft:
        if state.priority == AT_ONCE:
            return Draft(self._texts["owner_handed_over_urgent"], "notice", "owner")
        if seconds > self._longest_wait:
            wait: TextKey = "owner_long_wait"
            buttons = (*self.callback_buttons(request_id), self.back_to_bot())
        else:
            wait = "owner_soon" if seconds < _SOON_SECONDS else "owner_wait"
            buttons = (self.back_to_bot(),)
        words = self._texts.say(wait, position=place, minutes=minutes(seconds))
        return Draft(f"{self._texts['owner_handed_over']} {words}", "notice", "owner", buttons=buttons)

    async def _nobody(self, connection: Connection, state: State, call: Call, request_id: int) -> None:
        await ownership.record(connection, state, "nobody_there", SERVICE, call.reason)
        if call.reason != "asked":
            # Nothing else waits for an answer now: what becomes of it has been said.
            return
        draft = Draft(
            self._texts.say("owner_nobody_now", until=self.answer_by()),
            "notice",
            "owner",
            buttons=self.callback_buttons(request_id),
        )
        await outbox.add(connection, state.id, [draft], None)

    async def _request(self, connection: Connection, state: State, call: Call) -> int:
        """A handoff stands in the clinic's list too: nothing is lost if everybody goes home."""
        kind: requests.Kind = "check" if call.reason in _DOWN else "operator"
        key = f"handoff:{state.id}:{state.version}"
        number = await requests.store(connection, state.id, kind, call.reason, call.summary, key)
        await briefing.mark_seen(connection, state.id, number)
        return number

    def _window_button(self, window: Window, request_id: int) -> Button:
        title = self._texts.say("callback_window", window=self.window_words(window))
        payload = {
            "desk": "callback",
            "request": request_id,
            "from": window.start.isoformat(),
            "to": window.end.isoformat(),
        }
        return Button(title, payload)


def minutes(seconds: int) -> int:
    """A wait as it is told: whole minutes, at least one."""
    return max(1, math.ceil(seconds / 60))


async def request_of(connection: Connection, conversation_id: UUID) -> int | None:
    """The request behind the last handoff, whose number the patient may be told."""
    found = await briefing.latest(connection, conversation_id)
    return found.request_ids[0] if found and found.request_ids else None

"""What a patient who is about to join the queue can be promised."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from desk.conversations.people import Outlook
from desk.database import Connection
from desk.routing import reading
from desk.routing.decision import Rules, absence

# How long one conversation takes where there is no history: the target of the mean handling time.
_USUAL_HANDLING = 180.0
_LOOK_BACK = timedelta(minutes=30)
_ENOUGH = 5


class StaffPeople:
    """`desk.conversations.people.People` over the presence of the staff."""

    def __init__(self, rules: Rules, clock: Callable[[], datetime]) -> None:
        self._rules = rules
        self._clock = clock

    async def outlook(self, connection: Connection) -> Outlook:
        """`pace_seconds` is from the places that came free lately, else from the usual handling time."""
        now = self._clock()
        people = await reading.people(connection, now, self._rules)
        present = [each for each in people if absence(each, now, self._rules) is None]
        cursor = await connection.execute(
            "SELECT EXISTS (SELECT 1 FROM desk.staff WHERE disabled_at IS NULL) AS staffed,"
            " (SELECT count(*) FROM desk.conversation_event WHERE from_owner = 'operator'"
            "     AND kind IN ('closed', 'returned_to_bot') AND ts > %s) AS freed",
            (now - _LOOK_BACK,),
        )
        row = await cursor.fetchone()
        if row is None or not row["staffed"]:
            return Outlook(staffed=False)
        places = sum(each.cap for each in present)
        if row["freed"] >= _ENOUGH:
            pace = _LOOK_BACK.total_seconds() / row["freed"]
        else:
            pace = _USUAL_HANDLING / max(places, 1)
        free = sum(max(0, each.cap - each.open) for each in present)
        return Outlook(staffed=True, on_line=len(present), free=free, pace_seconds=pace)

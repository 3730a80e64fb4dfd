"""Patient and operator see that the other one is writing, in whichever desk process; nothing is stored."""

from __future__ import annotations

import pytest
import pytest_asyncio

from desk.channels.socket import SocketChannel
from tests.desk.pools import PoolOfOne
from tests.desk.staff import queued


@pytest_asyncio.fixture
async def others_desk(open_desk):
    """Another desk process over the same database."""
    async with open_desk() as url:
        yield url


async def test_each_sees_that_the_other_writes(
    vera, heard, connection, others_desk, open_chat, rows, chat_row
):
    patient, stranger = await open_chat(others_desk), await open_chat(others_desk)
    id_, version = chat_row(patient)
    # Nobody of the staff has it: what a patient writes to Мария is nobody's to watch.
    await patient._io.emit("writing", {})
    taken = await vera.call("POST", f"/api/conversations/{id_}/take", {"version": version})
    assert taken.status_code == 200, taken.text
    kind, mine = await heard.next("conversation", "writing")
    assert (kind, mine["id"]) == ("conversation", str(id_))
    before = rows("SELECT last_seq, version FROM desk.conversation WHERE id = %s", id_)
    audited = rows("SELECT count(*) AS lines FROM desk.audit")

    shown = await vera.call("POST", f"/api/conversations/{id_}/writing")
    assert shown.json() == {"repeat_seconds": 4.0}
    await patient.until(lambda: patient.typing == [{"on": True, "by": "operator"}])
    assert stranger.typing == []

    # A tab of its own, so that the signal of the first does not count.
    second = await open_chat(others_desk, patient.session_id)
    await second._io.emit("writing", {})
    assert await heard.next("writing") == ("writing", {"id": str(id_)})
    assert rows("SELECT last_seq, version FROM desk.conversation WHERE id = %s", id_) == before
    assert rows("SELECT count(*) AS lines FROM desk.audit") == audited


async def test_who_may_not_write_shows_nothing(vera, connection, open_chat, others_desk, chat_row):
    patient = await open_chat(others_desk)
    id_, _ = chat_row(patient)
    state = await queued(connection)
    for conversation in (id_, state.id):
        refused = await vera.call("POST", f"/api/conversations/{conversation}/writing")
        assert (refused.status_code, refused.json()["error"]) == (403, "no_right")
    assert patient.typing == []


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.mark.parametrize(("waited", "signals"), [(1.9, 1), (2.0, 2)])
async def test_a_browser_that_writes_without_pause_costs_little(
    connection, open_chat, others_desk, chat_row, waited, signals
):
    patient = await open_chat(others_desk)
    id_, _ = chat_row(patient)
    pool, clock = PoolOfOne(connection), Clock()
    nothing = [None] * 8
    origins = type("Anywhere", (), {"allowed": staticmethod(lambda *_: True)})()
    channel = SocketChannel(pool, *nothing, origins, monotonic=clock)
    await channel._connect("sid", {})
    await channel._writing("nobody")
    await channel._writing("sid")
    assert pool.asked == 0  # it has no conversation yet
    channel._sockets["sid"].conversation_id = id_
    for _ in range(5):
        await channel._writing("sid")
    clock.now += waited
    await channel._writing("sid", {"anything": 1})
    assert pool.asked == signals

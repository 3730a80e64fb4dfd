"""Marks of network addresses: the same for one writer, nothing to find them by."""

from __future__ import annotations

import pytest

from desk.addresses import AddressMarks

MARKS = AddressMarks("k" * 32)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.7", "::ffff:192.0.2.7"),
        ("2001:db8:0:1::5", "2001:db8:0:1:ffff::9"),
        ("fe80::1%eth0", "fe80::2"),
    ],
)
def test_one_writer_has_one_mark(one: str, other: str) -> None:
    assert MARKS.of(one) == MARKS.of(other) is not None


@pytest.mark.parametrize(
    ("one", "other"), [("192.0.2.7", "192.0.2.8"), ("2001:db8:0:1::5", "2001:db8:0:2::5")]
)
def test_two_writers_have_two(one: str, other: str) -> None:
    assert MARKS.of(one) != MARKS.of(other)


def test_another_key_makes_other_marks() -> None:
    assert MARKS.of("192.0.2.7") != AddressMarks("q" * 32).of("192.0.2.7")


@pytest.mark.parametrize("address", ["", "unknown", "localhost"])
def test_what_is_no_address_has_no_mark(address: str) -> None:
    assert MARKS.of(address) is None


async def test_the_dialogue_gets_the_mark_and_nobody_keeps_the_address(desk, rasa, rows, open_chat):
    chat = await open_chat(desk)
    await chat.ask("мои записи")

    mark = rasa.turns[0]["metadata"]["address_mark"]

    assert mark == MARKS.of("127.0.0.1")
    stored = rows("SELECT * FROM desk.inbox WHERE address_mark = %s", mark)
    assert stored
    assert "127.0.0.1" not in str(stored)
    assert "127.0.0.1" not in str(rasa.turns)


async def test_a_system_that_writes_for_many_has_no_mark(desk, rasa, rest_client):
    await rest_client(desk).post("мои записи")

    assert "address_mark" not in rasa.turns[0]["metadata"]

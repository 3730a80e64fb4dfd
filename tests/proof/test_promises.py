"""The desk's promises can be broken: each rule once, and a conversation in order breaks none."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.proof.whole.histories import InboxRow, Talk
from tests.proof.whole.promises import check_talk
from tests.proof.whole.visitor import Heard, Sent, Visitor
from tests.proof.whole.words import WORDS

START = datetime(2026, 12, 1, 10, tzinfo=UTC)
NOTHING = WORDS.texts["failed_unreachable"]
NOT_STORED = WORDS.texts["storage_down"]
BOOKED = "Вы записаны.\nзавтра\nПациент: Анна\nНомер записи: 10001\n\nВозьмите с собой: паспорт.\n" + (
    WORDS.texts["utter_booked"].rsplit("\n", 2)[1].format(link="http://x")
    + "\n"
    + WORDS.texts["utter_booked"].rsplit("\n", 1)[1].format(preparation="")
)


def heard(seq: int, text: str, author: str = "bot", kind: str = "reply") -> Heard:
    return Heard(seq, author, kind, text, (), START + timedelta(seconds=seq))


def visitor(*sent: Sent) -> Visitor:
    visitor = Visitor("w1", 1, "books", "http://desk", "token", Path("sms"), random.Random(1))
    visitor.sent = list(sent)
    return visitor


def talk() -> Talk:
    """«запишите» is answered, «да» is tapped twice and answered with a visit."""
    return Talk(
        visitor(Sent("w1:1"), Sent("w1:2", "b:yes"), Sent("w1:3", "b:yes")),
        (
            heard(1, "запишите", "patient", "typed"),
            heard(2, "Записать?"),
            heard(3, "Да, записать", "patient", "typed"),
            heard(4, BOOKED),
        ),
        (InboxRow(7, "w1:1", "done", 1, 1), InboxRow(8, "w1:2", "done", 3, 1)),
        {1: 0, 2: 7, 3: 0, 4: 8},
        (START + timedelta(seconds=3, milliseconds=500),),
    )


def rules(talk: Talk) -> set[str]:
    return {violation.rule for violation in check_talk(talk)}


def test_the_words_are_known() -> None:
    assert (WORDS.name(BOOKED), WORDS.number(BOOKED)) == ("utter_booked", 10001)
    assert (WORDS.name(NOTHING), WORDS.name(NOT_STORED)) == ("failed_unreachable", "storage_down")
    assert WORDS.name("Где вам удобно?") == ""


def test_a_conversation_in_order_breaks_nothing() -> None:
    assert check_talk(talk()) == []


BROKEN = {
    "a message that was taken is not in the conversation": lambda t: replace(
        t, visitor=visitor(Sent("w1:1"), Sent("w1:9"))
    ),
    "a message without an end": lambda t: replace(
        t, inbox=(t.inbox[0], replace(t.inbox[1], state="running"))
    ),
    "a message without an answer": lambda t: replace(
        t, heard=(*t.heard[:3], heard(4, "Секунду", "notice", "wait"))
    ),
    "one message, one answer twice": lambda t: replace(
        t, heard=(*t.heard, heard(5, "Чем помочь?"), heard(6, "Чем помочь?")), of_row={**t.of_row, 5: 8, 6: 8}
    ),
    "one message, booked twice": lambda t: replace(
        t, heard=(*t.heard, heard(5, BOOKED.replace("10001", "10002"))), of_row={**t.of_row, 5: 8}
    ),
    "the same news twice": lambda t: replace(
        t,
        heard=(*t.heard, *(heard(seq, "Проверила", "notice", "settled") for seq in (5, 6))),
        of_row={**t.of_row, 5: 0, 6: 0},
    ),
    "the numbers of the conversation have gaps": lambda t: replace(
        t, heard=(*t.heard, heard(6, "Чем помочь?")), of_row={**t.of_row, 6: 8}
    ),
    "answers in another order than the messages": lambda t: replace(t, of_row={**t.of_row, 2: 8, 4: 7}),
    "told «записи нет» of a message that was sent to the MIS": lambda t: replace(
        t, heard=(*t.heard[:3], heard(4, NOTHING, "notice", "failed"))
    ),
}


@pytest.mark.parametrize("rule", BROKEN)
def test_each_rule_can_be_broken(rule: str) -> None:
    assert rules(BROKEN[rule](talk())) == {rule}


def test_what_was_posted_stands_in_the_conversation() -> None:
    broken = talk()
    broken.visitor.posted.append(NOTHING)
    assert rules(broken) == {"an answer that is not in the conversation"}


def test_a_message_that_was_taken_is_not_denied() -> None:
    broken = talk()
    broken.visitor.refused.append(("w1:2", START + timedelta(seconds=9), NOTHING))
    assert rules(broken) == {"told that a message was not taken, and it was"}
    broken.visitor.refused[0] = ("w1:2", START + timedelta(seconds=2), NOTHING)
    assert rules(broken) == set()
    broken.visitor.refused[0] = ("w1:2", START + timedelta(seconds=9), NOT_STORED)
    assert rules(broken) == set()


def repeated(*later: Heard) -> Talk:
    """«запишите» has failed, «цена» is being read when the patient taps «Повторить»."""
    return Talk(
        visitor(Sent("w1:1"), Sent("w1:2"), Sent("w1:3")),
        (
            heard(1, "запишите", "patient", "typed"),
            heard(2, "цена", "patient", "typed"),
            heard(3, "Не получилось.", "notice", "failed"),
            heard(4, WORDS.texts["button_retry"], "patient", "typed"),
            *later,
        ),
        (
            InboxRow(7, "w1:1", "done", 1, 1),
            InboxRow(8, "w1:2", "done", 2, 1),
            InboxRow(9, "w1:3", "done", 4, 1),
        ),
        {1: 0, 2: 0, 3: 7, 4: 0, 5: 8, 6: 7},
        (),
    )


def test_what_is_wanted_again_may_come_after_what_was_wanted_before() -> None:
    price, times = heard(5, "2 000 ₽"), heard(6, "Когда удобно?")
    assert check_talk(repeated(price, times)) == []
    in_order = replace(repeated(price, times), of_row={1: 0, 2: 0, 3: 7, 4: 0, 5: 7, 6: 8})
    assert check_talk(in_order) == []


def test_without_a_tap_the_order_is_that_of_the_messages() -> None:
    price, times = heard(5, "2 000 ₽"), heard(6, "Когда удобно?")
    broken = repeated(price, times)
    untapped = (*broken.heard[:3], heard(4, "ау", "patient", "typed"), *broken.heard[4:])
    assert rules(replace(broken, heard=untapped)) == {"answers in another order than the messages"}

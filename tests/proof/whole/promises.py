"""What the desk promises about messages, read off a quiet system: none is lost, none is answered twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import combinations

from tests.proof.checker import Violation
from tests.proof.whole.histories import Talk
from tests.proof.whole.visitor import ASIDE, Heard
from tests.proof.whole.words import WORDS

_BOOKED = ("utter_booked", "utter_moved", "utter_moved_old_stands")
_REPEAT = WORDS.texts["button_retry"]
_NOTHING = ("failed_unreachable", "failed_actions", "down_nothing")


def check_talk(talk: Talk) -> list[Violation]:
    """Every promise that was broken in one conversation."""
    name = talk.visitor.name
    return [
        Violation(rule, name, shown)
        for rule, shown in (
            *_no_message_is_lost(talk),
            *_no_answer_is_doubled(talk),
            *_answers_keep_their_order(talk),
            *_nothing_was_begun(talk),
        )
    ]


def _no_message_is_lost(talk: Talk) -> Iterable[tuple[str, str]]:
    stored = {row.key for row in talk.inbox}
    # A second tap of one button may join the first, whichever of them came first.
    joined = {sent.tap for sent in talk.visitor.sent if sent.tap and sent.key in stored}
    for sent in talk.visitor.sent:
        if sent.key not in stored and sent.tap not in joined:
            yield "a message that was taken is not in the conversation", sent.key
    for row in talk.inbox:
        if row.state not in ("done", "failed"):
            yield "a message without an end", f"{row.key}: {row.state}, attempt {row.attempt}"
    answers = [each.seq for each in talk.heard if each.author != "patient" and each.kind not in ASIDE]
    for each in talk.heard:
        if each.author == "patient" and not any(seq > each.seq for seq in answers):
            yield "a message without an answer", f"number {each.seq}"
    read = {each.text for each in talk.heard}
    for text in talk.visitor.posted:
        if text and text not in read and WORDS.name(text) != "":
            yield "an answer that is not in the conversation", text[:60]


def _no_answer_is_doubled(talk: Talk) -> Iterable[tuple[str, str]]:
    answers = Counter(
        (talk.of_row[each.seq], each.text)
        for each in talk.heard
        if each.author == "bot" and talk.of_row[each.seq] is not None
    )
    for (row, text), times in answers.items():
        if times > 1:
            yield "one message, one answer twice", f"inbox {row}: {text[:60]}"
    booked = Counter(talk.of_row[each.seq] for each in talk.heard if each.name in _BOOKED)
    for row, times in booked.items():
        if times > 1:
            yield "one message, booked twice", f"inbox {row}"
    news = Counter(each.text for each in talk.heard if each.kind == "settled")
    for text, times in news.items():
        if times > 1:
            yield "the same news twice", text[:60]


def _answers_keep_their_order(talk: Talk) -> Iterable[tuple[str, str]]:
    numbers = [each.seq for each in talk.heard]
    if numbers != list(range(1, len(numbers) + 1)):
        yield "the numbers of the conversation have gaps", str(numbers)
    answered = [
        (row, _wanted_at(talk, each))
        for each in talk.heard
        if each.author == "bot" and (row := talk.of_row[each.seq]) is not None
    ]
    # What failed and was wanted again comes by its own number or after what was wanted before the tap.
    if any(later[0] < earlier[0] and later[1] < earlier[1] for earlier, later in combinations(answered, 2)):
        yield "answers in another order than the messages", str([row for row, _ in answered])


def _wanted_at(talk: Talk, answer: Heard) -> int:
    """The number in the conversation since which this answer was wanted: that of the message, or of the last
    «Повторить» after it had failed."""
    row = talk.of_row[answer.seq]
    wanted = next((each.seq for each in talk.inbox if each.id == row), 0)
    failed = False
    for each in talk.heard:
        if each.seq >= answer.seq:
            break
        if each.kind == "failed" and talk.of_row.get(each.seq) == row:
            failed = True
        elif failed and each.author == "patient" and each.text == _REPEAT:
            wanted, failed = each.seq, False
    return wanted


def _nothing_was_begun(talk: Talk) -> Iterable[tuple[str, str]]:
    """«Записи по этому сообщению нет» is said only where nothing had been sent to the MIS for it."""
    came = {each.seq: each.ts for each in talk.heard}
    rows = {row.id: row for row in talk.inbox}
    for each in talk.heard:
        row = rows.get(talk.of_row.get(each.seq) or 0)
        if each.name not in _NOTHING or row is None:
            continue
        if any(came[row.seq] <= moment <= each.ts for moment in talk.sent):
            yield "told «записи нет» of a message that was sent to the MIS", row.key
    keys = {row.key: row for row in talk.inbox}
    for key, moment, text in talk.visitor.refused:
        taken = keys.get(key)
        if taken is not None and WORDS.name(text) in _NOTHING and came[taken.seq] <= moment:
            yield "told that a message was not taken, and it was", key

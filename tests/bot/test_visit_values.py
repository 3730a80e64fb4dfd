"""A first or repeated visit and the doctor preferred: values of a message, not marks for the classifier."""

from __future__ import annotations

import pytest
from rasa.shared.nlu.constants import ENTITIES
from rasa.shared.nlu.training_data.message import Message

from bot.mentions import MARK, TOKENS, MentionExtractor
from bot.repair import TextRepair
from bot.tokenizer import RussianTokenizer


@pytest.fixture
def read(repair: TextRepair, tokenizer: RussianTokenizer, extractor: MentionExtractor):  # type: ignore[no-untyped-def]
    def reading(text: str) -> Message:
        message = Message.build(text=text)
        for part in (repair, tokenizer, extractor):
            part.process([message])
        return message

    return reading


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("повторный приём терапевта", [("visit_kind", "repeat", "повторный приём")]),
        ("первый раз у вас", [("visit_kind", "first", "первый раз у вас")]),
        ("к лору, лучше женщина", [("preference", "female", "лучше женщина")]),
    ],
)
def test_values_stand_with_their_words(read, text: str, expected: list[tuple[str, str, str]]) -> None:  # type: ignore[no-untyped-def]
    entities = read(text).get(ENTITIES)
    found = [
        (one["entity"], one["value"], text[one["start"] : one["end"]])
        for one in entities
        if one["entity"] in ("visit_kind", "preference")
    ]
    assert found == expected


def test_the_classifier_sees_the_words_themselves(read) -> None:  # type: ignore[no-untyped-def]
    marks = [token.get(MARK) for token in read("повторный приём терапевта").get(TOKENS)]
    assert marks == [None, None, "_specialty_"]

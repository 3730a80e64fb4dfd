"""What was not understood is asked back with likely meanings, and the second time a person is offered."""

from __future__ import annotations

import pytest

from actions.small_talk import ActionNotUnderstood
from tests.actions.asking import answer, names
from tests.actions.clinic import Stage

LIKELY = [("nlu_fallback", 1.0), ("ask_price", 0.25), ("ask_services", 0.2)]


async def test_likely_meanings_are_asked_with_their_values_kept(stage: Stage) -> None:
    [said] = await answer(
        stage, ActionNotUnderstood, "узи почек это самое на Ленинском", "nlu_fallback", ranking=LIKELY
    )

    assert said.name == "utter_did_you_mean"
    assert said.titles == ["Узнать цену", "Узнать об услуге", "Другое"]
    assert said.buttons[0]["payload"].startswith("/ask_price{")
    assert '"branch": "leninsky"' in said.buttons[0]["payload"]
    assert said.buttons[-1]["payload"] == "/nlu_fallback"


@pytest.mark.parametrize("text", ["👍", "12345", "ывапролд", "🤡 77 !!", "asdfgh", ""])
async def test_what_says_nothing_has_no_likely_meaning(stage: Stage, text: str) -> None:
    said = await answer(stage, ActionNotUnderstood, text, "nlu_fallback", ranking=LIKELY)

    assert names(said) == ["utter_not_understood"]


@pytest.mark.parametrize(
    "ranking",
    [
        [("nlu_fallback", 1.0), ("greet", 0.2), ("affirm", 0.1)],
        [("nlu_fallback", 1.0), ("ask_price", 0.04)],
        [],
    ],
)
async def test_a_yes_or_a_guess_out_of_thin_air_is_not_offered(
    stage: Stage, ranking: list[tuple[str, float]]
) -> None:
    said = await answer(stage, ActionNotUnderstood, "ну это самое", "nlu_fallback", ranking=ranking)

    assert names(said) == ["utter_not_understood"]


@pytest.mark.parametrize(
    "before", ["utter_not_understood", "utter_did_you_mean", "utter_not_understood_again"]
)
async def test_the_second_time_in_a_row_offers_the_administrator(stage: Stage, before: str) -> None:
    [said] = await answer(
        stage,
        ActionNotUnderstood,
        "ну это самое",
        "nlu_fallback",
        ranking=LIKELY,
        before=("nlu_fallback", before),
    )

    assert said.name == "utter_not_understood_again"
    assert said.buttons[0]["payload"] == "/call_operator"


async def test_an_answer_in_between_starts_the_count_anew(stage: Stage) -> None:
    [said] = await answer(
        stage,
        ActionNotUnderstood,
        "ну это самое",
        "nlu_fallback",
        ranking=LIKELY,
        before=("ask_payment", "utter_payment"),
    )

    assert said.name == "utter_did_you_mean"


async def test_inside_the_booking_only_its_own_question_follows(stage: Stage) -> None:
    [said] = await answer(
        stage, ActionNotUnderstood, "ну это самое", "nlu_fallback", ranking=LIKELY, busy=True
    )

    assert said.name == "utter_not_understood_short"
    assert said.buttons == ()

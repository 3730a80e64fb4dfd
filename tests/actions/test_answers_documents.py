"""Ready answers end in something to do: a button that books the right thing, or a person."""

from __future__ import annotations

import pytest

from actions.booking import slots
from tests.actions.asked import Talk, only
from tests.actions.clinic import Stage, catalogue, speech

asynchronous = pytest.mark.asyncio


@asynchronous
@pytest.mark.parametrize(
    ("intent", "text", "response", "what"),
    [
        ("ask_documents", "нужна справка 086", "utter_documents_study", "dc_086"),
        ("ask_documents", "справка для водительских прав", "utter_documents_driver", "dc_driver"),
        ("ask_documents", "справку в бассейн ребёнку", "utter_documents_pool", "dc_pool"),
        ("ask_documents", "выпишите рецепт", "utter_documents_prescription", "therapist"),
    ],
)
async def test_a_paper_is_booked_with_its_own_button(
    stage: Stage, intent: str, text: str, response: str, what: str
) -> None:
    talk = Talk(stage)
    turn = await talk.ask(intent, text)

    assert only(turn).name == response
    await talk.tap(turn, "Записаться")
    assert talk.slots[slots.WHAT]["ids"] == [what]


@asynchronous
@pytest.mark.parametrize("text", ["картой можно?", "материнским капиталом можно?"])
async def test_inside_the_booking_there_is_no_second_button(stage: Stage, text: str) -> None:
    assert (await Talk(stage).busy().ask("ask_payment", text)).buttons == []


@asynchronous
async def test_results_are_never_read_out(stage: Stage) -> None:
    turn = await Talk(stage).ask("ask_results", "какой у меня гемоглобин, прочитайте анализ")

    assert "в чате я их не показываю" in turn.text
    assert turn.buttons


def test_what_is_booked_by_an_answer_exists() -> None:
    for kinds in speech().answers.topics.values():
        for answer in kinds:
            if answer.what:
                kind, _, id_ = answer.what.partition(":")
                known = catalogue().services if kind == "service" else catalogue().specialties
                assert id_ in known, answer.response


def test_every_answer_ends_usefully() -> None:
    """What neither books, offers nor stores has to be told of here with a reason."""
    told_only = {
        "utter_privacy": "names what to write",
        "utter_insurers": "asks which insurer",
        "utter_service_pain": "who asks is booking already, or asks next whether it is done",
        "utter_service_contraindications": "who asks is booking already, or asks next whether it is done",
        "utter_services_overview": "asks what is wanted",
    }

    without = {
        answer.response
        for kinds in speech().answers.topics.values()
        for answer in kinds
        if answer.then == "nothing"
    }

    assert without <= set(told_only)

"""All requests of a message in order, from the rankings of its parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from rasa.shared.nlu.training_data.message import Message

from bot.classifier import PARTS
from bot.repair import REPAIRED
from bot.wishes import MOST, WishList
from lang.repaired import Edit, Repaired

CATALOGUE = Path(__file__).resolve().parents[2] / "data" / "catalogue"
Parts = Sequence[tuple[str, Mapping[str, float]]]


@pytest.fixture(scope="module")
def wish_list() -> WishList:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CATALOGUE_DIR", str(CATALOGUE))
        return WishList(WishList.get_default_config())


def named(text: str, kind: str, word: str, value: str, **more: Any) -> dict[str, Any]:
    start = text.index(word)
    return {"entity": kind, "value": value, "start": start, "end": start + len(word), "score": 1.0, **more}


def message_of(text: str, topic: str, parts: Parts = (), *entities: dict[str, Any]) -> Message:
    """A message as the guard leaves it; `parts` are stretches of the text with what they were taken for."""
    message = Message.build(text=text)
    message.set("topic", {"name": topic, "confidence": 0.9})
    message.set("entities", list(entities))
    spans = []
    for stretch, ranking in parts:
        start = text.index(stretch)
        items = [{"name": name, "confidence": share} for name, share in ranking.items()]
        spans.append((start, start + len(stretch), items))
    if spans:
        message.set(PARTS, spans)
    return message


def wishes(wish_list: WishList, message: Message) -> Any:
    [done] = wish_list.process([message])
    return done.get("wishes")


def test_two_specialties_are_a_booking_each(wish_list: WishList) -> None:
    text = "запишите к гинекологу и неврологу на завтра"
    gynecologist = named(text, "specialty", "гинекологу", "gynecologist")
    neurologist = named(text, "specialty", "неврологу", "neurologist")
    tomorrow = named(text, "wish", "завтра", "any")

    found = wishes(wish_list, message_of(text, "book", (), gynecologist, neurologist, tomorrow))

    assert [(wish["topic"], wish["intent"]) for wish in found] == [("book", "book_visit")] * 2
    assert [[entity["value"] for entity in wish["entities"]] for wish in found] == [
        ["gynecologist", "any"],
        ["neurologist", "any"],
    ]


def test_a_specialty_named_twice_is_one_booking(wish_list: WishList) -> None:
    text = "к лору, хочу к лору"
    entities = [named(text, "specialty", "лору", "ent"), named(text, "specialty", "лору", "ent")]

    assert wishes(wish_list, message_of(text, "book", (), *entities)) is None


def test_specialties_of_a_question_are_no_bookings(wish_list: WishList) -> None:
    text = "сколько стоят лор и невролог"
    entities = [named(text, "specialty", "лор", "ent"), named(text, "specialty", "невролог", "neurologist")]

    assert wishes(wish_list, message_of(text, "price", (), *entities)) is None


def test_a_question_beside_the_booking_waits_with_its_values(wish_list: WishList) -> None:
    text = "запишите к лору. сколько стоит узи?"
    parts = [("запишите к лору.", {"book_visit": 0.9}), (" сколько стоит узи?", {"ask_price": 0.95})]
    found = wishes(
        wish_list,
        message_of(
            text,
            "book",
            parts,
            named(text, "specialty", "лору", "ent", child=True),
            named(text, "service_group", "узи", "ultrasound", ids=["us_abdomen"]),
        ),
    )

    assert found == [
        {
            "topic": "book",
            "intent": "book_visit",
            "entities": [{"entity": "specialty", "value": "ent", "child": True}],
        },
        {
            "topic": "price",
            "intent": "ask_price",
            "entities": [{"entity": "service_group", "value": "ultrasound", "ids": ["us_abdomen"]}],
        },
    ]


def test_the_request_said_first_is_the_main_one_whatever_the_whole_resembles(wish_list: WishList) -> None:
    text = "сколько стоит приём. запишите меня к лору"
    parts = [("сколько стоит приём.", {"ask_price": 0.9}), (" запишите меня к лору", {"book_visit": 0.9})]
    message = message_of(text, "book", parts, named(text, "specialty", "лору", "ent"))

    found = wishes(wish_list, message)

    assert [wish["topic"] for wish in found] == ["price", "book"]
    assert found[1]["entities"] == [{"entity": "specialty", "value": "ent"}]
    assert message.get("topic") == {"name": "price", "confidence": 0.9}
    assert (
        message.get("intent") == message.get("intent_ranking")[0] == {"name": "ask_price", "confidence": 0.9}
    )


@pytest.mark.parametrize(
    ("first", "intent", "share", "second"),
    [
        ("хочу к лору,", "book_visit", 0.9, " но сначала скажите цену"),
        ("мне надо к лору,", "book_visit", 0.9, " а сколько стоит приём"),
        ("к лору в среду.", "book_visit", 0.9, " сколько стоит приём"),
        ("можно к лору завтра?", "inform", 0.9, " сколько стоит приём"),
        ("запишите к лору.", "book_visit", 0.7, " сколько стоит приём"),
    ],
)
def test_an_occasion_a_value_or_a_doubtful_part_is_not_the_main_request(
    wish_list: WishList, first: str, intent: str, share: float, second: str
) -> None:
    message = message_of(first + second, "price", [(first, {intent: share}), (second, {"ask_price": 0.95})])

    found = wishes(wish_list, message)

    assert [wish["topic"] for wish in found] == ["price", "book"]
    assert message.get("topic") == {"name": "price", "confidence": 0.9}


def test_a_clear_part_does_not_make_a_message_understood(wish_list: WishList) -> None:
    text = "сколько стоит любовь? запишите меня в солдаты"
    parts = [("сколько стоит любовь?", {"ask_price": 0.9}), (" запишите меня в солдаты", {"book_visit": 0.9})]
    message = message_of(text, "book", parts)
    message.set("intent", {"name": "nlu_fallback", "confidence": 1.0})
    message.set("topic", {"name": "book", "confidence": 0.3})

    wishes(wish_list, message)

    assert message.get("intent")["name"] == "nlu_fallback"
    assert message.get("topic") == {"name": "book", "confidence": 0.3}


def test_what_is_only_told_is_no_further_request(wish_list: WishList) -> None:
    text = "отменила приём заранее, а деньги на карту не вернулись"
    parts = [
        ("отменила приём заранее,", {"cancel_visit": 0.9}),
        (" а деньги на карту не вернулись", {"ask_payment": 0.95}),
    ]

    assert wishes(wish_list, message_of(text, "payment", parts)) is None


@pytest.mark.parametrize(
    "story",
    ["ask_which_doctor", "ask_medical_advice", "complain", "greet", "thank", "out_of_scope", "emergency"],
)
def test_parts_of_a_story_are_no_requests(wish_list: WishList, story: str) -> None:
    text = "третий день болит ухо. запишите к лору"
    parts = [("третий день болит ухо.", {story: 0.95}), (" запишите к лору", {"book_visit": 0.95})]

    assert wishes(wish_list, message_of(text, "book", parts, named(text, "specialty", "лору", "ent"))) is None


def test_a_doubtful_part_is_no_request(wish_list: WishList) -> None:
    text = "запишите к лору. и что там с ценой"
    doubtful = [("запишите к лору.", {"book_visit": 0.9}), (" и что там с ценой", {"ask_price": 0.64})]
    sure = [("запишите к лору.", {"book_visit": 0.9}), (" и что там с ценой", {"ask_price": 0.65})]

    assert wishes(wish_list, message_of(text, "book", doubtful)) is None
    assert len(wishes(wish_list, message_of(text, "book", sure))) == 2


def test_intents_of_one_topic_are_sure_together(wish_list: WishList) -> None:
    text = "сколько стоит узи. позовите кого-нибудь"
    parts = [
        ("сколько стоит узи.", {"ask_price": 0.9}),
        (" позовите кого-нибудь", {"call_operator": 0.4, "request_callback": 0.4}),
    ]

    assert [w["topic"] for w in wishes(wish_list, message_of(text, "price", parts))] == ["price", "operator"]


@pytest.mark.parametrize("topic", ["emergency", "greeting", "out_of_scope", "which_doctor", "affirm"])
def test_beside_what_is_no_request_nothing_waits(wish_list: WishList, topic: str) -> None:
    text = "болит ухо. сколько стоит приём"
    parts = [("болит ухо.", {"ask_which_doctor": 0.9}), (" сколько стоит приём", {"ask_price": 0.9})]

    assert wishes(wish_list, message_of(text, topic, parts)) is None


def test_what_was_denied_is_not_wanted(wish_list: WishList) -> None:
    text = "не к хирургу, а к терапевту"
    entities = [
        named(text, "specialty", "хирургу", "surgeon", negated=True),
        named(text, "specialty", "терапевту", "therapist"),
    ]

    assert wishes(wish_list, message_of(text, "book", (), *entities)) is None


def test_names_and_phones_belong_to_no_request(wish_list: WishList) -> None:
    text = "запишите к лору и хирургу, Илья"
    entities = [
        named(text, "specialty", "лору", "ent"),
        named(text, "specialty", "хирургу", "surgeon"),
        named(text, "name", "Илья", "any"),
    ]

    found = wishes(wish_list, message_of(text, "book", (), *entities))

    assert [[entity["entity"] for entity in wish["entities"]] for wish in found] == [["specialty"]] * 2


def test_values_are_sought_where_the_part_stood_in_the_original(wish_list: WishList) -> None:
    typed = "клору. ценаузи какая"
    repaired = Repaired(typed, typed).with_edits([Edit(0, 5, "к лору"), Edit(7, 14, "цена узи")])
    assert repaired.text == "к лору. цена узи какая"
    message = message_of(
        typed,
        "book",
        (),
        named(typed, "specialty", "клору", "ent"),
        named(typed, "service_group", "ценаузи", "ultrasound"),
    )
    message.set(REPAIRED, repaired)
    message.set(
        PARTS,
        [
            (0, 7, [{"name": "book_visit", "confidence": 0.9}]),
            (7, len(repaired.text), [{"name": "ask_price", "confidence": 0.9}]),
        ],
    )

    found = wishes(wish_list, message)

    assert [(wish["topic"], [entity["value"] for entity in wish["entities"]]) for wish in found] == [
        ("book", ["ent"]),
        ("price", ["ultrasound"]),
    ]


def test_no_more_than_a_few_wait(wish_list: WishList) -> None:
    ids = ["ent", "surgeon", "dentist", "urologist", "therapist", "cardiologist"]
    text = " ".join(ids)
    entities = [named(text, "specialty", id_, id_) for id_ in ids]

    assert len(wishes(wish_list, message_of(text, "book", (), *entities))) == MOST

"""Each topic is answered at once, in the middle of a booking too, and a person is asked only when told so."""

from __future__ import annotations

import pytest

from actions.answers.branches import ActionAnswerBranches
from actions.answers.ready import ActionAnswerHomeVisit, ActionAnswerTopic
from actions.answers.services import ActionAnswerServices
from actions.base import SafeAction
from actions.people import ActionCallOperator
from actions.yes_no import ActionAnswerYes
from tests.actions.asking import answer, names
from tests.actions.clinic import Stage
from tests.actions.dialogue import Dialogue

OFFERED = [
    ("анализы готовы?", "ask_results", "utter_results"),
    ("справка для налоговой", "ask_documents", "utter_documents_tax"),
    ("верните деньги", "ask_payment", "utter_payment_refund"),
    ("какие сейчас акции", "ask_discounts", "utter_discounts_promo"),
]


@pytest.mark.parametrize(("text", "intent", "response"), OFFERED)
async def test_a_person_is_offered_after_the_answer(
    stage: Stage, text: str, intent: str, response: str
) -> None:
    said = await answer(stage, ActionAnswerTopic, text, intent)

    assert names(said) == [response, "utter_offer_operator"]
    assert stage.requests.stored == {}


@pytest.mark.parametrize(("text", "intent", "response"), OFFERED)
async def test_inside_the_booking_a_person_is_told_of_and_nothing_asked(
    stage: Stage, text: str, intent: str, response: str
) -> None:
    said = await answer(stage, ActionAnswerTopic, text, intent, busy=True)

    assert names(said) == [response, "utter_operator_hint"]
    assert all("?" not in one.text and not one.buttons for one in said)


@pytest.mark.parametrize(
    ("text", "intent", "response"),
    [
        ("картой можно?", "ask_payment", "utter_payment"),
        ("пенсионерам скидка есть", "ask_discounts", "utter_discounts_privileges"),
        ("дадите направление?", "ask_documents", "utter_documents_referral"),
    ],
)
async def test_a_whole_answer_needs_nobody(stage: Stage, text: str, intent: str, response: str) -> None:
    assert names(await answer(stage, ActionAnswerTopic, text, intent)) == [response]


@pytest.mark.parametrize("busy", [False, True])
@pytest.mark.parametrize(
    ("text", "intent", "response", "about", "kind"),
    [
        ("врач нахамил", "complain", "utter_complaint", "Жалоба", "complaint"),
        ("ждала час в очереди", "complain", "utter_complaint_waiting", "Жалоба", "complaint"),
        ("удалите мои данные", "ask_privacy", "utter_privacy_delete", "Личные данные", "privacy"),
        ("отзываю согласие", "ask_privacy", "utter_privacy_consent", "Личные данные", "privacy"),
        ("сменила фамилию, исправьте", "ask_privacy", "utter_privacy_change", "Личные данные", "privacy"),
        ("какие данные вы храните", "ask_privacy", "utter_privacy_access", "Личные данные", "privacy"),
        ("не присылайте рекламу", "ask_privacy", "utter_privacy_adverts", "Личные данные", "privacy"),
    ],
)
async def test_what_a_person_must_do_is_stored_at_once_with_a_number(
    stage: Stage, text: str, intent: str, response: str, about: str, kind: str, busy: bool
) -> None:
    said = await answer(stage, ActionAnswerTopic, text, intent, busy=busy)

    [request] = stage.requests.stored.values()
    assert names(said) == [response]
    assert request.number in said[0].text
    assert request.kind == request.topic == kind
    topic, said_by_patient = request.summary.split("\n")
    assert topic.partition(".")[0] == f"Тема: {about}"
    assert ("не подтверждён" in topic) is (kind == "privacy"), "who reads it knows whether to ask who writes"
    assert said_by_patient == f"Написано: «{text}»"


@pytest.mark.parametrize(
    ("text", "deadline"),
    [
        ("удалите мои данные", "30 дней"),
        ("отзываю согласие", "30 дней"),
        ("исправьте фамилию", "7 рабочих дней"),
        ("какие данные вы храните", "10 рабочих дней"),
    ],
)
@pytest.mark.parametrize("proved", [None, "+79161234567"])
async def test_a_wish_about_data_names_the_deadline_and_how_the_patient_is_known(
    stage: Stage, text: str, deadline: str, proved: str | None
) -> None:
    stage.context.clinic.identity.proved = proved  # type: ignore[attr-defined]  # a fake
    [said] = await answer(stage, ActionAnswerTopic, text, "ask_privacy")

    [request] = stage.requests.stored.values()
    assert deadline in said.text
    assert request.details["identity"] == ("code" if proved else "unproved")
    assert request.details["proved_phone"] == (proved or "")
    if "исправьте" not in text:
        assert ("подтвердили кодом" in said.text) is bool(proved)


async def test_the_transcript_goes_with_the_request(stage: Stage) -> None:
    await answer(stage, ActionAnswerTopic, "врач нахамил", "complain", before=("greet", "utter_greet"))

    [request] = stage.requests.stored.values()
    assert [(line.who, line.text) for line in request.transcript] == [
        ("patient", "до этого"),
        ("maria", "ответ"),
        ("patient", "врач нахамил"),
    ]


@pytest.mark.parametrize("text", ["вы издеваетесь", "какая ты тупая", "вы меня достали"])
async def test_an_angry_patient_gets_an_apology_and_a_person_offered(stage: Stage, text: str) -> None:
    assert names(await answer(stage, ActionAnswerTopic, text, "complain")) == [
        "utter_angry",
        "utter_offer_operator",
    ]
    assert stage.requests.stored == {}


async def test_what_is_kept_is_told_with_a_link_and_stores_nothing(stage: Stage) -> None:
    [said] = await answer(stage, ActionAnswerTopic, "что с личными данными", "ask_privacy")

    assert "http://clinic.example/privacy.html" in said.text
    assert stage.requests.stored == {}


async def test_a_failure_to_store_is_no_promise(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def store(*args: object, **data: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(type(stage.requests), "store", store)

    assert names(await answer(stage, ActionAnswerTopic, "у меня жалоба", "complain")) == [
        "utter_service_unavailable"
    ]


@pytest.mark.parametrize(
    ("action", "intent", "text"),
    [(ActionAnswerYes, "affirm", "да"), (ActionCallOperator, "call_operator", "Да")],
)
async def test_a_yes_to_the_offer_stores_what_it_was_about(
    stage: Stage, action: type[SafeAction], intent: str, text: str
) -> None:
    said = await answer(stage, action, text, intent, before=("ask_payment", "utter_offer_operator"))

    [request] = stage.requests.stored.values()
    assert names(said) == ["utter_operator_called"]
    assert request.summary == f"Тема: Оплата\nНаписано: «{text}»"
    assert request.topic == "payment"


async def test_a_yes_to_nothing_stores_nothing(stage: Stage) -> None:
    said = await answer(stage, ActionAnswerYes, "да", "affirm", before=("ask_payment", "utter_payment"))

    assert names(said) == ["utter_nothing_to_affirm"]
    assert stage.requests.stored == {}


async def test_who_comes_home_and_the_price(stage: Stage) -> None:
    said = await answer(stage, ActionAnswerHomeVisit, "вызвать врача на дом", "ask_home_visit")

    assert names(said) == ["utter_home_visit", "utter_offer_operator"]
    assert "Терапевт на дом — от 1\u00a0800\u00a0₽" in said[0].text
    assert "103" in said[0].text


@pytest.mark.parametrize(
    ("text", "told", "untold"),
    [
        ("парковка на Ленинском есть?", "12 мест", "Новаторская"),
        ("как пройти от метро на Ленинском", "выход 2", "+7 (495)"),
        ("какое метро на Ленинском", "Новаторская", "выход 2"),
        ("до скольки вы открыты на Ленинском", "08:00-21:00", "12 мест"),
        ("телефон на Ленинском", "+7 (495) 000-10-01", "12 мест"),
        ("есть пандус на Ленинском?", "пандус, коляску", "12 мест"),
        ("есть аптека на Ленинском?", "подскажут по телефону", "12 мест"),
        ("адрес на Ленинском", "Ленинский проспект, дом 94а", "12 мест"),
        ("какое метро на тольяттинском филиале в Тольятти", "Телефон", "Метро: ."),
    ],
)
async def test_a_branch_is_told_of_as_asked(stage: Stage, text: str, told: str, untold: str) -> None:
    [said] = await answer(stage, ActionAnswerBranches, text, "ask_branches")

    assert told in said.text
    assert untold not in said.text


async def test_the_question_survives_the_choice_of_a_city(stage: Stage) -> None:
    [asked] = await answer(stage, ActionAnswerBranches, "где припарковаться", "ask_branches")
    assert asked.buttons[0]["payload"] == '/ask_branches{"region": "moscow", "fact": "parking"}'

    tapped = [{"entity": "region", "value": "moscow"}, {"entity": "fact", "value": "parking"}]
    [said] = await answer(stage, ActionAnswerBranches, "Москва и область", "ask_branches", entities=tapped)

    assert said.text.count("Парковка:") == 6


async def test_a_service_is_booked_with_a_button_that_remembers_it(stage: Stage) -> None:
    [said] = await answer(stage, ActionAnswerServices, "узи почек", "ask_services")

    assert "УЗИ почек" in said.text
    assert said.buttons[0]["payload"].startswith('/book_visit{"service": "')


async def test_inside_the_booking_a_service_is_only_told_of(stage: Stage) -> None:
    [said] = await answer(stage, ActionAnswerServices, "узи почек делаете?", "ask_services", busy=True)

    assert said.buttons == ()


async def test_a_bare_service_answers_the_question_whom_to_book(talk: Dialogue) -> None:
    await talk.write("запишите меня", "book_visit")
    asked = await talk.write("узи почек делаете?", "ask_services")
    assert asked.interrupted

    turn = await talk.write("экг", "ask_services")

    assert not turn.interrupted

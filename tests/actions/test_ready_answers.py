"""Each topic is answered at once, in the middle of a booking too, and a person is asked only when told so."""

from __future__ import annotations

from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.answers.branches import ActionAnswerBranches
from actions.answers.ready import ActionAnswerHomeVisit, ActionAnswerInsurance, ActionAnswerTopic
from actions.answers.services import ActionAnswerServices
from actions.base import SafeAction
from actions.booking import slots
from actions.people import ActionCallOperator
from actions.small_talk import ActionNotUnderstood
from actions.yes_no import ActionAnswerYes
from mis.port import MisUnavailable
from tests.actions.clinic import Stage
from tests.actions.dialogue import Dialogue, Said, domain, entities_of, spoken


async def answer(
    stage: Stage,
    action: type[SafeAction],
    text: str,
    intent: str,
    *,
    busy: bool = False,
    before: tuple[str, str] | None = None,
    ranking: list[tuple[str, float]] | None = None,
    entities: list[dict[str, Any]] | None = None,
) -> list[Said]:
    """What the action says. `before`: intent of the message before and the response it got."""
    found = entities_of(text, stage.clock()) if entities is None else entities
    message = Dialogue(stage).message(text, intent, found, None)
    message["intent_ranking"] = [{"name": name, "confidence": share} for name, share in ranking or ()]
    events: list[dict[str, Any]] = []
    if before:
        events = [
            {"event": "user", "text": "до этого", "parse_data": {"intent": {"name": before[0]}}},
            {"event": "bot", "text": "ответ", "metadata": {"utter_action": before[1]}},
        ]
    events.append({"event": "user", "text": text, "parse_data": {"intent": {"name": intent}}})
    values = {name: slot.get("initial_value") for name, slot in domain()["slots"].items()}
    loop = {"name": slots.FORM} if busy else {}
    tracker = Tracker("c1", values, message, events, False, None, loop, "action_listen")
    dispatcher = CollectingDispatcher()
    await action(stage.context).run(dispatcher, tracker, {})
    return spoken(dispatcher)


def names(said: list[Said]) -> list[str]:
    return [one.name for one in said]


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


# Insurance


@pytest.fixture
def insured(stage: Stage) -> Stage:
    stage.reference.policies = {"leninsky": ("Ладья Страхование",), "polevaya": ("Берег-Полис",)}
    return stage


@pytest.mark.parametrize(
    ("text", "response", "told"),
    [
        ("полис ладья берёте?", "utter_insurer_yes", "«Ленинский»"),
        ("полис ладья на Ленинском берёте?", "utter_insurer_yes", "«Ленинский»"),
        ("полис ладья на Таганке берёте?", "utter_insurer_elsewhere", "«Ленинский»"),
        ("полис парус берёте?", "utter_insurer_no", "«Парус Страхование»"),
        ("с какими страховыми работаете", "utter_insurers", "«Ладья Страхование», «Берег-Полис»"),
        ("какие страховые на Ленинском", "utter_insurers_here", "«Ладья Страхование»"),
        ("какие страховые на Таганке", "utter_insurers_unknown", ""),
        ("по омс принимаете", "utter_insurance_oms", ""),
        ("покрывает ли полис стоматологию", "utter_insurance_cover", ""),
    ],
)
async def test_whether_the_policy_is_taken(insured: Stage, text: str, response: str, told: str) -> None:
    [said] = await answer(insured, ActionAnswerInsurance, text, "ask_insurance")

    assert said.name == response
    assert told in said.text


@pytest.mark.parametrize("intent", ["ask_insurance", "ask_branches"])
@pytest.mark.parametrize(
    ("text", "response", "told"),
    [
        ("Работаете с РЕСО?", "utter_insurer_not_listed", "«РЕСО»"),
        ("сотрудничаете с Ингосстрахом?", "utter_insurer_not_listed", "«Ингосстрах»"),
        ("Работаете с Ладьёй?", "utter_insurer_yes", "«Ленинский»"),
        ("с Парусом работаете?", "utter_insurer_no", "«Парус Страхование»"),
    ],
)
async def test_a_company_is_told_of_for_the_whole_network_at_once(
    insured: Stage, text: str, response: str, told: str, intent: str
) -> None:
    action = ActionAnswerInsurance if intent == "ask_insurance" else ActionAnswerBranches

    [said] = await answer(insured, action, text, intent)

    assert said.name == response
    assert told in said.text


@pytest.mark.parametrize("text", ["вы работаете с детьми?", "работаете с 8?", "с понедельника работаете?"])
async def test_other_things_one_works_with_are_no_company(insured: Stage, text: str) -> None:
    [said] = await answer(insured, ActionAnswerBranches, text, "ask_branches")

    assert not said.name.startswith("utter_insurer")


async def test_a_list_that_cannot_be_read_is_no_refusal(
    insured: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def insurers(self: object, branch_id: str) -> tuple[str, ...]:
        raise MisUnavailable("down")

    monkeypatch.setattr(type(insured.reference), "insurers", insurers)

    said = await answer(insured, ActionAnswerInsurance, "полис ладья берёте?", "ask_insurance")

    assert names(said) == ["utter_service_unavailable"]


async def test_who_comes_home_and_the_price(stage: Stage) -> None:
    said = await answer(stage, ActionAnswerHomeVisit, "вызвать врача на дом", "ask_home_visit")

    assert names(said) == ["utter_home_visit", "utter_offer_operator"]
    assert "Терапевт на дом — от 1\u00a0800\u00a0₽" in said[0].text
    assert "103" in said[0].text


# Branches


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


# A bare service


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


# Not understood

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

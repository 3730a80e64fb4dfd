"""Topics and ready answers as designers keep them, and what is said of a wrong file."""

from __future__ import annotations

from pathlib import Path

import pytest

from lang.answers import FACTS, Answers, AnswersError, load_answers
from lang.insurers import InsurersError, load_insurers
from lang.topics import LONGEST_TITLE, Topics, TopicsError, load_topics

CATALOGUE = Path(__file__).resolve().parents[2] / "data/catalogue"


@pytest.fixture(scope="module")
def topics() -> Topics:
    return load_topics(CATALOGUE / "topics.yml")


@pytest.fixture(scope="module")
def answers(topics: Topics) -> Answers:
    return load_answers(CATALOGUE / "answers.yml", topics.by_id)


def test_every_title_fits_a_button_and_is_of_one_topic(topics: Topics) -> None:
    titles = [topic.title for topic in topics.by_id.values() if topic.title]

    assert len(topics.by_id) >= 29
    assert max(map(len, titles)) <= LONGEST_TITLE
    assert len(set(titles)) == len(titles)
    for topic in topics.by_id.values():
        for intent in topic.intents:
            assert topics.of(intent) is topic
    assert topics.of("no_such_intent") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("topics: {a: {intents: [x]}, b: {intents: [x]}}", "'x' already belongs to a"),
        ("topics: {a: {intents: []}}", "intents: is empty"),
        (
            "topics: {a: {intents: [x], title: Очень длинное название, которое не влезет, payload: x}}",
            "a button",
        ),
        ("topics: {a: {intents: [x], title: Цена}}", "stands alone"),
        ("topics: {a: {intents: [x], title: Цена, payload: y}}", "is no intent of this topic; allowed: x"),
        ("topics: {a: {intent: [x]}}", "unknown key; allowed: intents"),
        ("topics: {Цена: {intents: [x]}}", "bad id"),
    ],
)
def test_a_wrong_topic_is_told_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "topics.yml"
    path.write_text("other: Другое\n" + text.replace("название, ", "название "), encoding="utf-8")

    with pytest.raises(TopicsError) as error:
        load_topics(path)

    assert "topics.yml:2: " in str(error.value)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("topic", "text", "response"),
    [
        ("documents", "нужна справка для налогового вычета", "utter_documents_tax"),
        ("documents", "закрыть больничный", "utter_documents_sick_leave"),
        ("documents", "дадите направление?", "utter_documents_referral"),
        ("documents", "ВЫПИСКУ бы мне", "utter_documents_extract"),
        ("documents", "нужны бумаги", "utter_documents"),
        ("payment", "можно платить частями", "utter_payment_instalments"),
        ("payment", "верните деньги", "utter_payment_refund"),
        ("payment", "картой можно?", "utter_payment"),
        ("results", "не открывается ссылка", "utter_results_account"),
        ("results", "до сих пор нет результата", "utter_results_late"),
        ("results", "анализы готовы?", "utter_results"),
        ("privacy", "удалите мои данные", "utter_privacy_delete"),
        ("privacy", "отзываю согласие", "utter_privacy_consent"),
        ("privacy", "где хранятся мои данные", "utter_privacy_access"),
        ("discounts", "пенсионерам дешевле?", "utter_discounts_privileges"),
        ("insurance", "по омс можно?", "utter_insurance_oms"),
        ("complaint", "сидим в очереди час", "utter_complaint_waiting"),
    ],
)
def test_the_words_choose_the_answer(answers: Answers, topic: str, text: str, response: str) -> None:
    assert answers.choose(topic, text).response == response


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("где припарковаться", "parking"),
        ("как дойти от метро", "way"),
        ("какое метро рядом", "metro"),
        ("до скольки вы открыты", "hours"),
        ("телефон регистратуры", "phone"),
        ("в праздники работаете?", "holidays"),
        ("есть пандус?", "access"),
        ("адрес скиньте", None),
        ("сколько у вас филиалов", None),
    ],
)
def test_what_is_asked_of_a_branch(answers: Answers, text: str, fact: str | None) -> None:
    found = answers.fact(text)

    assert (found.id if found else None) == fact
    assert found is None or set(found.needs) <= set(FACTS)


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("до скольки работает филиал и есть ли парковка", ["hours", "parking"]),
        ("как дойти от метро", ["way"]),
        ("какой телефон, где припарковаться?", ["phone", "parking"]),
        ("адрес скиньте", []),
    ],
)
def test_all_that_is_asked_of_a_branch(answers: Answers, text: str, facts: list[str]) -> None:
    assert [fact.id for fact in answers.all_facts(text)] == facts


FACT = "branch_facts: {}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("answers: {nothing: [{response: utter_a, then: nothing}]}\n" + FACT, "unknown topic 'nothing'"),
        (
            "answers: {price: [{response: utter_a, then: wait}]}\n" + FACT,
            "allowed: nothing, book, offer, store",
        ),
        ("answers: {price: [{response: a, then: offer}]}\n" + FACT, "bad response 'a'"),
        ("answers: {price: []}\n" + FACT, "has no answers"),
        (
            "answers: {price: [{response: utter_a, then: offer, words: [цена]}]}\n" + FACT,
            "the last answer is for everything else",
        ),
        (
            "answers: {price: [{response: utter_a, then: offer}, {response: utter_b, then: offer}]}\n" + FACT,
            "an answer without words is not the last",
        ),
        (
            "branch_facts: {a: {words: [лифт], line: '{lift}'}}\nanswers: {}",
            "unknown {lift}; allowed: {name}",
        ),
        ("branch_facts: {a: {words: [лифт], line: '{name'}}\nanswers: {}", "the braces do not match"),
    ],
)
def test_a_wrong_answer_is_told_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "answers.yml"
    path.write_text(text + "\n", encoding="utf-8")

    with pytest.raises(AnswersError) as error:
        load_answers(path, ["price"])

    assert "answers.yml:1: " in str(error.value)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("у меня полис ладьи", ("Ладья Страхование",)),
        ("берег-полис принимаете?", ("Берег-Полис",)),
        ("парус или гранит жизнь", ("Гранит Жизнь", "Парус Страхование")),
        ("ингосстрах обслуживаете", ()),
        ("", ()),
    ],
)
def test_insurers_are_found_by_any_name(text: str, names: tuple[str, ...]) -> None:
    assert load_insurers(CATALOGUE / "insurers.yml").find(text) == names


def test_a_wrong_insurer_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "insurers.yml"
    path.write_text("insurers:\n  a: {name: А, synonym: [б]}\n", encoding="utf-8")

    with pytest.raises(
        InsurersError, match=r"insurers\.yml:2: .*synonym: unknown key; allowed: name, synonyms"
    ):
        load_insurers(path)

"""Whether a policy is taken, and by which companies."""

from __future__ import annotations

import pytest

from actions.answers.branches import ActionAnswerBranches
from actions.answers.ready import ActionAnswerInsurance
from mis.port import MisUnavailable
from tests.actions.asking import answer, names
from tests.actions.clinic import Stage


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

"""A complaint and the specialties it may belong to, taught by a folder of a few complaints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.repair import REPAIRED
from bot.symptoms import SymptomClassifier
from lang.complaints import ComplaintsError
from lang.repaired import Edit, Repaired

ADULTS = """
complaints:
  - {text: болит ухо, specialties: [ent]}
  - {text: горло болит и заложен нос, specialties: [ent, therapist]}
  - {text: ноет зуб, specialties: [dentist]}
  - {text: выпала пломба из зуба, specialties: [dentist]}
  - {text: слабость и температура, specialties: [therapist]}
  - {text: давно устаю и простыл, specialties: [therapist, ent]}
"""
CHILDREN = """
complaints:
  - {text: у ребёнка сыпь и температура, specialties: [pediatrician], child: true}
  - {text: малыш плохо ест, specialties: [pediatrician], child: true}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("complaints")
    (made / "adults.yml").write_text(ADULTS, encoding="utf-8")
    (made / "children.yml").write_text(CHILDREN, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def classifier(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> SymptomClassifier:
    storage = LocalModelStorage.create(tmp_path_factory.mktemp("symptoms"))
    resource, config = Resource("symptoms"), SymptomClassifier.get_default_config()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMPLAINTS_DIR", str(folder))
        taught = SymptomClassifier.create(config, storage, resource, None)  # type: ignore[arg-type]
        # Messages about other things teach it nothing.
        taught.train(TrainingData([Message.build(text="болит ухо", intent="ask_price")]))
    return SymptomClassifier.load(config, storage, resource, None)  # type: ignore[arg-type]


def symptoms(classifier: SymptomClassifier, text: str, **more: Any) -> list[dict[str, Any]]:
    message = Message.build(text=text)
    for key, value in more.items():
        message.set(key, value)
    [done] = classifier.process([message])
    found: list[dict[str, Any]] = done.as_dict(only_output_properties=True)["symptoms"]
    return found


@pytest.mark.parametrize(
    ("text", "first"),
    [("болит ухо", "ent"), ("зубы ноют", "dentist"), ("слабость", "therapist")],
)
def test_a_complaint_leads_to_its_specialty(classifier: SymptomClassifier, text: str, first: str) -> None:
    assert symptoms(classifier, text)[0]["name"] == first


@pytest.mark.parametrize("text", ["болит ухо", "запишите меня", "👍", "", "ребёнок плохо ест"])
def test_three_specialties_are_shown_the_likeliest_first(classifier: SymptomClassifier, text: str) -> None:
    found = symptoms(classifier, text)

    assert len({item["name"] for item in found}) == len(found) == 3
    assert all(0 <= item["confidence"] <= 1 for item in found)
    assert all(set(item) == {"name", "confidence"} for item in found)


def test_every_specialty_of_a_complaint_is_taught(classifier: SymptomClassifier) -> None:
    names = [item["name"] for item in symptoms(classifier, "давно устаю и простыл")]

    assert names[:2] == ["therapist", "ent"]


def test_the_repaired_text_is_read(classifier: SymptomClassifier) -> None:
    typed = "zzz"
    repaired = Repaired(typed, typed).with_edits([Edit(0, 3, "выпала пломба")])

    assert symptoms(classifier, typed, **{REPAIRED: repaired})[0]["name"] == "dentist"


@pytest.mark.parametrize("text", ["у дочки слабость", "сыну 5 лет, температура и слабость", "внук простыл"])
def test_a_child_does_not_go_to_the_therapist(classifier: SymptomClassifier, text: str) -> None:
    names = [item["name"] for item in symptoms(classifier, text)]

    assert names[0] == "pediatrician"
    assert "therapist" not in names


def test_a_child_specialist_who_fits_better_stands_first(classifier: SymptomClassifier) -> None:
    names = [item["name"] for item in symptoms(classifier, "у сына выпала пломба из зуба")]

    assert names[:2] == ["dentist", "pediatrician"]


def test_a_grown_up_son_is_no_child(classifier: SymptomClassifier) -> None:
    assert symptoms(classifier, "сыну 30 лет, слабость")[0]["name"] == "therapist"


def test_other_complaints_train_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "adults.yml").write_text(ADULTS, encoding="utf-8")
    monkeypatch.setenv("COMPLAINTS_DIR", str(tmp_path))
    before = SymptomClassifier.fingerprint_addon({})

    assert SymptomClassifier.fingerprint_addon({}) == before
    (tmp_path / "children.yml").write_text(CHILDREN, encoding="utf-8")
    assert SymptomClassifier.fingerprint_addon({}) != before


def test_wrong_complaints_stop_the_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.yml").write_text("complaints:\n  - {text: ухо}\n", encoding="utf-8")
    monkeypatch.setenv("COMPLAINTS_DIR", str(tmp_path))
    storage = LocalModelStorage.create(tmp_path)
    config = SymptomClassifier.get_default_config()
    untaught = SymptomClassifier(config, storage, Resource("symptoms"))

    with pytest.raises(ComplaintsError, match=r"a\.yml:2: complaints: key 'specialties' is missing"):
        untaught.train(TrainingData())


def test_words_that_only_ask_or_date_the_illness_blur_it_little(classifier: SymptomClassifier) -> None:
    blurred = symptoms(classifier, "у меня второй день болит ухо, подскажите, к какому врачу идти?")

    assert blurred[0]["name"] == "ent"
    assert (
        blurred[0]["confidence"] > symptoms(classifier, "подскажите, к какому врачу идти?")[0]["confidence"]
    )

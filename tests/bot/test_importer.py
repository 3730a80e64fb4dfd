from __future__ import annotations

from pathlib import Path

import pytest
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.importers.rasa import RasaFileImporter

from bot.importer import ProjectImporter

DOMAIN = 'version: "3.1"\nintents: [greet]\nresponses:\n  utter_hello:\n  - text: "Здравствуйте"\n'
EXAMPLES = 'version: "3.1"\nnlu:\n- intent: greet\n  examples: |\n    - привет\n'
TEXTS = 'version: "3.1"\nresponses:\n  utter_bye:\n  - text: "{text}"\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "domain.yml").write_text(DOMAIN, encoding="utf-8")
    (tmp_path / "config.yml").write_text(
        "recipe: default.v1\nlanguage: ru\nassistant_id: a\npipeline: []\npolicies: []\n"
        "importers:\n- name: bot.importer.ProjectImporter\n",
        encoding="utf-8",
    )
    (tmp_path / "data/nlu.yml").write_text(EXAMPLES, encoding="utf-8")
    (tmp_path / "data/texts.yml").write_text(TEXTS.format(text="До свидания"), encoding="utf-8")
    return tmp_path


def importer(project: Path) -> TrainingDataImporter:
    """As `rasa train` makes it from the configuration."""
    return TrainingDataImporter.load_from_config(
        str(project / "config.yml"), str(project / "domain.yml"), [str(project / "data")]
    )


def test_responses_beside_the_domain_belong_to_it(project: Path) -> None:
    responses = importer(project).get_domain().responses

    assert responses["utter_hello"][0]["text"] == "Здравствуйте"
    assert responses["utter_bye"][0]["text"] == "До свидания"


def test_an_edited_text_is_no_new_training_data(project: Path) -> None:
    before = importer(project).get_nlu_data().fingerprint()

    (project / "data/texts.yml").write_text(TEXTS.format(text="Всего доброго"), encoding="utf-8")

    assert importer(project).get_nlu_data().fingerprint() == before
    assert importer(project).get_domain().responses["utter_bye"][0]["text"] == "Всего доброго"


def test_a_new_example_is(project: Path) -> None:
    before = importer(project).get_nlu_data().fingerprint()

    (project / "data/nlu.yml").write_text(EXAMPLES + "    - добрый день\n", encoding="utf-8")

    assert importer(project).get_nlu_data().fingerprint() != before


def test_the_domain_is_what_rasa_itself_reads(project: Path) -> None:
    files = str(project / "config.yml"), str(project / "domain.yml"), [str(project / "data")]

    assert ProjectImporter(*files).get_domain().as_dict()["responses"].keys() == {"utter_hello", "utter_bye"}
    assert ProjectImporter(*files).get_nlu_data().intents == RasaFileImporter(*files).get_nlu_data().intents

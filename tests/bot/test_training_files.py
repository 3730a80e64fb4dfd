"""What a model counts as made from is what training opens: no file less, and of the catalogue none more."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.build import rasa_environment
from tools.training_files import CATALOGUE, LEARNED_FROM, training_files

ROOT = Path(__file__).resolve().parents[2]
RED_FLAGS = "models/red_flags.json"


@pytest.fixture(scope="module")
def opened() -> set[str]:
    command = [sys.executable, "-W", "ignore", "-m", "tests.bot.opened_by_training"]
    run = subprocess.run(
        command, cwd=ROOT, env=rasa_environment(), check=True, capture_output=True, text=True
    )
    found: list[str] = json.loads(run.stdout.splitlines()[-1])
    return set(found)


def names(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in training_files(root)}


def test_nothing_that_training_opens_is_left_out(opened: set[str]) -> None:
    # Made by `tools.build` before training, from files that training counts as well.
    learned = opened - {RED_FLAGS}
    assert {"config.yml", "data/nlu/booking.yml", "data/stories/booking.yml"} <= learned
    assert learned - names(ROOT) == set()


def test_of_the_catalogue_only_what_training_opens(opened: set[str]) -> None:
    assert {Path(name).name for name in opened if Path(name).parent == CATALOGUE} == LEARNED_FROM


def test_what_the_red_flags_are_learned_from_is_counted() -> None:
    folders = ("red_flags", "nlu", "complaints")
    made_from = {str(path.relative_to(ROOT)) for each in folders for path in (ROOT / "data" / each).glob("*")}
    assert made_from <= names(ROOT)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("data", "lang", "bot"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("data/catalogue/price_texts.yml", False),
        ("data/catalogue/services.yml", True),
        ("data/responses/booking.yml", True),
        ("lang/given_names.yml", True),
    ],
)
def test_a_text_that_only_the_desk_reads_costs_no_training(name: str, counts: bool) -> None:
    assert (ROOT / name).is_file()
    assert (name in names(ROOT)) == counts


@pytest.mark.parametrize(
    ("name", "text", "counts"),
    [
        ("data/new/more.yaml", "nlu: []\n", True),
        ("data/catalogue/new.yml", "texts: {nlu: not at the beginning of a line}\n", False),
        ("data/catalogue/new.yml", 'version: "3.1"\nrules: []\n', True),
        ("data/catalogue/new.yml", '"responses": {}\n', True),
        ("data/catalogue/new.yml", "texts:\n  stories: of patients\n", True),
        ("data/catalogue/examples.json", "{}\n", True),
        ("data/catalogue/deeper/new.yml", "texts: {}\n", True),
        ("bot/__pycache__/channel.py", "", False),
    ],
)
def test_a_file_that_rasa_may_take_for_training_data_counts(
    project: Path, name: str, text: str, counts: bool
) -> None:
    before = names(project)
    (project / name).parent.mkdir(parents=True, exist_ok=True)
    (project / name).write_text(text, encoding="utf-8")
    assert names(project) - before == ({name} if counts else set())

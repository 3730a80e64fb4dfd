"""Half-done edits of a designer: each is told with its file and line, all at once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.bootstrap import ROOT
from tools.data_check import mistakes

SPECIALTIES = "data/catalogue/specialties.yml"
SERVICES = "data/catalogue/services.yml"
RED_FLAGS = "data/catalogue/red_flags.yml"
ENT = "  ent:\n    name: оториноларинголог\n"
GENETICIST_2 = "consult_geneticist_2: {article: B-GEN-2, name"
NEW_SPECIALTY = """specialties:
  sleep_doctor:
    name: врач по расстройствам сна
    title: Врач по сну
    direction: Медицина сна
    synonyms: [врач по расстройствам сна, медицинский педикюр]
    mis_names: [Медицина сна]
    children: false
    consultation: B-SLEEP
"""

Edit = Callable[[str, str, str], str]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for part in ("data", "sandbox/data"):
        shutil.copytree(ROOT / part, tmp_path / part)
    shutil.copy(ROOT / "domain.yml", tmp_path)
    return tmp_path


@pytest.fixture
def edit(tree: Path) -> Edit:
    """Replaces the first `old` of a file; the place, `file:line`, of the first line written."""

    def replace(name: str, old: str, new: str) -> str:
        path = tree / name
        before, found, after = path.read_text(encoding="utf-8").partition(old)
        assert found, f"{name} has no {old!r}"
        path.write_text(before + new + after, encoding="utf-8")
        return f"{name}:{before.count(chr(10)) + 1}"

    return replace


def test_what_is_not_yaml_is_told_with_what_to_do(tree: Path, edit: Edit) -> None:
    tab = edit(SPECIALTIES, "    title: Терапевт\n", "\ttitle: Терапевт\n")
    colon = edit(
        "data/responses/questions.yml", '- text: "{place}. Здесь', '- text: Клиника: {place}\n    - text: "'
    )
    comma = edit(SERVICES, "B-THER-1, name", "B-THER-1 name")
    bracket = edit("sandbox/data/specialties.yml", "patients: adults}", "patients: adults")
    column = edit("data/rules/visits.yml", "    steps:", "   steps:")
    told = list(mistakes(tree))

    for place, what in (
        (tab, "tab character that violates indentation; allowed: spaces at the start of a line, not a tab"),
        (colon, "mapping values are not allowed in this context; allowed: quotes around a text with a colon"),
        (comma, "allowed: a comma between the parts, ] and } and quotes closed"),
        (bracket.split(":")[0], f", begun in line {bracket.split(':')[1]}; allowed: a comma"),
        (column, "allowed: lines of one list in one column"),
    ):
        assert [line for line in told if line.startswith(place) and what in line], (place, told)
    assert len(told) == 5


def test_a_wrong_catalogue_does_not_hide_mistakes_in_other_files(tree: Path, edit: Edit) -> None:
    title = edit(SPECIALTIES, ENT + "    title: ЛОР (оториноларинголог)\n", ENT)
    children = edit(SPECIALTIES, "children: true", "children: да")
    synonym = edit(SPECIALTIES, "synonyms: [уролог, ", "synonyms: [уролог, гинеколог, ")
    unknown = edit(SERVICES, "specialty: geneticist", "specialty: genetist")
    group = edit(SERVICES, "kind: ultrasound", "kinds: ultrasound")
    kind = edit(RED_FLAGS, "kind: emergency", "kind: urgent")
    empty = edit("data/responses/people.yml", "- text: ", "- texts: ")
    lost = edit("data/nlu/papers.yml", "      - ", "      ")
    intent = edit("data/nlu/doctors.yml", "intent: ask_doctors", "intent: ask_doctor")
    told = list(mistakes(tree))

    for place, what in (
        (title, "specialties.ent: key 'title' is missing"),
        (children, "children: must be yes or no, not 'да'; allowed: true, false"),
        (synonym, "already belongs to"),
        (unknown, "unknown specialty 'genetist'; allowed: therapist, pediatrician"),
        (group, "kinds: unknown key; allowed: article, name, kind"),
        (kind, "unknown kind 'urgent'; allowed: emergency, suicide"),
        (empty, "texts: unknown key; allowed: text, buttons"),
        (lost, "is no example; allowed: `examples: |`, then lines that start with `- `"),
        (intent, "'ask_doctor' is no intent of domain.yml"),
    ):
        file, line = place.split(":")
        near = [f"{file}:{int(line) + after}: " for after in (0, 1)]
        assert [said for said in told if said.startswith(tuple(near)) and what in said], (place, what, told)


def test_a_half_added_specialty_is_told_in_every_file_that_waits_for_it(tree: Path, edit: Edit) -> None:
    edit(SPECIALTIES, "specialties:\n", NEW_SPECIALTY)
    edit("data/complaints/teeth.yml", "specialties: [dentist]", "specialties: [dantist]")
    edit("sandbox/data/specialties.yml", "mis_names: [Терапия, ", "mis_names: [Терапевтия, Лечение, ")
    edit("sandbox/data/nomenclature.yml", "article: B-THER-1,", "article: B-THER-9,")
    edit("data/responses/small_talk.yml", '- text: "', '- text: "У нас 7 специальностей. ')
    told = "\n".join(mistakes(tree))

    for said in (
        f"{SPECIALTIES}:",
        "sleep_doctor: 'медицинский педикюр' already belongs to ",
        "no service of services.yml has the article B-SLEEP-1; allowed: both consultations",
        "data/catalogue/advice.yml:",
        "treats: no line for sleep_doctor; allowed: a line for each specialty",
        "data/complaints/*.yml:1: no complaint leads to sleep_doctor",
        "unknown specialty 'dantist'",
        "sandbox/data/specialties.yml:1: no doctors of sleep_doctor",
        "unknown spelling 'Лечение'",
        "sandbox/data/nomenclature.yml:1: no item B-THER-1 (consult_therapist_1)",
        "7 specialties are promised; allowed: ",
    ):
        assert said in told, told

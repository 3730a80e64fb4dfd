from __future__ import annotations

from pathlib import Path

import pytest

from lang.catalogue import Catalogue
from lang.complaints import Complaint, ComplaintsError, load_complaints

FOLDER = Path(__file__).parents[2] / "data" / "complaints"


def written(folder: Path, text: str, name: str = "a.yml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_complaints_of_all_files_are_read_in_order(tmp_path: Path) -> None:
    written(tmp_path, "complaints:\n  - {text: сыпь, specialties: [pediatrician], child: true}\n", "b.yml")
    written(tmp_path, "complaints:\n  - {text: болит ухо, specialties: [ent, therapist]}\n", "a.yml")

    assert load_complaints(tmp_path) == (
        Complaint("болит ухо", ("ent", "therapist")),
        Complaint("сыпь", ("pediatrician",), child=True),
    )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{specialties: [ent]}", "key 'text' is missing; allowed: text, specialties, child"),
        ("{text: ухо}", "key 'specialties' is missing"),
        ("{text: ухо, specialties: []}", "specialties: 0 specialties; allowed: 1 to 3"),
        ("{text: ухо, specialties: [ent, therapist, surgeon, dentist]}", "4 specialties; allowed: 1 to 3"),
        ("{text: ухо, specialties: ent}", "specialties: must be a list"),
        ("{text: ухо, specialties: [ent], childs: true}", "childs: unknown key; allowed: text, specialties"),
        ("{text: ухо, specialties: [ent], child: maybe}", "child: must be yes or no, not 'maybe'"),
        ("{text: '', specialties: [ent]}", "text: is empty"),
        ("ухо", "must be a map"),
    ],
)
def test_a_wrong_complaint_is_told_with_file_and_line(tmp_path: Path, line: str, message: str) -> None:
    good = "complaints:\n  - {text: насморк, specialties: [ent]}\n"
    with pytest.raises(ComplaintsError) as error:
        load_complaints(written(tmp_path, f"{good}  - {line}\n"))

    assert "a.yml:3: " in str(error.value)
    assert message in str(error.value)


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    written(tmp_path, "complaints:\n  - {text: ухо}\n", "a.yml")
    written(tmp_path, "complaints: [\n", "b.yml")
    written(tmp_path, "complaint:\n  - {text: нос, specialties: [ent]}\n", "c.yml")

    with pytest.raises(ComplaintsError) as error:
        load_complaints(tmp_path)

    files = [problem.split(":")[0] for problem in error.value.problems]
    assert files == ["a.yml", "b.yml", "c.yml", "c.yml"]


def test_a_folder_without_complaints_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ComplaintsError, match="no complaints; allowed: YAML files with a list `complaints`"):
        load_complaints(tmp_path)


def test_our_complaints_name_known_specialties_and_leave_none_out(catalogue: Catalogue) -> None:
    found = load_complaints(FOLDER)
    unknown = [
        (complaint.text, id_)
        for complaint in found
        for id_ in complaint.specialties
        if id_ not in catalogue.specialties
    ]

    assert unknown == []
    assert {id_ for complaint in found for id_ in complaint.specialties} == set(catalogue.specialties)


def test_no_complaint_of_ours_is_given_twice() -> None:
    texts = [complaint.text for complaint in load_complaints(FOLDER)]

    assert sorted({text for text in texts if texts.count(text) > 1}) == []

from __future__ import annotations

import pytest

from lang.preferences import Preferences, find_preferences


def codes(text: str) -> list[str]:
    return [match.code for match in find_preferences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("к гинекологу, врач-женщина", ["female"]),
        ("женщину врача, пожалуйста", ["female"]),
        ("лучше женщина", ["female"]),
        ("только к женщине", ["female"]),
        ("чтобы была женщина", ["female"]),
        ("женщина", ["female"]),
        ("уролог мужчина-врач", ["male"]),
        ("желательно мужчина", ["male"]),
        ("к мужчине", ["male"]),
        ("нужен опытный хирург", ["experienced"]),
        ("к самому опытному лору", ["experienced"]),
        ("врача с большим стажем", ["experienced"]),
        ("кто-нибудь с опытом", ["experienced"]),
        ("невролога кмн", ["degree"]),
        ("к.м.н.", ["degree"]),
        ("кандидата медицинских наук", ["degree"]),
        ("к профессору", ["degree"]),
        ("высшей категории", ["category"]),
        ("опытную женщину-врача высшей категории", ["experienced", "female", "category"]),
    ],
)
def test_preferences_are_read_in_the_order_of_the_text(text: str, expected: list[str]) -> None:
    assert codes(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "к гинекологу",
        "женский врач",
        "мужчина 45 лет болит спина",
        "женщина 60 лет, нужен кардиолог",
        "у мужчины болит живот",
        "мужской доктор по потенции",
        "не обязательно опытный",
        "не к мужчине",
        "",
    ],
)
def test_patients_and_refusals_are_no_preferences(text: str) -> None:
    assert codes(text) == []


def test_codes_keep_what_was_preferred() -> None:
    wanted = Preferences(gender="female", degree=True)
    assert Preferences.of(wanted.codes()) == wanted
    assert Preferences.of(("female", "male")).gender == "male"
    assert not Preferences()
    assert Preferences(category=True)

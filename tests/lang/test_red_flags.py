from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from lang.red_flags import RedFlags, RedFlagsError, load_red_flags

LIST = Path(__file__).parents[2] / "data" / "catalogue" / "red_flags.yml"


@pytest.fixture(scope="module")
def red_flags() -> RedFlags:
    return load_red_flags(LIST)


CASES = yaml.safe_load((Path(__file__).parent / "red_flag_cases.yml").read_text("utf-8"))


@pytest.mark.parametrize("text", CASES["danger"])
def test_check_finds_danger(red_flags: RedFlags, text: str) -> None:
    assert red_flags.check(text) is not None


@pytest.mark.parametrize("text", CASES["harmless"])
def test_check_leaves_harmless_messages_alone(red_flags: RedFlags, text: str) -> None:
    assert red_flags.check(text) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("не хочу жить", "suicide"),
        ("сын режет себе руки", "suicide"),
        ("давит в груди, нечем дышать", "emergency"),
        ("запишите к психологу, жить не хочется", "suicide"),
    ],
)
def test_kind_tells_an_ambulance_from_a_helpline(red_flags: RedFlags, text: str, kind: str) -> None:
    found = red_flags.check(text)
    assert found is not None
    assert found.kind == kind


@pytest.mark.parametrize("text", ["", "   ", "👍", "123", "asdf", "!!!", "/restart"])
def test_check_survives_texts_without_words(red_flags: RedFlags, text: str) -> None:
    assert red_flags.check(text) is None


RULES = """
words:
  женское: [молочн*]
  тело: [грудь, спина]
past: [год назад]
now: [теперь]
other_subjects: [попугай]
signs:
  chest:
    kind: emergency
    title: Боль в груди
    phrases:
      - all: [[болеть, боль], [грудь]]
        near: 4
        not: [<женское>]
  dark:
    kind: suicide
    title: Мысли
    exact: [не хочу жить]
  call:
    kind: emergency
    title: Просят скорую
    phrases:
      - all: [[вызвать, вызывать, надо], [скорая, скорую]]
    whole: [спасите]
  operation:
    kind: emergency
    title: После операции
    phrases:
      - all: [[операция], <тело>, [гной, кровь]]
        near: 8
        past: true
look_alikes: [грудь колесом]
"""


def rules(tmp_path: Path, text: str) -> RedFlags:
    path = tmp_path / "red_flags.yml"
    path.write_text(text, encoding="utf-8")
    return load_red_flags(path)


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("боль в груди", "chest"),
        ("Грудь БОЛИТ", "chest"),
        ("грудь очень сильно болит", "chest"),
        ("грудь вчера вечером ещё не так сильно болела", None),
        ("болит грудь, молочные железы", None),
        ("болела грудь год назад", None),
        ("болела грудь в 2015", None),
        ("год назад болела грудь, теперь опять", "chest"),
        ("болит грудь, у попугая тоже", None),
        ("не хочу жить, попугай умер", "dark"),
        ("год назад операция на спине, из шва кровь", "operation"),
        ("болит. Потом ушла. Потом грудь", None),
        ("болит нога, потом грудь", "chest"),
        ("боли в груди нет", None),
        ("нет боли в груди", None),
        ("нет сильной боли в груди", None),
        ("грудь не болит", None),
        ("боль в груди, нет сил", "chest"),
        ("боль в груди нет сил терпеть", "chest"),
        ("нет, болит грудь", "chest"),
        ("грудь колесом, болит спина", None),
        ("Не хочу жить!", "dark"),
        ("нехочу жить", "dark"),
        ("не хотим жить тут", None),
        ("надо скорую", "call"),
        ("не могу вызвать скорую", "call"),
        ("скорую вызывать не надо", None),
        ("не надо вызывать скорую", None),
        ("скорую вызывать не буду", None),
        ("сын, нет боли в груди", None),
        ("болит грудь? нет, боль в груди прошла", "chest"),
        ("Спасите!", "call"),
        ("спасите мои нервы", None),
        ("bol v grudi", "chest"),
    ],
)
def test_rules_of_the_list(tmp_path: Path, text: str, sign: str | None) -> None:
    found = rules(tmp_path, RULES).check(text)
    assert (found.id if found else None) == sign


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("kind: suicide", "kind: sad", "red_flags.yml:17: signs.dark.kind: unknown kind 'sad'; allowed: eme"),
        ("near: 4", "near: four", "red_flags.yml:14: signs.chest.phrases.near: bad number 'four'"),
        ("    title: Мысли\n", "", "key 'title' is missing"),
        ("not:", "nott:", "red_flags.yml:15: signs.chest.phrases.nott: unknown key; allowed: all, near, not"),
        ("<тело>", "<тила>", "unknown list '<тила>'; allowed: <женское>, <тело>"),
        ("past: true", "past: maybe", "must be yes or no, not 'maybe'"),
        ("[[болеть, боль], [грудь]]", "боль", "red_flags.yml:13: signs.chest.phrases.all: must be a list"),
        ("signs:", "signs: [", "is not valid YAML"),
    ],
)
def test_mistakes_in_the_list_are_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(RedFlagsError) as error:
        rules(tmp_path, RULES.replace(old, new))
    assert message in str(error.value)


def test_missing_list_is_named(tmp_path: Path) -> None:
    with pytest.raises(RedFlagsError, match="the file is missing"):
        load_red_flags(tmp_path / "red_flags.yml")

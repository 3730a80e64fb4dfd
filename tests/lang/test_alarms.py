from __future__ import annotations

from pathlib import Path

import pytest

from lang.alarm_model import AlarmModel, AlarmModelError
from lang.alarms import RESEMBLANCE, Alarms, AlarmsError, load_alarms
from lang.red_flags import RedFlag, RedFlagsError, load_red_flags

LISTED = """
words: {}
signs:
  choking:
    kind: emergency
    title: Удушье
    phrases:
      - all: [[задыхаться]]
look_alikes: []
"""
TITLES = "resembles:\n  emergency: Похоже на угрозу\n  suicide: Похоже на беду\n"
# Anything about the heart is an alarm to this net, anything about life one of suicide.
NET = AlarmModel(
    (-1.0, -1.0),
    (0.0, 0.0),
    {"сердце": (9.0, 0.0), "жизнь": (9.0, 9.0), "задыхаться": (9.0, 9.0)},
    {},
)


@pytest.fixture
def catalogue_dir(tmp_path: Path) -> Path:
    (tmp_path / "red_flags.yml").write_text(LISTED, encoding="utf-8")
    (tmp_path / "alarms.yml").write_text(TITLES, encoding="utf-8")
    return tmp_path


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "red_flags.json"
    NET.save(path)
    return path


@pytest.fixture
def alarms(catalogue_dir: Path, model: Path) -> Alarms:
    return load_alarms(catalogue_dir, model)


def test_the_list_speaks_before_the_net(alarms: Alarms) -> None:
    assert NET.check("задыхаюсь") == "suicide"
    assert alarms.check("задыхаюсь") == RedFlag("choking", "emergency", "Удушье")


@pytest.mark.parametrize(
    ("text", "kind", "title"),
    [("сердце", "emergency", "Похоже на угрозу"), ("жизнь", "suicide", "Похоже на беду")],
)
def test_what_the_list_does_not_know_the_net_may(alarms: Alarms, text: str, kind: str, title: str) -> None:
    assert alarms.listed.check(text) is None
    flag = alarms.check(text)
    assert flag is not None
    assert (flag.id, flag.kind, flag.title) == (RESEMBLANCE, kind, title)


@pytest.mark.parametrize("text", ["", "запишите к лору", "👍"])
def test_ordinary_messages_are_none(alarms: Alarms, text: str) -> None:
    assert alarms.check(text) is None


def test_a_missing_model_stops_the_loading(catalogue_dir: Path) -> None:
    with pytest.raises(AlarmModelError, match="run `make build`"):
        load_alarms(catalogue_dir, catalogue_dir / "none.json")


def test_a_missing_list_stops_the_loading(catalogue_dir: Path, model: Path) -> None:
    (catalogue_dir / "red_flags.yml").unlink()

    with pytest.raises(RedFlagsError, match=r"red_flags\.yml"):
        load_alarms(catalogue_dir, model)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("resembles:\n  emergency: а\n", "alarms.yml:2: resembles: key 'suicide' is missing"),
        (TITLES + "  other: б\n", "alarms.yml:4: resembles.other: unknown key; allowed: emergency, suicide"),
        ("resembles:\n  emergency:\n  suicide: б\n", "alarms.yml:2: resembles.emergency: must be a text"),
        ("titles: {}\n", "alarms.yml:1: titles: unknown key; allowed: resembles"),
        ("resembles: [\n", "is not valid YAML"),
    ],
)
def test_wrong_titles_are_told_with_their_line(
    catalogue_dir: Path, model: Path, text: str, message: str
) -> None:
    (catalogue_dir / "alarms.yml").write_text(text, encoding="utf-8")

    with pytest.raises(AlarmsError) as error:
        load_alarms(catalogue_dir, model)

    assert message in str(error.value)


def test_a_missing_file_of_titles_is_told(catalogue_dir: Path, model: Path) -> None:
    (catalogue_dir / "alarms.yml").unlink()

    with pytest.raises(AlarmsError, match=r"alarms\.yml:1: the file is missing"):
        load_alarms(catalogue_dir, model)


def test_a_name_is_no_alarm_whatever_the_net_makes_of_its_letters() -> None:
    net = AlarmModel((-1.0, -1.0), (0.0, 0.0), {"черный": (9.0, 0.0), "чёрный": (9.0, 0.0)}, {})
    listed = load_red_flags(Path(__file__).resolve().parents[2] / "data/catalogue/red_flags.yml")
    alarms = Alarms(listed, net, {"emergency": "Похоже на угрозу", "suicide": "Похоже на беду"})

    assert alarms.check("Черных Арина") is None
    assert alarms.check("вокруг меня столько черных мыслей сегодня") is not None


@pytest.mark.parametrize("text", ["1 и 2", "и", "1 и 3", "а 2?"])
def test_a_choice_by_figures_is_no_alarm_whatever_the_net_makes_of_it(text: str) -> None:
    net = AlarmModel((9.0, 0.0), (0.0, 0.0), {}, {})
    listed = load_red_flags(Path(__file__).resolve().parents[2] / "data/catalogue/red_flags.yml")
    alarms = Alarms(listed, net, {"emergency": "Похоже на угрозу", "suicide": "Похоже на беду"})

    assert alarms.check(text) is None
    assert alarms.check("не дышит") is not None
    assert alarms.check("звоню 112") is not None


EVERYDAY = (
    TITLES
    + """everyday:
  signs: [живот, ухо, горло, температура]
  words: [болеть, принять, сегодня, и, в, "у", я, мы, сильно, сердце]
"""
)
# Takes every pain and every «примите» for an emergency.
JUMPY = AlarmModel((-1.0, -1.0), (0.0, 0.0), {"болеть": (9.0, 0.0), "принять": (9.0, 0.0)}, {})


@pytest.fixture
def jumpy(catalogue_dir: Path, model: Path) -> Alarms:
    (catalogue_dir / "alarms.yml").write_text(EVERYDAY, encoding="utf-8")
    JUMPY.save(model)
    return load_alarms(catalogue_dir, model)


@pytest.mark.parametrize(
    "text",
    ["болит живот", "Сильно болит горло, примите сегодня!", "болят ухо и горло", "температура 38, примите"],
)
def test_everyday_words_alone_only_resemble_an_alarm(jumpy: Alarms, text: str) -> None:
    assert jumpy.learnt.check(text) is not None or "болит" not in text
    assert jumpy.check(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "болит живот, я беременна",
        "болит сердце",
        "болят живот, ухо и горло",
        "болит горло, температура 40",
        "болит живот, примите 112",
    ],
)
def test_one_word_more_and_the_net_speaks(jumpy: Alarms, text: str) -> None:
    assert jumpy.check(text) is not None


def test_the_list_speaks_on_everyday_words_too(catalogue_dir: Path, jumpy: Alarms, model: Path) -> None:
    listed = LISTED.replace("[[задыхаться]]", "[[живот], [сильно]]")
    (catalogue_dir / "red_flags.yml").write_text(listed, encoding="utf-8")
    assert load_alarms(catalogue_dir, model).check("сильно болит живот") is not None


def test_a_wrong_list_of_everyday_words_names_the_line(catalogue_dir: Path, model: Path) -> None:
    (catalogue_dir / "alarms.yml").write_text(TITLES + "everyday:\n  signs: живот\n", encoding="utf-8")
    with pytest.raises(AlarmsError, match=r"alarms\.yml:5.*signs"):
        load_alarms(catalogue_dir, model)

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from mis.calls import Timeouts
from mis.config import ConfigError, MisConfig, load_config
from mis.guard import Limits

BRANCHES = ("centre", "ural")
ROOT = Path(__file__).parents[2]
GOOD = """\
bases:
  first:
    transport: umc_http
    url: http://127.0.0.1:8091/umc/hs/bwi
    user: bwi
    password: bwi
    branches: all
    key: sandbox-{branch}
    step_minutes: 15
    hold_minutes: 12
"""


def load(tmp_path: Path, text: str, environ: dict[str, str] | None = None) -> MisConfig:
    path = tmp_path / "mis.yml"
    path.write_text(text, encoding="utf-8")
    return load_config(path, BRANCHES, environ or {})


def wrong(tmp_path: Path, text: str, environ: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text, environ)
    lines = str(caught.value).splitlines()
    assert all(line.startswith(str(tmp_path / "mis.yml")) for line in lines)
    return [line.removeprefix(str(tmp_path / "mis.yml")) for line in lines]


def test_the_file_of_the_repository() -> None:
    config = load_config(ROOT / "mis.yml", BRANCHES, {})
    base = config.base_of("ural")
    assert base.url == "http://127.0.0.1:8091/umc/hs/bwi"
    assert base.reference_url == "http://127.0.0.1:8091/reference"
    assert base.keys == {"centre": "sandbox-centre", "ural": "sandbox-ural"}
    assert (base.step, base.hold) == (timedelta(minutes=30), timedelta(minutes=12))
    assert base.timeouts == Timeouts(1.5, 5, 20, 6)


def test_the_environment_wins_over_the_one_base(tmp_path: Path) -> None:
    environ = {
        "MIS_URL": "https://mis.example/base/hs/bwi",
        "MIS_USER": "Сайт",
        "MIS_PASSWORD": "secret",
        "REFERENCE_URL": "https://site.example/reference",
    }
    base = load(tmp_path, GOOD, environ).base_of("centre")
    assert (base.url, base.user, base.password) == ("https://mis.example/base/hs/bwi", "Сайт", "secret")
    assert base.reference_url == "https://site.example/reference"


def test_secrets_come_from_the_environment(tmp_path: Path) -> None:
    text = """\
bases:
  first:
    transport: umc_http
    url_env: FIRST_URL
    user_env: FIRST_USER
    password_env: FIRST_PASSWORD
    key_env: MIS_KEY_{branch}
    branches: {centre: null}
    step_minutes: 15
    hold_minutes: 12
  second:
    transport: umc_http
    url: https://second.example/hs/bwi
    user: u
    password: p
    branches: {ural: {key_env: URAL_KEY}}
    step_minutes: 10
    hold_minutes: 10
"""
    environ = {
        "FIRST_URL": "https://first.example/hs/bwi",
        "FIRST_USER": "a",
        "FIRST_PASSWORD": "b",
        "MIS_KEY_CENTRE": "k1",
        "URAL_KEY": "k2",
    }
    config = load(tmp_path, text, environ)
    assert [dict(base.keys) for base in config.bases] == [{"centre": "k1"}, {"ural": "k2"}]
    assert config.base_of("ural").name == "second"
    assert config.base_of("ural").reference_url is None
    with pytest.raises(KeyError):
        config.base_of("nowhere")
    (line,) = wrong(tmp_path, text, {**environ, "URAL_KEY": ""})
    assert line == ":16: bases.second.branches.ural.key_env: the environment has no URAL_KEY; allowed: set it"
    (line,) = wrong(tmp_path, text, {**environ, "MIS_URL": "http://x"})
    assert line.startswith(":1: bases: MIS_URL of the environment cannot say which of 2 bases")


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    shown = repr(load(tmp_path, GOOD, {"MIS_PASSWORD": "hidden-password"}))
    assert "hidden-password" not in shown
    assert "sandbox-centre" not in shown


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "umc_http",
            "soap",
            ":3: bases.first.transport: 'soap' is not known; allowed: 'umc_http', 'umc_soap' or 'fhir'",
        ),
        ("    url: http", "    url: ftp", ":4: bases.first.url: 'ftp://127.0.0.1"),
        ("    user: bwi\n", "", ":2: bases.first.user: it is missing; allowed: exactly one of"),
        ("    user: bwi\n", "    user: bwi\n    user_env: U\n", ":5: bases.first.user: both are given;"),
        (
            "    user: bwi\n",
            "    user: bwi\n    login: bwi\n",
            ":6: bases.first.login: is not known here; allowed: transport, url, ",
        ),
        ("step_minutes: 15", "step_minutes: 1", ":9: bases.first.step_minutes: 1 is wrong; allowed: input"),
        ("hold_minutes: 12", "hold_minutes: 15", ":10: bases.first.hold_minutes: 15 is wrong;"),
        ("hold_minutes: 12", "timeouts: {read: 0}", ":10: bases.first.timeouts.read: 0 is wrong;"),
        ("    hold_minutes: 12\n", "", ":2: bases.first.hold_minutes: is missing;"),
        (
            "all",
            "{centre: null, Ural: null}",
            ":7: bases.first.branches.Ural: no such branch; allowed: centre, ural",
        ),
        ("all", "{centre: null}", ":1: bases: no base has ural;"),
        ("all", "some", ":7: bases.first.branches"),
        ("    key: sandbox-{branch}\n", "", ":2: bases.first.key: it is missing;"),
        ("    user: bwi\n", "    user: bwi\n    user: bwi\n", ":6: bases.first.user: is written twice;"),
        ("    user: bwi\n", "    user: [bwi\n", ":6: not YAML:"),
        (
            "    user: bwi\n",
            "    ca_file: /nowhere.pem\n    user: bwi\n",
            ":5: bases.first.ca_file: no such file",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in GOOD
    told = wrong(tmp_path, GOOD.replace(old, new, 1))
    assert any(line.startswith(expected) for line in told), told
    assert all("; allowed: " in line or "not YAML" in line for line in told)


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("umc_http", "soap").replace("step_minutes: 15", "step_minutes: soon")
    assert [line.split(":")[1] for line in wrong(tmp_path, text)] == ["3", "9"]


@pytest.mark.parametrize("text", ["", "bases: {}", "- a\n", "bases:\n", "just words", "\tbases: 1"])
def test_no_bases_at_all(tmp_path: Path, text: str) -> None:
    assert wrong(tmp_path, text)[0].startswith(":1:")


def test_a_branch_in_two_bases(tmp_path: Path) -> None:
    twice = GOOD + GOOD.removeprefix("bases:\n").replace("first", "second")
    assert any("'centre' is in the base 'first' too" in line for line in wrong(tmp_path, twice))


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path / "absent.yml", BRANCHES, {})


def test_limits_of_a_base(tmp_path: Path) -> None:
    assert load(tmp_path, GOOD).bases[0].limits == Limits()
    given = load(tmp_path, GOOD + "    limits: {failures: 3, pause: 1.5, connections: 4}\n").bases[0].limits
    assert given == Limits(failures=3, pause=1.5, connections=4)
    (told,) = wrong(tmp_path, GOOD + "    limits: {connections: 0}\n")
    assert "bases.first.limits.connections: 0 is wrong" in told
    (told,) = wrong(tmp_path, GOOD + "    limits: {retries: 3}\n")
    assert "allowed: failures, pause, trial, connections, wait" in told


def test_the_sandbox_over_soap_is_two_lines(tmp_path: Path) -> None:
    base = load(tmp_path, "bases:\n  sandbox:\n    like: sandbox_soap\n").base_of("ural")
    assert (base.transport, base.url) == ("umc_soap", "http://127.0.0.1:8091/umc/ws/ws1.1cws")
    assert base.schedule_format == "ZipXML"


COPY = "use: copy\n" + GOOD + "  copy: {like: first, url_env: COPY_URL, timeouts: {read: 3}}\n"


def test_a_copy_of_a_base_is_the_base_at_another_address(tmp_path: Path) -> None:
    (copy,) = load(tmp_path, COPY, {"COPY_URL": "http://copy/hs/bwi"}).bases
    (first,) = load(tmp_path, COPY, {"MIS_USE": "first"}).bases
    assert (copy.name, copy.url, copy.timeouts.read_total) == ("copy", "http://copy/hs/bwi", 3)
    assert (first.name, first.url) == ("first", "http://127.0.0.1:8091/umc/hs/bwi")
    assert (copy.keys, copy.step, copy.hold, copy.user) == (first.keys, first.step, first.hold, first.user)


def test_secrets_of_a_base_that_is_not_used_need_not_be_there(tmp_path: Path) -> None:
    assert load(tmp_path, COPY, {"MIS_USE": "first"}).base_of("ural").name == "first"
    (line,) = wrong(tmp_path, COPY)
    assert line.endswith("the environment has no COPY_URL; allowed: set it")


def test_what_wins_over_a_model_takes_the_place_of_what_it_contradicts(tmp_path: Path) -> None:
    text = "use: copy\n" + GOOD + "  copy: {like: first, transport: fhir, token: abc}\n"
    (copy,) = load(tmp_path, text).bases
    assert (copy.user, copy.password, copy.token) == ("", "", "abc")


def test_a_base_whose_clock_is_not_the_branches(tmp_path: Path) -> None:
    assert load(tmp_path, GOOD).base_of("ural").timezone is None
    assert (
        str(load(tmp_path, GOOD + "    timezone: Europe/Moscow\n").base_of("ural").timezone)
        == "Europe/Moscow"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (GOOD + "  copy: {like: second}\n", ":11: bases.copy.like: 'second' is no base; allowed: sandbox, "),
        (GOOD + "  copy: {like: copy}\n", ":11: bases.copy.like: a base cannot be like itself;"),
        (
            "bases:\n  a: {like: b}\n  b: {like: a}\n",
            ":3: bases.b.like: 'a' is like this one in turn; allowed: a base that stands by itself",
        ),
        ("use: second\n" + GOOD, ":1: use: names second, which is not here; allowed: some of first"),
        ("use: []\n" + GOOD, ":1: use: names no base, which is not here; allowed: some of first"),
        (
            GOOD + "  copy: {like: first}\n",
            ":11: bases.copy.branches.centre: 'centre' is in the base 'first' too",
        ),
        (
            GOOD + "    timezone: Moscow\n",
            ":11: bases.first.timezone: 'Moscow' is no time zone; allowed: a name",
        ),
        (
            GOOD.replace("umc_http", "fhir") + "    timezone: Europe/Moscow\n",
            ":11: bases.first.timezone: FHIR tells it with every time; allowed: leave it out",
        ),
    ],
)
def test_what_is_wrong_with_likeness_and_choice(tmp_path: Path, text: str, expected: str) -> None:
    told = wrong(tmp_path, text)
    assert any(line.startswith(expected) for line in told), told

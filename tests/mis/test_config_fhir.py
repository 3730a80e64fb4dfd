from __future__ import annotations

from pathlib import Path

import pytest

from mis.config import BaseConfig, ConfigError, load_config

SERVER = """\
bases:
  network:
    transport: fhir
    url: https://fhir.example/r4
    branches: all
    step_minutes: 30
    hold_minutes: 12
"""


def load(tmp_path: Path, more: str = "", environ: dict[str, str] | None = None) -> BaseConfig:
    path = tmp_path / "mis.yml"
    path.write_text(SERVER + more, encoding="utf-8")
    (base,) = load_config(path, ["centre", "ural"], environ or {}).bases
    return base


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", ("", "", "")),
        ("    token_env: FHIR_TOKEN\n", ("", "", "secret-token")),
        ("    user: bot\n    password_env: FHIR_PASSWORD\n", ("bot", "secret-word", "")),
    ],
)
def test_who_asks_a_fhir_server(tmp_path: Path, more: str, expected: tuple[str, str, str]) -> None:
    base = load(tmp_path, more, {"FHIR_TOKEN": "secret-token", "FHIR_PASSWORD": "secret-word"})
    assert (base.user, base.password, base.token) == expected
    assert dict(base.keys) == {"centre": "", "ural": ""}
    assert "secret" not in repr(base)


def test_the_environment_wins(tmp_path: Path) -> None:
    base = load(tmp_path, environ={"MIS_USER": "bot", "MIS_PASSWORD": "word", "MIS_URL": "http://other"})
    assert (base.user, base.password, base.url) == ("bot", "word", "http://other")


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("    token: a\n    user: b\n    password: c\n", ":8: bases.network.token: stands beside a user;"),
        ("    user: b\n", "bases.network.password: it is missing;"),
        ("    token: a\n    token_env: B\n", ":8: bases.network.token: both are given;"),
        ("    token_env: FHIR_TOKEN\n", "the environment has no FHIR_TOKEN;"),
        ("    schedule_format: JSON\n", ":8: bases.network.schedule_format: is only for umc_soap;"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, more: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, more)
    assert expected in str(caught.value)
    assert "; allowed: " in str(caught.value)


def test_a_token_is_for_fhir_only(tmp_path: Path) -> None:
    path = tmp_path / "mis.yml"
    umc = SERVER.replace("fhir\n", "umc_soap\n") + "    user: a\n    password: b\n    token: c\n"
    path.write_text(umc, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config(path, ["centre", "ural"], {})
    assert ":10: bases.network.token: is only for fhir;" in str(caught.value)

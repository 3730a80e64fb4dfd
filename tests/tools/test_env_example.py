"""Every setting of every process is explained in .env.example, and nothing else stands there."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from pydantic_settings import BaseSettings

from actions.settings import ActionSettings
from desk.settings import Settings as DeskSettings
from sandbox.settings import Settings as SandboxSettings
from tools.bootstrap import ROOT
from tools.launch import LaunchSettings

EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
_KEY = re.compile(r"^#?([A-Z][A-Z0-9_]+)=(.*)$", re.MULTILINE)
# Read without a settings class: mis.yml's own overrides, and where the copies of its directories are.
_OF_MIS_YML = {"MIS_USE", "MIS_URL", "MIS_USER", "MIS_PASSWORD", "REFERENCE_URL", "MIS_COPIES"}


def keys_of(settings: type[BaseSettings]) -> Iterator[str]:
    prefix = str(settings.model_config.get("env_prefix", ""))
    for name, field in settings.model_fields.items():
        alias = field.validation_alias
        yield (alias if isinstance(alias, str) else prefix + name).upper()


def keys_of_the_bot() -> list[str]:
    """By text: the bot's settings need Rasa's own environment to be imported."""
    return re.findall(r'env="([A-Z_]+)"', (ROOT / "bot/settings.py").read_text(encoding="utf-8"))


ALL = {
    "actions": sorted(keys_of(ActionSettings)),
    "desk": sorted(keys_of(DeskSettings)),
    "sandbox": sorted(keys_of(SandboxSettings)),
    "launch": sorted(keys_of(LaunchSettings)),
    "bot": keys_of_the_bot(),
}


@pytest.mark.parametrize("process", ALL)
def test_every_key_of_the_process_is_there(process: str) -> None:
    there = {key for key, _ in _KEY.findall(EXAMPLE)}
    assert ALL[process], "no settings were found"
    assert sorted(set(ALL[process]) - there) == []


def test_no_key_is_there_that_nobody_reads() -> None:
    known = {key for keys in ALL.values() for key in keys} | _OF_MIS_YML
    assert sorted({key for key, _ in _KEY.findall(EXAMPLE)} - known) == []


def test_no_key_stands_there_twice() -> None:
    keys = [key for key, _ in _KEY.findall(EXAMPLE)]
    assert sorted(key for key in set(keys) if keys.count(key) > 1) == []


def test_every_key_has_a_comment() -> None:
    explained = False
    for line in EXAMPLE.splitlines():
        if _KEY.match(line):
            assert explained, f"nothing is said of {line}"
        else:
            explained = line.startswith("# ")


def test_defaults_that_stand_there_are_the_real_ones() -> None:
    wrong = []
    for settings in (ActionSettings, DeskSettings, SandboxSettings, LaunchSettings):
        defaults = dict(zip(keys_of(settings), settings.model_fields.values(), strict=True))
        for key, value in _KEY.findall(EXAMPLE):
            default = defaults[key].default if key in defaults else None
            if isinstance(default, (int, float)) and float(value) != default:
                wrong.append(f"{settings.__module__}: {key}={value}, the default is {default}")
    assert wrong == []

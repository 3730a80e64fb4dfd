"""A start with unsafe or missing settings is refused by the key's name; wrong texts by file and line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from starlette.responses import Response

from desk.__main__ import server_config
from desk.settings import SettingsError, load_settings
from desk.texts import load_texts
from lang.strict_yaml import DataFileError

KEYS = (
    "ENVIRONMENT",
    "DATABASE_URL",
    "SECRET_KEY",
    "CHANNEL_SECRET",
    "REST_TOKEN",
    "CORS_ORIGINS",
    "DESK_PORT",
    "TRUSTED_PROXIES",
    "SMS_PROVIDER",
)
GOOD = {
    "ENVIRONMENT": "production",
    "DATABASE_URL": "postgresql://a@/b",
    "SECRET_KEY": "s" * 32,
    "CHANNEL_SECRET": "c" * 32,
    "REST_TOKEN": "t" * 32,
    "SMS_PROVIDER": "none",
}


@pytest.fixture
def environment(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for key in KEYS:
        monkeypatch.delenv(key, raising=False)

    def put(**values):
        for key, value in values.items():
            monkeypatch.setenv(key, value)

    return put


def test_a_complete_environment_is_taken(environment):
    environment(**GOOD, CORS_ORIGINS="https://a.example/, https://b.example")
    assert load_settings().cors_origins == ("https://a.example", "https://b.example")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("SECRET_KEY", ""),
        ("SECRET_KEY", "short"),
        ("CHANNEL_SECRET", ""),
        ("REST_TOKEN", "dev"),
        ("REST_TOKEN", ""),
        ("CORS_ORIGINS", "*"),
        ("DESK_PORT", "http"),
        ("ENVIRONMENT", "staging"),
        ("TRUSTED_PROXIES", "proxy.clinic.example"),
        ("TRUSTED_PROXIES", "10.0.0.5/24"),
        ("TRUSTED_PROXIES", "10.0.0.5; 10.0.0.6"),
        ("TRUSTED_PROXIES", "*"),
        ("TRUSTED_PROXIES", "10.0.0.5, 0.0.0.0/0"),
        ("TRUSTED_PROXIES", "::/0"),
    ],
)
def test_an_unsafe_value_stops_the_start_by_its_name(environment, key, value):
    environment(**{**GOOD, key: value})
    with pytest.raises(SettingsError, match=key):
        load_settings()


async def address_seen(settings, peer, forwarded):
    """The caller's address as the application gets it when `peer` connects."""

    async def tell(scope, receive, send):
        await Response(scope["client"][0])(scope, receive, send)

    config = server_config(tell, settings)
    config.load()
    transport = httpx.ASGITransport(config.loaded_app, client=(peer, 40000))
    async with httpx.AsyncClient(transport=transport, base_url="http://desk") as http:
        return (await http.get("/", headers={"X-Forwarded-For": forwarded})).text


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "seen"),
    [
        (None, "127.0.0.1", "203.0.113.7", "203.0.113.7"),
        (None, "10.0.0.5", "203.0.113.7", "10.0.0.5"),
        ("10.0.0.5", "10.0.0.5", "203.0.113.7", "203.0.113.7"),
        ("10.0.0.0/24, 192.0.2.1", "10.0.0.9", "203.0.113.7, 192.0.2.1", "203.0.113.7"),
        # What a caller writes before the proxy's own word is not believed.
        ("10.0.0.5", "10.0.0.5", "198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("10.0.0.5", "203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("", "127.0.0.1", "203.0.113.7", "127.0.0.1"),
    ],
)
async def test_only_a_trusted_proxy_tells_the_callers_address(environment, trusted, peer, forwarded, seen):
    environment(DATABASE_URL="postgresql://a@/b")
    if trusted is not None:
        environment(TRUSTED_PROXIES=trusted)
    assert await address_seen(load_settings(), peer, forwarded) == seen


def test_a_wrong_proxy_is_told_with_what_is_allowed(environment):
    environment(**GOOD, TRUSTED_PROXIES="proxy.clinic.example")
    with pytest.raises(SettingsError, match=r"TRUSTED_PROXIES: .*'proxy.clinic.example'.*10\.0\.0\.0/24"):
        load_settings()


def test_development_needs_the_database_only(environment):
    environment(DATABASE_URL="postgresql://a@/b")
    assert load_settings().rest_token == "dev"


def test_without_a_database_address(environment):
    with pytest.raises(SettingsError, match="DATABASE_URL"):
        load_settings()


def test_the_process_ends_with_the_keys_name():
    environment = {key: value for key, value in os.environ.items() if key not in KEYS}
    done = subprocess.run(
        [sys.executable, "-m", "desk"],
        env={**environment, **GOOD, "REST_TOKEN": "dev"},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 2
    assert "REST_TOKEN" in done.stderr
    assert "Traceback" not in done.stderr


def test_wrong_texts_are_named_by_line(tmp_path):
    source = Path("data/catalogue/desk_texts.yml").read_text(encoding="utf-8")
    broken = tmp_path / "desk_texts.yml"
    broken.write_text(source.replace("  wait: Секунду", "  waiting: Секунду"), encoding="utf-8")
    with pytest.raises(DataFileError) as error:
        load_texts(broken)
    assert "desk_texts.yml:" in str(error.value)
    assert "'wait' is missing" in str(error.value)
    broken.write_text(source.replace("позвоните нам: {phone}", "пишите нам: {fax}"), encoding="utf-8")
    with pytest.raises(DataFileError, match=r"desk_texts.yml:\d+: .*fax.*allowed: .*phone"):
        load_texts(broken)

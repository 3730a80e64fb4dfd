"""Which provider of SMS the environment names, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from actions.settings import ActionSettings, SettingsError, load_settings
from clinic.sms import FileSms, NoSms, SmscRu


def settings(**values: object) -> ActionSettings:
    return ActionSettings(_env_file=None, database_url="unused", **values)


@pytest.mark.parametrize(
    ("values", "adapter"),
    [
        ({}, FileSms),
        ({"sms_provider": "none", "environment": "production"}, NoSms),
        (
            {
                "sms_provider": "smsc",
                "sms_login": "clinic",
                "sms_password": "secret",
                "environment": "production",
            },
            SmscRu,
        ),
    ],
)
def test_the_provider(values: Mapping[str, object], adapter: type) -> None:
    assert type(settings(**values).sms(lambda: datetime.now(UTC))) is adapter


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"environment": "production"}, "SMS_PROVIDER"),
        ({"sms_provider": "smsc", "sms_login": "clinic"}, "SMS_PASSWORD"),
        ({"sms_provider": "pigeon"}, "sms_provider"),
    ],
)
def test_what_cannot_be_used_is_named(values: Mapping[str, object], word: str) -> None:
    with pytest.raises(ValidationError, match=word):
        settings(**values)


def test_the_message_names_the_key_and_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)
    for key, value in {
        "DATABASE_URL": "unused",
        "SMS_PROVIDER": "smsc",
        "SMS_PASSWORD": "hush",
    }.items():
        monkeypatch.setenv(key, value)
    with pytest.raises(SettingsError, match="SMS_LOGIN") as caught:
        load_settings()
    assert "hush" not in str(caught.value)

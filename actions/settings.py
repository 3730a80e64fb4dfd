"""Settings of the action server process."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import SettingsConfigDict

from clinic.sms_settings import SmsSettings


class SettingsError(Exception):
    """A missing or malformed environment value; the message names its key."""


class ActionSettings(SmsSettings):
    """Environment of the action server; every key is explained in .env.example."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    database_url: str
    actions_port: int = Field(5055, ge=1, le=65535)
    catalogue_dir: Path = Path("data/catalogue")
    mis_config: Path = Path("mis.yml")
    directory_snapshot: Path = Path("var/directory.json")
    public_url: str = "http://localhost:8080"
    consent_version: str = "1.0"
    default_timezone: str = "Europe/Moscow"
    log_level: str = "INFO"


def load_settings() -> ActionSettings:
    """Settings from the environment and `.env`; raises `SettingsError` naming what is wrong."""
    try:
        return ActionSettings()
    except ValidationError as error:
        problems = "; ".join(
            ": ".join([*(str(place).upper() for place in item["loc"]), item["msg"]])
            for item in error.errors()
        )
        raise SettingsError(f"action server: {problems} (see .env.example)") from error

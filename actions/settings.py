"""Settings of the action server process."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from clinic.clock import Clock
from clinic.sms import SMSC_URL, FileSms, NoSms, Sms, SmscRu


class SettingsError(Exception):
    """A missing or malformed environment value; the message names its key."""


class ActionSettings(BaseSettings):
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
    environment: Literal["development", "production"] = "development"
    sms_provider: Literal["log", "smsc", "none"] = "log"
    sms_file: Path = Path("var/sms.jsonl")
    sms_url: str = SMSC_URL
    sms_login: str = ""
    sms_password: SecretStr = SecretStr("")
    sms_sender: str = ""

    @model_validator(mode="after")
    def _sms_can_be_used(self) -> ActionSettings:
        if self.environment == "production" and self.sms_provider == "log":
            raise ValueError("SMS_PROVIDER=log writes codes to a file and is refused in production")
        if self.sms_provider == "smsc" and not (self.sms_login and self.sms_password.get_secret_value()):
            raise ValueError("SMS_PROVIDER=smsc needs SMS_LOGIN and SMS_PASSWORD")
        return self

    def sms(self, clock: Clock) -> Sms:
        """The adapter that these settings name."""
        if self.sms_provider == "smsc":
            password = self.sms_password.get_secret_value()
            return SmscRu(self.sms_login, password, self.sms_sender, url=self.sms_url)
        return FileSms(self.sms_file, clock) if self.sms_provider == "log" else NoSms()


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

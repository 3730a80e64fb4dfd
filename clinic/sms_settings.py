"""Which provider sends the messages: settings of every process that sends codes."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import SecretStr, model_validator
from pydantic_settings import BaseSettings

from clinic.clock import Clock
from clinic.sms import SMSC_URL, FileSms, NoSms, Sms, SmscRu


class SmsSettings(BaseSettings):
    """The part of a process's environment that is about messages to phones; see .env.example."""

    environment: Literal["development", "production"] = "development"
    sms_provider: Literal["log", "smsc", "none"] = "log"
    sms_file: Path = Path("var/sms.jsonl")
    sms_url: str = SMSC_URL
    sms_login: str = ""
    sms_password: SecretStr = SecretStr("")
    sms_sender: str = ""

    @model_validator(mode="after")
    def _sms_can_be_used(self) -> Self:
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

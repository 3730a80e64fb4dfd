"""Settings of the desk process, read from the environment once at the start."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from clinic.sms_settings import SmsSettings

DEVELOPMENT_SECRET = "development-only"
DEVELOPMENT_TOKEN = "dev"


class SettingsError(Exception):
    """The environment is not usable; each line of the message names a key and what is wrong with it."""


class Settings(SmsSettings):
    """Everything the desk takes from outside. Times are seconds."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    database_url: str
    desk_host: str = "127.0.0.1"
    desk_port: int = Field(8080, ge=0, le=65535)
    desk_metrics_port: int = Field(0, ge=0, le=65535)
    # Whose word about where a call comes from is believed: addresses and networks.
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ("127.0.0.1", "::1")
    rasa_url: str = "http://127.0.0.1:5005"
    secret_key: str = ""
    channel_secret: str = ""
    rest_token: str = ""
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    catalogue_dir: Path = Path("data/catalogue")
    red_flag_model: Path = Path("models/red_flags.json")
    web_dir: Path = Path("web/dist")
    mis_config: Path = Path("mis.yml")
    public_url: str = "http://localhost:8080"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    desk_pool_size: int = Field(6, ge=2, le=40)
    desk_wait_notice: float = Field(1.0, gt=0)
    desk_answer_deadline: float = Field(7.5, gt=0)
    desk_give_up: float = Field(25.0, gt=0)
    # A longer expected wait for a person is told together with the offer to be called back.
    desk_longest_wait: float = Field(300.0, gt=0)
    default_timezone: str = "Europe/Moscow"
    consent_version: str = "1.0"
    desk_message_rate: str = "20 per 10 second"
    desk_address_rate: str = "200 per 10 second"
    desk_session_rate: str = "60 per minute"
    desk_request_rate: str = "5 per 10 minute"
    desk_picture_rate: str = "20 per 10 minute"

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip().rstrip("/") for part in value.split(",") if part.strip())
        return value

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _networks(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        parts = tuple(part.strip() for part in value.split(",") if part.strip())
        for part in parts:
            try:
                everybody = ip_network(part).prefixlen == 0
            except ValueError as error:
                raise ValueError(f"{error}; allowed: 10.0.0.5 or 10.0.0.0/24, commas between them") from None
            if everybody:
                raise ValueError(f"{part} is the whole world, who could write any address")
        return parts

    @field_validator("rasa_url")
    @classmethod
    def _without_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @model_validator(mode="before")
    @classmethod
    def _development_values(cls, values: dict[str, Any]) -> dict[str, Any]:
        if values.get("environment", "development") != "development":
            return values
        defaults = {
            "secret_key": DEVELOPMENT_SECRET,
            "channel_secret": DEVELOPMENT_SECRET,
            "rest_token": DEVELOPMENT_TOKEN,
        }
        return {**values, **{key: value for key, value in defaults.items() if not values.get(key)}}

    def problems(self) -> list[str]:
        """What forbids a start in this environment, a line for each key; empty when all is well."""
        if self.environment == "development":
            return []
        found = []
        for key in ("secret_key", "channel_secret", "rest_token"):
            value = getattr(self, key)
            if not value:
                found.append(f"{key.upper()} is missing")
            elif value in (DEVELOPMENT_SECRET, DEVELOPMENT_TOKEN):
                found.append(f"{key.upper()} has the value for development")
            elif len(value) < 16:
                found.append(f"{key.upper()} is shorter than 16 characters")
        if "*" in self.cors_origins:
            found.append("CORS_ORIGINS must name the sites, not *")
        return found


def load_settings() -> Settings:
    """The settings of this process; raises SettingsError with the names of wrong keys."""
    try:
        settings = Settings()  # type: ignore[call-arg]  # the environment gives the rest
    except ValidationError as error:
        # What is wrong with several keys together has no place of its own, and its message names them.
        lines = [": ".join([*map(_key, item["loc"][:1]), item["msg"]]) for item in error.errors()]
        raise SettingsError("\n".join(lines)) from None
    if problems := settings.problems():
        raise SettingsError("\n".join(problems))
    return settings


def _key(place: int | str) -> str:
    return str(place).upper()

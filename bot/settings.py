"""Settings of the Rasa process, read when a component or channel needs them.

Designers run plain `rasa train` and `rasa shell` without any of these set, so each has a default or is
required only by the part that uses it.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pydantic import BaseSettings, Field, ValidationError


class SettingsError(Exception):
    """A missing or malformed environment value; the message names its key."""


class BotSettings(BaseSettings):
    """Environment of the Rasa process (pydantic 1, which Rasa pins)."""

    database_url: str | None = Field(None, env="DATABASE_URL")
    channel_secret: str | None = Field(None, env="CHANNEL_SECRET")
    catalogue_dir: Path = Field(Path("data/catalogue"), env="CATALOGUE_DIR")
    now: datetime | None = Field(None, env="NOW")
    complaints_dir: Path = Field(Path("data/complaints"), env="COMPLAINTS_DIR")
    red_flag_model: Path = Field(Path("models/red_flags.json"), env="RED_FLAG_MODEL")
    directory_snapshot: Path = Field(Path("var/directory.json"), env="DIRECTORY_SNAPSHOT")


def load_settings() -> BotSettings:
    """Settings from the environment; raises `SettingsError` naming the key that is wrong."""
    try:
        return BotSettings()
    except ValidationError as error:
        problems = "; ".join(f"{str(item['loc'][0]).upper()}: {item['msg']}" for item in error.errors())
        raise SettingsError(f"Environment of the Rasa process: {problems}") from error

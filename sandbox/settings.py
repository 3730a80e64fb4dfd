"""The sandbox's settings: one typed object, read from the environment at the start."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

DATA = Path(__file__).parent / "data"


class Settings(BaseSettings):
    """What the process may be told. Raises `pydantic.ValidationError` naming the keys that are wrong."""

    model_config = SettingsConfigDict(
        env_prefix="SANDBOX_", env_file=".env", extra="ignore", frozen=True, populate_by_name=True
    )

    database_url: str = Field(description="libpq address of the sandbox's own PostgreSQL database")
    port: int = Field(default=8091, ge=1, le=65535)
    user: str = "bwi"
    password: str = "bwi"
    seed: str = Field(default="maria", description="another word gives another network of invented people")
    doctors: int = Field(default=2000, ge=45, le=10_000)
    hold_minutes: int = Field(default=15, ge=1, le=120)
    data_dir: Path = DATA
    catalogue_dir: Path = Field(default=Path("data/catalogue"), validation_alias="CATALOGUE_DIR")
    log_level: str = Field(
        default="INFO",
        validation_alias="LOG_LEVEL",
        pattern="(?i)^(critical|error|warning|info|debug|trace)$",
    )

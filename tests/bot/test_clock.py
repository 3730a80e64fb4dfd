from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from bot.clock import fixed_at, now
from bot.settings import SettingsError

MOSCOW = ZoneInfo("Europe/Moscow")
OMSK = ZoneInfo("Asia/Omsk")
NINE = datetime(2026, 11, 23, 9, 0)


def test_without_a_fixed_moment_it_is_the_present(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOW", raising=False)

    before = datetime.now(OMSK)
    moment = now(OMSK)

    assert before <= moment <= datetime.now(OMSK)
    assert moment.tzinfo is OMSK


def test_the_environment_fixes_the_present(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOW", "2026-11-23T10:00")

    assert now(MOSCOW) == datetime(2026, 11, 23, 10, 0, tzinfo=MOSCOW)
    assert now(OMSK) == datetime(2026, 11, 23, 10, 0, tzinfo=OMSK)


def test_a_moment_with_a_zone_is_that_moment_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOW", "2026-11-23T10:00+03:00")

    assert now(OMSK) == datetime(2026, 11, 23, 13, 0, tzinfo=OMSK)
    assert now(OMSK).utcoffset() == timedelta(hours=6)


def test_a_malformed_moment_names_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOW", "завтра")

    with pytest.raises(SettingsError, match="NOW"):
        now(MOSCOW)


def test_a_block_has_its_own_present_and_gives_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOW", "2026-11-23T10:00")

    with fixed_at(NINE):
        assert now(MOSCOW) == NINE.replace(tzinfo=MOSCOW)
        with fixed_at(datetime(2026, 1, 1, tzinfo=timezone.utc)):
            assert now(MOSCOW) == datetime(2026, 1, 1, 3, 0, tzinfo=MOSCOW)
        assert now(MOSCOW) == NINE.replace(tzinfo=MOSCOW)

    assert now(MOSCOW).hour == 10


def test_a_failed_block_gives_it_back_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOW", "2026-11-23T10:00")

    with pytest.raises(KeyError), fixed_at(NINE):
        raise KeyError
    assert now(MOSCOW).hour == 10

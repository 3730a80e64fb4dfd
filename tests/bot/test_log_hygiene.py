from __future__ import annotations

from collections.abc import Iterator

import pytest
from rasa.core.nlg import interpolator

from bot.log_hygiene import keep_slots_out_of_the_log


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    before = interpolator.structlogger
    yield
    interpolator.structlogger = before


def test_a_payload_is_no_reason_to_log_the_slots(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    payload = '/inform{"what":"keep","wish":"other"}'
    keep_slots_out_of_the_log()

    assert interpolator.interpolate_text(payload, {"booking__what": "к урологу"}) == payload
    assert "урологу" not in caplog.text + "".join(capsys.readouterr())
    assert caplog.records == []

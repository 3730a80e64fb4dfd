"""«Мама хочет умереть» is about the mother."""

from __future__ import annotations

import pytest

from lang.in_danger import is_somebody_else


@pytest.mark.parametrize(
    "text",
    [
        "Мама хочет умереть",
        "мама хочет умереть, что мне делать",
        "дочка хочет покончить с собой",
        "сын говорит, что не хочет жить",
        "мой муж грозит повеситься",
        "дочка написала в тетрадке что хочет умереть, ей 13",
        "подруга наглоталась таблеток и не хочет жить",
        "я боюсь за брата, он хочет прыгнуть из окна",
        "бабушка пыталась отравиться",
    ],
)
def test_somebody_else(text: str) -> None:
    assert is_somebody_else(text)


@pytest.mark.parametrize(
    "text",
    [
        "хочу умереть",
        "не хочу больше жить",
        "мама умерла, жить не хочется",
        "поссорилась с мужем, хочу умереть",
        "муж ушёл, я порезала вены",
        "мама говорит что я дура, я хочу умереть",
        "надоело жить, даже сын не звонит",
        "думаю покончить с собой, дочку жалко",
    ],
)
def test_whoever_writes(text: str) -> None:
    assert not is_somebody_else(text)

from __future__ import annotations

import sys
from datetime import datetime, timedelta, timezone

import pytest

from lang.wish import Wish, parse_wish

hypothesis = pytest.importorskip("hypothesis", reason="hypothesis is installed in .venv only")
st = hypothesis.strategies

MOSCOW = timezone(timedelta(hours=3))
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=MOSCOW)
VOCABULARY = """
в во на к с по до после не раньше позже между и или а но кроме только через без пол половина
четверть завтра послезавтра среду понедельник пятницам выходные неделю неделе месяц месяце дня день
дней утра вечера утром вечером обеда работы начале конце конца середине декабря ноябре февраля числа
число пятого двадцать двадцатое следующую этой прошлую ближайшее любое срочно могу перенесите болит
час часа часов минут полдень 0 1 2 3 5 9 10 12 18 24 25 29 30 31 32 99 2026 1985 10:30 25:70 24.11 31.02
99.99 24.11.2026 00.00.0000 - – , . ? : / вторник-среду 5-го 8-ми +7 89123456789 нет ой вместо если
новый год следующую март третьего хоть либо же днем пью записан
"""
sentences = st.lists(st.sampled_from(VOCABULARY.split()), max_size=14).map(" ".join)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(MOSCOW))


@hypothesis.settings(max_examples=400, deadline=None)
@hypothesis.given(text=st.one_of(st.text(max_size=200), sentences), now=moments)
def test_any_text_gives_a_sound_answer(text: str, now: datetime) -> None:
    match = parse_wish(text, now)
    if match is None:
        return
    assert match.wish or match.problems
    assert Wish.from_json(match.wish.to_json()) == match.wish
    assert all(0 <= start < end <= len(text) for start, end in match.spans)
    assert list(match.spans) == sorted(match.spans)
    for wish in (match.wish, *match.wish.alternatives):
        first, last = wish.dates
        earliest, latest = wish.times
        assert not (first and last and first > last)
        assert not (earliest and latest and earliest > latest)


def test_parsing_grows_no_faster_than_the_text() -> None:
    sentence = "запишите к лору в среду после 18 или в четверг утром, кроме 5 декабря. "

    def calls(repeats: int) -> int:
        made = 0

        def count(*_: object) -> None:
            nonlocal made
            made += 1

        sys.setprofile(count)
        try:
            parse_wish(sentence * repeats, NOW)
        finally:
            sys.setprofile(None)
        return made

    # What is only done once is done before it is counted.
    parse_wish(sentence, NOW)
    short = calls(4)
    assert short > 1000
    assert calls(16) < short * 4 * 1.5

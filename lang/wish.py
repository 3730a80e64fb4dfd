"""The wish («когда») in a patient's message."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from lang.text import tokens
from lang.wish_model import WEEKDAYS, Wish, WishMatch

__all__ = ["WEEKDAYS", "Wish", "WishMatch", "parse_wish"]

_DAYS = {"сегодня": 0, "завтра": 1, "послезавтра": 2}
_PARTS = {"утром": (8, 12), "днем": (12, 17), "вечером": (17, 21)}


def parse_wish(text: str, now: datetime) -> WishMatch | None:
    """The wish said in `text`, read at the aware moment `now` of the patient; `None` if there is none."""
    wish, spans = Wish(), []
    for token in tokens(text):
        if token.text in _DAYS:
            day = now.date() + timedelta(days=_DAYS[token.text])
            wish = wish.merge(Wish(dates=(day, day)))
        elif token.text in _PARTS:
            first, last = _PARTS[token.text]
            wish = wish.merge(Wish(times=(time(first), time(last))))
        else:
            continue
        spans.append((token.start, token.end))
    return WishMatch(wish, tuple(spans)) if wish else None

"""The wish («когда») in a patient's message.

The text becomes terms (`wish_lexicon`), terms become phrases with what links them (`wish_scan`, which reads
dates, times and markers in their own modules), phrases become one wish (`wish_combine`).
"""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

from lang.wish_combine import combine
from lang.wish_lexicon import lex
from lang.wish_model import WEEKDAYS, Wish, WishMatch
from lang.wish_scan import scan

__all__ = ["WEEKDAYS", "Wish", "WishMatch", "parse_wish"]


def parse_wish(text: str, now: datetime) -> WishMatch | None:
    """The wish said in `text`, `None` if there is none.

    `now` is the aware present in the time zone of the patient; only its date is used, and nothing is
    clipped to it.
    """
    return _wish(text, now.date())


# A message is asked for its wish several times over; more than a few texts are never asked again.
@lru_cache(maxsize=16)
def _wish(text: str, today: date) -> WishMatch | None:
    terms = lex(text)
    phrases = scan(terms, today)
    if not phrases:
        return None
    wish, problems = combine(phrases, today)
    if not wish and not problems:
        return None
    return WishMatch(wish, tuple(terms.span(phrase.start, phrase.end) for phrase in phrases), problems)

"""Days, times and wishes said back in Russian."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import replace
from datetime import date, time, timedelta

from lang.wish_model import Wish

_DAY = timedelta(days=1)
_OF_MONTH = (
    "января", "февраля", "марта", "апреля", "мая", "июня",
    "июля", "августа", "сентября", "октября", "ноября", "декабря",
)  # fmt: skip
_IN_MONTH = (
    "январе", "феврале", "марте", "апреле", "мае", "июне",
    "июле", "августе", "сентябре", "октябре", "ноябре", "декабре",
)  # fmt: skip
_WEEKDAY = ("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье")
_ON_WEEKDAY = (
    "в понедельник",
    "во вторник",
    "в среду",
    "в четверг",
    "в пятницу",
    "в субботу",
    "в воскресенье",
)
_BUT_WEEKDAY = ("понедельника", "вторника", "среды", "четверга", "пятницы", "субботы", "воскресенья")
_BY_WEEKDAY = (
    "понедельникам", "вторникам", "средам", "четвергам", "пятницам", "субботам", "воскресеньям",
)  # fmt: skip
_RELATIVE = ("сегодня", "завтра", "послезавтра")
_PARTS = {
    (8, 12): "утром",
    (12, 17): "днём",
    (12, 14): "в обед",
    (8, 13): "в первой половине дня",
    (13, 18): "после обеда",
    (17, 21): "вечером",
    (13, 21): "во второй половине дня",
    (18, 21): "после работы",
}
_PORTIONS = {(1, 10): "в начале", (11, 20): "в середине"}
_FAR = timedelta(days=300)


def clock(value: time) -> str:
    """«9:00», «10:30»."""
    return f"{value.hour}:{value.minute:02d}"


def day(value: date, today: date, with_weekday: bool = True) -> str:
    """«завтра, 24 ноября, вторник»; «3 декабря, четверг»; the year is said for far dates only."""
    words = [_calendar_day(value, today)]
    ahead = (value - today).days
    if 0 <= ahead < len(_RELATIVE):
        words.insert(0, _RELATIVE[ahead])
    if with_weekday:
        words.append(_WEEKDAY[value.weekday()])
    return ", ".join(words)


def _calendar_day(value: date, today: date) -> str:
    year = f" {value.year} года" if abs(value - today) >= _FAR else ""
    return f"{value.day} {_OF_MONTH[value.month - 1]}{year}"


def wish_phrase(wish: Wish, today: date) -> str:
    """When, as an answer to «когда?»: «завтра утром», «на следующей неделе после 18:00»; "" for no wish.

    It stands in a sentence without a preposition before it: «… свободного времени нет».
    """
    options = [replace(wish, alternatives=()), *wish.alternatives]
    said = [_one(option, today) for option in options if option]
    return " или ".join(dict.fromkeys(phrase for phrase in said if phrase))


def _one(wish: Wish, today: date) -> str:
    days, exceptions = _days(wish, today)
    if not days and wish.soonest:
        days = "в ближайшее время"
    words = " ".join(part for part in (days, _times(wish)) if part)
    if not exceptions:
        return words
    return (
        f"{words}, {exceptions}"
        if words and exceptions.startswith("кроме")
        else f"{words} {exceptions}".strip()
    )


def _times(wish: Wish) -> str:
    first, last = wish.times
    if first is not None and last is not None:
        if first == last:
            return f"в {clock(first)}"
        part = _PARTS.get((first.hour, last.hour)) if first.minute == last.minute == 0 else None
        return part or f"с {clock(first)} до {clock(last)}"
    if first is not None:
        return f"после {clock(first)}"
    return f"до {clock(last)}" if last is not None else ""


def _days(wish: Wish, today: date) -> tuple[str, str]:
    """The days that are named and what is excepted from them."""
    first, last = wish.dates
    weekdays = _weekdays(wish)
    if first and last and wish.except_dates:
        left = [first + step * _DAY for step in range((last - first).days + 1)]
        left = [value for value in left if value not in wish.except_dates]
        if 0 < len(left) <= 3:
            return _listed([_single(value, today) for value in left], "или"), weekdays
    but_days = [_calendar_day(value, today) for value in sorted(wish.except_dates)]
    exceptions = f"кроме {_listed(but_days, 'и')}" if but_days else weekdays
    if wish.soonest and first == today and last is None:
        return "", exceptions
    return _range(first, last, today), exceptions


def _weekdays(wish: Wish) -> str:
    excepted = wish.except_weekdays
    wanted = [number for number in range(7) if number not in excepted]
    if not excepted:
        return ""
    if excepted == {5, 6}:
        return "в будни"
    if len(wanted) <= 3:
        return f"по {_listed([_BY_WEEKDAY[number] for number in wanted], 'и')}"
    return f"кроме {_listed([_BUT_WEEKDAY[number] for number in sorted(excepted)], 'и')}"


def _listed(words: list[str], conjunction: str) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {conjunction} {words[-1]}"


def _single(value: date, today: date) -> str:
    ahead = (value - today).days
    if 0 <= ahead < len(_RELATIVE):
        return _RELATIVE[ahead]
    if 0 < ahead <= 7:
        return f"{_ON_WEEKDAY[value.weekday()]} {_calendar_day(value, today)}"
    return _calendar_day(value, today)


def _range(first: date | None, last: date | None, today: date) -> str:
    if first and last:
        return _single(first, today) if first == last else _stretch(first, last, today)
    if first:
        return f"с {_calendar_day(first, today)}"
    if last is None:
        return ""
    if last.day == monthrange(last.year, last.month)[1]:
        return f"до конца {_OF_MONTH[last.month - 1]}"
    return f"не позже {_calendar_day(last, today)}"


def _stretch(first: date, last: date, today: date) -> str:
    monday = today - today.weekday() * _DAY
    if (first, last) == (today, monday + 6 * _DAY):
        return "на этой неделе"
    if (first, last) == (monday + 7 * _DAY, monday + 13 * _DAY):
        return "на следующей неделе"
    if first.weekday() == 5 and last - first == _DAY and 0 <= (first - monday).days < 7:
        return "в эти выходные"
    if (first.year, first.month) == (last.year, last.month):
        end = monthrange(first.year, first.month)[1]
        if (first.day, last.day) == (1, end):
            return f"в {_IN_MONTH[first.month - 1]}"
        portion = _PORTIONS.get(
            (first.day, last.day), "в конце" if (first.day, last.day) == (21, end) else ""
        )
        if portion:
            return f"{portion} {_OF_MONTH[first.month - 1]}"
        return f"с {first.day} по {_calendar_day(last, today)}"
    return f"с {_calendar_day(first, today)} по {_calendar_day(last, today)}"

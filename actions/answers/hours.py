"""When a branch is open: on a day, now, and on the holidays that come. Pure; `now` is the branch's clock."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from actions.words import Words
from lang.catalogue import BranchFacts

AHEAD = timedelta(days=7)
HOLIDAYS_AHEAD = timedelta(days=60)
_WEEKEND = {5: "saturday", 6: "sunday"}


def hours_on(words: Words, branch: BranchFacts, day: date) -> str | None:
    """ "HH:MM-HH:MM" or None when the branch is closed that day; holidays count."""
    holiday = words.catalogue.holidays.get(day)
    if holiday is not None:
        return holiday.hours
    return branch.hours.get(_WEEKEND.get(day.weekday(), "weekdays"))


def today(words: Words, branch: BranchFacts, now: datetime) -> str:
    """«Сейчас открыто, до 21:00», or when it opens next."""
    labels = words.labels["open"]
    hours = hours_on(words, branch, now.date())
    clock = f"{now:%H:%M}"
    if hours is not None:
        opens, closes = hours.split("-")
        if opens <= clock < closes:
            return str(labels["now"].format(until=_clock(closes)))
        if clock < opens:
            return str(labels["later_today"].format(at=_clock(opens)))
    for ahead in range(1, AHEAD.days + 1):
        day = now.date() + timedelta(days=ahead)
        hours = hours_on(words, branch, day)
        if hours is not None:
            at = _clock(hours.split("-")[0])
            return str(labels["closed"].format(day=words.day(day, now.date()), at=at))
    return str(labels["closed_for_long"])


def holidays(words: Words, branch: BranchFacts, now: datetime) -> str:
    """The holidays of the coming weeks with their hours, or that none is known."""
    labels = words.labels["open"]
    parts = []
    for holiday in sorted(words.catalogue.holidays.values(), key=lambda one: one.day):
        if now.date() <= holiday.day <= now.date() + HOLIDAYS_AHEAD:
            said = words.day(holiday.day, now.date())
            hours = holiday.hours or words.labels["hours"]["closed"]
            parts.append(labels["holiday"].format(day=said, hours=hours))
    return "; ".join(parts) or str(labels["no_holidays"])


def _clock(value: str) -> str:
    return value.removeprefix("0")

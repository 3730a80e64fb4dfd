"""«Когда»: what a patient said about the time of a visit, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Dates = tuple[date | None, date | None]
Times = tuple[time | None, time | None]


@dataclass(frozen=True)
class Wish:
    """Dates and times between two ends, both included, `None` for an open end.

    A side that was not said is open. `except_weekdays` holds 0 (Monday) … 6, `soonest` asks for the
    earliest that fits. `alternatives` are further wishes beside the fields of this one: any of them is
    as good («утром в понедельник или вечером в среду» is the first with the second as alternative).
    """

    dates: Dates = (None, None)
    times: Times = (None, None)
    except_weekdays: frozenset[int] = frozenset()
    except_dates: frozenset[date] = frozenset()
    soonest: bool = False
    alternatives: tuple[Wish, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything at all was wished."""
        return self.soonest or bool(self.alternatives) or self._narrows

    @property
    def _narrows(self) -> bool:
        open_ends = (None, None)
        return bool(
            self.dates != open_ends or self.times != open_ends or self.except_weekdays or self.except_dates
        )

    def allows(self, start: datetime) -> bool:
        """Whether a visit that starts then fits. `start` is in the branch's time zone.

        A span of time leaves out its end («до 18» has no visit at 18:00); one exact time is that time.
        """
        if self._fits(start) and (self._narrows or not self.alternatives):
            return True
        return any(alternative.allows(start) for alternative in self.alternatives)

    def _fits(self, start: datetime) -> bool:
        day, clock = start.date(), start.time().replace(tzinfo=None)
        first, last = self.dates
        earliest, latest = self.times
        if (first and day < first) or (last and day > last):
            return False
        if day in self.except_dates or day.weekday() in self.except_weekdays:
            return False
        if earliest is not None and earliest == latest:
            return clock == earliest
        return (earliest is None or clock >= earliest) and (latest is None or clock < latest)

    def merge(self, newer: Wish) -> Wish:
        """This wish corrected by one said later: what the newer one says wins, the rest stays."""
        base = replace(self, alternatives=())
        head = base._overlaid(newer)
        if newer.alternatives:
            others = [base._overlaid(replace(other, alternatives=())) for other in newer.alternatives]
        elif newer.dates == (None, None):
            others = [other.merge(newer) for other in self.alternatives]
        else:
            others = []
        distinct = dict.fromkeys(other for other in others if other != head)
        return replace(head, alternatives=tuple(distinct))

    def _overlaid(self, newer: Wish) -> Wish:
        if newer.dates != (None, None):
            dates, weekdays, days = newer.dates, newer.except_weekdays, newer.except_dates
            soonest = newer.soonest
        else:
            dates = self.dates
            weekdays = self.except_weekdays | newer.except_weekdays
            days = self.except_dates | newer.except_dates
            soonest = self.soonest or newer.soonest
        times = newer.times if newer.times != (None, None) else self.times
        return Wish(dates, times, weekdays, days, soonest)

    def to_json(self) -> dict[str, Any]:
        """`{dates, times, except, soonest, alternatives}`: ISO dates, HH:MM, "" for an open side."""
        return {
            "dates": [day.isoformat() if day else "" for day in self.dates],
            "times": ["" if clock is None else clock.strftime("%H:%M") for clock in self.times],
            "except": [
                *(WEEKDAYS[day] for day in sorted(self.except_weekdays)),
                *(day.isoformat() for day in sorted(self.except_dates)),
            ],
            "soonest": self.soonest,
            "alternatives": [alternative.to_json() for alternative in self.alternatives],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Wish:
        """The wish that `to_json` wrote; missing keys mean nothing said. ValueError on anything else."""
        try:
            exceptions = list(data.get("except", ()))
            first, last = data.get("dates") or ("", "")
            earliest, latest = data.get("times") or ("", "")
            return cls(
                dates=(_date(first), _date(last)),
                times=(_time(earliest), _time(latest)),
                except_weekdays=frozenset(WEEKDAYS.index(day) for day in exceptions if day in WEEKDAYS),
                except_dates=frozenset(date.fromisoformat(day) for day in exceptions if day not in WEEKDAYS),
                soonest=bool(data.get("soonest", False)),
                alternatives=tuple(cls.from_json(other) for other in data.get("alternatives", ())),
            )
        except (TypeError, AttributeError, ValueError) as error:
            raise ValueError(f"not a wish: {data!r}: {error}") from error


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _time(text: str | None) -> time | None:
    return time.fromisoformat(text) if text else None


@dataclass(frozen=True)
class WishMatch:
    """A wish found in a text.

    `spans` are the places it was read from, in order, as offsets into that text. `problems` tells what
    cannot be met as said: "no_such_date" and "contradiction" leave the dates or times concerned open,
    "past_date" keeps the date that was said.
    """

    wish: Wish
    spans: tuple[tuple[int, int], ...]
    problems: tuple[str, ...] = ()

"""When people work: the windows to be called back in, and by when a message is answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_date

from desk.texts import Texts
from lang.request_words import load_request_words
from lang.topics import load_topics

_WINDOW = timedelta(hours=2)
_NOTICE = timedelta(minutes=30)
_ANSWER = timedelta(hours=1)


@dataclass(frozen=True)
class Window:
    """A time to be called back in; both ends are aware."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Hours:
    """The working hours of the administrators, the same each day, by the network's clock."""

    opens: time
    closes: time
    zone: ZoneInfo

    def windows(self, now: datetime, count: int = 3) -> list[Window]:
        """The next windows of two hours, the first no sooner than in half an hour."""
        found: list[Window] = []
        day = now.astimezone(self.zone).date()
        while len(found) < count:
            start = datetime.combine(day, self.opens, self.zone)
            closes = datetime.combine(day, self.closes, self.zone)
            while start < closes and len(found) < count:
                end = min(start + _WINDOW, closes)
                if start >= now + _NOTICE:
                    found.append(Window(start, end))
                start = end
            day += timedelta(days=1)
        return found

    def open_at(self, moment: datetime) -> bool:
        """Whether the administrators work at this moment."""
        return self.opens <= moment.astimezone(self.zone).time() < self.closes

    def answer_by(self, now: datetime) -> datetime:
        """Until when a message left now is answered: an hour of working time."""
        local = now.astimezone(self.zone)
        today = local.date()
        opens = datetime.combine(today, self.opens, self.zone)
        closes = datetime.combine(today, self.closes, self.zone)
        if local + _ANSWER <= closes:
            return max(local, opens) + _ANSWER
        return datetime.combine(today + timedelta(days=1), self.opens, self.zone) + _ANSWER

    def window_words(self, texts: Texts, window: Window) -> str:
        start, end = window.start.astimezone(self.zone), window.end.astimezone(self.zone)
        day = format_date(start, "d MMMM", locale="ru")
        return texts.say("callback_when", day=day, opens=f"{start:%H:%M}", closes=f"{end:%H:%M}")

    def moment_words(self, texts: Texts, moment: datetime) -> str:
        local = moment.astimezone(self.zone)
        day = format_date(local, "d MMMM", locale="ru")
        return texts.say("callback_moment", day=day, time=f"{local:%H:%M}")


def load_hours(catalogue_dir: Path, zone: str) -> Hours:
    """From requests.yml. Raises lang.strict_yaml.DataFileError for a wrong file."""
    topics = load_topics(catalogue_dir / "topics.yml")
    words = load_request_words(catalogue_dir / "requests.yml", topics.by_id)
    return Hours(words.opens, words.closes, ZoneInfo(zone))

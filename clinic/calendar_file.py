"""A visit as an iCalendar file (RFC 5545) for the patient's own calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import yaml
from icalendar import Alarm, Calendar, Event

from clinic.visit_facts import VisitFacts

TEXTS = Path(__file__).parent / "calendar.yml"
_KEYS = ("doctor_line", "room_line", "product", "summary", "description", "location", "reminder")


class CalendarTextsError(Exception):
    """The texts of the calendar file cannot be used; names the file and the key."""


@dataclass(frozen=True, slots=True)
class CalendarTexts:
    """Templates in Russian; in braces `who`, `specialty`, `branch`, `address`, `phone`, `number`.

    `who` is one of the lines of the doctor and of the room, which take `name`.
    """

    doctor_line: str
    room_line: str
    product: str
    summary: str
    description: str
    location: str
    reminder: str


def load_texts(path: Path = TEXTS) -> CalendarTexts:
    """Reads the templates. Raises `CalendarTextsError` naming a missing, unknown or broken one."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(data, dict) or set(data) != set(_KEYS):
        raise CalendarTextsError(f"{path}: must have exactly the keys {', '.join(_KEYS)}")
    words = dict.fromkeys(("who", "name", "specialty", "branch", "address", "phone", "number"), "")
    for key, template in data.items():
        try:
            str(template).format(**words)
        except (KeyError, ValueError, IndexError) as error:
            allowed = ", ".join(f"{{{word}}}" for word in words)
            raise CalendarTextsError(f"{path}: {key}: bad template ({error}); allowed: {allowed}") from error
    return CalendarTexts(**{key: str(template).strip() for key, template in data.items()})


def ics(facts: VisitFacts, texts: CalendarTexts, specialty: str, now: datetime) -> bytes:
    """The file for one visit. `specialty` is the word for the doctor's trade or the room, `now` stamps it.

    The same visit always has the same UID, so a second download replaces the first entry.
    """
    branch = facts.branch
    words = {
        "who": _who(facts, texts, specialty),
        "specialty": specialty,
        "branch": branch.name,
        "address": f"{branch.city}, {branch.address}",
        "phone": branch.phone,
        "number": facts.number,
    }
    event = Event()
    event.add("uid", f"{facts.calendar_token}@visits")
    event.add("dtstamp", now)
    event.add("dtstart", facts.start)
    event.add("dtend", facts.end)
    event.add("summary", texts.summary.format(**words))
    event.add("description", texts.description.format(**words))
    event.add("location", texts.location.format(**words))
    event.add("status", "CONFIRMED" if facts.confirmed else "CANCELLED")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", timedelta(hours=-3))
    alarm.add("description", texts.reminder.format(**words))
    event.add_component(alarm)
    calendar = Calendar()
    calendar.add("prodid", texts.product)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    calendar.add_missing_timezones()
    content: bytes = calendar.to_ical()
    return content


def _who(facts: VisitFacts, texts: CalendarTexts, specialty: str) -> str:
    if facts.doctor is None:
        return ""
    if facts.doctor.room is not None:
        return texts.room_line.format(name=specialty)
    return texts.doctor_line.format(name=facts.doctor.name)

"""Rooms that do a service without a doctor of their own: how they are called and how patients get in."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, get_args

from lang.needs import NOTHING, Needs, read_needs
from lang.strict_yaml import Value

Entry = Literal["appointment", "walk_in", "person"]

_ENTRIES: tuple[str, ...] = get_args(Entry)
_DAYS = ("weekdays", "saturday", "sunday")
_HOURS = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-4]):[0-5]\d")


@dataclass(frozen=True)
class Room:
    """A room of the network. `kinds` are the kinds of services it does where they name no specialty.

    `entry`: by appointment, without one in `hours` ("HH:MM-HH:MM" or None, by weekdays, saturday, sunday),
    or only through a person.
    """

    id: str
    name: str
    kinds: tuple[str, ...]
    mis_names: tuple[str, ...]
    entry: Entry = "appointment"
    hours: dict[str, str | None] = field(default_factory=dict)
    needs: Needs = NOTHING


def read_entry(value: Value) -> Entry:
    """How one gets in; a word that is not known is reported and read as "person"."""
    said = value.text()
    if said not in _ENTRIES:
        value.wrong(f"unknown way {said!r}", ", ".join(_ENTRIES))
        return "person"
    return said  # type: ignore[return-value]  # one of the literals


def read_room(id_: str, entry: Value) -> Room | None:
    """One room, or None after a reported mistake."""
    required = ("name", "kinds", "mis_names")
    fields = entry.fields(required, ("entry", "hours", "needs"))
    if not set(required) <= fields.keys():
        return None
    way = read_entry(fields["entry"]) if "entry" in fields else "appointment"
    if (way == "walk_in") != ("hours" in fields):
        entry.wrong("hours are those without an appointment", "hours with `entry: walk_in`, and only there")
    return Room(
        id=id_,
        name=fields["name"].text(),
        kinds=fields["kinds"].texts(),
        mis_names=fields["mis_names"].texts(),
        entry=way,
        hours=_hours(fields["hours"]) if "hours" in fields else {},
        needs=read_needs(fields["needs"]) if "needs" in fields else NOTHING,
    )


def _hours(value: Value) -> dict[str, str | None]:
    result: dict[str, str | None] = {}
    for day, hours in value.fields(_DAYS).items():
        text = hours.text_or_null()
        if text is not None and not _HOURS.fullmatch(text):
            hours.wrong(f"bad hours {text!r}", '"HH:MM-HH:MM" or null')
        result[day] = text
    return result

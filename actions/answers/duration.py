"""How long a visit lasts, as the price list or the doctors' cards tell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from actions.answers.groups import listed
from actions.answers.subject import Subject, consultations
from actions.base import Say
from actions.context import Context
from lang import grammar
from lang.catalogue import CatalogueService

MOST_LINES = 4


def say_duration(context: Context, say: Say, subject: Subject, text: str) -> None:
    """Say how long each thing in question takes, or that a person knows."""
    services, _ = listed(context, subject, text)
    for specialty in subject.specialties:
        services += consultations(context, specialty)[:1]
    lines = [line for service in services[:MOST_LINES] if (line := _line(context, subject, service))]
    if lines:
        say("utter_duration", lines="\n".join(lines))
    else:
        say("utter_duration_unknown")


def _line(context: Context, subject: Subject, service: CatalogueService) -> str:
    asked = context.branches_of(subject.place) if subject.place else tuple(context.catalogue.branches)
    lengths = sorted(_lengths(context, asked, service))
    if not lengths:
        return ""
    labels = context.words.labels
    low, high = (_minutes(length) for length in (lengths[0], lengths[-1]))
    words = grammar.plural(high, tuple(labels["minutes"]))
    label = labels["duration_line" if low == high else "duration_range"]
    return str(label.format(name=service.name, low=low, high=high, words=words))


def _lengths(context: Context, branches: Sequence[str], service: CatalogueService) -> set[timedelta]:
    """By the price list, else by the doctors of the specialty who have told theirs."""
    directory = context.clinic.directory
    known = [directory.service(branch, service.article) for branch in branches]
    told = {one.length for one in known if one is not None and one.length}
    if told or service.kind != "consultation" or service.specialty is None:
        return told
    doctors = directory.doctors(specialty=service.specialty, branch_ids=branches)
    return {doctor.visit_length for doctor in doctors if doctor.visit_length}


def _minutes(length: timedelta) -> int:
    return round(length.total_seconds() / 60)

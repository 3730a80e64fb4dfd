"""What an administrator has to know of the bases that were read, each finding with its places and figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import time, timedelta
from enum import Enum

from mis.check_reading import BaseReading, BranchReading, Reading
from mis.port import Capabilities, Doctor, Service, Symptom, VisitStatus, Window

Hours = Mapping[str, tuple[time, time]]

_MOST_SKEW = timedelta(minutes=2)
_SLOW_SHARE = 0.8
_STRANGE_SHARE = 0.2
_NOT_FOUND = (404, 405)


class Weight(Enum):
    """`STOPS`: patients cannot be served there. `HINDERS`: they are, but worse. `NOTE`: good to know."""

    STOPS = "stops"
    HINDERS = "hinders"
    NOTE = "note"


# What can be found, how heavy it is, and the figures its words may name beside `where`, `base` and `count`.
KINDS: Mapping[str, tuple[Weight, tuple[str, ...]]] = {
    "no_address": (Weight.STOPS, ("host",)),
    "refused": (Weight.STOPS, ("host",)),
    "no_answer": (Weight.STOPS, ("host",)),
    "tls": (Weight.STOPS, ("host",)),
    "broken": (Weight.STOPS, ("host",)),
    "base_silent": (Weight.STOPS, ()),
    "wrong_password": (Weight.STOPS, ()),
    "forbidden": (Weight.STOPS, ()),
    "redirected": (Weight.STOPS, ()),
    "wrong_transport": (Weight.STOPS, ("transport", "speaks")),
    "not_published": (Weight.STOPS, ("transport",)),
    "server_error": (Weight.STOPS, ("status",)),
    "words": (Weight.STOPS, ("what",)),
    "not_understood": (Weight.STOPS, ("what",)),
    "no_branches": (Weight.STOPS, ()),
    "branch_unknown": (Weight.STOPS, ()),
    "branch_silent": (Weight.STOPS, ()),
    "no_setting": (Weight.STOPS, ("what",)),
    "read_failed": (Weight.STOPS, ("what",)),
    "no_doctors": (Weight.STOPS, ()),
    "no_schedule": (Weight.STOPS, ("days",)),
    "all_busy": (Weight.HINDERS, ("days",)),
    "no_services": (Weight.HINDERS, ()),
    "no_prices": (Weight.HINDERS, ()),
    "some_prices": (Weight.NOTE, ()),
    "no_lengths": (Weight.NOTE, ("step",)),
    "doctors_no_length": (Weight.NOTE, ("step",)),
    "no_specialty": (Weight.HINDERS, ()),
    "unknown_specialty": (Weight.HINDERS, ("names",)),
    "no_article": (Weight.NOTE, ()),
    "articles_missing": (Weight.NOTE, ()),
    "reference_silent": (Weight.HINDERS, ()),
    "strange_clinics": (Weight.NOTE, ("names",)),
    "strange_doctors": (Weight.NOTE, ()),
    "zone": (Weight.HINDERS, ()),
    "clock": (Weight.HINDERS, ("minutes",)),
    "tails": (Weight.NOTE, ("step",)),
    "slow": (Weight.HINDERS, ("seconds",)),
    "status_of_nothing": (Weight.HINDERS, ()),
}
QUIRKS = (
    "byte_order_mark",
    "repeated_doctors",
    "other_clinics",
    "other_doctors",
    "doctors_without_branch",
    "doctors_twice",
    "folders_in_prices",
    "materials_in_prices",
    "services_twice",
)
GAPS = tuple(item.name for item in fields(Capabilities))


@dataclass(frozen=True, slots=True)
class Finding:
    """`kind` is one of `KINDS`. `where` are names of branches; `names` and `figures` fill its words."""

    kind: str
    base: str
    where: tuple[str, ...] = ()
    count: int = 0
    names: frozenset[str] = frozenset()
    figures: Mapping[str, str] = field(default_factory=dict)

    @property
    def weight(self) -> Weight:
        return KINDS[self.kind][0]


def findings(
    bases: Sequence[BaseReading], hours: Hours, articles: Iterable[str], days: int
) -> tuple[Finding, ...]:
    """Everything found, the heaviest first; the same finding of several branches is one.

    `hours` are the widest opening hours of each branch, `articles` those of the catalogue's services.
    """
    wanted = frozenset(articles)
    found = [one for base in bases for one in _of_base(base, hours, wanted, days)]
    weights = list(Weight)
    order = list(KINDS)
    return tuple(
        sorted(_joined(found), key=lambda one: (weights.index(one.weight), one.base, order.index(one.kind)))
    )


def usable(found: Iterable[Finding]) -> bool:
    """Whether every branch can be booked."""
    return all(one.weight is not Weight.STOPS for one in found)


def _of_base(base: BaseReading, hours: Hours, articles: frozenset[str], days: int) -> Iterator[Finding]:
    name = base.config.name
    wrong = _base_failure(base)
    if wrong is not None:
        yield wrong
        return
    if base.door.skew is not None and abs(base.door.skew) > _MOST_SKEW:
        minutes = str(round(base.door.skew.total_seconds() / 60))
        yield Finding("clock", name, figures={"minutes": minutes})
    if base.reference is not None and base.reference.error is not None:
        yield Finding("reference_silent", name)
    if base.strange_clinics:
        listed = frozenset(f"«{title}» ({clinic})" for clinic, title in base.strange_clinics.items())
        yield Finding("strange_clinics", name, count=len(listed), names=listed)
    known = None if base.known.value is None else {branch.id for branch in base.known.value}
    for read in base.branches:
        where = (read.branch.name,)
        if known is not None and read.branch.id not in known:
            yield Finding("branch_unknown", name, where)
        elif read.windows.unanswered:
            yield Finding("branch_silent", name, where)
        else:
            for one in _of_branch(base, read, hours, articles, days):
                yield replace(one, base=name, where=where)


def _base_failure(base: BaseReading) -> Finding | None:
    """What keeps the whole base from being used."""
    name, error = base.config.name, base.known.error
    answered = error is None or any(read.windows.error is None for read in base.branches)
    if answered:
        return None
    host = base.config.url.split("://", 1)[-1].split("/", 1)[0].rpartition("@")[2]
    if base.door.state != "open":
        return Finding(base.door.state, name, figures={"host": host})
    if base.speaks is not None:
        ways = {"transport": base.config.transport, "speaks": base.speaks}
        return Finding("wrong_transport", name, figures={**ways})
    assert error is not None
    if base.known.unanswered:
        return Finding("base_silent", name)
    kind = _failure_kind(base.known)
    if kind in ("no_setting", "branch_unknown"):
        # Every branch has its own setting: each of them says what it lacks.
        return None if kind == "no_setting" else Finding("no_branches", name)
    figures: Mapping[str, str] = {
        "transport": base.config.transport,
        "status": str(error.status or 200),
        "what": "branches",
    }
    return Finding(kind, name, figures=figures)


def _failure_kind(reading: Reading[object]) -> str:
    error = reading.error
    assert error is not None
    by_status = {401: "wrong_password", 403: "forbidden"}
    if error.status in by_status:
        return by_status[error.status]
    if error.status is not None and 300 <= error.status < 400:
        return "redirected"
    if error.status in _NOT_FOUND or error.symptom is Symptom.WEB_PAGE:
        return "not_published" if error.status is None or error.status < 500 else "server_error"
    if error.status is not None and error.status >= 500:
        return "server_error"
    return {
        Symptom.NO_SETTING: "no_setting",
        Symptom.UNKNOWN_BRANCH: "branch_unknown",
        Symptom.WORDS: "words",
    }.get(error.symptom or Symptom.FOREIGN, "not_understood")


def _of_branch(
    base: BaseReading, read: BranchReading, hours: Hours, articles: frozenset[str], days: int
) -> Iterator[Finding]:
    yield from _failed_reads(read)
    limit = base.config.timeouts.read_total * _SLOW_SHARE
    if read.windows.error is None and read.windows.seconds > limit:
        yield Finding("slow", "", figures={"seconds": f"{read.windows.seconds:.1f}".replace(".", ",")})
    step = str(int(base.config.step.total_seconds() // 60))
    doctors = read.doctors.value if read.doctors else None
    if doctors is not None:
        yield from _of_doctors(doctors, step)
    if read.services is not None and read.services.value is not None:
        yield from _of_services(read.services.value, articles, step)
    if read.windows.value is not None:
        span = hours.get(read.branch.id)
        yield from _of_windows(read.windows.value, doctors, base.config.step, span, days)
    if read.status is not None and read.status.value not in (None, VisitStatus.ERROR, VisitStatus.CANCELLED):
        yield Finding("status_of_nothing", "")


def _failed_reads(read: BranchReading) -> Iterator[Finding]:
    failed: dict[str, set[str]] = {}
    for operation, reading in read.reads.items():
        if reading.error is None:
            continue
        kind = "read_failed" if reading.unanswered else _failure_kind(reading)
        if kind in ("words", "not_understood", "server_error", "not_published", "redirected"):
            kind = "read_failed"
        failed.setdefault(kind, set()).add(operation)
    for kind, operations in failed.items():
        yield Finding(kind, "", names=frozenset(operations))


def _of_doctors(doctors: Sequence[Doctor], step: str) -> Iterator[Finding]:
    people = [doctor for doctor in doctors if doctor.room is None]
    if not doctors:
        yield Finding("no_doctors", "")
    unnamed = [doctor for doctor in people if not doctor.mis_specialty]
    if unnamed:
        yield Finding("no_specialty", "", count=len(unnamed))
    unmapped = [doctor for doctor in people if doctor.mis_specialty and doctor.specialty is None]
    if unmapped:
        names = frozenset(f"«{doctor.mis_specialty}»" for doctor in unmapped)
        yield Finding("unknown_specialty", "", count=len(unmapped), names=names)
    unmeasured = sum(doctor.visit_length is None for doctor in people)
    if unmeasured:
        yield Finding("doctors_no_length", "", count=unmeasured, figures={"step": step})


def _of_services(services: Sequence[Service], articles: frozenset[str], step: str) -> Iterator[Finding]:
    if not services:
        yield Finding("no_services", "")
        return
    unpriced = sum(service.price is None for service in services)
    if unpriced:
        kind = "no_prices" if unpriced == len(services) else "some_prices"
        yield Finding(kind, "", count=unpriced)
    unmeasured = sum(service.length is None for service in services)
    if unmeasured:
        yield Finding("no_lengths", "", count=unmeasured, figures={"step": step})
    nameless = sum(not service.article for service in services)
    if nameless:
        yield Finding("no_article", "", count=nameless)
    missing = articles - {service.article for service in services}
    if missing:
        yield Finding("articles_missing", "", count=len(missing))


def _of_windows(
    windows: Sequence[Window],
    doctors: Sequence[Doctor] | None,
    step: timedelta,
    span: tuple[time, time] | None,
    days: int,
) -> Iterator[Finding]:
    if not windows:
        # Whoever is in the directory was found in the schedule: it is published, and full.
        yield Finding("all_busy" if doctors else "no_schedule", "", figures={"days": str(days)})
        return
    if doctors is not None:
        strange = {window.doctor_id for window in windows} - {doctor.id for doctor in doctors}
        if strange:
            yield Finding("strange_doctors", "", count=len(strange))
    if span is not None:
        outside = sum(_outside(window, *span) for window in windows)
        if outside > _STRANGE_SHARE * len(windows):
            yield Finding("zone", "", count=outside)
    tails = sum(bool((window.end - window.start) % step) for window in windows)
    if tails:
        minutes = str(int(step.total_seconds() // 60))
        yield Finding("tails", "", count=tails, figures={"step": minutes})


def _outside(window: Window, opens: time, closes: time) -> bool:
    ends = window.end.time()
    late = closes != time() and (ends > closes or ends == time())
    return window.start.time() < opens or late


def _joined(found: Iterable[Finding]) -> list[Finding]:
    """One finding for all branches in which it is the same: counts are added, names put together."""
    joined: dict[tuple[object, ...], Finding] = {}
    for one in found:
        shared = tuple(sorted((key, value) for key, value in one.figures.items() if key != "seconds"))
        # What is not read in one branch may be read in another.
        operations = one.names if one.weight is Weight.STOPS else frozenset()
        key = (one.kind, one.base, shared, operations)
        known = joined.get(key)
        if known is not None:
            one = replace(
                known,
                where=(*known.where, *(name for name in one.where if name not in known.where)),
                count=known.count + one.count,
                names=known.names | one.names,
                figures={**known.figures, **_slowest(known.figures, one.figures)},
            )
        joined[key] = one
    return list(joined.values())


def _slowest(first: Mapping[str, str], second: Mapping[str, str]) -> Mapping[str, str]:
    seconds = [value["seconds"] for value in (first, second) if "seconds" in value]
    return {"seconds": max(seconds, key=lambda text: float(text.replace(",", ".")))} if seconds else {}

"""What a slow MIS costs a patient: searches, the way from «да» to «записаны», many bookings at once."""

from __future__ import annotations

import re
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from bench.figures import Figure, NotMeasured, at_most, percentile, rounds
from bench.phrases import Phrases, searches
from bench.rest import Rest, Said, new_sender
from clinic.network import open_network_clinic
from clinic.search import SlotQuery
from clinic.service import Clinic
from lang.catalogue import Catalogue
from lang.wish import Wish
from tools.bootstrap import ROOT
from tools.running import System

LATENCY_MS = 300
COLD_MS = 1000
WARM_MS = 60
MOST_CALLS = 4
OWN_MS = 150
_OFFER = re.compile(r"\d\d\.\d\d")
_CALLS = "maria_mis_call_seconds"


@contextmanager
def slow_mis(system: System, latency_ms: int = LATENCY_MS) -> Iterator[None]:
    """The sandbox answers every call so much later."""
    faults = f"{system.sandbox}/sandbox/faults"
    httpx.post(faults, json={"kind": "latency", "latency_ms": latency_ms}, trust_env=False).raise_for_status()
    try:
        yield
    finally:
        httpx.delete(faults, trust_env=False).raise_for_status()


def whole_network(system: System, catalogue: Catalogue, samples: int, seconds: float) -> list[Figure]:
    """The core's own search over every branch; no dialogue asks for more than a region."""
    clinic = open_network_clinic(
        "postgresql://bench@/nothing-is-stored",
        ROOT / "mis.yml",
        catalogue,
        lambda: datetime.now(timezone.utc),
        {"MIS_URL": f"{system.sandbox}/umc/hs/bwi", "REFERENCE_URL": f"{system.sandbox}/reference"},
    )
    try:
        clinic.directory.refresh()
        everywhere = _widest(clinic, catalogue)
        if not everywhere:
            raise NotMeasured("no specialty is known in the network")
        branches = len(_branches(clinic, everywhere[0]))
        cold, warm = [], []
        with slow_mis(system):
            for number in rounds(min(samples, len(everywhere)), seconds):
                query = SlotQuery(
                    datetime.now(timezone.utc), Wish(soonest=True), specialty=everywhere[number]
                )
                for times in (cold, warm):
                    started = time.perf_counter()
                    clinic.find_offers(query)
                    times.append((time.perf_counter() - started) * 1000)
    finally:
        clinic.close()
    _check_any(cold)
    return _pair(f"search over {branches} branches, MIS at {LATENCY_MS} ms, core alone", cold, warm)


def through_the_desk(
    system: System, phrases: Phrases, catalogue: Catalogue, now: datetime, samples: int, seconds: float
) -> list[Figure]:
    """The same request by two patients, one after the other: only the first one's schedule must be read."""
    cold: list[float] = []
    warm: list[float] = []
    requests = searches(phrases, catalogue, now, seed=2)
    with Rest(system.desk) as rest, slow_mis(system):
        for number in rounds(min(2 * samples, len(requests)), seconds):
            first, second = (_after_greeting(rest, phrases, requests[number]) for _ in range(2))
            if first.offers:
                cold.append(first.milliseconds)
                warm.append(second.milliseconds)
            if len(cold) == samples:
                break
    _check_any(cold)
    return _pair(f"search of a region through the desk, MIS at {LATENCY_MS} ms", cold, warm)


@dataclass(frozen=True)
class Totals:
    """What the action server has asked the MIS so far."""

    calls: float
    seconds: float


def totals(metrics: str) -> Totals:
    """Sums over all bases and operations of the text that `/metrics` shows."""
    calls = seconds = 0.0
    for family in text_string_to_metric_families(metrics):
        for sample in family.samples:
            if sample.name == f"{_CALLS}_count":
                calls += sample.value
            elif sample.name == f"{_CALLS}_sum":
                seconds += sample.value
    return Totals(calls, seconds)


def from_yes_to_booked(
    system: System, phrases: Phrases, catalogue: Catalogue, now: datetime, samples: int, seconds: float
) -> list[Figure]:
    """How many calls the last «да» costs, and what it takes beside them."""
    calls: list[float] = []
    own: list[float] = []
    requests = searches(phrases, catalogue, now, seed=3)
    with Rest(system.desk) as rest, slow_mis(system):
        for sender, yes in _about_to_book(rest, phrases, requests, samples, seconds):
            before = _asked(system)
            said = rest.say(sender, yes)
            after = _asked(system)
            if not _is_booked(phrases, said):
                raise NotMeasured("a visit was not booked")
            calls.append(after.calls - before.calls)
            own.append(said.milliseconds - (after.seconds - before.seconds) * 1000)
    _check_any(calls)
    note = f"n {len(calls)}"
    return [
        at_most("from «да» to «записаны», calls to the MIS, most", max(calls), MOST_CALLS, "calls", note),
        at_most("from «да» to «записаны», beside the MIS, p95", percentile(own, 0.95), OWN_MS, "ms", note),
    ]


def together(
    system: System, phrases: Phrases, catalogue: Catalogue, now: datetime, patients: int, seconds: float
) -> list[Figure]:
    """Many patients who say their last «да» at the same moment."""
    requests = searches(phrases, catalogue, now, seed=4)
    with Rest(system.desk) as rest, slow_mis(system):
        ready = list(_about_to_book(rest, phrases, requests, patients, seconds))
        if len(ready) < patients:
            raise NotMeasured(f"only {len(ready)} of {patients} patients came to their «да» in time")
        with ThreadPoolExecutor(patients) as pool:
            answers = list(pool.map(lambda patient: _says(system.desk, *patient), ready))
    booked = [said for said in answers if said is not None and _is_booked(phrases, said)]
    slowest = max((said.milliseconds for said in booked), default=0.0)
    note = "; ".join([f"slowest {slowest:.0f} ms", *told_instead(phrases, answers)])
    return [at_most(f"{patients} bookings at once, without «записаны»", patients - len(booked), 0, "", note)]


def told_instead(phrases: Phrases, answers: Sequence[Said | None]) -> list[str]:
    """How often those who were not booked were told what, by its first sentence."""
    told = Counter(
        str(said.replies[-1].get("text", "")).partition(".")[0] if said and said.replies else "no answer"
        for said in answers
        if said is None or not _is_booked(phrases, said)
    )
    return [f"{count} × {words}" for words, count in told.most_common()]


def _says(desk: str, sender: str, message: str) -> Said | None:
    try:
        with Rest(desk) as rest:
            return rest.say(sender, message)
    except NotMeasured:
        return None


def _widest(clinic: Clinic, catalogue: Catalogue) -> list[str]:
    """Specialties, those of the most branches first."""
    known = [specialty for specialty in catalogue.specialties if _branches(clinic, specialty)]
    return sorted(known, key=lambda specialty: -len(_branches(clinic, specialty)))


def _branches(clinic: Clinic, specialty: str) -> set[str]:
    doctors = clinic.directory.doctors(specialty=specialty)
    return {branch for doctor in doctors if doctor.sees_adults for branch in doctor.branch_ids}


def _after_greeting(rest: Rest, phrases: Phrases, request: str) -> Said:
    sender = new_sender()
    rest.say(sender, phrases.greeting)
    return rest.say(sender, request)


def _about_to_book(
    rest: Rest, phrases: Phrases, requests: Sequence[str], patients: int, seconds: float
) -> Iterator[tuple[str, str]]:
    """At most `patients` who come to their last «да» in time: who they are and what they have to send."""
    come = 0
    for number in rounds(min(3 * patients, len(requests)), seconds):
        sender = new_sender()
        yes = _to_confirmation(rest, phrases, sender, requests[number])
        if yes is None:
            continue
        yield sender, yes
        come += 1
        if come == patients:
            return


def _to_confirmation(rest: Rest, phrases: Phrases, sender: str, request: str) -> str | None:
    """What the last «да» has to send; None for a request that brings nothing to be held."""
    words = phrases.booking
    offer = _button(rest.say(sender, request), _OFFER)
    held = None if offer is None else rest.say(sender, offer)
    consent = None if held is None else _button(held, re.compile(words["consent"]))
    if consent is None:
        return None
    rest.say(sender, consent)
    phone = f"+7 9{uuid.uuid4().int % 10**9:09d}"
    return _button(rest.say(sender, words["contacts"].format(phone=phone)), re.compile(words["confirm"]))


def _button(said: Said, title: re.Pattern[str]) -> str | None:
    buttons: list[dict[str, Any]] = [one for reply in said.replies for one in reply.get("buttons") or []]
    return next((str(one["payload"]) for one in buttons if title.match(one["title"])), None)


def _is_booked(phrases: Phrases, said: Said) -> bool:
    return any(phrases.booking["booked"] in str(reply.get("text", "")) for reply in said.replies)


def _asked(system: System) -> Totals:
    return totals(httpx.get(f"{system.actions}/metrics", trust_env=False).raise_for_status().text)


def _pair(what: str, cold: Sequence[float], warm: Sequence[float]) -> list[Figure]:
    return [
        at_most(
            f"{what}, {state}, p95",
            percentile(times, 0.95),
            target,
            "ms",
            f"p50 {percentile(times, 0.5):.0f}, n {len(times)}",
        )
        for state, times, target in (("cold", cold, COLD_MS), ("warm", warm, WARM_MS))
    ]


def _check_any(times: Sequence[float]) -> None:
    if not times:
        raise NotMeasured("no sample in the time there is")

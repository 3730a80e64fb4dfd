"""What a clinic publishes beside its MIS, as JSON: preparation rules, insurers, facts about doctors.

BIT.UMC has no operation for these. `GET <url>/preparation/<article>`, `/insurers/<УИД of the clinic>` and
`/doctors`; 404 is "nothing known".
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote

import requests
from urllib3.exceptions import HTTPError

from mis.http import open_session, read_body, time_limit
from mis.kept_copies import KeptCopies
from mis.port import BadAnswer, Branch, Doctor, MisError, MisUnavailable, Preparation, Reference
from mis.umc_wire import decode, describe, text

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DoctorFacts:
    """What the clinic's site tells of a doctor; `None` and "" are "not told"."""

    experience_years: int | None
    category: str
    sees_adults: bool | None
    sees_children: bool | None


class ReferenceHttp:
    """`Reference` over HTTP. Thread-safe; each answer is kept for hours and through an outage."""

    def __init__(
        self,
        url: str,
        branches: Sequence[Branch],
        clock: Callable[[], datetime],
        *,
        connect_seconds: float = 1.5,
        total_seconds: float = 5.0,
        ca_file: str | None = None,
    ) -> None:
        self._url = url.rstrip("/")
        self._mis_ids = {branch.id: branch.mis_id for branch in branches}
        self._connect_seconds = connect_seconds
        self._total_seconds = total_seconds
        self._session = open_session(ca_file)
        self._copies = KeptCopies(clock, wait_seconds=total_seconds)

    def preparation(self, article: str) -> Preparation | None:
        """How to prepare for a service; `None` when the clinic has no rules for it."""

        def read() -> Preparation | None:
            found = self._get(f"preparation/{quote(article, safe='')}")
            if found is None:
                return None
            rules = _words(found.get("rules"))
            if not rules:
                raise BadAnswer(f"no rules in {describe(found)}")
            return Preparation(article, text(found.get("title")), rules, _words(found.get("bring")))

        return self._copies.get(("preparation", article), read)

    def insurers(self, branch_id: str) -> Sequence[str]:
        """Insurers whose policies the branch takes, as the clinic names them; empty when not known."""

        def read() -> tuple[str, ...]:
            found = self._get(f"insurers/{quote(self._mis_ids[branch_id], safe='')}")
            return () if found is None else _words(found.get("insurers"))

        return self._copies.get(("insurers", branch_id), read)

    def doctors(self) -> Mapping[str, DoctorFacts]:
        """Facts by the doctor's id in lower case; empty when the clinic publishes none."""

        def read() -> Mapping[str, DoctorFacts]:
            found = self._get("doctors") or {}
            return {key.lower(): _facts(row) for key, row in found.items() if isinstance(row, Mapping)}

        return self._copies.get(("doctors",), read)

    def _get(self, path: str) -> Mapping[str, object] | None:
        try:
            with self._session.get(
                f"{self._url}/{path}",
                timeout=time_limit(self._connect_seconds, self._total_seconds),
                allow_redirects=False,
                stream=True,
            ) as response:
                status, body = response.status_code, read_body(response)
        except (requests.RequestException, HTTPError) as failure:
            raise MisUnavailable(f"the reference: {type(failure).__name__}") from failure
        if status == 404:
            return None
        answer = decode(body)
        if status != 200:
            raise MisUnavailable(f"the reference: {status}, {describe(answer)}")
        if not isinstance(answer, Mapping):
            raise BadAnswer(f"the reference: {describe(answer)}")
        return answer


class NetworkReference:
    """`Reference` of a network whose branches have several, or none."""

    def __init__(self, by_branch: Mapping[str, Reference]) -> None:
        self._by_branch = dict(by_branch)
        self._all = tuple({id(reference): reference for reference in by_branch.values()}.values())

    def preparation(self, article: str) -> Preparation | None:
        """The first rules found for the article."""
        return next((found for one in self._all if (found := one.preparation(article))), None)

    def insurers(self, branch_id: str) -> Sequence[str]:
        """Empty for a branch that publishes nothing."""
        reference = self._by_branch.get(branch_id)
        return () if reference is None else reference.insurers(branch_id)


def all_with_facts(
    doctors: Sequence[Doctor], read: Callable[[], Mapping[str, DoctorFacts]]
) -> Sequence[Doctor]:
    """`doctors` with what the site tells of them, if it can be read: `read` gives it by id in lower case."""
    try:
        facts = read()
    except MisError as failure:
        # The site is not the MIS: without it we know less of the doctors, and they can still be booked.
        log.warning("no facts about doctors: %s", failure)
        return doctors
    known = ((doctor, facts.get(doctor.id.lower())) for doctor in doctors)
    return [doctor if told is None else with_facts(doctor, told) for doctor, told in known]


def with_facts(doctor: Doctor, facts: DoctorFacts) -> Doctor:
    """`doctor` with what the site tells: it wins over what was guessed from the MIS's free text."""
    return replace(
        doctor,
        experience_years=facts.experience_years
        if facts.experience_years is not None
        else doctor.experience_years,
        category=facts.category or doctor.category,
        sees_adults=doctor.sees_adults if facts.sees_adults is None else facts.sees_adults,
        sees_children=doctor.sees_children if facts.sees_children is None else facts.sees_children,
    )


def _facts(row: Mapping[str, object]) -> DoctorFacts:
    years, adults, children = row.get("experience_years"), row.get("adults"), row.get("children")
    return DoctorFacts(
        experience_years=years if isinstance(years, int) and not isinstance(years, bool) else None,
        category=text(row.get("category")).lower(),
        sees_adults=adults if isinstance(adults, bool) else None,
        sees_children=children if isinstance(children, bool) else None,
    )


def _words(value: object) -> tuple[str, ...]:
    lines = value if isinstance(value, list) else [value]
    return tuple(found for found in map(text, lines) if found)

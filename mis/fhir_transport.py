"""Calls to a FHIR R4 server: what its answers to reads, searches and conditional writes mean."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode, urljoin, urlsplit

import requests
from requests.auth import AuthBase, HTTPBasicAuth

from mis.calls import Calls, OnCall, Received, Request, Timeouts
from mis.guard import Guard
from mis.port import BadAnswer, MisRefused, MisUnavailable, OutcomeUnknown, Symptom

Resource = Mapping[str, object]
Params = Sequence[tuple[str, str]]

_TYPE = "application/fhir+json"
# Some servers give yesterday's result of the same search unless they are asked not to.
_READ = {"Accept": _TYPE, "Cache-Control": "no-cache"}
_WRITE = {"Accept": _TYPE, "Content-Type": _TYPE, "Prefer": "return=representation"}
_GONE = frozenset({404, 410})
_CONFLICT = frozenset({409, 412})
_NOT_SERVED = frozenset({401, 403, 404, 405, 410, 429})
_CODE = re.compile(r"[a-z-]{1,40}")
_KIND = re.compile(r"[A-Za-z]{1,40}")
_MAX_PAGES = 100


class Conflict(MisRefused):
    """Somebody has changed the resource since we read it: nothing was written."""


class Bearer(AuthBase):
    """A token in the header `Authorization`."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    resource: Resource | None = field(repr=False)

    @property
    def is_outcome(self) -> bool:
        return self.resource is not None and self.resource.get("resourceType") == "OperationOutcome"

    def describe(self) -> str:
        """What may be logged: status and codes; texts of a server can carry anybody's data."""
        if self.resource is None:
            return f"{self.status}, no FHIR"
        if not self.is_outcome:
            kind = str(self.resource.get("resourceType"))
            return f"{self.status}, {kind if _KIND.fullmatch(kind) else 'another resource'}"
        issues = self.resource.get("issue")
        rows = [row for row in issues if isinstance(row, Mapping)] if isinstance(issues, list) else []
        codes = [str(row.get("code")) for row in rows[:5]]
        return f"{self.status}, an outcome of {[code for code in codes if _CODE.fullmatch(code)]}"


class FhirTransport:
    """A FHIR server. Thread-safe; holds at most `pool` idle connections."""

    def __init__(
        self,
        url: str,
        timeouts: Timeouts,
        *,
        token: str = "",
        user: str = "",
        password: str = "",
        ca_file: str | None = None,
        pool: int = 32,
        page_size: int = 500,
        on_call: OnCall | None = None,
        guard: Guard | None = None,
    ) -> None:
        """`token` wins over `user` and `password`; without any the server is asked without a name."""
        self._url = url.rstrip("/") + "/"
        self._page_size = page_size
        auth: AuthBase | None = None
        if token:
            auth = Bearer(token)
        elif user:
            auth = HTTPBasicAuth(user.encode(), password.encode())
        self._calls = Calls(timeouts, auth=auth, ca_file=ca_file, pool=pool, on_call=on_call, guard=guard)

    def close(self) -> None:
        """Close all pooled connections."""
        self._calls.close()

    def get(self, kind: str, resource_id: str, branch_id: str) -> Resource | None:
        """A resource by its id, `None` when there is none. Raises `MisUnavailable`, `BadAnswer`."""

        def call() -> Resource | None:
            answer = self._read(f"{self._url}{kind}/{resource_id}")
            if answer.status in _GONE and answer.is_outcome:
                return None
            return _usable(answer, kind)

        return self._calls.told(f"{kind}.read", branch_id, call)

    def search(
        self, kind: str, branch_id: str, params: Params, *, directory: bool = False
    ) -> Sequence[Resource]:
        """Every resource of the type `kind` that the server finds, over all pages; each once.

        Servers do not promise to heed every parameter: filter again. Raises `MisUnavailable`, `BadAnswer`.
        """

        def call() -> Sequence[Resource]:
            found: dict[str, Resource] = {}
            for bundle in self._pages(kind, params, found, directory):
                for resource in resources(bundle, kind):
                    found[str(resource.get("id"))] = resource
            return tuple(found.values())

        return self._calls.told(f"{kind}.search", branch_id, call)

    def create(
        self, resource: Resource, branch_id: str, *, unless: tuple[str, str] | None = None
    ) -> Resource:
        """The resource made, or the one that has the identifier `unless` (system, value) already.

        Raises `MisUnavailable`, `MisRefused` (neither was made) or `OutcomeUnknown`.
        """
        kind = str(resource["resourceType"])
        headers = {} if unless is None else {"If-None-Exist": urlencode({"identifier": "|".join(unless)})}
        return self._write("POST", kind, f"{kind}.create", resource, headers, branch_id)

    def update(self, resource: Resource, branch_id: str) -> Resource:
        """`resource` in the place of the version it was made from.

        Raises `Conflict` when that is not the latest, `MisUnavailable`, `MisRefused` or `OutcomeUnknown`.
        """
        kind = str(resource["resourceType"])
        meta = resource.get("meta")
        version = meta.get("versionId") if isinstance(meta, Mapping) else None
        if not version:
            raise MisRefused(f"the server keeps no versions of {kind}: it could be taken twice")
        path = f"{kind}/{resource['id']}"
        return self._write("PUT", path, f"{kind}.update", resource, {"If-Match": f'W/"{version}"'}, branch_id)

    def _pages(
        self, kind: str, params: Params, found: Mapping[str, Resource], directory: bool
    ) -> Iterator[Resource]:
        """The bundles of a search. `found` is what the caller has taken out of them so far."""
        query = [*params, ("_count", str(self._page_size))]
        url = f"{self._url}{kind}?{urlencode(query)}"
        for _ in range(_MAX_PAGES):
            had = len(found)
            bundle = _usable(self._read(url, directory), "Bundle")
            yield bundle
            following = _next_link(bundle)
            total = bundle.get("total")
            if following is not None:
                url = self._own(urljoin(url, following))
            elif isinstance(total, int) and total > len(found):
                if len(found) == had:
                    raise BadAnswer(f"only a part of {kind} was given, and no way to the rest")
                url = f"{self._url}{kind}?{urlencode([*query, ('_offset', str(len(found)))])}"
            else:
                return
        raise BadAnswer(f"{kind} has more than {_MAX_PAGES} pages")

    def _own(self, url: str) -> str:
        """`url`, if it is of our server: our name and password go nowhere else."""
        if urlsplit(url)[:2] != urlsplit(self._url)[:2]:
            raise BadAnswer("the next page is at another address than the server's own")
        return url

    def _read(self, url: str, directory: bool = False) -> _Answer:
        request = Request("GET", url, _READ)
        return self._calls.read(request, _understand, _is_broken, directory=directory)

    def _write(
        self,
        method: str,
        path: str,
        operation: str,
        resource: Resource,
        headers: Mapping[str, str],
        branch_id: str,
    ) -> Resource:
        data = json.dumps(resource, ensure_ascii=False).encode()
        request = Request(method, self._url + path, {**_WRITE, **headers}, data)

        def call() -> Resource:
            return _written(self._calls.write(request, _understand), str(resource["resourceType"]))

        return self._calls.told(operation, branch_id, call)


def resources(bundle: Resource, kind: str) -> Iterator[Resource]:
    """The resources of type `kind` among the entries of a bundle; a server may add warnings and others."""
    entries = bundle.get("entry", [])
    for entry in entries if isinstance(entries, list) else []:
        resource = entry.get("resource") if isinstance(entry, Mapping) else None
        if isinstance(resource, Mapping) and resource.get("resourceType") == kind and resource.get("id"):
            yield resource


def _understand(received: Received) -> _Answer:
    try:
        body = json.loads(received.body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        body = None
    is_resource = isinstance(body, Mapping) and isinstance(body.get("resourceType"), str)
    return _Answer(received.status, body if is_resource else None)


def _is_broken(answer: _Answer) -> bool:
    return answer.status >= 500 or (answer.status == 200 and answer.resource is None)


def _usable(answer: _Answer, kind: str) -> Resource:
    if answer.status != 200:
        raise MisUnavailable(answer.describe(), status=answer.status)
    if answer.resource is None or answer.resource.get("resourceType") != kind:
        raise BadAnswer(f"no {kind}: {answer.describe()}", symptom=Symptom.FOREIGN)
    return answer.resource


def _written(answer: _Answer, kind: str) -> Resource:
    if answer.status in (200, 201):
        if answer.resource is None or answer.resource.get("resourceType") != kind:
            raise OutcomeUnknown(answer.describe())
        return answer.resource
    if answer.status in _CONFLICT:
        raise Conflict(answer.describe())
    if 300 <= answer.status < 400 or (answer.status in _NOT_SERVED and not _refers(answer)):
        raise MisUnavailable(answer.describe())
    if 400 <= answer.status < 500:
        raise MisRefused(answer.describe())
    raise OutcomeUnknown(answer.describe())


def _refers(answer: _Answer) -> bool:
    """Whether the FHIR server itself says that the resource is not there; not a gateway, nor a wrong path."""
    return answer.status in _GONE and answer.is_outcome


def _next_link(bundle: Resource) -> str | None:
    links = bundle.get("link", [])
    for link in links if isinstance(links, list) else []:
        if isinstance(link, Mapping) and link.get("relation") == "next" and isinstance(link.get("url"), str):
            return str(link["url"])
    return None

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from mis.calls import Timeouts
from mis.fhir_transport import Conflict, FhirTransport
from mis.port import BadAnswer, MisRefused, MisUnavailable, OutcomeUnknown
from tests.mis.fake_umc import Close, FakeUmc, Reply, Reset, fake_umc, json_reply

FIRST = "/umc/hs/bwi/Slot?status=free&_count=2"
DEEP = Reply(b'{"resourceType": "Slot", "extension": ' + b"[" * 200_000)
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"code": "not-found", "diagnostics": "Сидоров"}]}


def transport(fake: FakeUmc, **settings: Any) -> FhirTransport:
    return FhirTransport(fake.url, Timeouts(10, 20, 20, 20), page_size=2, **settings)


def slots(*ids: str, following: str | None = None, **fields: Any) -> Reply:
    entries: list[dict[str, Any]] = [{"resource": {"resourceType": "Slot", "id": id_}} for id_ in ids]
    links = [{"relation": "next", "url": following}] if following else []
    return json_reply(
        {"resourceType": "Bundle", "type": "searchset", "entry": entries, "link": links, **fields}
    )


def found(fake: FakeUmc, **settings: Any) -> list[object]:
    return [one["id"] for one in transport(fake, **settings).search("Slot", "b", [("status", "free")])]


def test_the_next_page_is_where_the_server_says(fake: FakeUmc) -> None:
    fake.on(FIRST, slots("a", "b", following=f"{fake.url}?_getpages=7", total=3))
    fake.on("/umc/hs/bwi?_getpages=7", slots("b", "c", following="?_getpages=8"))
    fake.on("/umc/hs/bwi?_getpages=8", slots())
    assert found(fake) == ["a", "b", "c"]


def test_no_name_and_password_go_to_another_host(fake: FakeUmc) -> None:
    with fake_umc() as other:
        fake.on(FIRST, slots("a", "b", following=f"{other.url}?page=2"))
        with pytest.raises(BadAnswer):
            found(fake, token="secret")
        assert other.requests == []


def test_pages_by_number_where_there_is_no_link(fake: FakeUmc) -> None:
    fake.on(FIRST, slots("a", "b", total=3))
    fake.on(f"{FIRST}&_offset=2", slots("c", total=3))
    assert found(fake) == ["a", "b", "c"]


def test_a_part_without_a_way_to_the_rest_is_a_bad_answer(fake: FakeUmc) -> None:
    fake.on(FIRST, slots("a", "b", total=3))
    fake.on(f"{FIRST}&_offset=2", slots("a", "b", total=3))
    with pytest.raises(BadAnswer):
        found(fake)


def test_pages_in_a_circle_come_to_an_end(fake: FakeUmc) -> None:
    fake.on(FIRST, slots("a", following=FIRST))
    with pytest.raises(BadAnswer):
        found(fake)


def test_what_is_beside_the_resources_is_left_out(fake: FakeUmc) -> None:
    warning = {"resource": OUTCOME, "search": {"mode": "outcome"}}
    slot = {"resource": {"resourceType": "Slot", "id": "a"}}
    role = {"resource": {"resourceType": "PractitionerRole", "id": "r"}, "search": {"mode": "include"}}
    bundle = {"resourceType": "Bundle", "entry": [warning, slot, role, {}, "?"], "total": 1}
    fake.on(FIRST, json_reply(bundle))
    assert found(fake) == ["a"]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"token": "t"}, "Bearer t"),
        ({"user": "Сайт", "password": "п"}, f"Basic {base64.b64encode('Сайт:п'.encode()).decode()}"),
        ({}, None),
    ],
)
def test_who_asks(fake: FakeUmc, settings: dict[str, str], expected: str | None) -> None:
    fake.on(FIRST, slots())
    assert found(fake, **settings) == []
    (request,) = fake.asked(FIRST)
    assert request.headers.get("Authorization") == expected
    assert request.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (json_reply({"resourceType": "Slot", "id": "a"}), "a"),
        (json_reply(OUTCOME, 404), None),
        (json_reply(OUTCOME, 410), None),
        (Reply(b"<html>404</html>", 404, "text/html"), MisUnavailable),
        (json_reply(OUTCOME, 401), MisUnavailable),
        (json_reply(OUTCOME, 503), MisUnavailable),
        (json_reply({"resourceType": "Patient", "id": "a"}), BadAnswer),
        (json_reply({"id": "a"}), BadAnswer),
        (Reply(b"\xff\xfe{", 200), BadAnswer),
        (DEEP, BadAnswer),
        (Reset(), MisUnavailable),
    ],
)
def test_one_resource(fake: FakeUmc, reply: Any, expected: Any) -> None:
    fake.on("/umc/hs/bwi/Slot/a", reply)
    if isinstance(expected, type):
        with pytest.raises(expected):
            transport(fake).get("Slot", "a", "b")
    else:
        got = transport(fake).get("Slot", "a", "b")
        assert (None if got is None else got["id"]) == expected


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (json_reply({"resourceType": "Appointment", "id": "a"}, 201), None),
        (json_reply({"resourceType": "Appointment", "id": "a"}, 200), None),
        (json_reply(OUTCOME, 412), Conflict),
        (json_reply(OUTCOME, 409), Conflict),
        (json_reply(OUTCOME, 422), MisRefused),
        (json_reply(OUTCOME, 400), MisRefused),
        (json_reply(OUTCOME, 404), MisRefused),
        (Reply(b"<html></html>", 404, "text/html"), MisUnavailable),
        (json_reply(OUTCOME, 401), MisUnavailable),
        (json_reply(OUTCOME, 429), MisUnavailable),
        (Reply(b"", 302, headers={"Location": "/login"}), MisUnavailable),
        (Reply(b"", 201), OutcomeUnknown),
        (DEEP, OutcomeUnknown),
        (Reply(b"<html></html>", 200, "text/html"), OutcomeUnknown),
        (json_reply(OUTCOME, 200), OutcomeUnknown),
        (json_reply(OUTCOME, 500), OutcomeUnknown),
        (json_reply(OUTCOME, 503), OutcomeUnknown),
        (Reset(), OutcomeUnknown),
        (Close(), OutcomeUnknown),
    ],
)
def test_what_an_answer_to_a_write_means(fake: FakeUmc, reply: Any, expected: Any) -> None:
    fake.on("Appointment", reply)
    appointment = {"resourceType": "Appointment", "status": "booked"}
    if expected is None:
        assert transport(fake).create(appointment, "b", unless=("urn:x", "1"))["id"] == "a"
    else:
        with pytest.raises(expected) as caught:
            transport(fake).create(appointment, "b", unless=("urn:x", "1"))
        assert type(caught.value) is expected
        assert "Сидоров" not in str(caught.value)
    (request,) = fake.asked("Appointment")
    assert request.headers["If-None-Exist"] == "identifier=urn%3Ax%7C1"
    assert json.dumps(request.body) == json.dumps(appointment)


def test_calls_are_told(fake: FakeUmc) -> None:
    calls: list[tuple[str, str, str | None]] = []
    mis = transport(
        fake, on_call=lambda operation, branch, seconds, error: calls.append((operation, branch, error))
    )
    fake.on(FIRST, slots())
    mis.search("Slot", "b", [("status", "free")])
    with pytest.raises(MisUnavailable):
        mis.get("Slot", "a", "c")
    assert calls == [("Slot.search", "b", None), ("Slot.read", "c", "MisUnavailable")]

from __future__ import annotations

from datetime import timedelta

import pytest

from mis.port import BadAnswer, Doctor, FullName, MisUnavailable, Preparation
from mis.reference_http import DoctorFacts, NetworkReference, ReferenceHttp, with_facts
from tests.mis.fake_mis import Clock
from tests.mis.fake_umc import Answer, FakeUmc, Reply, Reset, free_port, json_reply
from tests.mis.support import ANNA, CENTRE, URAL

RULES = {"article": "U-ABD", "title": "УЗИ брюшной полости", "rules": ["Не есть 6 часов."], "bring": []}
NOT_FOUND = Reply(b'{"detail":"Not Found"}', 404)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def reference(fake: FakeUmc, clock: Clock) -> ReferenceHttp:
    url = fake.url.replace("/umc/hs/bwi", "/reference")
    return ReferenceHttp(url, [CENTRE, URAL], clock, connect_seconds=10, total_seconds=20)


def test_preparation_is_read_once(fake: FakeUmc, reference: ReferenceHttp) -> None:
    fake.on("/reference/preparation/U-ABD", json_reply(RULES))
    rules = Preparation("U-ABD", "УЗИ брюшной полости", ("Не есть 6 часов.",))
    assert reference.preparation("U-ABD") == rules
    assert reference.preparation("U-ABD") == rules
    assert len(fake.requests) == 1


def test_no_preparation_is_an_answer_too(fake: FakeUmc, reference: ReferenceHttp) -> None:
    fake.on("/reference/preparation/B%2FENT%201", NOT_FOUND)
    assert reference.preparation("B/ENT 1") is None
    assert reference.preparation("B/ENT 1") is None
    assert [request.operation for request in fake.requests] == ["/reference/preparation/B%2FENT%201"]


def test_insurers_are_asked_by_the_id_of_the_mis(fake: FakeUmc, reference: ReferenceHttp) -> None:
    fake.on(f"/reference/insurers/{URAL.mis_id}", json_reply({"insurers": ["Ромашка", " ", "Лето"]}))
    fake.on(f"/reference/insurers/{CENTRE.mis_id}", NOT_FOUND)
    assert reference.insurers("ural") == ("Ромашка", "Лето")
    assert reference.insurers("centre") == ()


def test_facts_about_doctors(fake: FakeUmc, reference: ReferenceHttp) -> None:
    row = {"experience_years": 12, "category": "Высшая", "adults": False, "children": True}
    fake.on("/reference/doctors", json_reply({ANNA.upper(): row, "x": "?", "y": {"adults": "yes"}}))
    facts = reference.doctors()
    assert facts[ANNA] == DoctorFacts(12, "высшая", False, True)
    assert facts["y"] == DoctorFacts(None, "", None, None)
    assert "x" not in facts


def test_facts_win_over_guesses_and_silence_does_not() -> None:
    doctor = Doctor(ANNA, FullName("Иванова", "Анна"), "ent", "ЛОР", experience_years=3, category="первая")
    told = with_facts(doctor, DoctorFacts(12, "высшая", False, True))
    assert (told.experience_years, told.category, told.sees_adults, told.sees_children) == (
        12,
        "высшая",
        False,
        True,
    )
    assert with_facts(doctor, DoctorFacts(None, "", None, None)) == doctor


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Reset(), MisUnavailable),
        (Reply(b"", 500), MisUnavailable),
        (Reply(b"<html></html>"), BadAnswer),
        (json_reply([]), BadAnswer),
        (json_reply({"title": "УЗИ", "rules": []}), BadAnswer),
    ],
)
def test_an_outage_is_told_or_bridged(
    fake: FakeUmc, reference: ReferenceHttp, clock: Clock, fault: Answer, error: type[Exception]
) -> None:
    fake.on("/reference/preparation/U-ABD", fault)
    with pytest.raises(error):
        reference.preparation("U-ABD")
    fake.on("/reference/preparation/U-ABD", json_reply(RULES))
    known = reference.preparation("U-ABD")
    clock.now += timedelta(hours=5)
    fake.on("/reference/preparation/U-ABD", fault)
    assert reference.preparation("U-ABD") == known


def test_nobody_listens(clock: Clock) -> None:
    with pytest.raises(MisUnavailable):
        ReferenceHttp(f"http://127.0.0.1:{free_port()}/reference", [CENTRE], clock).insurers("centre")


def test_a_network_with_branches_that_publish_nothing(fake: FakeUmc, reference: ReferenceHttp) -> None:
    fake.on("/reference/preparation/U-ABD", json_reply(RULES))
    fake.on(f"/reference/insurers/{URAL.mis_id}", json_reply({"insurers": ["Ромашка"]}))
    network = NetworkReference({"ural": reference})
    assert network.insurers("ural") == ("Ромашка",)
    assert network.insurers("centre") == ()
    assert network.preparation("U-ABD") is not None
    assert NetworkReference({}).preparation("U-ABD") is None

"""The core as a whole: offers, a booking from one of them, its facts and its calendar file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from icalendar import Calendar
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from clinic.booking import UnknownBooking
from clinic.calendar_file import CalendarTextsError, load_texts
from clinic.database import migrate, sqlalchemy_url
from clinic.outcomes import Clashed, Confirmed, Held
from clinic.request_texts import RequestTextsError, load_request_texts
from clinic.search import SlotQuery
from clinic.service import Clinic, open_clinic
from clinic.tables import metadata
from clinic.visit_facts import documents
from lang.wish import Wish
from mis.port import Capabilities, Doctor, FullName, Preparation
from tests.clinic.conftest import NOW, Clock, patient
from tests.clinic.fake_mis import FakeMis, FakeReference
from tests.clinic.network import catalogue, doctor, service, window

ALL_REQUESTS = "{{clash: '{0}', unclear: x, cancel_unclear: x, doctor_unknown: x, wait_list: x, any_day: x}}"


@pytest.fixture
def mis() -> FakeMis:
    return FakeMis(
        Clock(),
        doctor_lists={"b1": [doctor("d1")], "b2": [doctor("d2")], "b3": []},
        service_lists={"b1": [service("B-ENT-1")], "b2": [service("B-ENT-1", "b2")]},
        window_list=[window("b1", "d1", 24, 10, 12), window("b2", "d2", 30, 10, 12)],
    )


@pytest.fixture
def clinic(empty_ledger: Engine, mis: FakeMis) -> Iterator[Clinic]:
    rules = Preparation("B-ENT-1", "Приём ЛОРа", ("Приходите за 10 минут.",))
    core = open_clinic(empty_ledger, mis, mis, FakeReference({"B-ENT-1": rules}), catalogue(), Clock())
    yield core
    core.pool.shutdown()


def test_from_a_wish_to_a_calendar_entry(clinic: Clinic) -> None:
    offers = clinic.find_offers(SlotQuery(now=NOW, specialty="ent", branch_ids=("b1",)))
    first = offers.items[0]
    assert (first.reason, first.price) == ("nearest", Decimal(1800))
    kept = clinic.bookings.hold("c1", first.slot, first.service_ids, "turn-1")
    assert isinstance(kept, Held)
    done = clinic.bookings.confirm(kept.booking_id, patient(), "2026-11")
    assert isinstance(done, Confirmed)
    facts = clinic.visit_facts(kept.booking_id)
    assert facts.confirmed
    assert facts.number == done.number
    assert facts.start == first.slot.start
    assert facts.price == Decimal(1800)
    assert facts.doctor is not None
    assert facts.branch.address == "Садовая улица, дом 1"
    assert [preparation.title for preparation in facts.preparations] == ["Приём ЛОРа"]
    assert facts.documents == ("passport", "policy")
    assert len(facts.calendar_token) >= 32
    calendar = Calendar.from_ical(clinic.calendar_file(facts.calendar_token))
    [event] = calendar.walk("VEVENT")
    assert event.decoded("dtstart") == first.slot.start
    assert event.decoded("dtend") == first.slot.end
    assert "Берёзова Анна Ильинична" in str(event["description"])
    assert done.number in str(event["description"])
    assert str(event["dtstart"].params["TZID"]) == "Europe/Moscow"
    assert "Илья" not in clinic.calendar_file(facts.calendar_token).decode()


def test_a_room_in_the_calendar_is_no_doctor(clinic: Clinic, mis: FakeMis) -> None:
    mis.doctor_lists["b1"] = [Doctor("room", FullName("Кабинет МРТ № 2", ""), None, "МРТ", room="mri")]
    mis.service_lists["b1"] = [service("M-1", minutes=60)]
    mis.window_list = [window("b1", "room", 24, 10, 12)]
    first = clinic.find_offers(SlotQuery(now=NOW, service_ids=("mri_brain",))).items[0]
    kept = clinic.bookings.hold("c1", first.slot, first.service_ids, "turn-1")
    assert isinstance(kept, Held)
    clinic.bookings.confirm(kept.booking_id, patient(), "2026-11")
    token = clinic.visit_facts(kept.booking_id).calendar_token
    [event] = Calendar.from_ical(clinic.calendar_file(token)).walk("VEVENT")
    assert str(event["summary"]) == "Приём: кабинет МРТ"
    assert "Где: кабинет МРТ" in str(event["description"])
    assert "Врач" not in str(event["description"])


def test_a_guessed_token_opens_nothing(clinic: Clinic) -> None:
    with pytest.raises(UnknownBooking):
        clinic.calendar_file("10001")


def test_an_open_wish_looks_beyond_the_first_week(clinic: Clinic) -> None:
    offers = clinic.find_offers(SlotQuery(now=NOW, specialty="ent", branch_ids=("b2",)))
    assert offers.met
    assert [offer.branch.id for offer in offers.items if offer.reason == "nearest"] == ["b2"]
    assert [offer.days_sooner for offer in offers.items if offer.reason == "nearby_sooner"] == [6]


def test_a_taken_time_is_not_offered_again(clinic: Clinic, mis: FakeMis) -> None:
    query = SlotQuery(now=NOW, specialty="ent", branch_ids=("b1",))
    first = clinic.find_offers(query).items[0].slot
    free = mis.window_list
    mis.window_list = []
    assert not isinstance(clinic.bookings.hold("c9", first, [], "gone-1"), Held)
    mis.window_list = free
    assert first not in [offer.slot for offer in clinic.find_offers(query).items]


def test_a_day_nobody_has_is_met_by_another(clinic: Clinic) -> None:
    wish = Wish(dates=(date(2026, 11, 28), date(2026, 11, 28)))
    offers = clinic.find_offers(SlotQuery(now=NOW, specialty="ent", branch_ids=("b1",), wish=wish))
    assert (offers.met, offers.relaxed, offers.callback) == (False, "time", True)
    assert {offer.reason for offer in offers.items} == {"another_day", "other_branch"}


def test_all_branches_down_is_not_the_same_as_nothing_free(clinic: Clinic, mis: FakeMis) -> None:
    clinic.directory.refresh()
    mis.down_branches = {"b1", "b2"}
    offers = clinic.find_offers(SlotQuery(now=NOW, specialty="ent", region="moscow"))
    assert (offers.items, offers.nobody_answered, offers.callback) == ((), True, True)


def test_children_come_with_a_parents_papers() -> None:
    assert documents(date(2015, 11, 25), date(2026, 11, 24)) == (
        "birth_certificate",
        "parent_passport",
        "policy",
    )
    assert documents(date(2008, 11, 24), date(2026, 11, 24)) == ("passport", "policy")


def test_requests_are_stored_once_and_closed_once(clinic: Clinic) -> None:
    first = clinic.requests.store(
        "callback", "c1", NOW, phone="+79161234567", details={"specialty": "ent"}, request_key="t1"
    )
    again = clinic.requests.store("callback", "c1", NOW, request_key="t1")
    assert again == first
    assert first.number == str(first.id)
    assert clinic.requests.open_requests("c1") == [first]
    assert clinic.requests.close(first.id)
    assert not clinic.requests.close(first.id)
    assert clinic.requests.open_requests("c1") == []


def test_a_booking_that_stays_unclear_becomes_work_for_a_person(clinic: Clinic, mis: FakeMis) -> None:
    offer = clinic.find_offers(SlotQuery(now=NOW, specialty="ent", branch_ids=("b1",))).items[0]
    kept = clinic.bookings.hold("c1", offer.slot, offer.service_ids, "turn-1")
    assert isinstance(kept, Held)
    mis.faults["book"] = ["lost"]
    clinic.bookings.confirm(kept.booking_id, patient(), "v1")
    mis.down_branches = {"b1"}
    assert isinstance(clinic.clock, Clock)
    clinic.clock.forward(minutes=31)
    for _ in range(2):
        assert [news.outcome for news in clinic.settle()] == ["unclear"]
        clinic.clock.forward(minutes=2)
    [stored] = clinic.requests.open_requests("c1")
    assert (stored.kind, stored.topic, stored.details["booking_id"]) == ("check", "unclear", kept.booking_id)
    assert stored.phone == patient().phone and str(patient().name) in stored.summary


def test_a_clash_becomes_work_for_a_person_whoever_was_to_tell_it(clinic: Clinic, mis: FakeMis) -> None:
    mis.capabilities = Capabilities(holds=True, returns_visit_id=True, shows_taken=True)
    offer = clinic.find_offers(SlotQuery(now=NOW, specialty="ent", branch_ids=("b1",))).items[0]
    kept = clinic.bookings.hold("c1", offer.slot, offer.service_ids, "turn-1")
    assert isinstance(kept, Held)
    mis.faults["book"] = ["registrar"]
    assert isinstance(clinic.bookings.confirm(kept.booking_id, patient(), "v1"), Clashed)
    assert clinic.settle() == [], "the patient was told at once"
    assert clinic.settle() == []
    [stored] = clinic.requests.open_requests("c1")
    assert clinic.report_clash(kept.booking_id) == stored
    assert (stored.kind, stored.topic, stored.priority) == ("check", "clash", 1)
    assert stored.details["visit_id"] == clinic.bookings.get(kept.booking_id).visit_id
    for fact in (str(patient().name), patient().phone, "24.11.2026", str(kept.booking_id), "Садовая"):
        assert fact in stored.summary + clinic.visit_facts(kept.booking_id).branch.address
    assert "{" not in stored.summary


@pytest.mark.parametrize("content", ["clash: x", "[]", ALL_REQUESTS.format("{wrong}")])
def test_bad_texts_of_requests_are_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "requests.yml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(RequestTextsError, match=r"requests\.yml"):
        load_request_texts(path)


def test_an_error_of_the_database_does_not_quote_the_patient(clinic: Clinic) -> None:
    with pytest.raises(DBAPIError) as caught:
        clinic.requests.store("nonsense", "c1", NOW, phone="+79161234567")  # type: ignore[arg-type]
    assert "79161234567" not in str(caught.value).split("DETAIL")[0]


def test_the_first_consent_counts(clinic: Clinic) -> None:
    assert clinic.consents.given_at("c1", "personal_data", "v1") is None
    clinic.consents.record("c1", "personal_data", "v1", NOW)
    clinic.consents.record("c1", "personal_data", "v1", Clock().forward(days=1))
    assert clinic.consents.given_at("c1", "personal_data", "v1") == NOW
    assert clinic.consents.given_at("c1", "personal_data", "v2") is None


def test_migrations_make_exactly_the_tables(engine: Engine, database_url: str) -> None:
    migrate(database_url)
    with engine.connect() as connection:
        options = {"include_schemas": True, "version_table_schema": "clinic"}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
        assert connection.scalar(text("SELECT count(*) FROM clinic.alembic_version")) == 1


@pytest.mark.parametrize("url", ["mysql://x/y", "not an address"])
def test_another_database_is_refused_by_name(url: str) -> None:
    with pytest.raises(ValueError, match="DATABASE_URL"):
        sqlalchemy_url(url)


@pytest.mark.parametrize("content", ["summary: x", "[]"])
def test_bad_calendar_texts_are_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "calendar.yml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(CalendarTextsError, match=r"calendar\.yml"):
        load_texts(path)


@pytest.mark.parametrize(
    ("able", "fault", "policies", "found"),
    [
        (True, "", {"77"}, True),
        (True, "", set(), False),
        (True, "down", {"77"}, None),
        (False, "", {"77"}, None),
    ],
)
def test_a_policy_is_looked_up_only_where_the_mis_can(
    clinic: Clinic, mis: FakeMis, able: bool, fault: str, policies: set[str], found: bool | None
) -> None:
    mis.capabilities = Capabilities(holds=True, returns_visit_id=True, checks_insurance=able)
    mis.policies = policies
    mis.faults["policy_found"] = [fault]
    first = clinic.find_offers(SlotQuery(now=NOW, specialty="ent", branch_ids=("b1",))).items[0]
    kept = clinic.bookings.hold("c1", first.slot, first.service_ids, "turn-1")
    assert isinstance(kept, Held)
    booking_id = kept.booking_id
    assert clinic.policy_found(booking_id, "77") is None, "nobody is booked yet"
    clinic.bookings.confirm(booking_id, patient(), "v1")
    assert clinic.policy_found(booking_id, None) is None
    assert clinic.policy_found(booking_id, "77") is found
    assert ("policy_found" in mis.calls) is able

"""News of the clinic's core in words."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from clinic.booking import UnknownBooking
from clinic.outcomes import Settled
from clinic.visit_facts import VisitFacts
from desk.network import NetworkDesk
from lang.catalogue import BranchFacts
from mis.port import Doctor, FullName

BRANCH = BranchFacts(
    id="north",
    mis_id="1",
    name="Северный",
    region="ural",
    city="Екатеринбург",
    address="ул. Мира, 5",
    metro=(),
    landmark="",
    district="",
    phone="+7 343 555-01-02",
    hours={},
    timezone="Asia/Yekaterinburg",
    parking="",
    way="",
    synonyms=(),
)


class FakeClinic:
    """One booking with an outcome; itself also its `bookings`."""

    def __init__(self, outcome, doctor=None, moved=False, attempt=""):
        self.settled = Settled("web:1", 7, outcome, moved, attempt)
        self.doctor = doctor
        self.told = []

    @property
    def bookings(self):
        return self

    def settle(self):
        return [self.settled]

    def mark_told(self, settled):
        self.told.append(settled)

    def visit_facts(self, booking_id):
        return VisitFacts(
            booking_id=booking_id,
            number="7",
            confirmed=True,
            start=datetime(2026, 11, 24, 23, 30, tzinfo=ZoneInfo(BRANCH.timezone)),
            length=timedelta(minutes=30),
            doctor=self.doctor,
            branch=BRANCH,
            services=(),
            price=None,
            documents=(),
            preparations=(),
            calendar_token="secret",
        )

    def calendar_file(self, token):
        if token != "secret":
            raise UnknownBooking("none")
        return b"BEGIN:VCALENDAR"


def test_a_confirmed_booking_is_told_with_all_facts_in_the_branchs_time(texts):
    doctor = Doctor("d", FullName("Иванова", "Анна", "Петровна"), "ent", "ЛОР")
    clinic = FakeClinic("booked", doctor)
    desk = NetworkDesk(clinic, texts, "https://clinic.example/")
    (news,) = desk.settle()
    assert news.rasa_sender == "web:1"
    for fact in ("24 ноября, вторник", "23:30", "Иванова Анна Петровна", "Северный", "ул. Мира, 5", "7"):
        assert fact in news.text
    assert "https://clinic.example/visits/secret.ics" in news.text
    desk.told(news)
    assert clinic.told == [clinic.settled]


@pytest.mark.parametrize("moved", [False, True])
def test_a_clash_is_no_confirmed_visit(texts, moved):
    (news,) = NetworkDesk(FakeClinic("clash", None, moved), texts, "https://clinic.example").settle()
    assert "ещё одного человека" in news.text and "администратору" in news.text
    assert "записаны" not in news.text and "запись подтверждена" not in news.text
    assert "{" not in news.text


def test_a_visit_that_the_clinic_cancelled_is_told(texts):
    (news,) = NetworkDesk(FakeClinic("cancelled_by_clinic"), texts, "https://clinic.example").settle()
    assert "клиника отменила" in news.text and "24 ноября" in news.text and BRANCH.phone in news.text
    assert "{" not in news.text


@pytest.mark.parametrize("outcome", ["absent", "unclear"])
def test_nobody_is_told_a_booking_that_is_none(texts, outcome):
    (news,) = NetworkDesk(FakeClinic(outcome), texts, "https://clinic.example").settle()
    assert "подтверждена" not in news.text
    assert "24 ноября" in news.text
    assert "{" not in news.text


@pytest.mark.parametrize("moved", [False, True])
@pytest.mark.parametrize(
    ("outcome", "said"),
    [("cancelled", "отменена"), ("not_cancelled", "в силе"), ("cancel_unclear", "")],
)
def test_news_of_a_cancellation(texts, outcome, said, moved):
    (news,) = NetworkDesk(FakeClinic(outcome, None, moved, "k1"), texts, "https://clinic.example").settle()
    assert said in news.text
    assert ("отменена" in news.text and "узнать" not in news.text) is (outcome == "cancelled")
    assert ("нов" in news.text.lower()) is (moved or outcome == "cancelled")
    assert "24 ноября" in news.text
    assert "{" not in news.text
    assert news.key == f"booking:7:{outcome}:k1"


def test_a_move_that_was_unclear_tells_what_stands(texts):
    (news,) = NetworkDesk(FakeClinic("absent", moved=True), texts, "https://clinic.example").settle()
    assert "прежняя запись остаётся в силе" in news.text
    assert "подтверждена" not in news.text


def test_a_calendar_file_by_its_token_only(texts):
    desk = NetworkDesk(FakeClinic("booked"), texts, "https://clinic.example")
    assert desk.calendar("secret") == b"BEGIN:VCALENDAR"
    assert desk.calendar("guess") is None

"""Fifty patients who book at the same moment, each another time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

from clinic.outcomes import Confirmed, Held
from mis.port import Slot, Window
from tests.clinic.conftest import Desk, patient, slot

PATIENTS = 50
DOCTORS = [f"m{number}" for number in range(PATIENTS)]


def test_all_of_them_are_booked(desk: Desk) -> None:
    times = [slot(doctor=doctor) for doctor in DOCTORS]
    desk.mis.window_list = [
        Window(one.branch_id, one.doctor_id, one.start, one.end + one.length) for one in times
    ]
    together = Barrier(PATIENTS)

    def book(numbered: tuple[int, Slot]) -> object:
        number, time = numbered
        together.wait(60)
        kept = desk.bookings.hold(f"c{number}", time, ["s1"], f"k{number}")
        assert isinstance(kept, Held)
        person = replace(patient(), phone=f"+7916{number:07d}")
        return desk.bookings.confirm(kept.booking_id, person, "v1")

    with ThreadPoolExecutor(PATIENTS) as pool:
        results = list(pool.map(book, enumerate(times)))
    assert {type(result) for result in results} == {Confirmed}
    assert {entry.slot for entry in desk.mis.booked()} == set(times)
    assert len(desk.mis.calls) == 4 * PATIENTS

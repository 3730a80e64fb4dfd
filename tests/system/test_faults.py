"""What breaks behind the desk: the patient gets a visible honest answer in time, and can go on afterwards."""

from __future__ import annotations

import asyncio
import re
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from tests.desk.chat import Chat
from tests.scenarios.runner import TOKEN, Patient
from tests.support.system import System
from tests.system import dialogue

pytestmark = pytest.mark.system

ANSWER_SECONDS = 8.5
SETTLE_SECONDS = 90
SLOW: dict[str, Any] = {"kind": "latency", "latency_ms": 10_000}
# Refused or broken before anything is done, slow, unreadable, done but unanswered.
FAULTS = {
    "error": {"kind": "error"},
    "reset": {"kind": "reset"},
    "garbage": {"kind": "garbage"},
    "lost": {"kind": "lost"},
    "slow": SLOW,
}
# Each asks for another specialty and place, so that no earlier answer is remembered.
SPECIALTIES = dict(
    zip(FAULTS, ("кардиологу", "неврологу", "хирургу", "офтальмологу", "дерматологу"), strict=True)
)
AGAIN = ("Попробовать ещё раз", "Повторить")


@pytest.fixture(autouse=True)
def _no_faults_are_left(system: System) -> Iterator[None]:
    yield
    clear(system)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_schedule_fails_while_times_are_looked_for(system: System, fault: str) -> None:
    patient = Patient(system)
    request = f"запишите к {SPECIALTIES[fault]} в самаре ближайшее"
    with faults(system, FAULTS[fault]):
        said = in_time(patient, request)
    assert "1. " not in said, "the fault was not met"
    go_on(patient, request, lambda: "1. " in patient.said)
    finish_from_offers(patient)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_mis_fails_while_a_time_is_held(system: System, fault: str) -> None:
    patient = Patient(system)
    dialogue.find(patient, f"запишите к {SPECIALTIES[fault]} в новосибирске ближайшее")
    offer = patient.first_offer()
    with faults(system, FAULTS[fault]):
        said = in_time(patient, offer)
    assert "Придержала" not in said, "the fault was not met"
    assert patient.visits() == []
    go_on(patient, "первый вариант", lambda: "1. " in patient.said or "Придержала" in patient.said)
    if "Придержала" in patient.said:
        finish_from_held(patient)
    else:
        finish_from_offers(patient)


@pytest.mark.parametrize("fault", ["error", "refuse"])
def test_the_mis_refuses_the_booking(system: System, fault: str) -> None:
    """A bare 500 at the booking is how this MIS refuses: a person gets it, and the patient may book anew."""
    patient = Patient(system)
    at_confirmation(patient)
    with faults(system, {"kind": fault, "pattern": "AppointmentCreate"}):
        in_time(patient, patient.button("Да, записать"))
    assert patient.visits() == []
    dialogue.find(patient, "запишите к терапевту в новосибирске ближайшее")
    patient.write(patient.first_offer())
    assert "Проверьте" in patient.said, patient.said
    dialogue.confirm(patient)
    assert len(patient.visits()) == 1


async def test_an_unknown_outcome_is_found_out_and_told(system: System) -> None:
    """Several patients at once: the job that finds out comes round only once a minute."""
    patients = {fault: Web(system) for fault in ("lost", "reset", "garbage", "slow")}
    try:
        for fault, web in patients.items():
            await web.to_confirmation()
            with faults(system, {**FAULTS[fault], "pattern": "AppointmentCreate", "count": 1}):
                await web.confirm_without_an_answer()
        for web in patients.values():
            await web.until(lambda web=web: web.news() != [], SETTLE_SECONDS)
            await web.was_told_the_truth()
    finally:
        for web in patients.values():
            await web.chat.close()


def test_the_action_server_stands_still_before_a_turn(system: System) -> None:
    patient = Patient(system)
    dialogue.find(patient)
    offer = patient.first_offer()
    with stopped(system):
        in_time(patient, offer)
    assert patient.visits() == []
    go_on(patient, "первый вариант", lambda: "Придержала" in patient.said)
    finish_from_held(patient)


def test_the_action_server_stands_still_in_the_middle_of_a_turn(system: System) -> None:
    patient = Patient(system)
    dialogue.find(patient, "запишите к урологу в москве ближайшее")
    with ThreadPoolExecutor(1) as pool, faults(system, {**SLOW, "latency_ms": 2_000, "count": 1}):
        answer = pool.submit(in_time, patient, patient.first_offer())
        until(lambda: httpx.get(f"{system.sandbox}/sandbox/faults", timeout=10).json() == [])
        with stopped(system):
            answer.result()
    assert patient.visits() == []
    go_on(patient, "первый вариант", lambda: "согласны" in patient.said or "Придержала" in patient.said)
    finish_from_held(patient)


# --- how a fault comes and goes ---


@contextmanager
def faults(system: System, fault: dict[str, Any]) -> Iterator[None]:
    answer = httpx.post(f"{system.sandbox}/sandbox/faults", json=fault, timeout=10)
    assert answer.status_code == 201, answer.text
    try:
        yield
    finally:
        clear(system)


def clear(system: System) -> None:
    httpx.delete(f"{system.sandbox}/sandbox/faults", timeout=10).raise_for_status()


@contextmanager
def stopped(system: System) -> Iterator[None]:
    """The action server does not run, its sockets stay open."""
    process = system.child("actions")
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


# --- what the patient does and sees ---


def in_time(patient: Patient, message: str) -> str:
    """The answer to a message while something is broken: there is one, it is not late, it claims nothing."""
    answer = httpx.post(
        f"{patient.system.desk}/webhooks/rest/webhook",
        json={"sender": patient.sender, "message": message},
        headers={"Authorization": f"Bearer {TOKEN}"},
        timeout=ANSWER_SECONDS,
    )
    assert answer.status_code == 200, answer.text
    patient.replies = answer.json()
    patient.said = "\n".join(reply.get("text", "") for reply in patient.replies)
    assert patient.said.strip()
    assert not claims(patient.said), patient.said
    return patient.said


def claims(said: str) -> bool:
    """Whether the words say that a visit is booked; «не записаны» says the contrary."""
    return bool(re.search(r"(?<!не )записаны|запись подтверждена", said.lower()))


def spoken(said: dict[str, Any]) -> bool:
    """Anything but «секунду»."""
    return said.get("kind") != "wait"


def go_on(patient: Patient, text: str, good: Callable[[], bool]) -> None:
    """Take the offered way out, or say it again, until the dialogue is where it should be."""
    tries = 0
    while not good():
        assert tries < 5, patient.said
        tries += 1
        buttons = [button for reply in patient.replies for button in reply.get("buttons") or []]
        offered = [button["payload"] for button in buttons if button["title"].startswith(AGAIN)]
        patient.write(offered[0] if offered else text)


def at_confirmation(patient: Patient) -> None:
    dialogue.find(patient)
    dialogue.choose(patient)
    dialogue.introduce(patient)


def finish_from_offers(patient: Patient) -> None:
    dialogue.choose(patient)
    finish_from_held(patient)


def finish_from_held(patient: Patient) -> None:
    dialogue.introduce(patient)
    dialogue.confirm(patient)
    assert len(patient.visits()) == 1


class Web:
    """The same patient in the web chat, where news arrive by themselves."""

    def __init__(self, system: System) -> None:
        self.patient = Patient(system)
        self.chat = Chat(system.desk)

    async def to_confirmation(self) -> None:
        await self.chat.open()
        await self.ask("запишите к терапевту в самаре ближайшее", "1. ")
        await self.ask(self.button(r"\d\d\.\d\d"), "согласны")
        await self.ask(self.button("Согласен"), "фамилию")
        await self.ask(f"{self.patient.name}, {self.patient.phone}, {self.patient.birth}", "Проверьте")

    async def confirm_without_an_answer(self) -> None:
        """Say yes; something honest is there in time, and then that it is being checked."""
        known = len(self.chat.said)
        await self.chat.send(self.button("Да, записать"))
        await self.until(lambda: any(spoken(said) for said in self.chat.said[known:]), ANSWER_SECONDS)
        await self.until(lambda: "проверяю" in "".join(self.chat.texts[known:]).lower(), 30)
        assert not any(claims(text) for text in self.chat.texts[known:]), self.chat.texts[known:]

    def news(self) -> list[str]:
        return [said["text"] for said in self.chat.said if said.get("kind") == "settled"]

    async def was_told_the_truth(self) -> None:
        (news,) = self.news()
        (visit,) = self.patient.visits()
        assert "запись подтверждена" in news
        assert f"«{visit['branch']}»" in news

    async def ask(self, message: str, expected: str) -> None:
        known = len(self.chat.said)
        await self.chat.send(message)
        await self.chat.until(lambda: any(expected in said["text"] for said in self.chat.said[known:]))

    def button(self, title: str) -> str:
        for said in reversed(self.chat.said):
            for reply in said.get("quick_replies") or []:
                if re.match(title, reply["title"]):
                    return str(reply["payload"])
        raise AssertionError(f"no button «{title}» in {self.chat.texts}")

    async def until(self, condition: Callable[[], bool], seconds: float) -> None:
        async with self.chat._changed:
            waiting = self.chat._changed.wait_for(condition)
            try:
                await asyncio.wait_for(waiting, seconds)
            except TimeoutError:
                raise AssertionError(f"not within {seconds} s: {self.chat.texts}") from None


def until(condition: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(600):
        if condition():
            return
        pause.wait(0.05)
    raise AssertionError("it never came")

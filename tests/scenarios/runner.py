"""Plays a scenario file against the running system, over REST, the way a patient would.

A scenario is YAML:

    title: …
    messages_at_most: 9                         # of the patient, from the first word to «Вы записаны»
    steps:
      - user: запишите к лору на завтра        # what the patient writes
        bot: [вариант]                          # each must stand in the replies to this message
        never: [записаны]                       # none may
      - tap: Согласен                           # a button of the last reply, by the beginning of its title
        again: true                             # …tapped twice
      - tap_old: Терапевт                       # a button of an earlier reply
      - sandbox: {post: /sandbox/faults, json: {…}}   # change the MIS beside the patient
      - sandbox: {delete: /sandbox/faults}            # all is well again
      - silence: 10800                          # seconds in which the patient writes nothing
      - count_from: true                        # messages are counted from this step on
      - visits: 1                               # visits in the MIS with the scenario's own phone
        visit: {doctor: 'на$', minutes: '60'}   # patterns that fields of the last of them fit
      - books: к терапевту в москве ближайшее   # a whole booking, from this message to «Вы записаны»
      - code: right                             # the code that was sent by SMS last; `wrong` for another
      - mis: [cancelled, booked]                # states of this patient's visits in the MIS, oldest first
      - ledger: [cancelled, confirmed]          # the same in our ledger, without times let go or only held

With `rows` the scenario is played once for each of them, and `{key}` in its steps stands for the row's value.

      - requests: [{kind: privacy}]           # all requests for people, oldest first, with these columns
        waiting: []                             # what still stands in the wait list

`{phone}`, `{name}`, `{birth}` stand for an invented patient that no other scenario has.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.support.proof import ledger_states, sent_code
from tests.support.silence import pass_silence
from tests.support.stored import stored
from tests.support.system import System

TOKEN = "dev"
TIMEOUT_SECONDS = 30
BOOKED = "Вы записаны"
TAKEN = "только что заняли"
# Scenarios share one network of clinics: a time that is offered may be gone when it is chosen.
_OTHERS_AT_ONCE = 3
_OTHER_FIGURES = str.maketrans("0123456789", "5678901234")


@dataclass
class Patient:
    """One invented person writing to the desk."""

    system: System
    row: dict[str, str] = field(default_factory=dict)
    sender: str = field(default_factory=lambda: f"test-{uuid.uuid4().hex}")
    replies: list[dict[str, Any]] = field(default_factory=list)
    shown: list[dict[str, str]] = field(default_factory=list)
    said: str = ""
    sent: int = 0
    sent_until_booked: int | None = None

    def __post_init__(self) -> None:
        number = int(self.sender[-12:], 16) % 10_000_000
        self.phone = f"+7916{number:07d}"
        self.surname = _surname(number)
        self.name = f"{self.surname} Анна Сергеевна"
        self.birth = "12.05.1987"

    def write(self, message: str, message_id: str | None = None) -> str:
        """Send a message; returns the text of all replies."""
        self.sent += 1
        body: dict[str, Any] = {"sender": self.sender, "message": message}
        if message_id:
            body["metadata"] = {"message_id": message_id}
        answer = httpx.post(
            f"{self.system.desk}/webhooks/rest/webhook",
            json=body,
            headers={"Authorization": f"Bearer {TOKEN}"},
            timeout=TIMEOUT_SECONDS,
        )
        assert answer.status_code == 200, f"{answer.status_code}: {answer.text}"
        self.replies = answer.json()
        assert self.replies, "an empty reply is an error"
        self.said = "\n".join(str(reply.get("text", "")) for reply in self.replies)
        if BOOKED in self.said and self.sent_until_booked is None:
            self.sent_until_booked = self.sent
        self.shown += [button for reply in self.replies for button in reply.get("buttons") or []]
        return self.said

    def button(self, title: str, old: bool = False) -> str:
        """Payload of a button whose title begins so; of the last reply unless `old`."""
        buttons = self.shown if old else [b for reply in self.replies for b in reply.get("buttons") or []]
        for button in buttons:
            if button["title"].lower().startswith(title.lower()):
                return button["payload"]
        raise AssertionError(f"no button «{title}» among {[button['title'] for button in buttons]}")

    def first_offer(self) -> str:
        """Payload of the first button that is an offer: it begins with a date."""
        for reply in self.replies:
            for button in reply.get("buttons") or []:
                if re.match(r"\d\d\.\d\d", button["title"]):
                    return str(button["payload"])
        raise AssertionError(f"no offers in: {self.said}")

    def visits(self) -> list[dict[str, Any]]:
        """This patient's visits that stand in the MIS."""
        return [visit for visit in self.system.visits() if self._is_mine(visit)]

    def states(self) -> list[str]:
        """States of all this patient's visits in the MIS, cancelled ones too, oldest first."""
        return [str(visit["state"]) for visit in self.system.all_visits() if self._is_mine(visit)]

    def _is_mine(self, visit: dict[str, Any]) -> bool:
        return str(visit.get("phone", "")).endswith(self.phone[-10:])


def play(system: System, path: Path) -> None:
    """Run one scenario file; raises AssertionError at the step that failed."""
    scenario = yaml.safe_load(path.read_text(encoding="utf-8"))
    try:
        for row in scenario.get("rows", [{}]):
            patient = Patient(system, row=row)
            for number, step in enumerate(scenario["steps"], start=1):
                _step(patient, step, f"{path.name}, step {number}" + (f", {row}" if row else ""))
            _count(patient, scenario.get("messages_at_most"), path.name)
            httpx.delete(f"{system.sandbox}/sandbox/faults", timeout=10)
    finally:
        httpx.delete(f"{system.sandbox}/sandbox/faults", timeout=10)


def _count(patient: Patient, most: int | None, where: str) -> None:
    """The visit was booked within `most` messages of the patient, counted from `count_from`."""
    if most is None:
        return
    assert patient.sent_until_booked is not None, f"{where}: nothing was booked"
    assert patient.sent_until_booked <= most, f"{where}: {patient.sent_until_booked} messages, not {most}"


def _step(patient: Patient, step: dict[str, Any], where: str) -> None:
    try:
        _act(patient, step)
        for part in _listed(step.get("bot")):
            assert _fill(part, patient).lower() in patient.said.lower(), f"«{part}» is missing"
        for part in _listed(step.get("never")):
            assert _fill(part, patient).lower() not in patient.said.lower(), f"«{part}» must not be said"
    except AssertionError as error:
        raise AssertionError(f"{where}: {error}\n--- said:\n{patient.said}") from None


def _act(patient: Patient, step: dict[str, Any]) -> None:
    if step.get("count_from"):
        patient.sent, patient.sent_until_booked = 0, None
    if "user" in step:
        patient.write(_fill(step["user"], patient))
    elif "tap" in step:
        title = _fill(step["tap"], patient)
        if title == "offer":
            _tap_offer(patient, step)
        else:
            _tap(patient, patient.button(title), step)
    elif "tap_old" in step:
        patient.write(patient.button(step["tap_old"], old=True))
    elif "books" in step:
        _book(patient, _fill(step["books"], patient))
    elif "code" in step:
        code = sent_code(patient.system, patient.phone)
        patient.write(code if step["code"] == "right" else code[::-1].translate(_OTHER_FIGURES))
    elif "silence" in step:
        pass_silence(patient.system, patient.sender, step["silence"])
    elif "sandbox" in step:
        call = step["sandbox"]
        method = "DELETE" if "delete" in call else "POST"
        body = {name: _fill(value, patient) for name, value in call.get("json", {}).items()}
        url = f"{patient.system.sandbox}{call.get('delete') or call['post']}"
        answer = httpx.request(method, url, json=body or None, timeout=10)
        assert answer.status_code < 300, answer.text
    for what in ("requests", "waiting"):
        if what in step:
            rows = stored(patient.system, patient.sender, what)
            assert len(rows) == len(step[what]), f"{what}: {rows}"
            for row, wanted in zip(rows, step[what], strict=True):
                for column, value in wanted.items():
                    assert row[column] == value, f"{what}: {column} is {row[column]}"
    if "mis" in step:
        states = patient.states()
        assert states == step["mis"], f"in the MIS: {states}"
    if "ledger" in step:
        states = ledger_states(patient.system, patient.phone, patient.sender)
        assert states == step["ledger"], f"in the ledger: {states}"
    if "visits" in step:
        found = patient.visits()
        assert len(found) == step["visits"], f"{len(found)} visits in the MIS: {found}"
        for field_name, pattern in step.get("visit", {}).items():
            assert re.search(pattern, str(found[-1][field_name])), f"{field_name}: {found[-1][field_name]}"


def _tap(patient: Patient, payload: str, step: dict[str, Any]) -> None:
    patient.write(payload)
    if step.get("again"):
        patient.write(payload)


def _tap_offer(patient: Patient, step: dict[str, Any]) -> None:
    """Take the first time that is offered; the next one when somebody was faster, unless that is played."""
    _tap(patient, patient.first_offer(), step)
    if any("занял" in part for part in _listed(step.get("bot"))):
        return
    for _ in range(_OTHERS_AT_ONCE):
        if TAKEN in patient.said:
            patient.sent -= 1
            _tap(patient, patient.first_offer(), step)


def _book(patient: Patient, wish: str) -> None:
    """Book the first time offered; who the patient is is told only if it is asked."""
    patient.write(wish)
    _tap_offer(patient, {})
    if "согласны" in patient.said:
        patient.write(patient.button("Согласен"))
        patient.write(f"{patient.name}, {patient.phone}, {patient.birth}")
    patient.write(patient.button("Да, записать"))
    assert BOOKED in patient.said, f"«{BOOKED}» is missing"


def _fill(text: Any, patient: Patient) -> Any:
    """A text with its places filled; what is no text stays as it is."""
    if not isinstance(text, str):
        return text
    known = {**patient.row} | {
        "phone": patient.phone,
        "name": patient.name,
        "birth": patient.birth,
        "surname": patient.surname,
    }
    for key, value in known.items():
        text = text.replace("{" + key + "}", value)
    return text


def _listed(value: Any) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)


def _surname(number: int) -> str:
    """An invented surname for each scenario, so that one patient never meets another's visits."""
    first = ("Бело", "Черно", "Ново", "Старо", "Красно", "Сухо", "Мало", "Долго", "Тихо", "Ясно")
    second = (
        "борова",
        "польская",
        "водова",
        "горская",
        "речина",
        "лесова",
        "дворова",
        "кузина",
        "весова",
        "гаева",
    )
    return first[number % 10] + second[number // 10 % 10]

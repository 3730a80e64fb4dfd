"""A phone proved while a person has the conversation: the same codes and limits as in the dialogue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from clinic.identity import CodeExpired, CodeSent, NotSent, Proved, TooMany, WrongCode
from clinic.service import Clinic
from clinic.sms import CodeText
from lang.phones import PhoneMatch, find_phone

SendOutcome = Literal["sent", "too_many", "not_sent", "bad_phone"]
CheckOutcome = Literal["proved", "wrong", "expired", "no_code"]


@dataclass(frozen=True)
class CodeAsked:
    """What became of a code; `again_at` is when the next may be asked for, if that is known."""

    outcome: SendOutcome
    again_at: datetime | None = None


@dataclass(frozen=True)
class CodeChecked:
    """Whether the code was right; `tries_left` is for one that was not."""

    outcome: CheckOutcome
    tries_left: int | None = None


class PhoneCodes(Protocol):
    """Calls block and run in threads. `sender` is the conversation as the clinic's core knows it."""

    def send(self, sender: str, phone: str) -> CodeAsked:
        """A code to the phone as somebody typed it."""

    def check(self, sender: str, code: str) -> CodeChecked:
        """Whether it is the last one sent here; the right one proves the phone for this conversation."""


class ClinicPhoneCodes:
    """`PhoneCodes` over the clinic's core; `text` is what the message says. Thread-safe."""

    def __init__(self, clinic: Clinic, text: CodeText) -> None:
        self._identity = clinic.identity
        self._text = text

    def send(self, sender: str, phone: str) -> CodeAsked:
        found = find_phone(phone)
        if not isinstance(found, PhoneMatch):
            return CodeAsked("bad_phone")
        match self._identity.send_code(sender, found.e164, text=self._text):
            case CodeSent(resend_at):
                return CodeAsked("sent", resend_at)
            case TooMany(retry_at):
                return CodeAsked("too_many", retry_at)
            case NotSent():
                return CodeAsked("not_sent")

    def check(self, sender: str, code: str) -> CodeChecked:
        match self._identity.check(sender, code):
            case Proved():
                return CodeChecked("proved")
            case WrongCode(tries_left):
                return CodeChecked("wrong", tries_left)
            case CodeExpired():
                return CodeChecked("expired")
            case _:
                return CodeChecked("no_code")

"""Whose phone it is: a code by SMS, or a phone that a messenger has verified.

A proof belongs to one conversation and lasts an hour. Codes are stored hashed, and a new code makes the
conversation's earlier ones worthless.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, func
from sqlalchemy.dialects.postgresql import insert

from clinic.clock import Clock
from clinic.sms import CodeText, Sms, SmsError, SmsUnclear
from clinic.tables import identity_code, identity_proof

log = logging.getLogger(__name__)

CODE_LENGTH = 6
CODE_TIME = timedelta(minutes=5)
TRIES = 5
RESEND_AFTER = timedelta(minutes=1)
PROOF_TIME = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class CodeSent:
    """A code is on its way; another may be asked for at `resend_at`."""

    resend_at: datetime


@dataclass(frozen=True, slots=True)
class TooMany:
    """Too many codes for this phone, conversation or address; the next is possible at `retry_at`."""

    retry_at: datetime


@dataclass(frozen=True, slots=True)
class NotSent:
    """The provider did not take the message: no code is on its way."""


@dataclass(frozen=True, slots=True)
class Proved:
    """The phone belongs to whoever writes."""

    phone: str


@dataclass(frozen=True, slots=True)
class WrongCode:
    """Not the code. With no tries left only a new code helps."""

    tries_left: int


@dataclass(frozen=True, slots=True)
class CodeExpired:
    """The code was sent too long ago."""


@dataclass(frozen=True, slots=True)
class NoCode:
    """No code was sent in this conversation, or it has been used."""


SendResult = CodeSent | TooMany | NotSent
CheckResult = Proved | WrongCode | CodeExpired | NoCode


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `codes` within `period` for the same value of `column`."""

    column: str
    codes: int
    period: timedelta


LIMITS = (
    Limit("phone", 1, RESEND_AFTER),
    Limit("phone", 3, timedelta(minutes=30)),
    Limit("phone", 6, timedelta(days=1)),
    Limit("conversation_id", 1, RESEND_AFTER),
    Limit("conversation_id", 5, timedelta(hours=1)),
    Limit("address", 10, timedelta(hours=1)),
    Limit("address", 30, timedelta(days=1)),
)


def _random_code() -> str:
    return f"{secrets.randbelow(10**CODE_LENGTH):0{CODE_LENGTH}d}"


class Identity:
    """Sends and checks codes, remembers proofs. Thread-safe; every call blocks.

    `code_text` makes the message from a code and its lifetime. Phones are `+7XXXXXXXXXX`.
    """

    def __init__(
        self,
        engine: Engine,
        sms: Sms,
        clock: Clock,
        code_text: CodeText,
        *,
        new_code: Callable[[], str] = _random_code,
        new_salt: Callable[[], bytes] = lambda: secrets.token_bytes(16),
        limits: Sequence[Limit] = LIMITS,
        code_time: timedelta = CODE_TIME,
        proof_time: timedelta = PROOF_TIME,
    ) -> None:
        self._engine = engine
        self._sms = sms
        self._clock = clock
        self._code_text = code_text
        self._new_code = new_code
        self._new_salt = new_salt
        self._limits = limits
        self._code_time = code_time
        self._proof_time = proof_time

    def send_code(
        self, conversation_id: str, phone: str, address: str = "", text: CodeText | None = None
    ) -> SendResult:
        """Send a fresh code. `address` is a mark of the network address of whoever asks, "" if unknown;
        `text` stands in place of the usual words."""
        now, code, salt = self._clock(), self._new_code(), self._new_salt()
        asked = {"conversation_id": conversation_id, "phone": phone, "address": address}
        values = asked | {
            "salt": salt,
            "code_hash": _hash(code, salt),
            "state": "sent",
            "sent_at": now,
            "expires_at": now + self._code_time,
        }
        with self._engine.begin() as connection:
            _lock(connection, asked)
            retry_at = self._retry_at(connection, asked, now)
            if retry_at is not None:
                return TooMany(retry_at)
            stored = sa.insert(identity_code).values(values).returning(identity_code.c.id)
            code_id = connection.execute(stored).scalar_one()
        try:
            self._sms.send(phone, (text or self._code_text)(code, self._code_time))
        except SmsUnclear as error:
            log.warning("a code may not have been sent: %s", error)
        except SmsError as error:
            log.error("a code was not sent: %s", error)
            failed = sa.update(identity_code).where(identity_code.c.id == code_id).values(state="failed")
            with self._engine.begin() as connection:
                connection.execute(failed)
            return NotSent()
        return CodeSent(now + RESEND_AFTER)

    def check(self, conversation_id: str, code: str) -> CheckResult:
        """Whether `code` is the last one sent in the conversation; blanks and dashes in it do not matter.

        What is not six digits is not counted as a try.
        """
        typed = "".join(char for char in code if char not in " -–—\u00a0")
        now = self._clock()
        with self._engine.begin() as connection:
            last = (
                sa.select(identity_code)
                .where(identity_code.c.conversation_id == conversation_id, identity_code.c.state != "failed")
                .order_by(identity_code.c.id.desc())
                .limit(1)
                .with_for_update()
            )
            row = connection.execute(last).mappings().first()
            if row is None:
                return NoCode()
            if row["state"] == "used":
                return self._used_again(connection, conversation_id, row["phone"], now)
            if now >= row["expires_at"]:
                return CodeExpired()
            left = TRIES - row["tries"]
            if left <= 0 or not _is_code(typed):
                return WrongCode(max(left, 0))
            right = hmac.compare_digest(_hash(typed, row["salt"]), row["code_hash"])
            this = sa.update(identity_code).where(identity_code.c.id == row["id"])
            if not right:
                connection.execute(this.values(tries=row["tries"] + 1))
                return WrongCode(left - 1)
            connection.execute(this.values(state="used"))
            self._prove(connection, conversation_id, row["phone"], "code", now)
            return Proved(row["phone"])

    def proved_phone(self, conversation_id: str) -> str | None:
        """The phone that is proved to belong to whoever writes here, if any and if not too long ago."""
        with self._engine.begin() as connection:
            return _proved(connection, conversation_id, self._clock())

    def accept_verified(self, conversation_id: str, phone: str, source: str) -> Proved:
        """A phone that a channel has verified itself; `source` names the channel."""
        with self._engine.begin() as connection:
            self._prove(connection, conversation_id, phone, source, self._clock())
        return Proved(phone)

    def forget(self, conversation_id: str) -> None:
        """End the proof: whoever writes here now has to prove the phone anew."""
        with self._engine.begin() as connection:
            mine = identity_proof.c.conversation_id == conversation_id
            connection.execute(sa.delete(identity_proof).where(mine))

    def _used_again(
        self, connection: Connection, conversation_id: str, phone: str, now: datetime
    ) -> CheckResult:
        """The same message delivered twice proves what it has proved already, and nothing more."""
        return Proved(phone) if _proved(connection, conversation_id, now) == phone else NoCode()

    def _retry_at(self, connection: Connection, asked: dict[str, str], now: datetime) -> datetime | None:
        """When every limit allows the next code; `None` when that is now."""
        moments = []
        for limit in self._limits:
            if not asked[limit.column]:
                continue
            recent = (
                sa.select(identity_code.c.sent_at)
                .where(
                    identity_code.c[limit.column] == asked[limit.column],
                    identity_code.c.state != "failed",
                    identity_code.c.sent_at > now - limit.period,
                )
                .order_by(identity_code.c.sent_at.desc())
                .limit(limit.codes)
            )
            sent = list(connection.scalars(recent))
            if len(sent) == limit.codes:
                moments.append(sent[-1] + limit.period)
        return max(moments, default=None)

    def _prove(
        self, connection: Connection, conversation_id: str, phone: str, source: str, now: datetime
    ) -> None:
        values = {
            "phone": phone,
            "source": source,
            "proved_at": now,
            "expires_at": now + self._proof_time,
        }
        statement = insert(identity_proof).values(conversation_id=conversation_id, **values)
        connection.execute(statement.on_conflict_do_update(index_elements=["conversation_id"], set_=values))


def _is_code(typed: str) -> bool:
    return len(typed) == CODE_LENGTH and typed.isascii() and typed.isdigit()


def _hash(code: str, salt: bytes) -> bytes:
    """Slow on purpose: a million codes must not be tried on a stolen table within their five minutes."""
    return hashlib.scrypt(code.encode(), salt=salt, n=2**12, r=8, p=1)


def _lock(connection: Connection, asked: dict[str, str]) -> None:
    """Two requests at once must not both pass a limit; sorted, so that they never wait for each other."""
    for name in sorted(f"clinic.code.{column}:{value}" for column, value in asked.items() if value):
        connection.execute(sa.select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def _proved(connection: Connection, conversation_id: str, now: datetime) -> str | None:
    query = sa.select(identity_proof.c.phone).where(
        identity_proof.c.conversation_id == conversation_id, identity_proof.c.expires_at > now
    )
    found: str | None = connection.scalar(query)
    return found

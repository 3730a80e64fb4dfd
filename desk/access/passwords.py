"""Passwords of the staff: argon2id, slow on purpose, counted off the event loop."""

from __future__ import annotations

import asyncio
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 10
MAX_LENGTH = 128
# Letters and figures that are not taken for one another when read from a screen.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
# OWASP's second choice for argon2id: 19 MiB, two passes; 60 ms a try on one core.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# What a password of an account that does not exist is compared with: the answer takes as long.
_NOBODY = _HASHER.hash(secrets.token_urlsafe(16))


class WeakPassword(ValueError):
    """The password is too short, too long, or made of the login."""


def check_strength(password: str, login: str) -> None:
    """Raises WeakPassword. Length is what counts; kinds of signs are not asked for."""
    plain = password.casefold()
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH or len(set(plain)) < 5:
        raise WeakPassword
    if login.casefold() in plain:
        raise WeakPassword


def make_password() -> str:
    """A random password in four groups that can be read aloud; 59 bits."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(3)) for _ in range(4))


def hash_password(password: str) -> str:
    """The argon2id hash with its parameters and salt. Blocks for some 60 ms."""
    return _HASHER.hash(password)


def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether it is the password; as slow when there is no such account (None). Blocks."""
    try:
        _HASHER.verify(password_hash or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def needs_rehash(password_hash: str) -> bool:
    """Whether the hash was made with older parameters."""
    return _HASHER.check_needs_rehash(password_hash)


class PasswordChecks:
    """Hashes and verifies in threads, few at once: a flood of logins must not starve the patients."""

    def __init__(self, at_once: int = 2) -> None:
        self._places = asyncio.Semaphore(at_once)

    async def verify(self, password_hash: str | None, password: str) -> bool:
        async with self._places:
            return await asyncio.to_thread(verify_password, password_hash, password)

    async def hash(self, password: str) -> str:
        async with self._places:
            return await asyncio.to_thread(hash_password, password)

"""Staff for tests: accounts made in the database, and a browser of one of them."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import uuid4

import httpx
import psycopg

from desk.access.passwords import hash_password

PASSWORD = "correct-horse-battery"


@cache
def password_hash() -> str:
    return hash_password(PASSWORD)


def add_account(
    database_url: str, role: str = "operator", skills: tuple[str, ...] = (), cap: int = 4, login: str = ""
) -> tuple[int, str]:
    """A new account with PASSWORD; gives its id and login."""
    login = login or f"{role[:5]}-{uuid4().hex[:8]}"
    with psycopg.connect(database_url, autocommit=True) as connection:
        row = connection.execute(
            "INSERT INTO desk.staff (login, name, role, skills, cap, password_hash)"
            " VALUES (%s, %s, %s, %s, %s, %s) RETURNING id",
            (login, f"Сотрудник {login}", role, list(skills), cap, password_hash()),
        ).fetchone()
    assert row is not None
    return row[0], login


class Browser:
    """Keeps the cookie and sends the CSRF token, as the console does."""

    def __init__(self, url: str) -> None:
        self.http = httpx.AsyncClient(base_url=url, trust_env=False, timeout=20)
        self.csrf = ""

    async def login(self, login: str, password: str = PASSWORD) -> httpx.Response:
        response = await self.http.post("/api/login", json={"login": login, "password": password})
        if response.status_code == 200:
            self.csrf = response.json()["csrf"]
        return response

    async def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        headers = {"X-CSRF-Token": self.csrf} if self.csrf else {}
        return await self.http.request(method, path, json=body, headers=headers)

    async def close(self) -> None:
        await self.http.aclose()

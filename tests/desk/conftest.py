"""A desk over a real database and a fake Rasa."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
import pytest_asyncio
from psycopg.rows import dict_row

from desk.app import Desk
from desk.database import Connection, connect
from desk.migrate import migrate
from desk.settings import Settings
from desk.texts import Texts, load_texts
from tests.desk.chat import Chat
from tests.desk.fake_rasa import SECRET, FakeRasa, serving
from tests.desk.guard import Guard
from tests.desk.staff import Browser, Heard, add_account, finish_all, stay

TOKEN = "token-of-the-rest-channel"


@pytest.fixture(scope="session")
def texts() -> Texts:
    return load_texts(Path("data/catalogue/desk_texts.yml"))


@pytest.fixture(scope="module")
def desk_database(database_url: str) -> str:
    migrate(database_url)
    return database_url


@pytest.fixture
def rows(desk_database: str) -> Callable[..., list[dict[str, Any]]]:
    """Runs a query and gives its rows."""

    def run(query: str, *values: object) -> list[dict[str, Any]]:
        with psycopg.connect(desk_database, autocommit=True, row_factory=dict_row) as connection:
            cursor = connection.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    return run


@pytest_asyncio.fixture
async def connection(desk_database: str) -> AsyncIterator[Connection]:
    """The test has the desk for itself: nobody of the staff is there, nothing is left for the next one."""
    opened = await connect(desk_database)
    async with opened:
        await opened.execute("UPDATE desk.presence SET state = 'offline'")
        yield opened
        await finish_all(opened)


@pytest_asyncio.fixture
async def vera(desk: str, desk_database: str, connection: Connection) -> AsyncIterator[Browser]:
    """A supervisor, who may take a conversation from the bot."""
    browser = Browser(desk)
    browser.id, login = add_account(desk_database, "supervisor")
    stay(desk_database, browser.id)
    assert (await browser.login(login)).status_code == 200
    yield browser
    await browser.close()


@pytest_asyncio.fixture
async def heard(vera: Browser) -> AsyncIterator[Heard]:
    """What the window of `vera` is told."""
    told = Heard(vera)
    reader = asyncio.create_task(told.read())
    yield told
    reader.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await reader


@pytest.fixture
def chat_row(rows: Callable[..., list[dict[str, Any]]]) -> Callable[[Chat], tuple[Any, int]]:
    """Id and version of the conversation that a chat has."""

    def look(chat: Chat) -> tuple[Any, int]:
        assert chat.session_id is not None
        bare = chat.session_id.split(".")[0]
        (found,) = rows("SELECT id, version FROM desk.conversation WHERE external_id = %s", bare)
        return found["id"], found["version"]

    return look


@pytest_asyncio.fixture
async def rasa() -> AsyncIterator[FakeRasa]:
    fake = FakeRasa()
    async with serving(fake.app) as url:
        fake.url = url
        yield fake


OpenDesk = Callable[..., AbstractAsyncContextManager[str]]


@pytest.fixture
def open_desk(desk_database: str, rasa: FakeRasa, texts: Texts, tmp_path: Path) -> OpenDesk:
    """Starts a desk process's application; keyword arguments override its settings."""

    @contextlib.asynccontextmanager
    async def start(
        clinic: Any = None, people: Any = None, prices: Any = None, **overrides: Any
    ) -> AsyncIterator[str]:
        values: dict[str, Any] = {
            "database_url": desk_database,
            "rasa_url": rasa.url,
            "secret_key": "k" * 32,
            "channel_secret": SECRET,
            "rest_token": TOKEN,
            "web_dir": tmp_path,
            "desk_pool_size": 4,
            **overrides,
        }
        settings = Settings(_env_file=None, **values)
        async with serving(Desk(settings, texts, Guard(), clinic, people=people, prices=prices).app) as url:
            yield url

    return start


@pytest_asyncio.fixture
async def desk(open_desk: OpenDesk) -> AsyncIterator[str]:
    async with open_desk() as url:
        yield url


@pytest_asyncio.fixture
async def open_chat() -> AsyncIterator[Callable[..., Any]]:
    """Connects chats and closes them at the end."""
    async with contextlib.AsyncExitStack() as stack:

        async def open_one(url: str, session_id: str | None = None, **options: Any) -> Chat:
            chat = Chat(url)
            stack.push_async_callback(chat.close)
            await chat.open(session_id, **options)
            return chat

        yield open_one


class RestClient:
    """A trusted system that speaks for one patient."""

    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self._url = url
        self._http = http
        self.sender = f"p-{uuid4().hex[:8]}"

    async def post(self, message: Any, token: str = TOKEN, **fields: Any) -> httpx.Response:
        return await self._http.post(
            f"{self._url}/webhooks/rest/webhook",
            json={"sender": self.sender, "message": message, **fields},
            headers={"Authorization": f"Bearer {token}"},
        )

    async def get_messages(self, after: int, token: str = TOKEN) -> httpx.Response:
        return await self._http.get(
            f"{self._url}/webhooks/rest/messages",
            params={"sender": self.sender, "after": after},
            headers={"Authorization": f"Bearer {token}"},
        )

    async def messages(self, after: int) -> dict[str, Any]:
        response = await self.get_messages(after)
        assert response.status_code == 200, response.text
        thread: dict[str, Any] = response.json()
        return thread

    async def say(self, message: Any, **fields: Any) -> list[dict[str, Any]]:
        response = await self.post(message, **fields)
        assert response.status_code == 200, response.text
        answer: list[dict[str, Any]] = response.json()
        return answer


@pytest_asyncio.fixture
async def rest_client() -> AsyncIterator[Callable[[str], RestClient]]:
    async with httpx.AsyncClient(timeout=30, trust_env=False) as http:
        yield lambda url: RestClient(url, http)

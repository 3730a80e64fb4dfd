"""A running sandbox for these tests: real data, a real server on a free port, a small price list."""

from __future__ import annotations

import json
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from sandbox.network import Branch, Network, load_network
from sandbox.settings import DATA, Settings

MONDAY = date(2026, 11, 23)
HERE = Path(__file__).parent
OWN_DATA = ("nomenclature.yml", "preparation.yml", "insurers.yml")


class Client:
    """Speaks to a sandbox as a 1C client does, and pulls its strings."""

    def __init__(self, url: str, network: Network) -> None:
        self.url, self.network = url, network
        self.http = httpx.Client(base_url=url, auth=("bwi", "bwi"), timeout=20)

    def raw(self, pattern: str, branch: str = "leninsky", /, **fields: Any) -> httpx.Response:
        body = {"Key": self.network.branches[branch].key, **fields}
        return self.http.post(f"/umc/hs/bwi/{pattern}", json=body)

    def ask(self, pattern: str, branch: str = "leninsky", /, **fields: Any) -> Any:
        """The envelope's content; fails on anything but JSON with status 200."""
        response = self.raw(pattern, branch, **fields)
        assert response.status_code == 200, response.text
        return json.loads(response.content.decode("utf-8-sig"))["Ответ"]

    def control(self, method: str, path: str, /, **body: Any) -> Any:
        response = self.http.request(method, f"/sandbox/{path}", json=body or None)
        response.raise_for_status()
        return response.json()


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sandbox's data with a price list that these tests know line by line."""
    folder = tmp_path_factory.mktemp("data")
    for file in DATA.glob("*.yml"):
        if file.name not in OWN_DATA:
            shutil.copy(file, folder)
    for name in OWN_DATA:
        shutil.copy(HERE / "data" / name, folder)
    return folder


@pytest.fixture(scope="session")
def network(data_dir: Path) -> Network:
    return load_network(Settings(database_url="unused", data_dir=data_dir, _env_file=None))


@pytest.fixture
def leninsky(network: Network) -> Branch:
    return network.branches["leninsky"]


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """A server of the sandbox on a free port; its address."""
    from sandbox.app import create_app

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        started = threading.Event()
        server = uvicorn.Server(uvicorn.Config(create_app(settings), log_level="error"))
        startup = server.startup

        async def announce(sockets: list[socket.socket] | None = None) -> None:
            await startup(sockets)
            started.set()

        server.startup = announce  # type: ignore[method-assign]
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        assert started.wait(20), "the sandbox did not start"
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(20)


@pytest.fixture(scope="module")
def settings(database_url: str, data_dir: Path) -> Settings:
    return Settings(database_url=database_url, data_dir=data_dir, _env_file=None)


@pytest.fixture(scope="module")
def running(settings: Settings, network: Network) -> Iterator[Client]:
    with serving(settings) as url:
        client = Client(url, network)
        yield client
        client.http.close()


@pytest.fixture
def mis(running: Client) -> Client:
    """The running sandbox, reset to its seed, on a Monday morning."""
    running.control("POST", "reset")
    running.control("POST", "clock", set=f"{MONDAY}T06:00:00+00:00")
    return running


@pytest.fixture
def serve() -> Callable[[Settings], Any]:
    return serving

"""A server that answers as BIT.UMC would, and an adapter that asks it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mis.umc import Umc
from tests.mis.fake_umc import (
    FakeUmc,
    fake_umc,
)
from tests.mis.support import (
    open_umc,
)


@pytest.fixture
def fake() -> Iterator[FakeUmc]:
    with fake_umc() as server:
        yield server


@pytest.fixture
def umc(fake: FakeUmc) -> Umc:
    return open_umc(fake.url)

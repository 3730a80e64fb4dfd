"""A desk with two proved phones."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.clinic.conftest import Desk
from tests.clinic.visits.steps import OWNER, STRANGER


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Desk:
    """A desk in which conversation `me` has proved the owner's phone, `he` a stranger's."""
    made = make_desk()
    made.identity.accept_verified("me", OWNER, "test")
    made.identity.accept_verified("he", STRANGER, "test")
    return made

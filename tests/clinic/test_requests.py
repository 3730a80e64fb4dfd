"""Requests for people, each with its topic and the talk that led to it."""

from __future__ import annotations

from typing import get_args

import pytest
from sqlalchemy import Engine

from clinic.requests import Kind, Line, Requests
from clinic.tables import REQUEST_KINDS
from tests.clinic.conftest import NOW

TALK = (Line("patient", "Врач был груб"), Line("maria", "Мне очень жаль."))


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_kind_is_stored_with_topic_and_transcript(empty_ledger: Engine, kind: Kind) -> None:
    requests = Requests(empty_ledger)
    stored = requests.store(kind, "c1", NOW, summary="s", topic="complaint", transcript=TALK)
    assert requests.open_requests("c1") == [stored]
    assert (stored.kind, stored.topic, stored.transcript) == (kind, "complaint", TALK)


def test_the_kinds_of_the_database_are_those_of_the_code() -> None:
    assert get_args(Kind) == REQUEST_KINDS

"""What the benchmark asks for, filled from the product's own catalogue."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import pytest

from bench.phrases import load_phrases, searches, warm_up_searches
from lang.catalogue import Catalogue, load_catalogue
from lang.mentions import Recogniser
from lang.wish import parse_wish

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(Path("data/catalogue"))


def test_no_two_searches_read_the_same_schedule(catalogue: Catalogue) -> None:
    """Each names a specialty and a region, or a branch of one, that no other names together."""
    recogniser = Recogniser(catalogue)
    asked = []
    for request in searches(load_phrases(), catalogue, NOW, seed=1):
        found = {mention.kind: mention.value for mention in recogniser.find(request)}
        region = found.get("region") or catalogue.branches[found["branch"]].region
        asked.append((found["specialty"], region))
        assert parse_wish(request, NOW) is not None, request
    assert len(asked) == len(catalogue.specialties) * len(catalogue.regions)
    assert len(set(asked)) == len(asked)


def test_the_first_sixty_differ_from_run_to_run_by_seed_only(catalogue: Catalogue) -> None:
    phrases = load_phrases()
    assert searches(phrases, catalogue, NOW, 1) == searches(phrases, catalogue, NOW, 1)
    assert searches(phrases, catalogue, NOW, 1)[:60] != searches(phrases, catalogue, NOW, 2)[:60]


def test_every_region_is_warmed_up_by_a_request_nobody_measures(catalogue: Catalogue) -> None:
    phrases = load_phrases()
    warming = warm_up_searches(phrases, catalogue, NOW)
    assert len(warming) == len(catalogue.regions)
    assert not set(warming) & set(searches(phrases, catalogue, NOW, 1))


def test_the_words_of_a_booking_are_all_there() -> None:
    booking = load_phrases().booking
    assert set(booking) == {"consent", "contacts", "confirm", "booked"}
    assert booking["contacts"].format(phone="+7 916 123-45-67").count("+7") == 1

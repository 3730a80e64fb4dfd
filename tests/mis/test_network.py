from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mis.network import NetworkMis
from mis.port import CallbackRequest, FullName, MisUnavailable
from tests.mis.fake_mis import FakeMis
from tests.mis.support import CENTRE, DAY, HOLD, NOW, PATIENT, SLOT, URAL


def test_each_call_goes_to_the_mis_of_its_branch() -> None:
    centre, ural = FakeMis([CENTRE]), FakeMis([URAL])
    network = NetworkMis({"centre": centre, "ural": ural})
    network.doctors("ural")
    network.services("ural")
    network.windows("ural", DAY, DAY + timedelta(days=1))
    network.hold(SLOT)
    network.book(HOLD, PATIENT)
    network.status("ural", "v-1")
    network.cancel("ural", "v-1")
    network.request_callback(CallbackRequest("ural", "ent", FullName("Петров", "Илья"), "+79161234567", NOW))
    names = ["doctors", "services", "windows", "hold", "book", "status", "cancel", "callback"]
    assert ural.calls == [f"{name} ural" for name in names]
    assert centre.calls == []


def test_only_what_every_mis_can_do_is_promised() -> None:
    network = NetworkMis({"centre": FakeMis([CENTRE]), "ural": FakeMis([URAL], holds=False)})
    assert not network.capabilities.holds
    assert network.capabilities.returns_visit_id


def test_taken_times_are_looked_at_where_a_base_shows_them() -> None:
    centre, ural = FakeMis([CENTRE]), FakeMis([URAL])
    ural.capabilities = replace(ural.capabilities, shows_taken=True)
    network = NetworkMis({"centre": centre, "ural": ural})
    assert network.capabilities.shows_taken
    network.taken("ural", DAY, DAY)
    assert list(network.taken("centre", DAY, DAY)) == []
    assert (centre.calls, ural.calls) == ([], ["taken ural"])


def test_branches_of_a_dead_base_are_missed_not_mourned() -> None:
    centre, ural = FakeMis([CENTRE]), FakeMis([URAL])
    network = NetworkMis({"centre": centre, "ural": ural})
    assert list(network.branches()) == [CENTRE, URAL]
    centre.error = MisUnavailable("down")
    assert list(network.branches()) == [URAL]
    ural.error = MisUnavailable("down")
    with pytest.raises(MisUnavailable):
        network.branches()

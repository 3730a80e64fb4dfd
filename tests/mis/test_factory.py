from __future__ import annotations

from pathlib import Path

import pytest

from mis.config import load_config
from mis.factory import open_mis
from mis.port import MisError
from tests.mis.fake_mis import Clock
from tests.mis.fake_umc import FakeUmc, Reply, json_reply
from tests.mis.support import ANNA, CENTRE, DAY, URAL, answer, employee, period, schedule

CONFIG = """\
bases:
  centre:
    transport: umc_http
    url: {url}
    user: bwi
    password: bwi
    branches: {{centre: {{key: k-centre}}}}
    step_minutes: 15
    hold_minutes: 12
    timeouts: {{connect: 10, read: 20, directory: 20, write: 20}}
    reference_url: {reference}
  ural:
    transport: umc_http
    url: {url}
    user: bwi
    password: bwi
    branches: {{ural: {{key: k-ural}}}}
    step_minutes: 10
    hold_minutes: 10
    timeouts: {{connect: 10, read: 20, directory: 20, write: 20}}
"""


def test_two_bases_one_network(fake: FakeUmc, tmp_path: Path) -> None:
    reference_url = fake.url.replace("/umc/hs/bwi", "/reference")
    path = tmp_path / "mis.yml"
    path.write_text(CONFIG.format(url=fake.url, reference=reference_url), encoding="utf-8")
    config = load_config(path, ["centre", "ural"], {})
    calls: list[tuple[str, str]] = []
    mis, reference = open_mis(
        config,
        [CENTRE, URAL],
        {"ЛОР": "ent"},
        Clock(),
        on_call=lambda operation, branch_id, seconds, error_kind: calls.append((operation, branch_id)),
    )
    assert fake.requests == []
    window = schedule(ПериодГрафика=period("09:00", "10:00"))
    fake.on("Schedule.GetSchedule20", json_reply(answer({"ГрафикДляСайта": window})))
    fake.on(
        "DictionaryData.GetListEmployees", json_reply(answer({"Сотрудник": employee(Специализация="лор")}))
    )
    fake.on("/reference/doctors", json_reply({ANNA: {"experience_years": 7, "children": True}}))
    fake.on(f"/reference/insurers/{CENTRE.mis_id}", json_reply({"insurers": ["Ромашка"]}))
    assert len(mis.windows("centre", DAY, DAY)) == 1
    assert mis.windows("ural", DAY, DAY) == ()
    assert [request.body["Key"] for request in fake.asked("Schedule.GetSchedule20")] == ["k-centre", "k-ural"]
    (doctor,) = mis.doctors("centre")
    assert (doctor.specialty, doctor.experience_years, doctor.sees_children) == ("ent", 7, True)
    assert reference.insurers("centre") == ("Ромашка",)
    assert reference.insurers("ural") == ()
    assert ("Schedule.GetSchedule20", "ural") in calls
    assert mis.capabilities.holds


def test_doctors_are_there_when_the_reference_is_not(fake: FakeUmc, tmp_path: Path) -> None:
    reference_url = fake.url.replace("/umc/hs/bwi", "/reference")
    path = tmp_path / "mis.yml"
    path.write_text(CONFIG.format(url=fake.url, reference=reference_url), encoding="utf-8")
    mis, _ = open_mis(load_config(path, ["centre", "ural"], {}), [CENTRE, URAL], {}, Clock())
    fake.on("Schedule.GetSchedule20", json_reply(answer({"ГрафикДляСайта": schedule(ПериодыГрафика="")})))
    fake.on("DictionaryData.GetListEmployees", json_reply(answer({"Сотрудник": employee()})))
    fake.on("/reference/doctors", Reply(b"", 500))
    assert [doctor.id for doctor in mis.doctors("centre")] == [ANNA]


def test_copies_of_one_base_are_nothing_for_another(fake: FakeUmc, tmp_path: Path) -> None:
    fake.on("Schedule.GetSchedule20", json_reply(answer({"ГрафикДляСайта": schedule(ПериодыГрафика="")})))
    fake.on("DictionaryData.GetListEmployees", json_reply(answer({"Сотрудник": employee()})))
    path = tmp_path / "mis.yml"

    def doctors(url: str) -> list[str]:
        path.write_text(CONFIG.format(url=url, reference=fake.url), encoding="utf-8")
        config = load_config(path, ["centre", "ural"], {})
        mis, _ = open_mis(config, [CENTRE, URAL], {}, Clock(), copies=tmp_path / "copies")
        return [doctor.id for doctor in mis.doctors("centre")]

    assert doctors(fake.url) == [ANNA]
    fake.on("DictionaryData.GetListEmployees", Reply(b"", 500))
    assert doctors(fake.url) == [ANNA]
    with pytest.raises(MisError):
        doctors(f"{fake.url}/other")

"""`make mis-check` over bases that work, lie, hang and are not there."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from lang.catalogue import Catalogue, load_catalogue
from mis.check import check, expected_of
from mis.check_base import Expected
from mis.check_findings import findings, usable
from mis.check_reading import read_network
from mis.check_report import report
from mis.check_texts import CheckTexts, load_check_texts
from mis.config import load_config
from tests.mis.contract.fhir import CONFIG as FHIR
from tests.mis.contract.fhir import Fhir, running_fhir
from tests.mis.fake_umc import FakeUmc, Reply, free_port, json_reply
from tests.mis.fhir_network import BRANCHES as FHIR_BRANCHES
from tests.mis.fhir_network import ROOMS, SPECIALTIES
from tests.mis.sandbox import ADDRESS, CATALOGUE, Sandbox, open_sandbox, running, settings_of
from tests.mis.test_umc_traps import secured
from tools.mis_check import main

__all__ = ["running"]

READS = {"DictionaryData", "Schedule", "AppointmentStatus"}
BASE = """\
  {name}:
    transport: {transport}
    url: {url}
    user: bwi
    password: {password}
    branches: {{{branches}}}
    step_minutes: 30
    hold_minutes: 12
    timeouts: {{connect: 5, read: {read}, directory: {read}}}
"""


def now() -> datetime:
    return datetime.now(timezone.utc)


@pytest.fixture(scope="module")
def texts() -> CheckTexts:
    return load_check_texts(CATALOGUE / "mis_check.yml")


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """Three branches of the network, one in each of three time zones."""
    whole = load_catalogue(CATALOGUE)
    names = list(whole.branches)
    some = {name: whole.branches[name] for name in (names[0], names[7], names[-1])}
    return replace(whole, branches=some)


@pytest.fixture(scope="module")
def opened(running: str) -> Sandbox:
    return open_sandbox(running, settings_of("umc_http", Path()))


@pytest.fixture
def sandbox(opened: Sandbox) -> Iterator[Sandbox]:
    opened.post("reset")
    yield opened
    opened.post("reset")


@dataclass
class Checked:
    usable: bool
    lines: list[str]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def row(self, branch: str) -> str:
        return next(line for line in self.lines if re.match(rf"  {branch}\b", line))


Check = Callable[..., Checked]


@pytest.fixture
def run(tmp_path: Path, catalogue: Catalogue, texts: CheckTexts) -> Check:
    def checked(*bases: str, of: Catalogue = catalogue) -> Checked:
        path = tmp_path / "mis.yml"
        path.write_text("bases:\n" + "".join(bases), encoding="utf-8")
        lines: list[str] = []
        done = check(path, of, texts, now, {}, lines.append)
        return Checked(done, lines)

    return checked


def base(
    url: str,
    branches: object,
    *,
    name: str = "clinic",
    transport: str = "umc_http",
    password: str = "bwi",
    read: float = 30,
    keys: dict[str, str] | None = None,
) -> str:
    named = [f"{branch}: {{key: {(keys or {}).get(branch, f'sandbox-{branch}')}}}" for branch in branches]  # type: ignore[attr-defined]
    return BASE.format(
        name=name,
        transport=transport,
        url=url,
        password=password,
        branches=", ".join(named),
        read=read,
    )


@pytest.mark.parametrize("transport", ["umc_http", "umc_soap"])
def test_a_working_base_is_usable_and_nothing_is_written(
    sandbox: Sandbox, run: Check, catalogue: Catalogue, transport: str
) -> None:
    if transport == "umc_soap":
        # A schedule in XML is slow to write and to read: one branch is enough.
        catalogue = replace(catalogue, branches=dict([next(iter(catalogue.branches.items()))]))
    done = run(base(sandbox.url + ADDRESS[transport], catalogue.branches, transport=transport), of=catalogue)
    assert done.usable, done.text
    for branch in catalogue.branches.values():
        cells = done.row(branch.name).split()
        assert "есть" in cells
        assert int(cells[-1]) > 0, "the sandbox has its quirks"
    asked = sandbox.get("requests")
    assert {request["pattern"] for request in asked} == READS
    assert {request["branch"] for request in asked} - {""} == set(catalogue.branches)
    assert sandbox.get("holds?everything=true") == sandbox.get("visits") == []
    assert "Мешает записи" not in done.text
    assert "reference_url" not in done.text
    assert "sandbox-leninsky" not in done.text
    assert not re.search(r"[{}]", done.text)
    assert f"которых нет в каталоге ({16 - len(catalogue.branches)})" in done.text


def test_a_branch_that_does_not_answer_has_a_row_and_advice(
    sandbox: Sandbox, run: Check, catalogue: Catalogue
) -> None:
    dead, *alive = catalogue.branches
    sandbox.post("faults", kind="reset", pattern="Schedule", branch=dead)
    done = run(base(sandbox.url + ADDRESS["umc_http"], catalogue.branches))
    assert not done.usable
    assert "нет" in done.row(catalogue.branches[dead].name)
    assert all("есть" in done.row(catalogue.branches[branch].name) for branch in alive)
    assert f"Филиал не ответил вовремя: {catalogue.branches[dead].name}." in done.text
    assert "филиалов с препятствиями: 1 из 3" in done.text


def test_a_wrong_key_an_unknown_branch_and_a_read_that_fails(
    sandbox: Sandbox, run: Check, catalogue: Catalogue
) -> None:
    first, second, third = catalogue.branches
    lost = replace(catalogue.branches[second], mis_id="11111111-2222-3333-4444-555555555555")
    sandbox.post("faults", kind="error", pattern="DictionaryData", method="GetListEmployees", branch=third)
    network = replace(catalogue, branches={**catalogue.branches, second: lost})
    done = run(base(sandbox.url + ADDRESS["umc_http"], network.branches, keys={first: "stolen"}), of=network)
    assert not done.usable
    names = [branch.name for branch in network.branches.values()]
    assert re.search(rf"Нет настройки обмена с сайтом, не читается .*: {names[0]}\.", done.text)
    assert f"Филиала из каталога нет в базе «clinic»: {names[1]}." in done.text
    assert f"Не читается врачи: {names[2]}." in done.text
    assert "stolen" not in done.text
    assert "не всё" in done.row(names[2])


def test_several_bases_one_of_them_hangs(sandbox: Sandbox, run: Check, catalogue: Catalogue) -> None:
    first, *rest = catalogue.branches
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hangs = f"http://127.0.0.1:{silent.getsockname()[1]}/umc/hs/bwi"
        done = run(
            base(sandbox.url + ADDRESS["umc_http"], rest),
            base(hangs, [first], name="hanging", read=0.5),
        )
    assert not done.usable
    assert "нет" in done.row(catalogue.branches[first].name)
    assert all("есть" in done.row(catalogue.branches[branch].name) for branch in rest)
    assert "База «hanging»: соединение есть, но на вопросы она не отвечает." in done.text
    assert "филиалов с препятствиями: 1 из 3" in done.text


def test_nobody_listens(run: Check, catalogue: Catalogue) -> None:
    port = free_port()
    done = run(base(f"http://127.0.0.1:{port}/umc/hs/bwi", catalogue.branches))
    assert not done.usable
    assert f"по адресу 127.0.0.1:{port} никто не отвечает" in done.text
    assert "Чего не умеет" not in done.text


@pytest.mark.parametrize(
    ("said", "spoken"), [("umc_http", "umc_soap"), ("umc_soap", "umc_http"), ("fhir", "umc_soap")]
)
def test_the_wrong_transport_is_named_with_the_right_one(
    sandbox: Sandbox, run: Check, catalogue: Catalogue, said: str, spoken: str
) -> None:
    done = run(base(sandbox.url + ADDRESS[spoken], catalogue.branches, transport=said))
    assert not done.usable
    assert f"в mis.yml стоит {said}, а по этому адресу говорят на {spoken}" in done.text


def test_a_wrong_password(sandbox: Sandbox, run: Check, catalogue: Catalogue) -> None:
    done = run(base(sandbox.url + ADDRESS["umc_http"], catalogue.branches, password="hidden-word"))
    assert not done.usable
    assert "не приняла имя пользователя или пароль (ответ 401)" in done.text
    assert "hidden-word" not in done.text


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(b"<html><body>404</body></html>", 404), "нет сервиса для umc_http, отвечает сам веб-сервер"),
        (Reply("<html><body>Вход</body></html>".encode(), 200), "отвечает сам веб-сервер"),
        (Reply(b"", 403), "не пускает этого пользователя (ответ 403)"),
        (Reply(b"", 301, headers={"Location": "https://elsewhere"}), "отсылает на другой адрес"),
        (Reply(b"<html>500</html>", 500), "отвечает внутренней ошибкой (500)"),
        (Reply("Пациент Сидоров Пётр занят".encode()), "вместо данных отвечает словами"),
        (json_reply({"ok": 1}), "отвечает непонятно. Не читается: список филиалов"),
    ],
)
def test_what_a_base_says_instead_of_an_answer(
    fake: FakeUmc, run: Check, catalogue: Catalogue, reply: Reply, words: str
) -> None:
    for operation in ("GetListClinic", "GetListEmployees", "GetNomenclatureAndPrices"):
        fake.on(f"DictionaryData.{operation}", reply)
    fake.on("Schedule.GetSchedule20", reply)
    fake.on("AppointmentStatus", reply)
    done = run(base(fake.url, catalogue.branches))
    assert not done.usable
    assert words in done.text
    assert "Сидоров" not in done.text


def test_a_network_without_any_exchange_setting(fake: FakeUmc, run: Check, catalogue: Catalogue) -> None:
    words = "Не обнаружена настройка обмена с сайтом для данной клиники!"
    refusal = json_reply({"Ответ": {"Результат": "false", "ОписаниеОшибки": words}})
    for operation in ("GetListClinic", "GetListEmployees", "GetNomenclatureAndPrices"):
        fake.on(f"DictionaryData.{operation}", refusal)
    fake.on("Schedule.GetSchedule20", refusal)
    fake.on("AppointmentStatus", refusal)
    done = run(base(fake.url, catalogue.branches))
    assert not done.usable
    assert "Нет настройки обмена с сайтом, не читается расписание, состояние заявки" in done.text
    assert ": все филиалы." in done.text


@pytest.fixture(scope="module")
def fhir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fhir]:
    with running_fhir(tmp_path_factory.mktemp("fhir")) as server:
        yield server


def test_a_fhir_server(fhir: Fhir, tmp_path: Path, texts: CheckTexts) -> None:
    path = tmp_path / "fhir.yml"
    path.write_text(FHIR.format(url=fhir.proxy.url), encoding="utf-8")
    config = load_config(path, [branch.id for branch in FHIR_BRANCHES], {})
    expected = Expected(FHIR_BRANCHES, SPECIALTIES, ROOMS)
    fhir.proxy.reset()
    read = read_network(config, expected, now, days=8)
    found = findings(read, {}, (), 8)
    assert usable(found), found
    verbs = {operation.partition(".")[2] for operation in fhir.proxy.operations() if operation != ".search"}
    assert verbs == {"search"}
    text = "\n".join(report(read, found, texts, "fhir.yml"))
    assert "Специальности, которых нет в каталоге: «Неведомая наука»; врачей с ними 1 (Уральский)." in text
    assert "Ни у одной услуги нет цены" not in text or "FHIR цен не передаёт" in text
    assert len(read[0].branches[0].windows.value or ()) > 0


def test_the_command(
    sandbox: Sandbox,
    catalogue: Catalogue,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("tools.mis_check.load_catalogue", lambda path: catalogue)
    monkeypatch.setenv("MIS_URL", sandbox.url + ADDRESS["umc_http"])
    assert main([]) == 0
    whole = capsys.readouterr().out
    assert len(re.findall(r"^  [А-Я][^.\n]* есть ", whole, re.MULTILINE)) == len(catalogue.branches)
    monkeypatch.setenv("MIS_PASSWORD", "other")
    assert main([]) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bases:\n  one:\n    transport: soap\n", ":3: bases.one.transport: 'soap' is not known; allowed:"),
        ("bases: [\n", ": not YAML:"),
    ],
)
def test_a_broken_configuration_is_told_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, expected: str
) -> None:
    path = tmp_path / "clinic.yml"
    path.write_text(text, encoding="utf-8")
    assert main([str(path)]) == 2
    told = capsys.readouterr()
    assert expected in told.err
    assert told.out == ""


def test_a_base_that_is_too_slow_is_given_up(tmp_path: Path, catalogue: Catalogue) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        path = tmp_path / "mis.yml"
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/x"
        path.write_text("bases:\n" + base(url, catalogue.branches, read=3), encoding="utf-8")
        config = load_config(path, list(catalogue.branches), {})
        (read,) = read_network(config, expected_of(catalogue, config), now, deadline=0.05)
    assert read.known.unanswered
    assert all(branch.windows.unanswered for branch in read.branches)


def test_clocks_that_differ(fake: FakeUmc, tmp_path: Path, catalogue: Catalogue) -> None:
    path = tmp_path / "mis.yml"
    path.write_text("bases:\n" + base(fake.url, catalogue.branches), encoding="utf-8")
    config = load_config(path, list(catalogue.branches), {})
    (read,) = read_network(config, expected_of(catalogue, config), lambda: now() - timedelta(minutes=10))
    assert read.door.skew is not None
    assert timedelta(minutes=9) < read.door.skew < timedelta(minutes=11)


def test_a_certificate_nobody_trusts(run: Check, catalogue: Catalogue) -> None:
    with secured() as url:
        done = run(base(url, catalogue.branches))
    assert not done.usable
    assert "нельзя доверять" in done.text


def test_what_an_adapter_chokes_on_is_a_line_and_no_traceback(
    fake: FakeUmc, run: Check, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    def choke(self: object, *args: object) -> None:
        raise ZeroDivisionError

    for name in ("branches", "windows", "status", "services", "doctors"):
        monkeypatch.setattr(f"mis.umc.Umc.{name}", choke)
    done = run(base(fake.url, catalogue.branches))
    assert not done.usable
    assert "отвечает непонятно" in done.text


@pytest.mark.parametrize("path", ["reference", "nowhere"])
def test_what_the_clinic_publishes_beside_its_base(
    sandbox: Sandbox, run: Check, catalogue: Catalogue, path: str
) -> None:
    one = replace(catalogue, branches=dict([next(iter(catalogue.branches.items()))]))
    address = f"    reference_url: {sandbox.url if path == 'reference' else 'http://127.0.0.1:9'}/reference\n"
    done = run(base(sandbox.url + ADDRESS["umc_http"], one.branches) + address, of=one)
    assert done.usable, done.text
    assert ("(reference_url) не читается" in done.text) is (path == "nowhere")

"""What an operator can tell of a service: found by words, priced by branch, in words for the patient."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest

from clinic.directory import Directory
from desk.access.gate import Gate
from desk.access.texts import load_staff_texts
from desk.app import Desk
from desk.appointments import Choice
from desk.console_api.services import services_router
from desk.price_words import load_price_words
from desk.prices import ClinicPrices, Preparation, Prices
from desk.service_words import ServiceWords
from desk.settings import Settings
from lang.catalogue import load_catalogue
from lang.strict_yaml import DataFileError
from mis.port import MisUnavailable
from mis.port import Preparation as ClinicRules
from tests.clinic.conftest import Clock
from tests.clinic.fake_mis import FakeMis, FakeReference
from tests.clinic.network import catalogue, doctor, service
from tests.desk.fake_rasa import serving
from tests.desk.guard import Guard
from tests.desk.staff import Browser, add_account

CATALOGUE = Path("data/catalogue")
NO_BREAK = "\u00a0"


@pytest.fixture(scope="module")
def words():
    return load_price_words(Path("data/catalogue/price_texts.yml"))


@pytest.fixture(scope="module")
def finder():
    return ServiceWords(load_catalogue(CATALOGUE))


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("узи брюшной", "УЗИ брюшной полости"),
        ("УЗИ брюшной полости сколько стоит", "УЗИ брюшной полости"),
        ("брюшн узи", "УЗИ брюшной полости"),
        ("узи брюшнй", "УЗИ брюшной полости"),
        ("к лору повторно", "Повторный приём ЛОРа"),
        ("ЛОР", "Первичный приём ЛОРа"),
        ("первичный невролог", "Первичный приём невролога"),
    ],
)
def test_services_are_found_as_they_are_typed(finder, typed, name):
    assert name in [each.name for each in finder.find(typed, 3)]


@pytest.mark.parametrize("typed", ["", "  ", "и на", "ъъъъъъъъ", "🙂", "узи " * 30])
def test_any_text_can_be_looked_for(finder, typed):
    assert len(finder.find(typed, 5)) == (5 if "узи" in typed else 0)


class Rules(FakeReference):
    silent = False

    def preparation(self, article):
        if self.silent:
            raise MisUnavailable("down")
        return super().preparation(article)


@pytest.fixture
def network():
    """Two branches of Moscow and one of the Ural; the last has never answered."""
    mis = FakeMis(
        Clock(),
        doctor_lists={"b1": [doctor("d1")], "b2": [], "b3": []},
        service_lists={
            "b1": [service("U-1", price="1800", minutes=20), service("U-2", price=None)],
            "b2": [service("U-1", "b2", "2100", 31), service("U-3", "b2", "900")],
        },
        down_branches={"b3"},
    )
    rules = Rules({"U-1": ClinicRules("U-1", "УЗИ сердца", ("Отдохните",), ("снимки", "паспорт"))})
    with ThreadPoolExecutor(4) as pool:
        directory = Directory(mis, rules, catalogue(), Clock(), pool)
        prices = ClinicPrices(SimpleNamespace(directory=directory, clock=Clock()))
        yield SimpleNamespace(mis=mis, rules=rules, prices=prices, directory=directory)


def lines(prices):
    return {each.branch_id: (each.asked, each.told, each.price) for each in prices.branches}


def test_prices_are_the_branchs_own_and_unknown_is_not_zero(network, words):
    here = network.prices.prices("us_heart", "b1", None)
    assert (here.low, here.high, here.minutes) == (Decimal(1800), Decimal(1800), (20, 20))
    assert lines(here) == {
        "b1": (True, "price", Decimal(1800)),
        "b2": (False, "price", Decimal(2100)),
        "b3": (False, "silent", None),
    }
    assert words.of_prices("УЗИ сердца", here) == (
        f"Подскажу по цене. УЗИ сердца, филиал «B1»: от 1{NO_BREAK}800{NO_BREAK}₽. Занимает 20 минут."
        f" Цена на {here.day:%d.%m.%Y}, точную сумму подтвердим перед приёмом."
    )
    unknown = network.prices.prices("us_rare", "b1", None)
    assert lines(unknown)["b1"] == (True, "unknown", None)
    assert (unknown.low, words.of_prices("Редкое УЗИ", unknown)) == (None, None)


def test_a_region_and_the_network_have_a_range(network, words):
    for region in ("moscow", None, "nowhere"):
        prices = network.prices.prices("us_heart", None, region)
        assert (prices.low, prices.high, prices.minutes) == (Decimal(1800), Decimal(2100), (20, 31))
        told = words.of_prices("УЗИ сердца", prices)
        assert "зависит от филиала. Занимает от 20 до 31 минуты." not in told
        assert "зависит от филиала. Занимает от 20 до 31 минут" in told
    ural = network.prices.prices("us_heart", None, "ural")
    assert (ural.low, words.of_prices("УЗИ сердца", ural)) == (None, None)


def test_where_it_is_not_done_the_others_are_named(network, words):
    told = words.of_prices("УЗИ сосудов", network.prices.prices("us_vessels", "b1", None))
    assert told.startswith("УЗИ сосудов: в филиале «B1» этого не делают, есть там, где «B2», от 900")
    # Of a branch that has never answered nobody can say what it does not do.
    assert words.of_prices("УЗИ сосудов", network.prices.prices("us_vessels", "b3", None)) is None


def test_an_older_copy_is_told_as_such_and_nothing_as_nothing(network):
    assert not any(each.old for each in network.prices.prices("us_heart", "b1", None).branches[:2])
    network.mis.down_branches = {"b1", "b2", "b3"}
    network.directory.refresh()
    (first, *_) = network.prices.prices("us_heart", "b1", None).branches
    assert (first.told, first.price, first.old) == ("price", Decimal(1800), True)


def test_nobody_has_ever_answered(network):
    network.mis.down_branches = {"b1", "b2", "b3"}
    assert network.prices.prices("us_heart", "b1", None) is None


def test_preparation_is_never_made_up(network, words):
    heart = network.prices.preparation("us_heart")
    assert (heart.state, heart.rules, heart.bring) == ("rules", ("Отдохните",), ("снимки", "паспорт"))
    told = words.of_preparation("УЗИ сердца", heart)
    assert told.startswith("УЗИ сердца. Как подготовиться:\n— Отдохните\nВозьмите с собой: снимки; паспорт.")
    # It needs preparation and the clinic has not written which.
    assert network.prices.preparation("us_vessels").state == "unknown"
    assert network.prices.preparation("us_rare").state == "none"
    network.rules.silent = True
    assert network.prices.preparation("us_heart").state == "silent"
    for state in ("unknown", "silent"):
        assert words.of_preparation("УЗИ сосудов", Preparation(state)) is None
    assert "готовиться специально не нужно" in words.of_preparation("Редкое УЗИ", Preparation("none"))


@pytest.mark.parametrize(
    ("line", "wrong", "told"),
    [
        ("  same:", '  same: "{name} {sum}"', "unknown value ['sum']"),
        ("  same:", '  some: "{name}"', "unknown key"),
        ("minutes:", "minutes: [минуту]", "three: for one, two and five"),
    ],
)
def test_a_mistake_in_the_texts_is_told_with_its_place(tmp_path, line, wrong, told):
    text = Path("data/catalogue/price_texts.yml").read_text(encoding="utf-8").splitlines()
    path = tmp_path / "price_texts.yml"
    path.write_text("\n".join(wrong if each.startswith(line) else each for each in text), encoding="utf-8")
    with pytest.raises(DataFileError) as error:
        load_price_words(path)
    assert "price_texts.yml:" in str(error.value) and told in str(error.value)


class SlowList:
    """Answers about prices and preparation only once it is let to."""

    def __init__(self) -> None:
        self.free = threading.Event()
        self.asked: list[tuple[object, ...]] = []

    def find(self, text):
        return [Choice("us_heart", "УЗИ сердца")]

    def service(self, service_id):
        return Choice(service_id, "УЗИ сердца") if service_id == "us_heart" else None

    def prices(self, service_id, branch_id, region):
        self.asked.append((service_id, branch_id, region))
        self.free.wait(30)
        return Prices(date(2026, 11, 22), Decimal(1800), Decimal(1800), None, ())

    def preparation(self, service_id):
        self.free.wait(30)
        return Preparation("none")


@pytest.fixture
def open_window(desk_database, texts, rasa, tmp_path):
    async def run(prices, play):
        settings = Settings(
            _env_file=None, database_url=desk_database, rasa_url=rasa.url, web_dir=tmp_path, desk_pool_size=4
        )
        _, login = add_account(desk_database)
        async with serving(Desk(settings, texts, Guard(), None, prices=prices).app) as url:
            browser = Browser(url)
            await browser.login(login)
            await play(browser)
            await browser.close()

    return run


async def test_the_routes(open_window):
    prices = SlowList()
    prices.free.set()

    async def play(browser):
        found = await browser.call("GET", "/api/services?text=узи сердца")
        assert found.json() == [{"id": "us_heart", "name": "УЗИ сердца"}]
        assert (await browser.call("GET", "/api/services?text=")).status_code == 422
        assert (await browser.call("GET", "/api/services/no_such")).status_code == 404
        told = (await browser.call("GET", "/api/services/us_heart?branch=b1&region=moscow")).json()
        assert told["prices"]["low"] == "1800"
        assert "1\u00a0800" in told["price_words"] and "не нужно" in told["preparation_words"]

    await open_window(prices, play)
    assert prices.asked == [("us_heart", "b1", "moscow")]


async def test_without_a_clinic_it_is_said(open_window):
    async def play(browser):
        for path in ("/api/services?text=узи", "/api/services/us_heart"):
            refused = await browser.call("GET", path)
            assert (refused.status_code, refused.json()["error"]) == (503, "no_clinic")

    await open_window(None, play)


async def test_what_does_not_answer_in_time_is_left_out(desk_database, words):
    """The route itself, with a patience that a test can wait for."""
    prices = SlowList()
    gate = Gate(None, "k" * 32, "http://desk", False, Clock())
    texts = load_staff_texts(CATALOGUE / "staff_texts.yml")
    router = services_router(gate, texts, words, prices, patience=0.01)
    (service,) = [route.endpoint for route in router.routes if route.path.endswith("{service_id}")]
    try:
        body = await service("us_heart", None, None, None)
    finally:
        prices.free.set()
    assert (body.name, body.prices, body.price_words) == ("УЗИ сердца", None, None)
    assert (body.preparation.state, body.preparation_words) == ("silent", None)

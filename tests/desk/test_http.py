"""Readiness, headers, the demo page, calendar files."""

from __future__ import annotations

import httpx
import pytest

from tests.desk.fake_rasa import free_port


async def get(url, path, **options):
    async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
        return await http.get(path, **options)


async def test_ready_says_what_is_missing(open_desk, rows):
    async with open_desk() as url:
        good = await get(url, "/ready")
        assert (good.status_code, good.json()["ready"]) == (200, True)
        rows("UPDATE desk.alembic_version SET version_num = '0000'")
        try:
            old = await get(url, "/ready")
        finally:
            rows("UPDATE desk.alembic_version SET version_num = '0001'")
        assert old.status_code == 503
        assert old.json() == {"ready": False, "database": True, "migrations": False, "rasa": True}
    async with open_desk(rasa_url=f"http://127.0.0.1:{free_port()}") as url:
        deaf = await get(url, "/ready")
        assert (deaf.status_code, deaf.json()["rasa"]) == (503, False)
        assert (await get(url, "/live")).status_code == 200


async def test_the_page_is_served_under_a_strict_policy(open_desk, tmp_path):
    (tmp_path / "index.html").write_text("<h1>Клиника</h1>", encoding="utf-8")
    (tmp_path / "maria-chat.js").write_text("export {}", encoding="utf-8")
    async with open_desk() as url:
        page = await get(url, "/")
        script = await get(url, "/maria-chat.js")
        outside = await get(url, "/..%2f..%2fetc/passwd")
    assert "Клиника" in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "unsafe-inline" not in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"
    assert script.headers["content-type"].startswith("text/javascript")
    assert outside.status_code == 404


@pytest.mark.parametrize("page", ["console", "board"])
async def test_pages_of_the_staff_are_found_by_their_short_address(open_desk, tmp_path, page):
    (tmp_path / page).mkdir()
    (tmp_path / page / "index.html").write_text("<h1>Сотрудникам</h1>", encoding="utf-8")
    async with open_desk() as url:
        found = await get(url, f"/{page}", follow_redirects=True)
    assert (found.status_code, found.url.path) == (200, f"/{page}/")
    assert "Сотрудникам" in found.text
    assert "unsafe-inline" not in found.headers["content-security-policy"]


async def test_only_listed_sites_may_read_answers(open_desk):
    async with open_desk(cors_origins="https://clinic.example,https://b.example/") as url:
        for origin, allowed in (
            ("https://clinic.example", True),
            ("https://b.example", True),
            ("https://x.example", False),
        ):
            answer = await get(url, "/live", headers={"Origin": origin})
            assert (answer.headers.get("access-control-allow-origin") == origin) is allowed


class Calendar:
    def settle(self):
        return []

    def told(self, news):
        raise AssertionError("nothing was settled")

    def holding(self):
        return frozenset()

    def not_heard(self, rasa_sender, since, until=None):
        raise AssertionError("no turn broke off")

    def calendar(self, token):
        return b"BEGIN:VCALENDAR" if token == "good-token" else None


async def test_a_calendar_file_needs_its_token(open_desk):
    async with open_desk(Calendar()) as url:
        found = await get(url, "/visits/good-token.ics")
        assert found.content == b"BEGIN:VCALENDAR"
        assert found.headers["content-type"].startswith("text/calendar")
        assert found.headers["cache-control"] == "no-store"
        assert (await get(url, "/visits/guess.ics")).status_code == 404


@pytest.mark.parametrize("path", ["/docs", "/openapi.json", "/redoc"])
async def test_nothing_describes_the_inside(desk, path):
    assert (await get(desk, path)).status_code == 404

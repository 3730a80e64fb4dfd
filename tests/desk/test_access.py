"""Coming in and going out: cookies, CSRF, lockout, accounts, and the log that only grows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
import pytest_asyncio

from desk.access import lockout, sessions, staff
from desk.access.audit import COMMAND_LINE
from desk.access.lockout import LockoutRules
from desk.access.passwords import WeakPassword, check_strength, make_password
from desk.access.staff import Change
from tests.desk.staff import PASSWORD, Browser, add_account, finish_all, held

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest_asyncio.fixture
async def browser(desk):
    opened = Browser(desk)
    yield opened
    await opened.close()


async def test_login_gives_a_cookie_that_scripts_and_other_sites_cannot_use(browser, desk_database, rows):
    staff_id, login = add_account(desk_database)
    response = await browser.login(f"  {login.upper()} ")
    assert response.status_code == 200
    assert response.json()["account"]["id"] == staff_id
    cookie = response.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie and "path=/" in cookie
    assert response.headers["cache-control"] == "no-store"
    assert (await browser.call("GET", "/api/me")).json()["state"] == "offline"
    token = browser.http.cookies["maria-staff"]
    stored = rows("SELECT token_hash FROM desk.staff_session WHERE staff_id = %s", staff_id)
    assert [row["token_hash"] for row in stored] == [sessions.hash_token(token)]
    assert token.encode() not in stored[0]["token_hash"]


async def test_the_cookie_of_production_needs_tls(open_desk, desk_database):
    _, login = add_account(desk_database)
    async with open_desk(environment="production", sms_provider="none") as url:
        browser = Browser(url)
        cookie = (await browser.login(login)).headers["set-cookie"]
        await browser.close()
    assert cookie.startswith("__Host-maria-staff=") and "Secure" in cookie


async def test_logout_ends_the_session_itself(browser, desk_database):
    _, login = add_account(desk_database)
    await browser.login(login)
    await browser.call("PUT", "/api/presence", {"state": "online"})
    kept = dict(browser.http.cookies)
    assert (await browser.call("POST", "/api/logout")).status_code == 204
    browser.http.cookies.update(kept)
    assert (await browser.call("GET", "/api/me")).status_code == 401
    browser.http.cookies.clear()
    await browser.login(login)
    assert (await browser.call("GET", "/api/me")).json()["state"] == "offline"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-CSRF-Token": "x"},
        {"X-CSRF-Token": "good", "Origin": "https://evil.example"},
        {"X-CSRF-Token": "good", "Origin": "null"},
        {"X-CSRF-Token": "good", "Sec-Fetch-Site": "cross-site"},
        {"X-CSRF-Token": "good", "Sec-Fetch-Site": "same-site"},
    ],
)
async def test_another_site_cannot_act_in_the_persons_name(browser, desk_database, headers):
    _, login = add_account(desk_database)
    await browser.login(login)
    headers = {name: browser.csrf if value == "good" else value for name, value in headers.items()}
    response = await browser.http.put("/api/presence", json={"state": "online"}, headers=headers)
    assert (response.status_code, response.json()["error"]) == (403, "foreign_page")
    assert (await browser.call("GET", "/api/me")).json()["state"] == "offline"


async def test_our_own_page_may_act(browser, desk, desk_database):
    _, login = add_account(desk_database)
    await browser.login(login)
    headers = {"X-CSRF-Token": browser.csrf, "Origin": desk, "Sec-Fetch-Site": "same-origin"}
    response = await browser.http.put("/api/presence", json={"state": "online"}, headers=headers)
    assert response.status_code == 200


async def test_a_login_from_another_site_is_refused(browser, desk_database):
    _, login = add_account(desk_database)
    body = {"login": login, "password": PASSWORD}
    response = await browser.http.post("/api/login", json=body, headers={"Origin": "https://evil.example"})
    assert response.status_code == 403


async def test_wrong_passwords_lock_the_account_for_the_right_one_too(browser, desk_database, rows):
    staff_id, login = add_account(desk_database)
    rows("DELETE FROM desk.login_failure")
    answers = [await browser.login(login, "wrong-password") for _ in range(5)]
    assert {answer.status_code for answer in answers} == {401}
    locked = await browser.login(login)
    assert (locked.status_code, locked.json()["error"]) == (429, "locked")
    assert "15 мин" in locked.json()["message"]
    failed = rows(
        "SELECT object_id FROM desk.audit WHERE action = 'login.failed' AND object_id = %s", str(staff_id)
    )
    assert len(failed) == 5
    rows("DELETE FROM desk.login_failure")
    assert (await browser.login(login)).status_code == 200


async def test_an_account_that_is_not_there_answers_alike(browser, rows):
    rows("DELETE FROM desk.login_failure")
    answers = [await browser.login("nobody-at-all", "wrong-password") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    rows("DELETE FROM desk.login_failure")


async def test_an_address_that_tries_many_accounts_is_locked(connection):
    rules = LockoutRules(account_failures=5, address_failures=3)
    for number in range(3):
        assert await lockout.begin_attempt(connection, f"a{number}", "192.0.2.1", NOW, rules) is None
    until = NOW + rules.window
    assert await lockout.begin_attempt(connection, "a9", "192.0.2.1", NOW, rules) == until
    assert await lockout.begin_attempt(connection, "a9", "192.0.2.2", NOW, rules) is None
    assert await lockout.begin_attempt(connection, "a9", "192.0.2.1", until, rules) is None


async def test_a_locked_account_opens_by_itself_and_a_right_password_forgives(connection):
    rules = LockoutRules(account_failures=2)
    for _ in range(2):
        assert await lockout.begin_attempt(connection, "vera", "192.0.2.3", NOW, rules) is None
    later = NOW + timedelta(minutes=1)
    assert await lockout.begin_attempt(connection, "vera", "192.0.2.3", later, rules) is not None
    # Attempts while it is locked do not make the lock longer.
    assert await lockout.begin_attempt(connection, "vera", "192.0.2.3", NOW + rules.window, rules) is None
    await lockout.forget(connection, "vera")
    assert await lockout.begin_attempt(connection, "vera", "192.0.2.3", NOW + rules.window, rules) is None


async def test_a_session_ends_by_silence_and_by_age(connection, desk_database):
    staff_id, _ = add_account(desk_database)
    token = await sessions.start(connection, staff_id, NOW)
    assert await sessions.find(connection, token, NOW + sessions.IDLE) is None
    now = NOW
    while now < NOW + sessions.LONGEST - timedelta(minutes=20):
        now += timedelta(minutes=20)
        if now < NOW + sessions.LONGEST:
            assert await sessions.find(connection, token, now) is not None
    assert await sessions.find(connection, token, NOW + sessions.LONGEST) is None


async def test_an_open_window_without_its_person_is_no_activity(browser, desk_database, connection, rows):
    staff_id, login = add_account(desk_database)
    await browser.login(login)
    state = await held(connection, staff_id)
    thread = f"/api/conversations/{state.id}/messages"

    def silent_for(minutes):
        rows("UPDATE desk.staff_session SET seen_at = now() - %s", timedelta(minutes=minutes))
        (row,) = rows("SELECT seen_at FROM desk.staff_session WHERE staff_id = %s", staff_id)
        return row["seen_at"]

    def seen_at():
        (row,) = rows("SELECT seen_at FROM desk.staff_session WHERE staff_id = %s", staff_id)
        return row["seen_at"]

    before = silent_for(29)
    assert (await browser.call("POST", "/api/heartbeat", {})).status_code == 200
    assert (await browser.call("GET", f"{thread}?after=1")).status_code == 200
    async with browser.http.stream("GET", "/api/events") as response:
        assert await anext(response.aiter_lines()) == "event: all"
    assert seen_at() == before
    for path in ("/api/conversations", thread, f"{thread}?after=0"):
        before = silent_for(29)
        assert (await browser.call("GET", path)).status_code == 200
        assert seen_at() > before
    silent_for(31)
    assert (await browser.call("POST", "/api/heartbeat", {})).status_code == 401
    assert (await browser.http.get("/api/events")).status_code == 401
    await finish_all(connection)


async def test_a_disabled_account_is_out_at_once(browser, desk_database, connection):
    staff_id, login = add_account(desk_database)
    await browser.login(login)
    await staff.change(connection, COMMAND_LINE, staff_id, Change(disabled=True))
    assert (await browser.call("GET", "/api/me")).status_code == 401
    assert (await browser.login(login)).status_code == 401
    await staff.change(connection, COMMAND_LINE, staff_id, Change(disabled=False))
    assert (await browser.login(login)).status_code == 200


async def test_a_new_password_ends_the_other_sessions(browser, desk, desk_database):
    _, login = add_account(desk_database)
    await browser.login(login)
    other = Browser(desk)
    await other.login(login)
    for new, error in (
        ("short", "weak_password"),
        (f"{login}-12345", "weak_password"),
        (PASSWORD, "same_password"),
    ):
        refused = await browser.call("POST", "/api/password", {"old": PASSWORD, "new": new})
        assert (refused.status_code, refused.json()["error"]) == (422, error)
    wrong = await browser.call("POST", "/api/password", {"old": "not-this-one", "new": "a-better-password"})
    assert wrong.status_code == 401
    changed = await browser.call("POST", "/api/password", {"old": PASSWORD, "new": "a-better-password"})
    assert changed.status_code == 200
    assert (await browser.call("GET", "/api/me")).status_code == 200
    assert (await other.call("GET", "/api/me")).status_code == 401
    assert (await other.login(login)).status_code == 401
    assert (await other.login(login, "a-better-password")).status_code == 200
    await other.close()


async def test_the_administrator_keeps_accounts_and_every_change_is_logged(browser, desk_database, rows):
    admin, login = add_account(desk_database, "administrator")
    await browser.login(login)
    body = {"login": "Galina.K", "name": "Галина К.", "role": "operator", "skills": ["dms"]}
    made = await browser.call("POST", "/api/staff", body)
    assert made.status_code == 201
    account, password = made.json()["account"], made.json()["password"]
    assert account["login"] == "galina.k"
    assert (await browser.call("POST", "/api/staff", body)).json()["error"] == "login_taken"
    assert (await browser.call("POST", "/api/staff", {**body, "login": "Г"})).json()["error"] == "bad_login"
    path = f"/api/staff/{account['id']}"
    changed = await browser.call("PATCH", path, {"cap": 2, "skills": [], "new_password": True})
    assert (changed.json()["account"]["cap"], changed.json()["account"]["skills"]) == (2, [])
    assert changed.json()["password"] not in (None, password)
    lines = await browser.call("GET", f"/api/audit?object_id={account['id']}")
    told = [(line["action"], line["staff_id"]) for line in lines.json()]
    assert told == [("staff.changed", admin), ("staff.added", admin)]
    assert changed.json()["password"] not in lines.text and "argon2" not in lines.text
    assert rows("SELECT 1 FROM desk.audit WHERE action = 'audit.viewed' AND staff_id = %s", admin)
    assert (await browser.call("PATCH", "/api/staff/999999", {"cap": 2})).status_code == 404


async def test_the_last_administrator_stays(connection, desk_database, rows):
    rows("UPDATE desk.staff SET disabled_at = now() WHERE role = 'administrator'")
    admin, _ = add_account(desk_database, "administrator")
    for change in (Change(disabled=True), Change(role="operator")):
        with pytest.raises(staff.LastAdministrator):
            await staff.change(connection, COMMAND_LINE, admin, change)
    other, _ = add_account(desk_database, "administrator")
    changed = await staff.change(connection, COMMAND_LINE, admin, Change(role="operator"))
    assert changed is not None and changed.role == "operator"
    with pytest.raises(staff.LastAdministrator):
        await staff.change(connection, COMMAND_LINE, other, Change(disabled=True))


@pytest.mark.parametrize("statement", ["UPDATE {} SET action = 'x'", "DELETE FROM {}", "TRUNCATE {}"])
async def test_nobody_rewrites_the_log(rows, statement):
    rows("INSERT INTO desk.audit (action) VALUES ('test')")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only grows"):
        rows(statement.format("desk.audit"))


async def test_a_wrong_body_is_refused_without_repeating_it(browser):
    response = await browser.http.post("/api/login", json={"login": ["x"], "password": "secret-of-anna" * 20})
    assert response.status_code == 422
    assert response.json()["fields"] == ["login", "password"]
    assert "secret-of-anna" not in response.text


@pytest.mark.parametrize("cookie", ["", "x", "я" * 20, "a" * 5000])
async def test_made_up_cookies_open_nothing(browser, cookie):
    headers = {"Cookie": b"maria-staff=" + cookie.encode()}
    assert (await browser.http.get("/api/me", headers=headers)).status_code == 401


@pytest.mark.parametrize(
    "password", ["", "short", "aaaaaaaaaaaaaaa", "abababababab", "my-anna-password", "x" * 129]
)
def test_weak_passwords(password):
    with pytest.raises(WeakPassword):
        check_strength(password, "anna")


def test_made_passwords_are_strong_and_differ():
    made = {make_password() for _ in range(100)}
    assert len(made) == 100
    for password in made:
        check_strength(password, "anna")

"""`/api/…` of the staff's accounts: coming in, going out, who am I, accounts, the log."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi import Path as PathParameter
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from desk.access import audit, lockout, sessions, staff
from desk.access.audit import By
from desk.access.errors import Refused, staff_router
from desk.access.gate import Actor, Gate, address_of
from desk.access.lockout import LockoutRules
from desk.access.passwords import (
    MAX_LENGTH,
    PasswordChecks,
    WeakPassword,
    check_strength,
    make_password,
    needs_rehash,
)
from desk.access.roles import Role
from desk.access.staff import MAX_CAP, Change, Skill, Staff
from desk.access.texts import StaffTexts
from desk.database import Pool
from desk.routing import presence

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00]*$")
]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Credentials(_Body):
    login: str = Field(min_length=1, max_length=100)
    password: str = Field(min_length=1, max_length=MAX_LENGTH)


class PasswordChange(_Body):
    old: str = Field(min_length=1, max_length=MAX_LENGTH)
    new: str = Field(min_length=1, max_length=MAX_LENGTH)


class Account(BaseModel):
    id: int
    login: str
    name: str
    role: Role
    skills: list[Skill]
    cap: int
    disabled: bool


class Me(BaseModel):
    """The one who is logged in; `csrf` goes into the header X-CSRF-Token of every changing call."""

    account: Account
    state: presence.State
    csrf: str


class NewAccount(_Body):
    login: str = Field(min_length=1, max_length=100)
    name: Name
    role: Role
    skills: list[Skill] = []
    cap: int = Field(staff.DEFAULT_CAP, ge=1, le=MAX_CAP)


class AccountChange(_Body):
    """Fields that are left out stay as they are; `new_password` makes one and tells it once."""

    name: Name | None = None
    role: Role | None = None
    skills: list[Skill] | None = None
    cap: int | None = Field(None, ge=1, le=MAX_CAP)
    disabled: bool | None = None
    new_password: bool = False


class AccountWithPassword(BaseModel):
    account: Account
    password: str | None = None


class AuditLine(BaseModel):
    id: int
    at: datetime
    staff_id: int | None
    action: str
    object_kind: str
    object_id: str
    details: dict[str, Any]
    address: str | None


def access_router(
    pool: Pool,
    gate: Gate,
    texts: StaffTexts,
    clock: Callable[[], datetime],
    rules: LockoutRules | None = None,
) -> APIRouter:
    """Login, logout, me, password; accounts and the audit log for administrators."""
    router = staff_router("/api", texts)
    lockout_rules = rules or LockoutRules()
    checks = PasswordChecks()
    anybody = Depends(gate.actor)
    changes_staff = Depends(gate.require("staff.change"))
    views_audit = Depends(gate.require("audit.view"))

    async def prove(login: str, password: str, address: str) -> Staff:
        """The account whose password this is; raises Refused 401 or 429 and writes failures to the log.

        Holds no connection while the password is hashed: patients need them.
        """
        async with pool.connection() as connection:
            until = await lockout.begin_attempt(connection, login, address, clock(), lockout_rules)
            account = await staff.find_by_login(connection, login)
            stored = await staff.password_of(connection, account.id) if account else None
        if until is not None:
            raise Refused(429, "locked", minutes=math.ceil((until - clock()).total_seconds() / 60))
        good = await checks.verify(stored, password)
        fresh = await checks.hash(password) if good and needs_rehash(stored or "") else None
        async with pool.connection() as connection, connection.transaction():
            if good and account is not None:
                await lockout.forget(connection, login)
                if fresh is not None:
                    await staff.replace_hash(connection, account.id, stored or "", fresh)
                return account
            known = account.id if account else ""
            await audit.write(connection, By(address=address), "login.failed", "staff", known)
        raise Refused(401, "wrong_password")

    @router.post("/login")
    async def login(request: Request, response: Response, credentials: Credentials) -> Me:
        gate.check_page(request)
        address = address_of(request)
        # What is no possible login is counted under its own text all the same.
        account = await prove(_login(credentials.login), credentials.password, address)
        async with pool.connection() as connection, connection.transaction():
            token = await sessions.start(connection, account.id, clock())
            await audit.write(connection, By(account.id, address), "login", "staff", account.id)
            state = await presence.state_of(connection, account.id)
        gate.give_cookie(response, token)
        return Me(account=_account(account), state=state, csrf=gate.csrf_of(token))

    @router.post("/logout", status_code=204)
    async def logout(response: Response, actor: Actor = anybody) -> None:
        async with pool.connection() as connection, connection.transaction():
            await sessions.end(connection, actor.token_hash)
            await audit.write(connection, actor.by, "logout", "staff", actor.staff.id)
            if not await sessions.count(connection, actor.staff.id, clock()):
                await presence.set_state(connection, actor.staff.id, "offline", "logout", clock())
        gate.take_cookie(response)

    @router.get("/me")
    async def me(actor: Actor = anybody) -> Me:
        async with pool.connection() as connection:
            state = await presence.state_of(connection, actor.staff.id)
        return Me(account=_account(actor.staff), state=state, csrf=actor.csrf)

    @router.post("/password")
    async def change_password(body: PasswordChange, response: Response, actor: Actor = anybody) -> Me:
        """Ends all sessions of the account and begins a new one here."""
        await prove(actor.staff.login, body.old, actor.address)
        if body.old == body.new:
            raise Refused(422, "same_password")
        fresh = Change(password_hash=await _hash(checks, body.new, actor.staff.login))
        async with pool.connection() as connection, connection.transaction():
            await staff.change(connection, actor.by, actor.staff.id, fresh)
            token = await sessions.start(connection, actor.staff.id, clock())
            state = await presence.state_of(connection, actor.staff.id)
        gate.give_cookie(response, token)
        return Me(account=_account(actor.staff), state=state, csrf=gate.csrf_of(token))

    @router.get("/staff")
    async def accounts(_actor: Actor = changes_staff) -> list[Account]:
        async with pool.connection() as connection:
            return [_account(each) for each in await staff.everybody(connection)]

    @router.post("/staff", status_code=201)
    async def add_account(body: NewAccount, actor: Actor = changes_staff) -> AccountWithPassword:
        """The password is told here and never again."""
        password = make_password()
        password_hash = await checks.hash(password)
        async with pool.connection() as connection:
            try:
                added = await staff.add(
                    connection,
                    actor.by,
                    login=body.login,
                    name=body.name,
                    role=body.role,
                    password_hash=password_hash,
                    skills=frozenset(body.skills),
                    cap=body.cap,
                )
            except staff.BadLogin:
                raise Refused(422, "bad_login") from None
            except staff.LoginTaken:
                raise Refused(409, "login_taken") from None
        return AccountWithPassword(account=_account(added), password=password)

    @router.patch("/staff/{staff_id}")
    async def change_account(
        body: AccountChange, staff_id: int = PathParameter(ge=1, lt=2**63), actor: Actor = changes_staff
    ) -> AccountWithPassword:
        """A new password or a disabled account ends its sessions; a new password also lifts a lock."""
        password = make_password() if body.new_password else None
        wanted = Change(
            name=body.name,
            role=body.role,
            skills=None if body.skills is None else frozenset(body.skills),
            cap=body.cap,
            disabled=body.disabled,
            password_hash=await checks.hash(password) if password else None,
        )
        async with pool.connection() as connection, connection.transaction():
            try:
                changed = await staff.change(connection, actor.by, staff_id, wanted)
            except staff.LastAdministrator:
                raise Refused(409, "last_administrator") from None
            if changed is None:
                raise Refused(404, "not_found")
            if password:
                await lockout.forget(connection, changed.login)
            if changed.disabled:
                await presence.set_state(connection, staff_id, "offline", "disabled", clock())
        return AccountWithPassword(account=_account(changed), password=password)

    @router.get("/audit")
    async def read_audit(
        before: int | None = Query(None, ge=1, lt=2**63),
        staff_id: int | None = Query(None, ge=1, lt=2**63),
        object_id: str | None = Query(None, max_length=100, pattern=r"^[^\x00]*$"),
        actor: Actor = views_audit,
    ) -> list[AuditLine]:
        """A hundred lines, the newest first; `before` is the id where the last page ended."""
        async with pool.connection() as connection:
            lines = await audit.read(connection, before=before, staff_id=staff_id, object_id=object_id)
            await audit.write(connection, actor.by, "audit.viewed")
        return [AuditLine(**{**vars(line), "details": dict(line.details)}) for line in lines]

    return router


def _login(text: str) -> str:
    return text.strip().casefold().replace("\x00", "")


async def _hash(checks: PasswordChecks, password: str, login: str) -> str:
    try:
        check_strength(password, login)
    except WeakPassword:
        raise Refused(422, "weak_password") from None
    return await checks.hash(password)


def _account(of: Staff) -> Account:
    return Account(
        id=of.id,
        login=of.login,
        name=of.name,
        role=of.role,
        skills=sorted(of.skills),
        cap=of.cap,
        disabled=of.disabled,
    )

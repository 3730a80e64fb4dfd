"""Accounts of the staff by command line: the first administrator, a forgotten password, a lock.

    python -m tools.staff add anna --name "Анна Соколова" --role administrator

There is no account and no password by default. DATABASE_URL (or .env) names the database; without it the
embedded one under VAR_DIR is used, whether or not the system is running.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import yaml

from desk.access import lockout, staff
from desk.access.audit import COMMAND_LINE
from desk.access.passwords import WeakPassword, check_strength, hash_password, make_password
from desk.access.roles import Role
from desk.access.staff import DEFAULT_CAP, MAX_CAP, ROLES, SKILLS, Change, Skill
from desk.database import Connection, connect
from desk.migrate import migrate
from lang.strict_yaml import Problems, read_yaml
from mis.config import ConfigError, load_config

DEMONSTRATION = Path("sandbox/data/staff.yml")


class StaffError(Exception):
    """The command cannot be done; the message is one line for the person at the keyboard."""


@dataclass(frozen=True)
class Person:
    """An account to be made."""

    login: str
    name: str
    role: Role
    skills: frozenset[Skill] = frozenset()
    cap: int = DEFAULT_CAP


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    # What starts PostgreSQL need not be loaded where it is only asked for help.
    from tools.launch import LaunchError, Postgres, load_settings

    try:
        with Postgres(load_settings()) as urls:
            migrate(urls["maria"])
            print(asyncio.run(_run(urls["maria"], options)))
    except (StaffError, LaunchError) as error:
        print(f"maria: {error}", file=sys.stderr)
        return 1
    except psycopg.Error as error:
        print(f"maria: the database did not answer: {type(error).__name__}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.staff", description=(__doc__ or "").split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    add = commands.add_parser("add", help="make an account; its password is printed once")
    add.add_argument("login")
    add.add_argument("--name", required=True, help="shown to patients and colleagues")
    add.add_argument("--role", choices=ROLES, required=True)
    add.add_argument("--skill", choices=SKILLS, action="append", default=[])
    add.add_argument("--cap", type=int, default=DEFAULT_CAP, help="conversations at once")
    add.add_argument("--ask", action="store_true", help="ask for the password instead of making one")
    password = commands.add_parser("password", help="give an account a new password")
    password.add_argument("login")
    password.add_argument("--ask", action="store_true", help="ask for it instead of making one")
    for name, words in (
        ("unlock", "forget the failed logins of an account"),
        ("disable", "close an account and its sessions"),
        ("enable", "open a closed account"),
    ):
        commands.add_parser(name, help=words).add_argument("login")
    commands.add_parser("list", help="list the accounts")
    return parser


async def _run(database_url: str, options: argparse.Namespace) -> str:
    connection = await connect(database_url)
    async with connection:
        if options.command == "list":
            everybody = await staff.everybody(connection)
            return "\n".join(_line(each) for each in everybody) or "no accounts yet"
        if options.command == "add":
            return await _add(connection, options)
        account = await staff.find_by_login(connection, options.login.strip().casefold())
        if account is None:
            raise StaffError(f"there is no account {options.login!r}: see `python -m tools.staff list`")
        if options.command == "unlock":
            await lockout.forget(connection, account.login)
            return f"{account.login}: unlocked"
        if options.command == "password":
            password = _password(account.login, options.ask)
            await _change(connection, account.id, Change(password_hash=hash_password(password)))
            await lockout.forget(connection, account.login)
            return _told(account.login, password, options.ask)
        await _change(connection, account.id, Change(disabled=options.command == "disable"))
        return f"{account.login}: {options.command}d"


async def _add(connection: Connection, options: argparse.Namespace) -> str:
    if not 1 <= options.cap <= MAX_CAP:
        raise StaffError(f"--cap is from 1 to {MAX_CAP}")
    try:
        login = staff.normal_login(options.login)
        password = _password(login, options.ask)
        person = Person(login, options.name, options.role, frozenset(options.skill), options.cap)
        await add(connection, person, password)
    except staff.BadLogin:
        raise StaffError("a login is 2 to 40 Latin letters, figures, dots, dashes, underscores") from None
    except staff.LoginTaken:
        raise StaffError(f"there is an account {options.login!r} already") from None
    return _told(login, password, options.ask)


async def add(connection: Connection, person: Person, password: str) -> None:
    """Makes the account; raises BadLogin and LoginTaken of `desk.access.staff`."""
    await staff.add(
        connection,
        COMMAND_LINE,
        login=person.login,
        name=person.name,
        role=person.role,
        password_hash=hash_password(password),
        skills=person.skills,
        cap=person.cap,
    )


async def _change(connection: Connection, staff_id: int, change: Change) -> None:
    try:
        await staff.change(connection, COMMAND_LINE, staff_id, change)
    except staff.LastAdministrator:
        raise StaffError("this is the only administrator: add another one first") from None


def _password(login: str, ask: bool) -> str:
    if not ask:
        return make_password()
    password = getpass.getpass("password: ")
    if password != getpass.getpass("again: "):
        raise StaffError("the two passwords differ")
    try:
        check_strength(password, login)
    except WeakPassword:
        raise StaffError("a password has 10 characters or more, not all alike, without the login") from None
    return password


def _told(login: str, password: str, asked: bool) -> str:
    return f"{login}: the password is set" if asked else f"{login}: password {password} (printed only now)"


def _line(account: staff.Staff) -> str:
    skills = ",".join(sorted(account.skills)) or "-"
    state = " disabled" if account.disabled else ""
    return (
        f"{account.login:16} {account.role:14} cap {account.cap:2} skills {skills:24} {account.name}{state}"
    )


def make_demonstration(database_url: str, environ: Mapping[str, str], sandbox_port: int) -> list[str]:
    """Makes the invented staff of DEMONSTRATION and returns a line for each with its password.

    Does nothing (an empty list) unless every MIS base is the sandbox beside us and no account exists yet.
    """
    if environ.get("ENVIRONMENT") != "development" or not _only_sandbox(environ, sandbox_port):
        return []
    people = load_demonstration(DEMONSTRATION)

    async def make() -> list[str]:
        connection = await connect(database_url)
        async with connection, connection.transaction():
            # Two launchers on one database: one makes the staff, the other finds it.
            await connection.execute("LOCK TABLE desk.staff IN EXCLUSIVE MODE")
            if await staff.everybody(connection):
                return []
            passwords = [make_password() for _ in people]
            for person, password in zip(people, passwords, strict=True):
                await add(connection, person, password)
            return [
                f"{person.role:14} {person.login:8} {password}"
                for person, password in zip(people, passwords, strict=True)
            ]

    return asyncio.run(make())


def _only_sandbox(environ: Mapping[str, str], port: int) -> bool:
    catalogue = Path(environ.get("CATALOGUE_DIR", "data/catalogue"))
    branches = yaml.safe_load((catalogue / "branches.yml").read_text(encoding="utf-8"))["branches"]
    try:
        config = load_config(Path(environ.get("MIS_CONFIG", "mis.yml")), list(branches), environ)
    except ConfigError:
        return False
    addresses = [urlsplit(base.url) for base in config.bases]
    return all(each.hostname in ("127.0.0.1", "localhost") and each.port == port for each in addresses)


def load_demonstration(path: Path) -> list[Person]:
    """The people of the file; raises lang.strict_yaml.DataFileError."""
    problems = Problems()
    people = []
    root = read_yaml(path, problems)
    for value in root.fields(("staff",))["staff"].values() if root is not None else ():
        fields = value.fields(("login", "name", "role", "skills", "cap"))
        role, skills, cap = fields["role"].text(), fields["skills"].texts(), fields["cap"].text()
        if role not in ROLES:
            fields["role"].wrong(f"unknown role {role!r}", ", ".join(ROLES))
        if unknown := sorted(set(skills) - set(SKILLS)):
            fields["skills"].wrong(f"unknown skills {unknown}", ", ".join(SKILLS))
        if not cap.isdecimal() or not 1 <= int(cap) <= MAX_CAP:
            fields["cap"].wrong(f"is {cap}", f"1 to {MAX_CAP}")
            continue
        people.append(
            Person(
                fields["login"].text(),
                fields["name"].text(),
                next((each for each in ROLES if each == role), "operator"),
                frozenset(each for each in SKILLS if each in skills),
                int(cap),
            )
        )
    problems.stop_if_any()
    return people


if __name__ == "__main__":
    sys.exit(main())

"""`mis.yml`: which MIS each branch lives in and how to reach it.

Everything wrong in the file is told at once, each with file, line, what is wrong and what is allowed.
Secrets are named, not written: `…_env` gives the environment variable that holds the value.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mis.calls import Timeouts
from mis.config_likeness import likened
from mis.guard import Limits

ENV_USE = "MIS_USE"
ENV_URL, ENV_USER, ENV_PASSWORD, ENV_REFERENCE = "MIS_URL", "MIS_USER", "MIS_PASSWORD", "REFERENCE_URL"

TransportName = Literal["umc_http", "umc_soap", "fhir"]
ScheduleFormat = Literal["", "JSON", "ZipXML"]
Seconds = Annotated[float, Field(gt=0, le=120)]
KeyPath = tuple[str | int, ...]


class ConfigError(Exception):
    """`mis.yml` cannot be used; the text is for the person who edits it."""


@dataclass(frozen=True, slots=True)
class BaseConfig:
    """One MIS base, with secrets filled in. `keys` has each branch of it, with its key if it uses keys.

    A FHIR server has either a `token`, or `user` and `password`, or none of them when it is open to all.
    `timezone` is the one in which the base writes its times; `None` means that of each branch.
    """

    name: str
    transport: TransportName
    url: str
    user: str
    password: str = field(repr=False)
    keys: Mapping[str, str] = field(repr=False)
    timeouts: Timeouts
    step: timedelta
    hold: timedelta
    roster_days: int
    ca_file: str | None
    reference_url: str | None
    schedule_format: ScheduleFormat = ""
    token: str = field(default="", repr=False)
    limits: Limits = field(default_factory=Limits)
    timezone: ZoneInfo | None = None


@dataclass(frozen=True, slots=True)
class MisConfig:
    """All bases; every branch of the catalogue is in exactly one."""

    bases: tuple[BaseConfig, ...]

    def base_of(self, branch_id: str) -> BaseConfig:
        """The base a branch lives in. Raises `KeyError` for a branch that is not ours."""
        for base in self.bases:
            if branch_id in base.keys:
                return base
        raise KeyError(branch_id)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Secret(_Strict):
    key: str | None = None
    key_env: str | None = None


class _Timeouts(_Strict):
    connect: Seconds = 1.5
    read: Seconds = 5.0
    directory: Seconds = 20.0
    write: Seconds = 6.0


class _Limits(_Strict):
    failures: Annotated[int, Field(ge=1, le=1000)] = 8
    pause: Seconds = 2.0
    trial: Seconds = 2.0
    connections: Annotated[int, Field(ge=1, le=256)] = 32
    wait: Seconds = 1.0


class _Base(_Strict):
    transport: TransportName
    url: str | None = None
    url_env: str | None = None
    user: str | None = None
    user_env: str | None = None
    password: str | None = None
    password_env: str | None = None
    token: str | None = None
    token_env: str | None = None
    ca_file: str | None = None
    key: str | None = None
    key_env: str | None = None
    branches: Literal["all"] | dict[str, _Secret | None]
    step_minutes: Annotated[int, Field(ge=5, le=120)]
    hold_minutes: Annotated[int, Field(ge=1, le=14)]
    roster_days: Annotated[int, Field(ge=1, le=90)] = 35
    timeouts: _Timeouts = _Timeouts()
    limits: _Limits = _Limits()
    reference_url: str | None = None
    reference_url_env: str | None = None
    schedule_format: ScheduleFormat = ""
    timezone: str | None = None


class _File(_Strict):
    bases: Annotated[dict[str, _Base], Field(min_length=1)]
    use: str | list[str] | None = None


def load_config(path: Path, branch_ids: Collection[str], environ: Mapping[str, str]) -> MisConfig:
    """The settings in `path` for the branches of the catalogue. Raises `ConfigError`.

    Only the bases named by `use` are opened, or by `MIS_USE` of `environ` (commas between them), which wins;
    without either all are. `MIS_URL`, `MIS_USER`, `MIS_PASSWORD` and `REFERENCE_URL` of `environ` win over
    the file when one base is used.
    """
    try:
        source = path.read_text(encoding="utf-8")
    except OSError as failure:
        raise ConfigError(f"{path}: cannot be read: {failure.strerror}") from failure
    try:
        tree = yaml.compose(source, yaml.SafeLoader)
        data = yaml.safe_load(source)
    except yaml.MarkedYAMLError as failure:
        line = failure.problem_mark.line + 1 if failure.problem_mark else 1
        raise ConfigError(f"{path}:{line}: not YAML: {failure.problem}") from failure
    except (yaml.YAMLError, ValueError) as failure:
        raise ConfigError(f"{path}:1: not YAML: {failure}") from failure
    return _Reading(path, tree, frozenset(branch_ids), environ).config(data)


class _Reading:
    """One reading of the file: collects problems with their lines."""

    def __init__(
        self, path: Path, tree: yaml.Node | None, branch_ids: frozenset[str], environ: Mapping[str, str]
    ) -> None:
        self._path = path
        self._branch_ids = branch_ids
        self._environ = environ
        self._problems: list[tuple[int, str]] = []
        self._lines: dict[KeyPath, int] = {(): 1}
        if tree is not None:
            self._walk(tree, ())

    def config(self, data: object) -> MisConfig:
        if data is None:
            self._problem((), "is empty; allowed: a map `bases`")
        self._stop_if_wrong()
        whole = likened(data, self._problem)
        self._stop_if_wrong()
        try:
            parsed = self._used(_File.model_validate(whole))
        except ValidationError as failure:
            for error in failure.errors():
                self._problem(tuple(error["loc"]), _words(error))
            self._stop_if_wrong()
            raise
        overrides = self._overrides(parsed)
        bases = tuple(self._base(name, base, overrides) for name, base in parsed.bases.items())
        self._every_branch_once(parsed)
        self._stop_if_wrong()
        return MisConfig(bases)

    def _used(self, parsed: _File) -> _File:
        """The file with the bases that are used and no others."""
        said = self._environ.get(ENV_USE)
        asked = said.split(",") if said else [parsed.use] if isinstance(parsed.use, str) else parsed.use
        names = list(parsed.bases) if asked is None else [name.strip() for name in asked if name.strip()]
        unknown = [name for name in names if name not in parsed.bases]
        if unknown or not names:
            of = f"{ENV_USE} of the environment names" if said else "names"
            allowed = f"allowed: some of {', '.join(parsed.bases)}"
            self._problem(("use",), f"{of} {', '.join(unknown) or 'no base'}, which is not here; {allowed}")
            self._stop_if_wrong()
        return parsed.model_copy(
            update={"bases": {name: base for name, base in parsed.bases.items() if name in names}}
        )

    def _overrides(self, parsed: _File) -> Mapping[str, str]:
        names = (ENV_URL, ENV_USER, ENV_PASSWORD, ENV_REFERENCE)
        found = {name: self._environ[name] for name in names if self._environ.get(name)}
        if found and len(parsed.bases) > 1:
            self._problem(
                ("bases",),
                f"{', '.join(found)} of the environment cannot say which of {len(parsed.bases)} bases they "
                "mean; allowed: unset them, and use url_env, user_env, password_env, reference_url_env",
            )
        return found

    def _base(self, name: str, base: _Base, overrides: Mapping[str, str]) -> BaseConfig:
        at: KeyPath = ("bases", name)
        url = overrides.get(ENV_URL) or self._value(at, "url", base.url, base.url_env)
        self._address((*at, "url"), url)
        reference = overrides.get(ENV_REFERENCE)
        if reference is None and (base.reference_url or base.reference_url_env):
            reference = self._value(at, "reference_url", base.reference_url, base.reference_url_env)
        if reference is not None:
            self._address((*at, "reference_url"), reference)
        if base.ca_file is not None and not Path(base.ca_file).is_file():
            self._problem((*at, "ca_file"), f"no such file {base.ca_file!r}; allowed: a PEM file")
        if base.transport != "umc_soap" and base.schedule_format:
            self._problem((*at, "schedule_format"), "is only for umc_soap; allowed: leave it out")
        timeouts = base.timeouts
        user, password, token = self._credentials(at, base, overrides)
        return BaseConfig(
            name=name,
            transport=base.transport,
            url=url,
            user=user,
            password=password,
            keys=dict(self._keys(at, base)),
            timeouts=Timeouts(timeouts.connect, timeouts.read, timeouts.directory, timeouts.write),
            step=timedelta(minutes=base.step_minutes),
            hold=timedelta(minutes=base.hold_minutes),
            roster_days=base.roster_days,
            ca_file=base.ca_file,
            reference_url=reference,
            schedule_format=base.schedule_format,
            token=token,
            limits=Limits(**base.limits.model_dump()),
            timezone=self._zone(at, base),
        )

    def _zone(self, at: KeyPath, base: _Base) -> ZoneInfo | None:
        if base.timezone is None:
            return None
        if base.transport == "fhir":
            self._problem((*at, "timezone"), "FHIR tells it with every time; allowed: leave it out")
            return None
        try:
            return ZoneInfo(base.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            allowed = "allowed: a name like Europe/Moscow"
            self._problem((*at, "timezone"), f"{base.timezone!r} is no time zone; {allowed}")
            return None

    def _credentials(self, at: KeyPath, base: _Base, overrides: Mapping[str, str]) -> tuple[str, str, str]:
        """User, password and token, "" for what the base does without."""
        has_token = base.token is not None or base.token_env is not None
        has_user = any((base.user, base.user_env, base.password, base.password_env))
        if base.transport != "fhir" and has_token:
            self._problem((*at, "token"), "is only for fhir; allowed: leave it out")
        if base.transport == "fhir":
            if has_token and has_user:
                self._problem((*at, "token"), "stands beside a user; allowed: one of them")
            if has_token:
                return "", "", self._value(at, "token", base.token, base.token_env)
            if not has_user and not (overrides.keys() & {ENV_USER, ENV_PASSWORD}):
                return "", "", ""
        user = overrides.get(ENV_USER) or self._value(at, "user", base.user, base.user_env)
        password = overrides.get(ENV_PASSWORD) or self._value(
            at, "password", base.password, base.password_env
        )
        return user, password, ""

    def _keys(self, at: KeyPath, base: _Base) -> Iterator[tuple[str, str]]:
        named: Mapping[str, _Secret | None] = (
            dict.fromkeys(sorted(self._branch_ids)) if base.branches == "all" else base.branches
        )
        for branch, secret in named.items():
            if branch not in self._branch_ids:
                allowed = ", ".join(sorted(self._branch_ids))
                self._problem((*at, "branches", branch), f"no such branch; allowed: {allowed}")
                continue
            if base.transport != "umc_http":
                # Whoever asks the base is the only secret there.
                yield branch, ""
                continue
            if secret is not None:
                yield branch, self._value((*at, "branches", branch), "key", secret.key, secret.key_env)
                continue
            literal = base.key.replace("{branch}", branch) if base.key else None
            variable = base.key_env.replace("{branch}", branch).upper() if base.key_env else None
            yield branch, self._value(at, "key", literal, variable)

    def _value(self, at: KeyPath, name: str, literal: str | None, variable: str | None) -> str:
        if (literal is None) == (variable is None):
            said = "both are given" if literal is not None else "it is missing"
            self._problem((*at, name), f"{said}; allowed: exactly one of `{name}` and `{name}_env`")
            return ""
        if variable is not None:
            literal = self._environ.get(variable)
            if not literal:
                self._problem((*at, f"{name}_env"), f"the environment has no {variable}; allowed: set it")
                return ""
        return literal or ""

    def _address(self, at: KeyPath, url: str) -> None:
        if url and not url.startswith(("http://", "https://")):
            self._problem(at, f"{url!r} is no address; allowed: http://… or https://…")

    def _every_branch_once(self, parsed: _File) -> None:
        seen: dict[str, str] = {}
        for name, base in parsed.bases.items():
            for branch in sorted(self._branch_ids) if base.branches == "all" else base.branches:
                if branch in seen:
                    at = ("bases", name, "branches", branch)
                    words = f"{branch!r} is in the base {seen[branch]!r} too"
                    self._problem(at, f"{words}; allowed: one base, or `use` to choose among them")
                seen[branch] = name
        missing = sorted(self._branch_ids - seen.keys())
        if missing:
            self._problem(("bases",), f"no base has {', '.join(missing)}; allowed: each branch in one base")

    def _walk(self, node: yaml.Node, at: KeyPath) -> None:
        self._lines.setdefault(at, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                path = (*at, key.value)
                if path in self._lines:
                    self._lines[path] = key.start_mark.line + 1
                    self._problem(path, "is written twice; allowed: once")
                self._lines[path] = key.start_mark.line + 1
                self._walk(value, path)
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                self._walk(value, (*at, index))

    def _problem(self, at: KeyPath, words: str) -> None:
        # What is missing has no line of its own, and pydantic adds names of alternatives to a path.
        known = at
        while known not in self._lines:
            known = known[:-1]
        place = ".".join(str(part) for part in at) or "the file"
        self._problems.append((self._lines[known], f"{place}: {words}"))

    def _stop_if_wrong(self) -> None:
        if self._problems:
            told = sorted(dict.fromkeys(self._problems))
            raise ConfigError("\n".join(f"{self._path}:{line}: {words}" for line, words in told))


def _words(error: Any) -> str:
    context = error.get("ctx", {})
    if error["type"] == "extra_forbidden":
        return f"is not known here; allowed: {', '.join(_fields(tuple(error['loc'])))}"
    if error["type"] == "missing":
        return "is missing; allowed: give it"
    if error["type"] == "literal_error":
        return f"{error['input']!r} is not known; allowed: {context['expected']}"
    return f"{error['input']!r} is wrong; allowed: {error['msg'][0].lower()}{error['msg'][1:]}"


def _fields(at: KeyPath) -> Iterable[str]:
    """Names that are allowed beside the last one of the path `at`."""
    model: type[BaseModel] = _File if len(at) == 1 else _Base
    if len(at) > 3:
        nested: Mapping[str, type[BaseModel]] = {"timeouts": _Timeouts, "limits": _Limits}
        model = nested.get(str(at[2]), _Secret)
    return model.model_fields if model is not _Base else (*model.model_fields, "like")

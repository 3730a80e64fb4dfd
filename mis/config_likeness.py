"""Bases of `mis.yml` that are like another one: the sandbox by its name, a copy of a base in two lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

_SANDBOX: Mapping[str, object] = {
    "transport": "umc_http",
    "url": "http://127.0.0.1:8091/umc/hs/bwi",
    "user": "bwi",
    "password": "bwi",
    "branches": "all",
    "key": "sandbox-{branch}",
    "step_minutes": 30,
    "hold_minutes": 12,
    "reference_url": "http://127.0.0.1:8091/reference",
}
# Known to every file; a base of the file's own with one of these names hides it.
BUILT_IN: Mapping[str, Mapping[str, object]] = {
    "sandbox": _SANDBOX,
    "sandbox_soap": {
        **_SANDBOX,
        "transport": "umc_soap",
        "url": "http://127.0.0.1:8091/umc/ws/ws1.1cws",
        "schedule_format": "ZipXML",
    },
}
# Settings that come as themselves or as the name of an environment variable, and those that exclude others.
_TOGETHER = (
    ("url", "url_env"),
    ("user", "user_env", "token", "token_env"),
    ("password", "password_env", "token", "token_env"),
    ("token", "token_env", "user", "user_env", "password", "password_env"),
    ("key", "key_env"),
    ("reference_url", "reference_url_env"),
)

Problem = Callable[[tuple[str | int, ...], str], None]


def likened(data: object, problem: Problem) -> object:
    """`data` of the file with every `like` replaced by what it stands for; mistakes go to `problem`."""
    bases = data.get("bases") if isinstance(data, Mapping) else None
    if not isinstance(data, Mapping) or not isinstance(bases, Mapping):
        return data
    return {**data, "bases": {name: _whole(name, bases, problem, ()) for name in bases}}


def _whole(name: object, bases: Mapping[Any, Any], problem: Problem, seen: tuple[object, ...]) -> object:
    own = bases[name]
    if not isinstance(own, Mapping) or "like" not in own:
        return own
    model = own["like"]
    rest = {key: value for key, value in own.items() if key != "like"}
    at = ("bases", str(name), "like")
    if not isinstance(model, str) or (model not in bases and model not in BUILT_IN):
        others = [str(base) for base in bases if base != name]
        problem(at, f"{model!r} is no base; allowed: {', '.join(dict.fromkeys((*BUILT_IN, *others)))}")
        return rest
    if model in bases and model != name:
        if model in seen:
            problem(at, f"{model!r} is like this one in turn; allowed: a base that stands by itself")
            return rest
        found = _whole(model, bases, problem, (*seen, name))
    elif model in BUILT_IN:
        found = BUILT_IN[model]
    else:
        problem(at, "a base cannot be like itself; allowed: another base")
        return rest
    return _over(found, rest) if isinstance(found, Mapping) else rest


def _over(model: Mapping[Any, Any], own: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """What is written in `own` wins, and takes the place of what would contradict it."""
    replaced = {name for group in _TOGETHER if group[0] in own or group[1] in own for name in group}
    kept = {key: value for key, value in model.items() if key not in replaced}
    for key in ("timeouts", "limits"):
        if isinstance(kept.get(key), Mapping) and isinstance(own.get(key), Mapping):
            own = {**own, key: {**kept[key], **own[key]}}
    return {**kept, **own}

"""What `rasa data validate` does not see: each finding is a line with the file and what to do.

Run by `make test`; `python -m tools.dialogue_check` prints the findings and fails if there are any.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from lang.answers import load_answers
from lang.topics import Topics, load_topics
from tools.bootstrap import ROOT

UTTER = "utter_"
# Where Rasa notes which response a bot's message was.
RASA_KEY = "utter_action"
# What an expression in an f-string may become.
_ANYTHING = "[a-z_]+"
_PAYLOAD = re.compile(r"^/([a-z_]+)")


@dataclass
class Project:
    """The Rasa project as data. `answers` are intents that can answer a form's question, `ready` the
    responses that answers.yml names."""

    domain: dict[str, Any]
    responses: dict[str, list[dict[str, Any]]]
    steps: list[tuple[str, str, list[dict[str, Any]]]]
    answers: dict[str, list[str]]
    topics: Topics
    ready: set[str]
    used: set[str] = field(default_factory=set)
    used_patterns: set[str] = field(default_factory=set)
    used_suffixes: set[str] = field(default_factory=set)
    code_payloads: list[str] = field(default_factory=list)
    served: set[str] = field(default_factory=set)


def load(root: Path, served: set[str]) -> Project:
    """Read the project under `root`; `served` are the names of the actions the action server has."""
    domain = _yaml(root / "domain.yml")
    responses: dict[str, list[dict[str, Any]]] = dict(domain.get("responses") or {})
    for path in sorted((root / "data/responses").glob("*.yml")):
        responses.update(_yaml(path)["responses"])
    steps = [
        (path.name, str(block.get("rule") or block.get("story")), block["steps"])
        for folder, key in (("rules", "rules"), ("stories", "stories"))
        for path in sorted((root / "data" / folder).glob("*.yml"))
        for block in _yaml(path)[key]
    ]
    form_answers = _yaml(root / "data/catalogue/dialogue.yml")["form_answers"]
    topics = load_topics(root / "data/catalogue/topics.yml")
    kinds = load_answers(root / "data/catalogue/answers.yml", topics.by_id).topics.values()
    ready = {answer.response for answers in kinds for answer in answers}
    project = Project(domain, responses, steps, form_answers, topics, ready, served=served)
    for path in sorted((root / "actions").rglob("*.py")):
        _read_code(project, ast.parse(path.read_text(encoding="utf-8")))
    return project


def findings(project: Project) -> Iterator[str]:
    """Everything wrong, a line each; nothing when all is well."""
    yield from _unguarded_mappings(project)
    yield from _incomplete_ignored_intents(project)
    yield from _topics(project)
    yield from _unruled(project)
    yield from _responses(project)
    yield from _payloads(project)
    yield from _actions(project)
    yield from _success_after_fallible(project)


def _unguarded_mappings(project: Project) -> Iterator[str]:
    asked = {name for form in (project.domain.get("forms") or {}).values() for name in form["required_slots"]}
    for name, slot in (project.domain.get("slots") or {}).items():
        for mapping in slot.get("mappings") or []:
            # A custom mapping without an action reads no message: only actions set such a slot.
            if mapping["type"] == "custom" and "action" not in mapping and name not in asked:
                continue
            guarded = any("active_loop" in condition for condition in mapping.get("conditions") or [])
            if not guarded:
                yield f"domain.yml: slot {name}: mapping {mapping['type']} has no condition active_loop"


def _incomplete_ignored_intents(project: Project) -> Iterator[str]:
    intents = _intents(project)
    for name, form in (project.domain.get("forms") or {}).items():
        ignored = set(form.get("ignored_intents") or [])
        for intent in intents:
            if intent not in ignored and intent not in project.answers.get(name, []):
                yield (
                    f"domain.yml: form {name}: intent {intent} is neither in ignored_intents "
                    "nor in form_answers of data/catalogue/dialogue.yml"
                )
        for intent in sorted(ignored & set(project.answers.get(name, []))):
            yield f"domain.yml: form {name}: intent {intent} is both ignored and an answer"


def _topics(project: Project) -> Iterator[str]:
    intents = set(_intents(project))
    of_topics = {intent for topic in project.topics.by_id.values() for intent in topic.intents}
    for intent in sorted(intents - of_topics):
        yield f"domain.yml: intent {intent} is in no topic of data/catalogue/topics.yml"
    for intent in sorted(of_topics - intents):
        yield f"data/catalogue/topics.yml: {intent} is no intent of the domain"


def _unruled(project: Project) -> Iterator[str]:
    """Intents that nothing follows: outside a form the assistant would seem not to have understood."""
    ruled = {
        str(step["intent"]): file for file, _, steps in project.steps for step in steps if "intent" in step
    }
    answers = {intent for intents in project.answers.values() for intent in intents}
    intents = set(_intents(project))
    for intent in sorted(intents - set(ruled) - answers):
        yield f"domain.yml: intent {intent} is in no rule of data/rules"
    for intent in sorted(set(ruled) - intents):
        yield f"{ruled[intent]}: {intent} is no intent of the domain"


def _intents(project: Project) -> list[str]:
    return [next(iter(i)) if isinstance(i, dict) else i for i in project.domain["intents"]]


def _responses(project: Project) -> Iterator[str]:
    spoken = project.used | project.ready
    for _, _, steps in project.steps:
        spoken |= {step["action"] for step in steps if str(step.get("action", "")).startswith(UTTER)}
    for name in sorted(spoken - set(project.responses)):
        if not any(name + suffix in project.responses for suffix in project.used_suffixes):
            yield f"response {name} is used and not defined in data/responses"
    for name in sorted(set(project.responses) - spoken):
        by_pattern = any(re.fullmatch(pattern, name) for pattern in project.used_patterns)
        by_suffix = any(
            name.endswith(suffix) and name.removesuffix(suffix) in spoken for suffix in project.used_suffixes
        )
        if not (by_pattern or by_suffix):
            yield f"response {name} is defined and never used"
    for pattern in sorted(project.used_patterns):
        if pattern.removeprefix(UTTER).startswith(_ANYTHING):
            yield f"actions: {pattern.replace(_ANYTHING, '…')} may be any response: write the names out"


def _payloads(project: Project) -> Iterator[str]:
    intents = set(_intents(project))
    for name, variants in project.responses.items():
        for variant in variants:
            for button in variant.get("buttons") or []:
                match = _PAYLOAD.match(button["payload"])
                if match is None or match.group(1) not in intents:
                    yield f"response {name}: payload {button['payload']} names no intent of the domain"
    for payload in project.code_payloads:
        match = _PAYLOAD.match(payload)
        if match is not None and match.group(1) not in intents:
            yield f"actions: payload {payload} names no intent of the domain"


def _actions(project: Project) -> Iterator[str]:
    declared = set(project.domain.get("actions") or [])
    for name in sorted(declared - project.served):
        yield f"domain.yml: action {name} is not served by the action server"
    for name in sorted(project.served - declared):
        yield f"action {name} is served and not declared in domain.yml"


def _success_after_fallible(project: Project) -> Iterator[str]:
    own = set(project.domain.get("actions") or []) | set(project.domain.get("forms") or {})
    for file, block, steps in project.steps:
        previous = ""
        for step in steps:
            action = str(step.get("action", ""))
            if action.startswith(UTTER) and previous in own:
                yield f"{file}: «{block}»: {action} would be said even if {previous} had failed"
            if "intent" in step or action:
                previous = action


def _read_code(project: Project, tree: ast.AST) -> None:
    """Collect response names and payloads from string constants and from f-strings that begin with one."""
    parts_of_fstrings: set[int] = set()
    # The paths that the action server serves stand in decorators.
    served = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for decorator in node.decorator_list
        for part in ast.walk(decorator)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.JoinedStr):
            continue
        parts_of_fstrings |= {id(value) for value in node.values}
        first, last = node.values[0], node.values[-1]
        if isinstance(first, ast.Constant) and str(first.value).startswith(UTTER):
            project.used_patterns.add(_pattern(node))
        elif isinstance(first, ast.Constant) and str(first.value).startswith("/"):
            project.code_payloads.append(str(first.value))
        elif isinstance(last, ast.Constant) and re.fullmatch(r"_[a-z_]+", str(last.value)):
            project.used_suffixes.add(str(last.value))
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in parts_of_fstrings
        ):
            if node.value != RASA_KEY and re.fullmatch(UTTER + r"[a-z_]+", node.value):
                project.used.add(node.value)
            elif id(node) not in served and re.match(r"^/[a-z_]+(\{|$)", node.value):
                project.code_payloads.append(node.value)


def _pattern(text: ast.JoinedStr) -> str:
    """The names that an f-string can become."""
    return "".join(
        re.escape(str(part.value)) if isinstance(part, ast.Constant) else _ANYTHING for part in text.values
    )


def _yaml(path: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def main() -> int:
    from actions.registry import ACTIONS

    project = load(ROOT, {action.action_name for action in ACTIONS})
    found = list(findings(project))
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

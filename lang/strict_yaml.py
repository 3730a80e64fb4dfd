"""YAML read with the line of every value, so that a wrong data file says exactly where and what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class DataFileError(ValueError):
    """One or more mistakes in data files; each line of the message reads `file:line: what; allowed: …`."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class Problems:
    """Collects mistakes, so that an editor sees all of them at once."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def add(self, place: str, what: str, allowed: str = "") -> None:
        self.found.append(f"{place}: {what}" + (f"; allowed: {allowed}" if allowed else ""))

    def stop_if_any(self, error: type[DataFileError] = DataFileError) -> None:
        """Raises `error` with everything found so far."""
        if self.found:
            raise error(self.found)


class Value:
    """A YAML node that knows its place; readers return a harmless default after a reported mistake."""

    def __init__(self, node: yaml.Node, path: Path, problems: Problems, name: str = "") -> None:
        self.node, self.path, self.problems, self.name = node, path, problems, name

    @property
    def place(self) -> str:
        return f"{self.path.name}:{self.node.start_mark.line + 1}"

    def wrong(self, what: str, allowed: str = "") -> None:
        self.problems.add(self.place, f"{self.name}: {what}" if self.name else what, allowed)

    @property
    def is_null(self) -> bool:
        return isinstance(self.node, yaml.ScalarNode) and self.node.tag.endswith(":null")

    @property
    def is_list(self) -> bool:
        return isinstance(self.node, yaml.SequenceNode)

    @property
    def is_map(self) -> bool:
        return isinstance(self.node, yaml.MappingNode)

    def items(self) -> Iterator[tuple[str, Value]]:
        """Keys and values of a mapping in file order; a repeated key is a mistake."""
        if not isinstance(self.node, yaml.MappingNode):
            self.wrong("must be a map", "`key: value` lines")
            return
        seen: dict[str, int] = {}
        for key_node, value_node in self.node.value:
            key = str(key_node.value)
            value = Value(value_node, self.path, self.problems, f"{self.name}.{key}" if self.name else key)
            if key in seen:
                value.problems.add(
                    f"{self.path.name}:{key_node.start_mark.line + 1}",
                    f"{value.name} is given twice, first in line {seen[key]}",
                    "each key once",
                )
                continue
            seen[key] = key_node.start_mark.line + 1
            yield key, value

    def fields(self, required: Sequence[str], optional: Sequence[str] = ()) -> dict[str, Value]:
        """The mapping's values by key; unknown and missing keys are reported."""
        if not self.is_map:
            self.wrong("must be a map", f"keys {', '.join((*required, *optional))}")
            return {}
        known = (*required, *optional)
        result: dict[str, Value] = {}
        for key, value in self.items():
            if key in known:
                result[key] = value
            else:
                value.wrong("unknown key", ", ".join(known))
        for key in required:
            if key not in result:
                self.wrong(f"key {key!r} is missing", ", ".join(known))
        return result

    def text(self, allow_empty: bool = False) -> str:
        if not isinstance(self.node, yaml.ScalarNode) or self.is_null:
            self.wrong("must be a text", "one line of text")
            return ""
        text = str(self.node.value).strip()
        if not text and not allow_empty:
            self.wrong("is empty", "one line of text")
        return text

    def text_or_null(self) -> str | None:
        return None if self.is_null else self.text()

    def flag(self) -> bool:
        if not isinstance(self.node, yaml.ScalarNode) or not self.node.tag.endswith(":bool"):
            self.wrong(f"must be yes or no, not {getattr(self.node, 'value', '…')!r}", "true, false")
            return False
        return str(self.node.value).lower() in {"true", "yes", "on"}

    def values(self) -> list[Value]:
        if not isinstance(self.node, yaml.SequenceNode):
            self.wrong("must be a list", "[one, two] or lines that start with `- `")
            return []
        return [Value(node, self.path, self.problems, self.name) for node in self.node.value]

    def texts(self) -> tuple[str, ...]:
        return tuple(text for value in self.values() if (text := value.text()))


def read_yaml(path: Path, problems: Problems) -> Value | None:
    """The file's root mapping, or None after a reported mistake (missing file, bad YAML, not a map)."""
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=_Loader)
    except FileNotFoundError:
        problems.add(f"{path.name}:1", f"the file is missing (looked at {path})", "a YAML file")
        return None
    except UnicodeDecodeError as error:
        problems.add(f"{path.name}:1", f"is not UTF-8 ({error.reason})", "a text file in UTF-8")
        return None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        what = f"is not valid YAML: {error.problem or error.context}"
        problems.add(f"{path.name}:{line}", what, "valid YAML")
        return None
    except yaml.YAMLError as error:
        problems.add(f"{path.name}:1", f"is not valid YAML: {error}", "valid YAML")
        return None
    if not isinstance(root, yaml.MappingNode):
        problems.add(f"{path.name}:1", "must be a map at the top", "`key: value` lines")
        return None
    return Value(root, path, problems)

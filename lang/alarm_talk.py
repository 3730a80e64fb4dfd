"""What patients write after an alarm: that it is over, or that help is on its way."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lang.strict_yaml import DataFileError, Problems, Value, read_yaml
from lang.text import tokens

_Phrase = tuple[frozenset[str], ...]


class AlarmTalkError(DataFileError):
    """alarms.yml cannot be used; every problem names its line and what is allowed."""


@dataclass(frozen=True)
class AlarmTalk:
    """Phrases stand in a text with their words in a row, each in any form."""

    _calm: tuple[_Phrase, ...]
    _not_calm: tuple[_Phrase, ...]
    _coming: tuple[_Phrase, ...]

    def calm(self, text: str) -> bool:
        """Whether the danger is over or never was; «лучше не стало» is not."""
        said = _said(text)
        return _has(said, self._calm) and not _has(said, self._not_calm)

    def help_is_coming(self, text: str) -> bool:
        """Whether help has been called or is on its way."""
        return _has(_said(text), self._coming)


def load_alarm_talk(path: Path) -> AlarmTalk:
    """Read `after` of alarms.yml. Raises AlarmTalkError: file, line, what is wrong, what is allowed."""
    problems = Problems()
    root = read_yaml(path, problems)
    top = root.fields(("resembles", "after"), ("everyday",)) if root else {}
    after = top["after"].fields(("calm", "not_calm", "help_coming")) if "after" in top else {}
    problems.stop_if_any(AlarmTalkError)
    return AlarmTalk(*(_phrases(after[key]) for key in ("calm", "not_calm", "help_coming")))


def _phrases(value: Value) -> tuple[_Phrase, ...]:
    return tuple(tuple(_said(text)) for text in value.texts())


def _said(text: str) -> list[frozenset[str]]:
    return [frozenset({token.text, token.lemma}) for token in tokens(text) if token.tag != "PNCT"]


def _has(said: list[frozenset[str]], phrases: tuple[_Phrase, ...]) -> bool:
    return any(
        all(said[start + offset] & word for offset, word in enumerate(phrase))
        for phrase in phrases
        for start in range(len(said) - len(phrase) + 1)
    )

"""What patients write about and what is answered, read once from the files of data/catalogue/."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from actions.heard import Heard
from actions.suggestions import Suggestions, load_suggestions
from lang.advice import Advice, load_advice
from lang.alarm_talk import AlarmTalk, load_alarm_talk
from lang.answers import Answers, load_answers
from lang.cancel_reasons import CancelReasons, load_cancel_reasons
from lang.catalogue import Catalogue
from lang.everyday import Everyday, load_everyday
from lang.insurers import Insurers, load_insurers
from lang.request_words import RequestWords, load_request_words
from lang.topics import Topics, load_topics


@dataclass(frozen=True)
class Speech:
    """What patients write about and what is answered, as designers describe it."""

    topics: Topics
    answers: Answers
    insurers: Insurers
    advice: Advice
    alarm_talk: AlarmTalk
    everyday: Everyday
    request_words: RequestWords
    suggestions: Suggestions
    cancel_reasons: CancelReasons
    heard: Heard

    @classmethod
    def load(cls, directory: Path, catalogue: Catalogue) -> Speech:
        """Read the files of what is said; raises `DataFileError` naming what is wrong."""
        topics = load_topics(directory / "topics.yml")
        answers = load_answers(directory / "answers.yml", topics.by_id)
        advice = load_advice(directory / "advice.yml", catalogue.specialties)
        request_words = load_request_words(directory / "requests.yml", topics.by_id)
        alarm_talk = load_alarm_talk(directory / "alarms.yml")
        suggestions = load_suggestions(directory / "suggestions.yml")
        insurers = load_insurers(directory / "insurers.yml")
        return cls(
            topics,
            answers,
            insurers,
            advice,
            alarm_talk,
            load_everyday(directory / "alarms.yml"),
            request_words,
            suggestions,
            load_cancel_reasons(directory / "cancel_reasons.yml"),
            Heard.load(directory),
        )

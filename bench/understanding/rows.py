"""The table of targets: what share of each evaluation set the model understands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from bench.understanding.sets import (
    NonsenseCase,
    RedFlagCase,
    ServiceCase,
    SpecialtyCase,
    SymptomCase,
    TopicCase,
    WishCase,
)
from bot.understanding import Understood

SURE = 0.8
# Below this the patient is asked what was meant, and nothing is done.
ACTED_ON = 0.4
# Topics on which nothing is done, only answered: where nonsense may end.
HARMLESS = frozenset({"out_of_scope", "chitchat", "greeting", "thanks", "bye"})
_KEPT, _INVENTED = "further wishes: all of them kept", "further wishes invented"
# Rows of the topic set that a pipeline without a list of wishes cannot have.
NOT_ONLY_TOPICS = frozenset({_KEPT, _INVENTED})


@dataclass(frozen=True)
class Row:
    """One line of the table; `value`, `target` are shares, `at_most` turns the comparison round."""

    name: str
    value: float
    target: float | None
    count: int
    at_most: bool = False
    note: str = ""

    @property
    def met(self) -> bool:
        if self.target is None:
            return True
        return self.value <= self.target if self.at_most else self.value >= self.target


def topic_rows(
    cases: Sequence[TopicCase], clean: Sequence[Understood], noisy: Sequence[Understood]
) -> list[Row]:
    """Accuracy with the accepted alternatives and without, over all and by topic, clean and with noise."""
    right = [got.topic in case.accepted for case, got in zip(cases, clean, strict=True)]
    strict = [got.topic == case.accepted[0] for case, got in zip(cases, clean, strict=True)]
    blurred = [got.topic in case.accepted for case, got in zip(cases, noisy, strict=True)]
    several = [(case, got) for case, got in zip(cases, clean, strict=True) if case.wishes]
    kept = [set(case.wishes) <= set(got.wishes) for case, got in several]
    invented = [len(set(got.wishes)) > 1 for case, got in zip(cases, clean, strict=True) if not case.wishes]
    return [
        Row("topic, clean text", _share(right), 0.95, len(cases), note=f"strict {_share(strict):.1%}"),
        Row(
            "topic, clean text, mean over topics",
            _macro(cases, right),
            None,
            len(cases),
            note=f"strict {_macro(cases, strict):.1%}",
        ),
        Row(
            "topic, points lost to one typo in three words",
            _share(right) - _share(blurred),
            0.02,
            len(cases),
            at_most=True,
            note=f"with typos {_share(blurred):.1%}",
        ),
        Row(_KEPT, _share(kept), None, len(kept)),
        Row(_INVENTED, _share(invented), None, len(invented), at_most=True),
        *_calibration(right, clean),
    ]


def _calibration(right: Sequence[bool], got: Sequence[Understood]) -> list[Row]:
    sure = [ok for ok, item in zip(right, got, strict=True) if item.confidence >= SURE]
    return [
        Row(f"right among answers at ≥ {SURE} confidence", _share(sure), 0.97, len(sure)),
        Row(f"answered at ≥ {SURE} confidence", len(sure) / len(right), 0.70, len(right)),
    ]


def specialty_rows(cases: Sequence[SpecialtyCase], got: Sequence[Understood]) -> list[Row]:
    pairs = list(zip(cases, got, strict=True))
    exact = [item.specialties == case.specialties for case, item in pairs]
    wrong = [bool(set(item.specialties) - set(case.specialties)) for case, item in pairs]
    return [
        Row("specialty mention → id", _share(exact), 0.97, len(cases)),
        Row("specialty: a wrong id", _share(wrong), 0.01, len(cases), at_most=True),
    ]


def service_rows(cases: Sequence[ServiceCase], got: Sequence[Understood]) -> list[Row]:
    pairs = list(zip(cases, got, strict=True))
    named = [
        all(group & set(item.services) for group in case.services) for case, item in pairs if case.services
    ]
    none = [not item.services for case, item in pairs if not case.services]
    return [
        Row("service mention → catalogue item, top 3", _share(named), 0.95, len(named)),
        Row("service: none where none is named", _share(none), None, len(none)),
    ]


def wish_rows(cases: Sequence[WishCase], got: Sequence[Understood]) -> list[Row]:
    exact = [dict(item.wish) == case.wish for case, item in zip(cases, got, strict=True)]
    return [Row("wish, all fields exact", _share(exact), 0.95, len(cases))]


def red_flag_rows(
    cases: Sequence[RedFlagCase], got: Sequence[bool], topics: Sequence[TopicCase], on_topics: Sequence[bool]
) -> list[Row]:
    pairs = list(zip(cases, got, strict=True))
    found = [flag for case, flag in pairs if case.red_flag]
    alike = [flag for case, flag in pairs if not case.red_flag]
    ordinary = [
        flag for case, flag in zip(topics, on_topics, strict=True) if "emergency" not in case.accepted
    ]
    return [
        Row("red flags found", _share(found), 0.995, len(found)),
        Row(
            "red flags: false alarms on ordinary messages",
            _share(ordinary),
            0.02,
            len(ordinary),
            at_most=True,
        ),
        Row("red flags: false alarms on look-alikes", _share(alike), None, len(alike), at_most=True),
    ]


def symptom_rows(cases: Sequence[SymptomCase], got: Sequence[Understood]) -> list[Row]:
    pairs = list(zip(cases, got, strict=True))
    top3 = [bool(set(case.specialties) & set(item.symptoms)) for case, item in pairs]
    best = [case.specialties[0] in item.symptoms[:1] for case, item in pairs]
    return [
        Row("symptom → specialty, top 3", _share(top3), 0.90, len(cases), note=f"first {_share(best):.1%}")
    ]


def nonsense_rows(cases: Sequence[NonsenseCase], got: Sequence[Understood]) -> list[Row]:
    calm = [item.topic in HARMLESS or item.confidence < ACTED_ON for item in got]
    return [Row("nonsense not turned into an action", _share(calm), 0.98, len(cases))]


def _share(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else 0.0


def _macro(cases: Sequence[TopicCase], right: Sequence[bool]) -> float:
    by_topic: dict[str, list[bool]] = defaultdict(list)
    for case, ok in zip(cases, right, strict=True):
        by_topic[case.accepted[0]].append(ok)
    return sum(map(_share, by_topic.values())) / len(by_topic)

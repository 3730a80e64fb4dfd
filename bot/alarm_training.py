"""Learns the second net of the red flags: `python -m bot.alarm_training` writes models/red_flags.json.

Alarms against look-alikes (data/red_flags/), ordinary messages (data/nlu/) and complaints that can wait
(data/complaints/).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from scipy.sparse import csr_matrix
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from bot.settings import load_settings
from lang.alarm_model import AlarmModel, features, weight_of_one
from lang.complaints import load_complaints

ALARMS, HARMLESS = "alarms.yml", "harmless.yml"
SUICIDE = frozenset({"suicide", "self_harm"})
# Share of ordinary messages that may sound an alarm wrongly, judged on messages that were not taught. An
# alarm too many costs a sentence, one too few may cost a life.
FALSE_ALARMS = 0.02
LEAST_WEIGHT = 0.01
_SEED = 7


@dataclass(frozen=True)
class Example:
    text: str
    kind: str | None
    ordinary: bool


def examples(data: Path) -> Iterator[Example]:
    """Every text there is to learn from. `ordinary`: what the share of false alarms is judged on."""
    for kind, texts in _read(data / "red_flags" / ALARMS).items():
        for text in texts:
            yield Example(text, "suicide" if kind in SUICIDE else "emergency", ordinary=False)
    for texts in _read(data / "red_flags" / HARMLESS).values():
        for text in texts:
            yield Example(text, None, ordinary=False)
    for path in sorted((data / "nlu").glob("*.yml")):
        for block in _read(path)["nlu"]:
            if "intent" in block:
                urgent = block["intent"] == "emergency"
                for line in block["examples"].strip().splitlines():
                    yield Example(line.strip()[2:], "emergency" if urgent else None, ordinary=not urgent)
    for complaint in load_complaints(data / "complaints"):
        yield Example(complaint.text, None, ordinary=False)


def learn(taught: Sequence[Example]) -> AlarmModel:
    """The model, with thresholds found by cross-validation."""
    vectoriser = DictVectorizer(dtype=np.float32)
    matrix = vectoriser.fit_transform([_row(example.text) for example in taught])
    # What stands in one text only teaches that text.
    often = np.asarray((matrix > 0).sum(axis=0)).ravel() > 1
    matrix, names = csr_matrix(matrix[:, often]), vectoriser.get_feature_names_out()[often]
    ordinary = np.array([example.ordinary for example in taught])
    alarms = np.array([example.kind is not None for example in taught])
    folds = StratifiedKFold(3, shuffle=True, random_state=_SEED)
    margins = cross_val_predict(_regression(), matrix, alarms, cv=folds, method="decision_function")
    threshold = float(np.quantile(margins[ordinary], 1 - FALSE_ALARMS))
    found = (margins[alarms] >= threshold).mean()
    print(f"{found:.1%} of {alarms.sum()} alarms found by cross-validation", flush=True)
    any_alarm = _regression().fit(matrix, alarms)
    suicide = _regression().fit(matrix, [example.kind == "suicide" for example in taught])
    weights = np.stack([any_alarm.coef_[0], suicide.coef_[0]], axis=1)
    table = {
        str(name): tuple(round(float(weight), 3) for weight in row)
        for name, row in zip(names, weights, strict=True)
        if np.abs(row).max() >= LEAST_WEIGHT
    }
    return AlarmModel(
        (float(any_alarm.intercept_[0]), float(suicide.intercept_[0])),
        (threshold, 0.0),
        {name[1:]: row for name, row in table.items() if name[0] == "w"},
        {name[1:]: row for name, row in table.items() if name[0] == "l"},
    )


def _regression() -> LogisticRegression:
    return LogisticRegression(C=30, solver="liblinear", class_weight="balanced", random_state=_SEED)


def _row(text: str) -> dict[str, float]:
    seen = features(text)
    return {
        **dict.fromkeys((f"w{name}" for name in seen.words), weight_of_one(seen.words)),
        **dict.fromkeys((f"l{name}" for name in seen.letters), weight_of_one(seen.letters)),
    }


def _read(path: Path) -> dict[str, list]:
    content: dict[str, list] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


def main() -> int:
    settings = load_settings()
    learn(list(examples(settings.catalogue_dir.parent))).save(settings.red_flag_model)
    return 0


if __name__ == "__main__":
    sys.exit(main())

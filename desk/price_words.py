"""Prices and preparation in the words that an operator may send, from `data/catalogue/price_texts.yml`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from desk.prices import BranchPrice, Preparation, Prices
from lang import grammar
from lang.strict_yaml import Problems, Value, read_yaml

MOST_BRANCHES = 5

_VALUES: Mapping[str, frozenset[str]] = {
    "at": frozenset({"name", "branch", "price"}),
    "same": frozenset({"name", "price"}),
    "range": frozenset({"name", "low", "high"}),
    "elsewhere": frozenset({"name", "branch", "branches", "price"}),
    "length": frozenset({"minutes", "words"}),
    "length_range": frozenset({"low_minutes", "minutes", "words"}),
    "day": frozenset({"day"}),
    "preparation": frozenset({"title", "rules", "bring"}),
    "rule": frozenset({"rule"}),
    "bring": frozenset({"bring"}),
    "no_rules": frozenset({"name"}),
}
_PLACE = re.compile(r"\{(\w*)\}")
_FORMS = 3


@dataclass(frozen=True)
class PriceWords:
    """`minutes` are the forms of «минута» for one, two and five, as in «занимает минуту»."""

    texts: Mapping[str, str]
    minutes: Sequence[str]

    def of_prices(self, name: str, prices: Prices) -> str | None:
        """What the service costs and how long it takes; None when no price is known for a sentence."""
        asked = [line for line in prices.branches if line.asked]
        if prices.low is None or prices.high is None:
            return self._elsewhere(name, asked, prices)
        low, high = grammar.money(prices.low), grammar.money(prices.high)
        if len(asked) == 1:
            told = self.texts["at"].format(name=name, branch=asked[0].branch, price=low)
        elif low == high:
            told = self.texts["same"].format(name=name, price=low)
        else:
            told = self.texts["range"].format(name=name, low=low, high=high)
        return told + self._length(prices.minutes) + self._day(prices)

    def of_preparation(self, name: str, preparation: Preparation) -> str | None:
        """How to prepare; None when that is not known."""
        if preparation.state == "none":
            return self.texts["no_rules"].format(name=name)
        if preparation.state != "rules":
            return None
        bring = "; ".join(preparation.bring)
        return self.texts["preparation"].format(
            title=preparation.title,
            rules="\n".join(self.texts["rule"].format(rule=rule) for rule in preparation.rules),
            bring=self.texts["bring"].format(bring=bring) if bring else "",
        )

    def _elsewhere(self, name: str, asked: Sequence[BranchPrice], prices: Prices) -> str | None:
        if len(asked) != 1 or asked[0].told != "absent":
            return None
        known = [line for line in prices.branches if line.price is not None]
        near = [line for line in known if line.region == asked[0].region] or known
        if not near:
            return None
        told = self.texts["elsewhere"].format(
            name=name,
            branch=asked[0].branch,
            branches=", ".join(f"«{line.branch}»" for line in near[:MOST_BRANCHES]),
            price=grammar.money(min(line.price for line in near[:MOST_BRANCHES] if line.price is not None)),
        )
        return told + self._day(prices)

    def _length(self, minutes: tuple[int, int] | None) -> str:
        if minutes is None:
            return ""
        low, high = minutes
        words = grammar.plural(high, self.minutes)
        key = "length" if low == high else "length_range"
        return self.texts[key].format(low_minutes=low, minutes=high, words=words)

    def _day(self, prices: Prices) -> str:
        return self.texts["day"].format(day=f"{prices.day:%d.%m.%Y}")


def load_price_words(path: Path) -> PriceWords:
    """Reads the file; raises lang.strict_yaml.DataFileError naming file, line and what is allowed."""
    problems = Problems()
    texts: dict[str, str] = {}
    minutes: tuple[str, ...] = ()
    root = read_yaml(path, problems)
    if root is not None:
        top = root.fields(("texts", "minutes"))
        for key, value in (top["texts"].fields(tuple(_VALUES)) if "texts" in top else {}).items():
            texts[key] = _text(value, _VALUES[key])
        if "minutes" in top:
            minutes = top["minutes"].texts()
            if len(minutes) != _FORMS:
                top["minutes"].wrong(f"has {len(minutes)} forms", "three: for one, two and five")
    problems.stop_if_any()
    return PriceWords(texts, minutes)


def _text(value: Value, allowed: frozenset[str]) -> str:
    # A text may begin with a space or a new line: it goes on with another one.
    value.text()
    unknown = sorted(set(_PLACE.findall(str(value.node.value))) - allowed)
    if unknown:
        value.wrong(f"unknown value {unknown}", ", ".join(sorted(allowed)))
    return str(value.node.value)

"""What a patient's words mean to a question or a task, by the words listed in data/catalogue/dialogue.yml."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lang.text import Token, tokens
from lang.words import is_known


@dataclass(frozen=True)
class Heard:
    """Recognises short things said. `labels` is the content of dialogue.yml."""

    labels: dict[str, Any]

    @classmethod
    def load(cls, directory: Path) -> Heard:
        """Read dialogue.yml."""
        return cls(yaml.safe_load((directory / "dialogue.yml").read_text(encoding="utf-8")))

    def is_back(self, text: str) -> bool:
        """«Я вернулась», «я снова тут»: words of one who was away."""
        return any(token.lemma in self.labels["back_words"] for token in tokens(text))

    @property
    def ordinals(self) -> dict[int, list[str]]:
        return dict(self.labels["ordinals"])

    @property
    def last_words(self) -> list[str]:
        return list(self.labels["last_words"])

    @property
    def any_words(self) -> list[str]:
        return list(self.labels["words_any"])

    def wants_earlier(self, text: str) -> bool:
        """«А пораньше?» to the times that are offered."""
        return any(token.text in self.labels["earlier_words"] for token in tokens(text))

    def wants_later(self, text: str) -> bool:
        return any(token.text in self.labels["later_words"] for token in tokens(text))

    def wants_other(self, what: str, text: str) -> bool:
        """«К другому врачу», «другое время», «в другой филиал»; `what` is a key of `other_words`."""
        lemmas = {token.lemma for token in tokens(text)}
        return "другой" in lemmas and bool(lemmas & set(self.labels["other_words"][what]))

    def means_same_place(self, text: str) -> bool:
        """«Туда же», «в тот же филиал», «где и в прошлый раз»."""
        found = tokens(text)
        said = f" {' '.join(token.text for token in found)} "
        same = self.labels["same_place"]
        if any(f" {words} " in said for words in same["phrases"]):
            return True
        lemmas = {token.lemma for token in found}
        return "же" in lemmas and bool(lemmas & set(same["that"]) and lemmas & set(same["place"]))

    def adds(self, text: str) -> bool:
        """«И ещё щитовидной», «плюс УЗИ сердца»: something more, not something else."""
        found = tokens(text)
        words = self.labels["adding_words"]
        return bool(found) and (found[0].text == "и" or any(token.lemma in words for token in found))

    def prefers(self, text: str) -> bool:
        """«Всё-таки лучше к терапевту»: something else, not something more."""
        words = self.labels["instead_words"]
        return any(token.text in words or token.lemma in words for token in tokens(text))

    @property
    def not_at_hand(self) -> list[str]:
        """How patients say that they do not have the policy's number with them."""
        return list(self.labels["not_at_hand"])

    def is_past(self, text: str) -> bool:
        """Whether the answer to «когда?» is a day that is over."""
        return any(token.text in self.labels["past_days"] for token in tokens(text))

    def asks_for_code(self, text: str) -> bool:
        """«Не пришло», «отправьте ещё раз» to the question for the code."""
        said = f" {' '.join(token.text for token in tokens(text))} "
        return any(f" {words} " in said for words in self.labels["visits"]["code_again"])

    def names_own_visit(self, text: str) -> bool:
        """«Мою запись», «я записан»: a visit that stands already."""
        return bool({token.lemma for token in tokens(text)} & set(self.labels["visits"]["own"]))

    def cancels(self, text: str) -> bool:
        """«Отменить», «да отменяйте уже»; not «не надо отменять»."""
        return self._wants("cancel", text)

    def names_cancelling(self, text: str) -> bool:
        """«Отмена», «отмена записи»: said both of a visit and of what is going on."""
        return bool({token.lemma for token in tokens(text)} & set(self.labels["visits"]["cancelling"]))

    def names_a_visit(self, text: str) -> bool:
        """«Запись», «приём»: a visit, whosever it is."""
        return bool({token.lemma for token in tokens(text)} & set(self.labels["visits"]["names"]))

    def keeps(self, text: str) -> bool:
        """«Оставьте как было», «не переносите», «хотя нет, приеду»: the visit stays."""
        labels = self.labels["visits"]
        changing = {*labels["cancel"], *labels["move"]}
        found = tokens(text)
        refuses = any(
            token.lemma in changing and _is_negated(found, at, labels["refusing"])
            for at, token in enumerate(found)
        )
        return refuses or self._wants("keep", text)

    def is_unknown(self, text: str) -> bool:
        """«Не помню», «не знаю»: the whole answer is that there is none."""
        said = f" {' '.join(token.text for token in tokens(text))} "
        return any(f" {words} " in said for words in self.labels["visits"]["forgotten"])

    def means_all(self, text: str) -> bool:
        """«Отмените все», «обе записи»; not «всё равно», «всё же»."""
        labels, said = self.labels["visits"]["all"], [token.text for token in tokens(text)]
        return any(
            word in labels["words"] and not set(said[at + 1 : at + 2]) & set(labels["not_before"])
            for at, word in enumerate(said)
        )

    def has_no_code(self, text: str) -> bool:
        """«Нет доступа к номеру», «симку потеряла»: no code can be got."""
        said = f" {' '.join(token.text for token in tokens(text))} "
        return any(f" {words} " in said for words in self.labels["no_code"]["words"])

    def _wants(self, kind: str, text: str) -> bool:
        """Whether a verb of the list `kind` is said without «не»."""
        labels, found = self.labels["visits"], tokens(text)
        between = [*labels["refusing"], *labels["unable"]]
        return any(
            token.lemma in labels[kind] and not _is_negated(found, at, between)
            for at, token in enumerate(found)
        )

    def is_what_if(self, text: str) -> bool:
        """«А отменить потом можно?», «а если не приду?»: a question of later; nothing is to be done now."""
        words = tokens(text)
        said = [token.lemma for token in words]
        asks = "?" in text or "можно" in said or said[:2] == ["а", "если"]
        # «Отмените», «перенесите»: what is to be done is told.
        if not asks or any("2per" in token.tag or "impr" in token.tag for token in words):
            return False
        polite = set(self.labels["polite_if"])
        return any(
            lemma in self.labels["what_if_words"]
            and not (lemma == "если" and polite & set(said[at + 1 : at + 2]))
            for at, lemma in enumerate(said)
        )

    def asks_how_long(self, text: str) -> bool:
        """«Сколько длится приём?»"""
        return bool({token.lemma for token in tokens(text)} & set(self.labels["duration_words"]))

    def company_asked(self, text: str) -> str:
        """«РЕСО» in «работаете с РЕСО?»: the word after «с», if it is a firm's or no word of the language."""
        found = tokens(text)
        for verb, preposition, name in zip(found, found[1:], found[2:], strict=False):
            asked = verb.lemma in self.labels["company_verbs"] and preposition.text in ("с", "со")
            if asked and name.tag != "NUMB" and ("Orgn" in name.tag or not is_known(name.text)):
                written = text[name.start : name.end]
                # A word that bends is named as it stands in a dictionary: «с Ингосстрахом».
                bends = "Orgn" in name.tag and "Fixd" not in name.tag
                return name.lemma.capitalize() if bends else written
        return ""

    def works_with(self, text: str) -> bool:
        """«Работаете с …?»"""
        return bool({token.lemma for token in tokens(text)} & set(self.labels["company_verbs"]))

    def asks_to_bring(self, text: str) -> bool:
        """«Снимки брать с собой?»: whether earlier results are to be brought."""
        said = {token.lemma for token in tokens(text)}
        return bool(said & set(self.labels["bring_words"]) and said & set(self.labels["papers_words"]))

    def is_late(self, text: str) -> bool:
        """«Опаздываю на 20 минут»: the visit is about to begin, it is not to be moved."""
        return bool({token.lemma for token in tokens(text)} & set(self.labels["visits"]["late"]))


def _is_negated(found: Sequence[Token], at: int, between: Sequence[str]) -> bool:
    """«Не отменяйте», «не надо отменять»: with nothing but a word of `between` after «не»."""
    before = [token.lemma for token in found[max(0, at - 2) : at]]
    return before[-1:] == ["не"] or (before[:1] == ["не"] and before[-1] in between)

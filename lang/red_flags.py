"""Signs of danger in a message: pure code over a list that a doctor edits."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lang.red_flag_words import ListedWords, SeenWord, adjective_lemma, list_words
from lang.strict_yaml import DataFileError, Problems, Value, read_yaml
from lang.words import has_tag

FlagKind = Literal["emergency", "suicide"]
Term = tuple[str, ...]
Span = tuple[int, int]

_DEFAULT_NEAR = 6
_AROUND = 3
_KINDS = ("emergency", "suicide")
_DENIALS = frozenset({"не", "нет", "без", "ни", "нету"})
_ABSENT = frozenset({"нет", "нету", "отсутствует", "отсутствуют"})
# «скорую вызывать не надо», «не надо вызывать скорую»; «не могу вызвать» is no denial.
_NEEDLESS = frozenset(
    {"надо", "нужно", "нужна", "нужен", "стоит", "требуется", "буду", "будем", "хочу", "было"}
)
_OWN_NEGATIVES = _DENIALS | {"нечем", "невозможно", "нельзя"}
_YEAR = re.compile(r"(?:19|20)\d\d")
_LIST_NAME = re.compile(r"<([^<>]+)>")


class RedFlagsError(DataFileError):
    """The list of signs cannot be used; every problem names its file, line and what is allowed."""


@dataclass(frozen=True)
class RedFlag:
    """A sign found in a message; `title` names it for an operator, in Russian."""

    id: str
    kind: FlagKind
    title: str


@dataclass(frozen=True)
class _Group:
    """Alternatives of one meaning by their first word, so that only those a message may hold are tried."""

    by_start: dict[str, tuple[Term, ...]]
    starts: frozenset[str]


@dataclass(frozen=True)
class _Phrase:
    groups: tuple[_Group, ...]
    excluded: tuple[Term, ...]
    near: int
    past_allowed: bool


@dataclass(frozen=True)
class _Context:
    """Turns around a sign that take an emergency back, and those that confirm it after all."""

    past: tuple[Term, ...] = ()
    now: tuple[Term, ...] = ()
    subjects: tuple[Term, ...] = ()


@dataclass(frozen=True)
class _Sign:
    flag: RedFlag
    phrases: tuple[_Phrase, ...]
    exact: tuple[Term, ...]
    whole: tuple[Term, ...]


class _Message:
    """The words of one message and where each listed word stands."""

    def __init__(self, words: list[SeenWord]) -> None:
        self.words = words
        self.present = frozenset(key for word in words for key in word.listed)
        self._spans: dict[Term, tuple[Span, ...]] = {}

    def spans(self, term: Term) -> tuple[Span, ...]:
        """First and last word of every place where the term's words stand in a row."""
        known = self._spans.get(term)
        if known is None:
            known = tuple(self._search(term)) if all(word in self.present for word in term) else ()
            self._spans[term] = known
        return known

    def _search(self, term: Term) -> Iterator[Span]:
        for start in range(len(self.words) - len(term) + 1):
            if all(key in self.words[start + offset].listed for offset, key in enumerate(term)):
                yield start, start + len(term) - 1

    def has_exact(self, term: Term) -> bool:
        """Whether the words stand in a row, each spelled as listed."""
        if not all(word in self.present for word in term):
            return False
        return any(
            all(key in self.words[start + offset].surface for offset, key in enumerate(term))
            for start in range(len(self.words) - len(term) + 1)
        )


class RedFlags:
    """The compiled list. `check` is safe to call from any thread and costs about a millisecond."""

    def __init__(self, signs: Sequence[_Sign], look_alikes: Sequence[Term], context: _Context) -> None:
        self._signs = tuple(signs)
        self._look_alikes: dict[str, list[Term]] = defaultdict(list)
        for look_alike in look_alikes:
            self._look_alikes[look_alike[0]].append(look_alike)
        self._context = context
        terms = [term for sign in signs for phrase in sign.phrases for term in _terms(phrase)]
        terms += [term for sign in signs for term in (*sign.exact, *sign.whole)] + list(look_alikes)
        terms += [*context.past, *context.now, *context.subjects]
        self._listed = ListedWords(word for term in terms for word in term)
        self._by_word: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, sign in enumerate(self._signs):
            for place, phrase in enumerate(sign.phrases):
                # The group with the fewest words is the rarest in messages: only it leads to the phrase.
                for word in min((group.starts for group in phrase.groups), key=len):
                    self._by_word[word].append((number, place))

    @property
    def signs(self) -> tuple[RedFlag, ...]:
        """All signs of the list, in its order."""
        return tuple(sign.flag for sign in self._signs)

    def check(self, text: str) -> RedFlag | None:
        """The first sign of the list that the message carries, or None."""
        words = self._listed.see(text)
        if not words:
            return None
        message = self._without_look_alikes(_Message(words))
        spelled = tuple(word.text for word in words)
        harmless = any(message.spans(term) for term in self._context.subjects)
        possible: dict[int, list[int]] = defaultdict(list)
        for number, place in {pair for word in message.present for pair in self._by_word.get(word, ())}:
            possible[number].append(place)
        for number, sign in enumerate(self._signs):
            deniable = sign.flag.kind != "suicide"
            if deniable and harmless:
                continue
            if any(message.has_exact(term) for term in sign.exact) or spelled in sign.whole:
                return sign.flag
            phrases = (sign.phrases[place] for place in sorted(possible.get(number, ())))
            if any(_holds(phrase, message, deniable, self._context) for phrase in phrases):
                return sign.flag
        return None

    def _without_look_alikes(self, message: _Message) -> _Message:
        """Harmless turns are blanked, not removed: what stood apart must not come together."""
        blanked = {
            position
            for first in message.present & self._look_alikes.keys()
            for term in self._look_alikes[first]
            for start, end in message.spans(term)
            for position in range(start, end + 1)
        }
        if not blanked:
            return message
        nothing: frozenset[str] = frozenset()
        return _Message(
            [
                SeenWord(word.text, nothing, nothing, word.cut, word.place) if position in blanked else word
                for position, word in enumerate(message.words)
            ]
        )


def _terms(phrase: _Phrase) -> Iterator[Term]:
    for group in phrase.groups:
        for terms in group.by_start.values():
            yield from terms
    yield from phrase.excluded


def _holds(phrase: _Phrase, message: _Message, deniable: bool, context: _Context) -> bool:
    for group in phrase.groups:
        if group.starts.isdisjoint(message.present):
            return False
    places = []
    for group in phrase.groups:
        found = [
            (span, term)
            for start in group.starts & message.present
            for term in group.by_start[start]
            for span in message.spans(term)
        ]
        if not found:
            return False
        places.append(found)
    for match in _within(places, phrase.near, message.words):
        spans = [span for span, _ in match]
        if _excluded(phrase, message, spans) or (deniable and _denied(message, match)):
            continue
        if not (deniable and not phrase.past_allowed and _long_ago(message, spans, context)):
            return True
    return False


def _within(
    places: list[list[tuple[Span, Term]]], near: int, words: Sequence[SeenWord]
) -> Iterator[list[tuple[Span, Term]]]:
    """Every choice of one place per group on a stretch of at most `near` words; no word stands for two."""

    def choose(
        number: int, first: int, last: int, chosen: list[tuple[Span, Term]]
    ) -> Iterator[list[tuple[Span, Term]]]:
        if number == len(places):
            yield chosen
            return
        for (start, end), term in places[number]:
            if any(start <= other_end and other_start <= end for (other_start, other_end), _ in chosen):
                continue
            low, high = min(first, start), max(last, end)
            if words[high].place - words[low].place < near:
                yield from choose(number + 1, low, high, [*chosen, ((start, end), term)])

    for (start, end), term in places[0]:
        if words[end].place - words[start].place < near:
            yield from choose(1, start, end, [((start, end), term)])


def _excluded(phrase: _Phrase, message: _Message, spans: list[Span]) -> bool:
    first, last = _stretch(spans)
    return _stands(phrase.excluded, message, first, last)


def _long_ago(message: _Message, spans: list[Span], context: _Context) -> bool:
    """«в детстве тонул», «обморок в 2015»; a word of the present beside it brings the danger back."""
    first, last = _stretch(spans)
    around = message.words[max(first, 0) : last + 1]
    past = _stands(context.past, message, first, last) or any(_YEAR.fullmatch(word.text) for word in around)
    return past and not _stands(context.now, message, first - _AROUND, last + _AROUND)


def _stretch(spans: list[Span]) -> Span:
    return min(start for start, _ in spans) - _AROUND, max(end for _, end in spans) + _AROUND


def _stands(terms: tuple[Term, ...], message: _Message, first: int, last: int) -> bool:
    return any(first <= start and end <= last for term in terms for start, end in message.spans(term))


def _denied(message: _Message, match: list[tuple[Span, Term]]) -> bool:
    """«болей в груди нет», «сознание не теряла»; a sign that itself says «не» is not denied."""
    if any(word in _OWN_NEGATIVES for _, term in match for word in term):
        return False
    words = message.words
    first = min(start for (start, _), _ in match)
    last = max(end for (_, end), _ in match)
    for (start, _), _ in match:
        if start and words[start - 1].text in {"не", "ни"} and not words[start].cut:
            return True
        # «нет температуры 39», but «сил нет температура 39».
        absent = start and words[start - 1].text in {"нет", "нету", "без"} and not words[start].cut
        if absent and has_tag(words[start].text, "gent"):
            return True
    before = first - 1
    if (
        before > 0
        and words[before].text in _NEEDLESS
        and words[before - 1].text == "не"
        and not words[first].cut
    ):
        return True
    if before > 0 and not words[first].cut and _describes(words[before].text):
        before -= 1
    joined = not any(word.cut for word in words[before + 1 : first + 1])
    if before >= 0 and words[before].text in _DENIALS and joined:
        return True
    after = words[last + 1 : last + 3]
    if not after or after[0].cut:
        return False
    if after[0].text in _ABSENT or (after[0].text == "не" and after[-1].text in _NEEDLESS):
        rest = words[last + (2 if after[0].text in _ABSENT else 3) :]
        return not rest or rest[0].cut or rest[0].text in {"и", "но", "а"}
    return False


def _describes(word: str) -> bool:
    return has_tag(word, "ADJF") or word in {"было", "никакой", "никаких"}


def load_red_flags(path: Path) -> RedFlags:
    """Reads the list of signs. Raises RedFlagsError with every problem: file, line, what is allowed."""
    problems = Problems()
    root = read_yaml(path, problems)
    fields = (
        root.fields(("signs",), ("words", "past", "now", "other_subjects", "look_alikes")) if root else {}
    )
    lists: dict[str, tuple[Term, ...]] = {}
    for name, value in fields["words"].items() if "words" in fields else ():
        lists[name] = _list_of_terms(value, lists)
    signs = [_sign(id_, value, lists) for id_, value in fields["signs"].items()] if "signs" in fields else []
    past, now, subjects, look_alikes = (
        _list_of_terms(fields[key], lists) if key in fields else ()
        for key in ("past", "now", "other_subjects", "look_alikes")
    )
    problems.stop_if_any(RedFlagsError)
    return RedFlags([sign for sign in signs if sign is not None], look_alikes, _Context(past, now, subjects))


def _sign(id_: str, value: Value, lists: Mapping[str, tuple[Term, ...]]) -> _Sign | None:
    fields = value.fields(("kind", "title"), ("phrases", "exact", "whole"))
    if not {"kind", "title"} <= fields.keys():
        return None
    kind = fields["kind"].text()
    if kind not in _KINDS:
        fields["kind"].wrong(f"unknown kind {kind!r}", ", ".join(_KINDS))
        return None
    if not {"phrases", "exact", "whole"} & fields.keys():
        value.wrong("has neither phrases nor exact nor whole", "phrases, exact, whole")
    phrases = [_phrase(item, lists) for item in fields["phrases"].values()] if "phrases" in fields else []
    return _Sign(
        RedFlag(id_, "suicide" if kind == "suicide" else "emergency", fields["title"].text()),
        tuple(phrase for phrase in phrases if phrase is not None),
        _list_of_terms(fields["exact"], lists, exact=True) if "exact" in fields else (),
        _list_of_terms(fields["whole"], lists, exact=True) if "whole" in fields else (),
    )


def _phrase(value: Value, lists: Mapping[str, tuple[Term, ...]]) -> _Phrase | None:
    fields = value.fields(("all",), ("near", "not", "past"))
    if "all" not in fields:
        return None
    groups = tuple(_group(item, lists) for item in fields["all"].values())
    excluded = (
        [term for item in fields["not"].values() for term in _list_of_terms(item, lists)]
        if "not" in fields
        else []
    )
    near = _DEFAULT_NEAR
    if "near" in fields:
        text = fields["near"].text()
        if text.isdigit() and int(text) > 0:
            near = int(text)
        else:
            fields["near"].wrong(f"bad number {text!r}", "a whole number of words from 1")
    if not groups:
        value.wrong("`all` has no groups", "lists of words")
        return None
    return _Phrase(groups, tuple(dict.fromkeys(excluded)), near, "past" in fields and fields["past"].flag())


def _group(value: Value, lists: Mapping[str, tuple[Term, ...]]) -> _Group:
    by_start: dict[str, list[Term]] = defaultdict(list)
    for term in _list_of_terms(value, lists):
        by_start[term[0]].append(term)
    return _Group({start: tuple(terms) for start, terms in by_start.items()}, frozenset(by_start))


def _list_of_terms(
    value: Value, lists: Mapping[str, tuple[Term, ...]], exact: bool = False
) -> tuple[Term, ...]:
    terms: list[Term] = []
    lone = not (value.is_list or value.is_map) and _LIST_NAME.fullmatch(value.text())
    for item in [value] if lone else value.values():
        text = item.text()
        named = _LIST_NAME.fullmatch(text)
        if named:
            if named[1] not in lists:
                item.wrong(f"unknown list {text!r}", ", ".join(f"<{name}>" for name in lists) or "no lists")
            terms += lists.get(named[1], ())
            continue
        term = list_words(text)
        if len(term) > 1 and not exact:
            # «грудная клетка» stands for «грудную клетку» too; a lone «скорая» is no «скорее».
            term = tuple(adjective_lemma(word) for word in term)
        if term:
            terms.append(term)
        elif text:
            item.wrong(f"has no words: {text!r}", "words, a star may end a word")
    return tuple(dict.fromkeys(terms))

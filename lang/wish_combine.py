"""Last pass of the wish grammar: phrases become one wish with its alternatives and exceptions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from itertools import pairwise

from lang.wish_calendar import DAY, DateItem
from lang.wish_clock import Moment
from lang.wish_model import Dates, Times, Wish
from lang.wish_phrase import Phrase
from lang.wish_times import PARTS, TimeItem

_OPEN: tuple[None, None] = (None, None)
_WEEK = frozenset(range(7))
_LATE_PARTS = frozenset({"evening", "after_work", "second_half"})


@dataclass
class _Segment:
    """Phrases that hold together: at most one day or span and one stretch of time."""

    phrases: list[Phrase] = field(default_factory=list)

    @property
    def dates(self) -> list[DateItem]:
        return [phrase.date for phrase in self.phrases if phrase.date]

    @property
    def times(self) -> list[TimeItem]:
        return [phrase.time for phrase in self.phrases if phrase.time]

    @property
    def shape(self) -> str:
        """ "D", "T", "DT" or "TD": what is said, in order, up to the last day."""
        said = "".join("D" if phrase.date else "T" for phrase in self.phrases)
        return "TD" if "T" in said[:-1] and said.endswith("D") else "".join(dict.fromkeys(said))


def combine(phrases: list[Phrase], today: date) -> tuple[Wish, tuple[str, ...]]:
    """The wish that the phrases make together, and its problems."""
    problems: dict[str, None] = {}
    wanted = _corrected([phrase for phrase in phrases if not _replaced(phrases, phrase)])
    refused = [phrase for phrase in phrases if phrase.negated and not _replaced(phrases, phrase)]
    options = _options(_segments([phrase for phrase in wanted if not phrase.negated]), problems, today)
    weekdays, days = _refused_days(refused, today)
    options = [_without(option, weekdays, days, problems) for option in options] or [
        Wish(except_weekdays=weekdays, except_dates=days)
    ]
    for times in [phrase.time for phrase in refused if phrase.time]:
        options = [narrowed for option in options for narrowed in _outside(option, times)]
    options = _hurried(options, phrases, today)
    distinct = list(dict.fromkeys(options))
    return replace(distinct[0], alternatives=tuple(distinct[1:])), tuple(problems)


def _replaced(phrases: list[Phrase], phrase: Phrase) -> bool:
    """«не в среду, а в четверг»: the refused day is no exception, the other is the wish."""
    if not phrase.negated:
        return False
    later = phrases[phrases.index(phrase) + 1 :]
    return any(
        other.link in {"contrast", "instead"} and other.dimension == phrase.dimension and not other.negated
        for other in later[:2]
    )


def _corrected(phrases: list[Phrase]) -> list[Phrase]:
    """«в среду, ой нет, в четверг»: what is said instead drives out what was said before."""
    result: list[Phrase] = []
    for phrase in phrases:
        if phrase.link == "instead" and not phrase.negated:
            result = [other for other in result if other.dimension != phrase.dimension or other.negated]
        result.append(phrase)
    return result


def _segments(phrases: list[Phrase]) -> list[_Segment]:
    segments: list[_Segment] = []
    said = [phrase for phrase in phrases if not phrase.hurry]
    for place, phrase in enumerate(said):
        timed = place + 1 < len(said) and said[place + 1].time is not None
        if not segments or phrase.link == "or" or _begins_anew(segments[-1], phrase, timed=timed):
            segments.append(_Segment())
        segments[-1].phrases.append(phrase)
    for left, right in pairwise(segments):
        _share_span(left, right)
    for right, left in pairwise(reversed(segments)):
        _share_span(right, left)
    return segments


def _share_span(giver: _Segment, taker: _Segment) -> None:
    """«на следующей неделе в понедельник или вторник»: the week holds for both days."""
    spans = [phrase for phrase in giver.phrases if phrase.date and phrase.date.kind in {"span", "shift"}]
    if not spans or not _sought(giver) or not _sought(taker) or len(taker.dates) > 1:
        return
    taker.phrases.insert(0 if taker.phrases[0].date else 1, spans[0])


def _sought(segment: _Segment) -> bool:
    """Whether the segment has a day that can be looked up in a span."""
    return any(item.weekdays or (item.monthday and item.around) for item in segment.dates)


def _begins_anew(segment: _Segment, phrase: Phrase, *, timed: bool) -> bool:
    """Whether the phrase is another option; `timed` says that a time of its own follows."""
    if phrase.date:
        if segment.shape == "DT" and timed and phrase.link:
            return True
        if phrase.link == "and" and segment.dates and phrase.date.closed and segment.dates[-1].closed:
            return True
        return any(_lists(item, phrase.date) for item in segment.dates)
    return phrase.time is not None and any(_apart(item, phrase.time, phrase.link) for item in segment.times)


def _lists(left: DateItem, right: DateItem) -> bool:
    """Whether two date phrases are two days of a list and not one day said twice."""
    return left.kind == right.kind and left.kind != "bound" and left.problem == right.problem == ""


def _apart(left: TimeItem, right: TimeItem, link: str) -> bool:
    if left.part and right.part:
        (first, last), (start, end) = PARTS[left.part], PARTS[right.part]
        return last <= start or end <= first
    if left.part or right.part:
        return False
    complete = left.first and left.last and right.first and right.last
    return bool(complete and link in {"list", "and"})


def _options(segments: list[_Segment], problems: dict[str, None], today: date) -> list[Wish]:
    """One wish for each alternative: days in a row share their time, times in a row share their day."""
    groups: list[list[_Segment]] = []
    for segment in segments:
        previous = groups[-1] if groups else None
        joins = previous is not None and (
            (segment.shape == "D" and previous[-1].shape in {"D", "TD"} and _may_join(previous))
            or (segment.shape == "DT" and all(other.shape == "D" for other in previous))
        )
        if joins and previous is not None:
            previous.append(segment)
        else:
            groups.append([segment])
    resolved = [_resolved(group, problems, today) for group in groups]
    shapes = ["".join(dict.fromkeys("".join(segment.shape for segment in group))) for group in groups]
    wishes: list[Wish] = []
    for place, options in enumerate(resolved):
        if shapes[place] == "T":
            donor = _day_for_times(shapes, place)
            days = resolved[donor] if donor is not None else [Wish()]
            options = [replace(day, times=option.times) for day in days for option in options]
        wishes += options
    return wishes


def _may_join(group: list[_Segment]) -> bool:
    return all(segment.shape in {"D", "TD"} for segment in group)


def _day_for_times(shapes: list[str], place: int) -> int | None:
    """Which group lends its day to one that only has times: «завтра утром или вечером»."""
    before = place - 1
    while before >= 0 and shapes[before] == "T":
        before -= 1
    if before >= 0 and shapes[before] == "DT":
        return before
    after = place + 1
    while after < len(shapes) and shapes[after] == "T":
        after += 1
    return after if after < len(shapes) and shapes[after] == "TD" else None


def _resolved(group: list[_Segment], problems: dict[str, None], today: date) -> list[Wish]:
    days: list[tuple[Dates, frozenset[int]]] = []
    times: Times = _OPEN
    for segment in group:
        for item in segment.dates:
            if item.problem:
                problems[item.problem] = None
        if segment.dates:
            found = _same_day([item for item in segment.dates if item.first or item.last or item.only], today)
            if found is None:
                problems[_why_none(segment.dates)] = None
            days.append(found or (_OPEN, frozenset()))
        if segment.times:
            stretch = _same_time(segment.times)
            if stretch is None:
                problems["contradiction"] = None
            times = stretch or _OPEN
    return [replace(wish, times=times) for wish in _united(days)] if days else [Wish(times=times)]


def _same_day(items: list[DateItem], today: date) -> tuple[Dates, frozenset[int]] | None:
    """The days that all phrases name together, and the weekdays left out; `None` if there are none."""
    first: date | None = None
    last: date | None = None
    left_out: frozenset[int] = frozenset()
    for item in sorted(items, key=_breadth):
        if item.only:
            left_out |= _WEEK - item.only
            continue
        start, end = item.first, item.last
        low = max(filter(None, (first, start)), default=None)
        high = min(filter(None, (last, end)), default=None)
        if low and high and low > high:
            inside = _look_up(item, items, today)
            if inside is None:
                return None
            low, high = inside
        first, last = low, high
    return (first, last), left_out


def _why_none(items: list[DateItem]) -> str:
    """«30 числа в феврале» does not exist, «завтра в среду» contradicts itself."""
    numbered = any(item.monthday and item.around for item in items)
    return "no_such_date" if numbered and any(item.kind == "span" for item in items) else "contradiction"


def _breadth(item: DateItem) -> int:
    """Order of narrowing: single days first are looked up inside the spans after them."""
    return 0 if item.weekdays or item.monthday else 1


def _look_up(item: DateItem, items: list[DateItem], today: date) -> tuple[date, date] | None:
    """A weekday or a day of the month sought anew inside the span that another phrase names."""
    sought = [other for other in items if other.weekdays or (other.monthday and other.around)]
    spans = [other.around or (other.first, other.last) for other in items if other not in sought]
    if not spans and len(sought) > 1:
        fixed = [other for other in sought if other.monthday]
        spans = [(other.first, other.last) for other in fixed]
        sought = [other for other in sought if other not in fixed]
    starts = [start for start, _ in spans if start]
    ends = [end for _, end in spans if end]
    if not starts or not sought:
        return None
    day = max(max(starts), today)
    last = min(ends) if ends else day + 31 * DAY
    found: list[date] = []
    while day <= last and len(found) < len(sought[0].weekdays or (1,)):
        if all(day.weekday() in other.weekdays or day.day == other.monthday for other in sought):
            found.append(day)
        day += DAY
    return (found[0], found[-1]) if found else None


def _united(days: list[tuple[Dates, frozenset[int]]]) -> list[Wish]:
    """«X или Y» as X … Y with the days between excepted; apart if one of them has an open end."""
    if len(days) == 1:
        dates, left_out = days[0]
        return [Wish(dates=dates, except_weekdays=left_out)]
    if all(dates == _OPEN and left_out for dates, left_out in days):
        return [Wish(except_weekdays=frozenset.intersection(*(left_out for _, left_out in days)))]
    closed = [(first, last) for (first, last), left_out in days if first and last and not left_out]
    if len(closed) < len(days) or max(last for _, last in closed) - min(
        first for first, _ in closed
    ) > timedelta(92):
        return [Wish(dates=dates, except_weekdays=left_out) for dates, left_out in days]
    first, last = min(start for start, _ in closed), max(end for _, end in closed)
    between = (first + step * DAY for step in range((last - first).days))
    gaps = frozenset(day for day in between if not any(start <= day <= end for start, end in closed))
    return [Wish(dates=(first, last), except_dates=gaps)]


def _same_time(items: list[TimeItem]) -> Times | None:
    """The stretch that all phrases name together; `None` if there is none."""
    parts = [item.part for item in items if item.part]
    clocks = [item for item in items if not item.part]
    low = max((PARTS[part][0] for part in parts), default=None)
    high = min((PARTS[part][1] for part in parts), default=None)
    for item in clocks:
        first, last = _in_part(item.first, parts), _in_part(item.last, parts)
        if first and last and last <= first and not item.exact:
            last = _in_the_evening(item) or last
        if item.exact and first is not None:
            if (low and _minutes(first) < _minutes(low) - 60) or (
                high and _minutes(first) > _minutes(high) + 60
            ):
                return None
            low = high = first
        elif first and last and parts and not (first >= (high or last) or last <= (low or first)):
            low, high = first, last
        else:
            low = max(filter(None, (low, first)), default=None)
            high = min(filter(None, (high, last)), default=None)
    if (
        low is not None
        and high is not None
        and (low > high or (low == high and not any(c.exact for c in clocks)))
    ):
        return None
    return low, high


def _in_part(moment: Moment | None, parts: list[str]) -> time | None:
    if moment is None:
        return None
    if moment.loose and moment.hour < 12:
        if "morning" in parts or ("before_lunch" in parts and moment.hour >= 6):
            moment = moment.in_half("утра")
        elif not _LATE_PARTS.isdisjoint(parts):
            moment = moment.in_half("вечера")
    return moment.clock()


def _in_the_evening(item: TimeItem) -> time | None:
    """«с 9 до 6», «с 5 до 8»: the end of a stretch on the 12-hour clock is later than its start."""
    first, last = item.first, item.last
    if first is None or last is None or not last.loose or last.hour > 11 or first.plain:
        return None
    return last.in_half("вечера").clock()


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def _refused_days(refused: list[Phrase], today: date) -> tuple[frozenset[int], frozenset[date]]:
    weekdays: set[int] = set()
    days: set[date] = set()
    for item in [phrase.date for phrase in refused if phrase.date]:
        nearest = item.first is not None and item.first <= today + 7 * DAY
        if item.only:
            weekdays |= item.only
        elif item.weekdays and nearest:
            weekdays |= item.weekdays
        elif item.first and item.last and (item.last - item.first).days <= 62:
            days |= {item.first + step * DAY for step in range((item.last - item.first).days + 1)}
    return frozenset(weekdays), frozenset(days)


def _without(
    option: Wish, weekdays: frozenset[int], days: frozenset[date], problems: dict[str, None]
) -> Wish:
    wish = replace(
        option, except_weekdays=option.except_weekdays | weekdays, except_dates=option.except_dates | days
    )
    first, last = wish.dates
    if first and last and (weekdays or days) and (last - first).days <= 62:
        left = (first + step * DAY for step in range((last - first).days + 1))
        if all(day in wish.except_dates or day.weekday() in wish.except_weekdays for day in left):
            problems["contradiction"] = None
            return replace(option, dates=_OPEN, except_weekdays=frozenset(), except_dates=frozenset())
    return _trimmed(wish)


def _trimmed(wish: Wish) -> Wish:
    """Without exceptions that lie outside the wish's days anyway."""
    first, last = wish.dates
    days = frozenset(
        day for day in wish.except_dates if (not first or day >= first) and (not last or day <= last)
    )
    weekdays = wish.except_weekdays
    if first and last and (last - first).days < 6:
        present = {(first + step * DAY).weekday() for step in range((last - first).days + 1)}
        weekdays &= present
    return replace(wish, except_dates=days, except_weekdays=weekdays)


def _outside(option: Wish, item: TimeItem) -> list[Wish]:
    """«только не утром»: what is left of the day; an exact refused time is not expressed."""
    if option.times != _OPEN or item.exact:
        return [option]
    if item.part:
        first, last = PARTS[item.part]
    else:
        first = item.first.clock() if item.first else time(8)
        last = item.last.clock() if item.last else time(21)
    left = []
    if first > time(8):
        left.append(replace(option, times=(None, first)))
    if last < time(21):
        left.append(replace(option, times=(last, None)))
    return left or [option]


def _hurried(options: list[Wish], phrases: list[Phrase], today: date) -> list[Wish]:
    said = {phrase.hurry for phrase in phrases}
    soonest = not said.isdisjoint({"soonest", "indifferent"}) or ("any" in said and not any(options))
    soonest = soonest or any(phrase.date and phrase.date.soonest for phrase in phrases if not phrase.negated)
    if not soonest:
        return options
    return [
        replace(option, dates=option.dates if any(option.dates) else (today, None), soonest=True)
        for option in options
    ]

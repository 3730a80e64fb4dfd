"""Which few slots to offer, and why each of them. Pure: chooses among given slots only.

When nothing meets the whole wish the nearest is offered in this order: the same doctor (or, with no doctor
asked for, the same branch) at another time; another doctor of the specialty in the same branch; another
branch of the region. A request to be called back is suggested whenever the wish is not met.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from operator import itemgetter
from typing import Literal

from clinic.search import HORIZON_DAYS, Beside, FoundSlot, FoundSlots, Missing, SlotQuery, sees
from lang.catalogue import BranchFacts
from lang.wish import Wish
from mis.port import Doctor, Slot

MOST = 5
ENOUGH = 3
# Between two visits of one patient: to another door, or across the city.
SAME_BRANCH = timedelta(minutes=5)
OTHER_BRANCH = timedelta(minutes=60)

Reason = Literal[
    "nearest",
    "as_wished",
    "your_doctor",
    "nearby_sooner",
    "other_time",
    "another_time",
    "another_day",
    "same_profile",
    "other_branch",
    "same_day",
]
Relaxed = Literal["time", "doctor", "branch"]
_Rank = tuple[bool, bool, tuple[int, int], float]

_LEVELS: tuple[Relaxed | None, ...] = (None, "time", "doctor", "branch")


@dataclass(frozen=True, slots=True)
class Offer:
    """One numbered slot with the reason it is shown.

    `other_time` is another time of the asked doctor; with no doctor asked for it is `another_time` of a
    wished day or `another_day`. `days_sooner` tells how many days earlier this is than the first offer
    that meets the wish.
    """

    number: int
    slot: Slot
    doctor: Doctor
    branch: BranchFacts
    price: Decimal | None
    reason: Reason
    service_ids: tuple[str, ...] = ()
    days_sooner: int = 0


@dataclass(frozen=True, slots=True)
class Offers:
    """What to say. `met`: the first offers are what was wished. Else `relaxed` names what was given up first.

    `callback` suggests a stored request; it is always set when there are no items. `total` counts the slots
    that met the wish. `beyond_horizon`: the wished days lie later than schedules reach. `missing` as in
    `FoundSlots`, and so is `as_preferred`. `nobody_answered`: no branch could be asked, so nothing is known.
    """

    items: tuple[Offer, ...] = ()
    met: bool = False
    relaxed: Relaxed | None = None
    callback: bool = True
    total: int = 0
    failed_branches: tuple[str, ...] = ()
    missing: Missing | None = None
    beyond_horizon: bool = False
    nobody_answered: bool = False
    as_preferred: bool = True


def choose(found: FoundSlots, query: SlotQuery) -> Offers:
    """The offers for `query` among `found.slots`. Three to five when there are as many."""
    ranked: list[list[tuple[_Rank, FoundSlot]]] = [[] for _ in _LEVELS]
    now = query.now.timestamp()
    for slot in found.slots:
        at = slot.slot.start.timestamp()
        if at > now and sees(slot.doctor, query.patient_age) and _clear(slot, query.beside):
            allowed = query.wish.allows(slot.slot.start)
            ranked[_level(slot, query, allowed)].append((_rank(slot, query, allowed, at), slot))
    levels: list[list[FoundSlot]] = []
    for level in ranked:
        level.sort(key=itemgetter(0))
        levels.append([slot for _, slot in level])
    picked = _pick_levels(levels, query)
    met = bool(levels[0])
    first = next((index for index, level in enumerate(levels) if level), 0)
    return Offers(
        items=tuple(replace(offer, number=number) for number, offer in enumerate(picked, start=1)),
        met=met,
        relaxed=_LEVELS[first],
        callback=not met,
        total=len(levels[0]),
        failed_branches=found.failed,
        missing=found.missing,
        beyond_horizon=not met and _beyond_horizon(query),
        nobody_answered=found.nobody_answered,
        as_preferred=found.as_preferred,
    )


def _level(found: FoundSlot, query: SlotQuery, allowed: bool) -> int:
    if query.branch_ids and found.branch.id not in query.branch_ids:
        return 3
    if query.doctor_ids and found.doctor.id not in query.doctor_ids:
        return 2
    return 0 if allowed else 1


def _rank(found: FoundSlot, query: SlotQuery, allowed: bool, at: float) -> _Rank:
    """Within a level: the wished time first, then the asked doctor, then the nearest to the wish.

    `allowed`: the wish allows the start; `at` is the start in seconds, for times of two zones are slow to
    compare.
    """
    other_doctor = bool(query.doctor_ids) and found.doctor.id not in query.doctor_ids
    if allowed:
        return False, other_doctor, (0, _gap(found, query.beside)), at
    return True, other_doctor, distance(query.wish, found.slot.start), at


def _clear(found: FoundSlot, visit: Beside | None) -> bool:
    """Whether there is time enough between this slot and a visit that stands."""
    if visit is None:
        return True
    pause = SAME_BRANCH if found.branch.id == visit.branch_id else OTHER_BRANCH
    end = found.slot.start + found.slot.length
    return end + pause <= visit.start or visit.end + pause <= found.slot.start


def _is_beside(found: FoundSlot, visit: Beside | None) -> bool:
    return visit is not None and found.slot.start.date() == visit.start.date()


def _gap(found: FoundSlot, visit: Beside | None) -> int:
    """Minutes between this slot and the visit on the same day; 0 when there is no such visit."""
    if visit is None or not _is_beside(found, visit):
        return 0
    end = found.slot.start + found.slot.length
    waited = found.slot.start - visit.end if found.slot.start >= visit.end else visit.start - end
    return round(waited.total_seconds() / 60)


def distance(wish: Wish, start: datetime) -> tuple[int, int]:
    """How far a start lies from a wish: days, then minutes of the clock."""
    return min(
        (_days_off(one, start.date()), _minutes_off(one, start.time())) for one in (wish, *wish.alternatives)
    )


def _days_off(wish: Wish, day: date) -> int:
    first, last = wish.dates
    if first is not None and day < first:
        return (first - day).days
    if last is not None and day > last:
        return (day - last).days
    return int(day in wish.except_dates or day.weekday() in wish.except_weekdays)


def _minutes_off(wish: Wish, clock: time) -> int:
    earliest, latest = wish.times
    minutes = _minutes(clock)
    if earliest is not None and minutes < _minutes(earliest):
        return _minutes(earliest) - minutes
    if latest is not None and minutes > _minutes(latest):
        return minutes - _minutes(latest)
    return 0


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def _pick_levels(levels: Sequence[list[FoundSlot]], query: SlotQuery) -> list[Offer]:
    """The offers in the order they are shown: the wished, what is sooner, then what is nearest."""
    wished = levels[0]
    extras = _sooner(levels, query) if wished else []
    chosen = _diverse(wished, MOST - len(extras), query)
    offers = [_offer(slot, _reason_met(slot, wished[0], query)) for slot in chosen] + extras
    if not wished:
        relaxed = [index for index in (1, 2, 3) if levels[index]]
        for index in relaxed:
            room = MOST - len(offers)
            last = index == relaxed[-1]
            share = room if last else min(room, ENOUGH if index == relaxed[0] else 1)
            offers += _nearest(levels, index, share, offers, query)
    for index in (1, 2, 3):
        offers += _nearest(levels, index, ENOUGH - len(offers), offers, query)
    return offers


def _nearest(
    levels: Sequence[list[FoundSlot]], index: int, count: int, shown: Sequence[Offer], query: SlotQuery
) -> list[Offer]:
    """Up to `count` more of a level, none of them shown before."""
    known = {offer.slot for offer in shown}
    fresh = [found for found in levels[index] if found.slot not in known]
    return [_offer(found, _reason_relaxed(found, index, query)) for found in _diverse(fresh, count, query)]


def _sooner(levels: Sequence[list[FoundSlot]], query: SlotQuery) -> list[Offer]:
    """The first suggestion of the query that fits, as a list of one or none."""
    first = levels[0][0].slot.start
    for suggestion in query.suggestions:
        latest = first - timedelta(days=suggestion.days)
        level = levels[2] if suggestion.kind == "same_profile" else levels[3]
        fitting = [
            found for found in level if found.slot.start <= latest and query.wish.allows(found.slot.start)
        ]
        if fitting:
            soonest = min(fitting, key=lambda found: found.slot.start)
            return [_offer(soonest, suggestion.kind, first)]
    return []


def _reason_met(found: FoundSlot, first: FoundSlot, query: SlotQuery) -> Reason:
    if query.doctor_ids:
        return "your_doctor"
    if _is_beside(found, query.beside):
        return "same_day"
    return "nearest" if found is first else "as_wished"


def _reason_relaxed(found: FoundSlot, level: int, query: SlotQuery) -> Reason:
    if level == 3:
        return "other_branch"
    if level == 2:
        return "same_profile"
    if query.doctor_ids:
        return "other_time"
    return "another_day" if distance(query.wish, found.slot.start)[0] else "another_time"


def _offer(found: FoundSlot, reason: Reason, met_at: datetime | None = None) -> Offer:
    days = (met_at.date() - found.slot.start.date()).days if met_at is not None else 0
    return Offer(
        0, found.slot, found.doctor, found.branch, found.price, reason, found.service_ids, max(days, 0)
    )


def _diverse(slots: Sequence[FoundSlot], count: int, query: SlotQuery) -> list[FoundSlot]:
    """Up to `count` of `slots`, best first, that differ from each other; in order of time.

    Times that fit the wish come before those that do not.

    Rules are loosened one by one while too few are left; slots that only differ by minutes are a last
    resort and never make more than three.
    """
    if count <= 0:
        return []
    per_doctor = count if query.doctor_ids else 2
    per_day = 3 if query.wish.soonest else 2
    rules: list[tuple[Callable[[FoundSlot, list[FoundSlot]], bool], int]] = [
        (
            lambda slot, taken: (
                _apart(slot, taken, timedelta(hours=2))
                and _same(slot, taken, _doctor) < per_doctor
                and _same(slot, taken, _day) < per_day
            ),
            count,
        ),
        (lambda slot, taken: _apart(slot, taken, timedelta(hours=2)), count),
        (lambda slot, taken: _apart(slot, taken, timedelta(hours=1)), count),
        (lambda slot, taken: True, min(count, ENOUGH)),
    ]
    taken: list[FoundSlot] = []
    for allowed, most in rules:
        for slot in slots:
            if len(taken) >= most:
                break
            if slot not in taken and allowed(slot, taken):
                taken.append(slot)
    return sorted(
        taken,
        key=lambda found: (
            not query.wish.allows(found.slot.start),
            found.slot.start,
            found.slot.branch_id,
            found.slot.doctor_id,
        ),
    )


def _doctor(found: FoundSlot) -> object:
    return found.doctor.id


def _day(found: FoundSlot) -> object:
    return found.slot.start.date()


def _same(found: FoundSlot, taken: Iterable[FoundSlot], key: Callable[[FoundSlot], object]) -> int:
    return sum(key(other) == key(found) for other in taken)


def _apart(found: FoundSlot, taken: Iterable[FoundSlot], gap: timedelta) -> bool:
    """Whether no slot of the same doctor is taken within `gap`."""
    return all(
        other.doctor.id != found.doctor.id or abs(other.slot.start - found.slot.start) >= gap
        for other in taken
    )


def _beyond_horizon(query: SlotQuery) -> bool:
    last_day = query.now.date() + timedelta(days=HORIZON_DAYS - 1)
    wishes = (query.wish, *query.wish.alternatives)
    return all(wish.dates[0] is not None and wish.dates[0] > last_day for wish in wishes)

"""The second leg of the proof: patients at the desk's public door, while desk, Rasa, action server and
PostgreSQL are killed under them and started again."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable

import psycopg

from tests.proof.campaign import entry_of
from tests.proof.checker import Histories, Violation, check, one_patient_for_a_slot
from tests.proof.whole.histories import Talk, read_talks
from tests.proof.whole.outcome import WholeOutcome
from tests.proof.whole.processes import TOKEN, Whole, open_whole
from tests.proof.whole.promises import check_talk
from tests.proof.whole.visitor import STORIES, WEIGHTS, Visitor

WAVE = 20
# Of 240 patients, twelve waves: kills of the desk and of Rasa, restarts of PostgreSQL, in each of them.
DESK_KILLS, RASA_KILLS, RESTARTS = 6, 2, 1
_ACTIONS_SHARE = 0.5
_WAVE_SECONDS = 300.0
_QUIET_SECONDS = 120.0
# As in the other leg: after the patience with the MIS, after the holds, after what is unclear is admitted.
_ROUNDS = (25, 840, 1900, 2000)


def play_whole(runs: int, seed: int, deadline: float, say: Callable[[str], None] = print) -> WholeOutcome:
    """`runs` patients of `seed`, until `deadline` (monotonic seconds) at the latest."""
    outcome = WholeOutcome()
    started = time.monotonic()
    chance = random.Random(seed)
    with open_whole(seed) as whole:
        say(f"the whole system is up after {time.monotonic() - started:.0f} s")
        while outcome.runs < runs and time.monotonic() < deadline:
            _wave(whole, outcome, chance, min(WAVE, runs - outcome.runs), say)
            outcome.seconds = time.monotonic() - started
            say(
                f"{outcome.runs} patients, {len(outcome.violations)} violations, {outcome.seconds:.0f} s,"
                f" kills: desk {whole.desk.kills}, Rasa {whole.rasa.kills}, actions {whole.actions.kills}"
            )
        # Each wave was looked at alone: a time may have been given to patients of two of them.
        everybody = Histories((), (), (), [entry_of(row) for row in whole.base.mis_rows()])
        outcome.violations += one_patient_for_a_slot(everybody)
        _count(whole, outcome)
    return outcome


def _wave(
    whole: Whole, outcome: WholeOutcome, chance: random.Random, size: int, say: Callable[[str], None]
) -> None:
    visitors = [_visitor(whole, outcome.runs + place, chance) for place in range(size)]
    asyncio.run(_storm(whole, visitors, chance))
    whole.calm()
    _until_quiet(whole)
    for ahead in _ROUNDS:
        whole.settle(ahead)
    histories, talks = read_talks(whole, visitors)
    found = check(histories)
    for talk in talks:
        broken = [*check_talk(talk), *(each for each in found if each.run == talk.visitor.name)]
        outcome.violations += broken
        if broken:
            _show(talk, broken, say)
    known = {talk.visitor.name for talk in talks}
    strangers = [each for each in found if each.run not in known]
    outcome.violations += strangers
    for each in strangers:
        say(f"  VIOLATION {each.rule}: {each.shown}")
    outcome.runs += size
    outcome.rows.update(row.state for row in histories.rows)
    for visitor in visitors:
        outcome.stories[visitor.story] += 1
        outcome.ends[visitor.end] += 1
        outcome.messages += len(visitor.sent)
        outcome.deliveries += visitor.deliveries


def _visitor(whole: Whole, number: int, chance: random.Random) -> Visitor:
    story = chance.choices(STORIES, WEIGHTS)[0]
    sms = whole.base.folder / "sms.jsonl"
    return Visitor(f"w{number}", number, story, whole.url, TOKEN, sms, random.Random(chance.random()))


async def _storm(whole: Whole, visitors: list[Visitor], chance: random.Random) -> None:
    whole.weather.stormy = True
    whole.desk.doom(DESK_KILLS)
    restarts = [chance.uniform(3, 25) for _ in range(RESTARTS)]
    rasa = chance.uniform(2, 10)
    actions = chance.uniform(2, 30) if chance.random() < _ACTIONS_SHARE else None
    deadline = time.monotonic() + _WAVE_SECONDS
    disasters = asyncio.gather(
        _later(rasa, whole.rasa.doom, RASA_KILLS),
        *(_later(seconds, whole.base.restart_database) for seconds in restarts),
        *([_later(actions, whole.actions.doom, 1)] if actions is not None else []),
    )
    await asyncio.gather(*(_comes(visitor, chance.uniform(0, 15), deadline) for visitor in visitors))
    await disasters


async def _comes(visitor: Visitor, seconds: float, deadline: float) -> None:
    await asyncio.sleep(seconds)
    await visitor.play(deadline)


async def _later(seconds: float, strike: Callable[..., object], *arguments: int) -> None:
    await asyncio.sleep(seconds)
    await asyncio.to_thread(strike, *arguments)


def _until_quiet(whole: Whole) -> None:
    """No request is on its way, no message worked on, no answer unheard; what stays open is the checker's."""
    deadline = time.monotonic() + _QUIET_SECONDS
    query = "SELECT count(*) FROM desk.inbox WHERE state IN ('received', 'running') OR unheard"
    while time.monotonic() < deadline:
        with psycopg.connect(whole.base.database) as connection:
            row = connection.execute(query).fetchone()
        if not whole.base.proxy.busy and row == (0,):
            return
        time.sleep(0.2)


def _show(talk: Talk, broken: list[Violation], say: Callable[[str], None]) -> None:
    visitor = talk.visitor
    for each in broken:
        say(f"  VIOLATION {each.rule}: {each.run}: {each.shown}")
    say(f"    {visitor.story}, {visitor.end}; inbox {[(row.id, row.key, row.state) for row in talk.inbox]}")
    for heard in talk.heard:
        words = " ".join(heard.text.split())[:90]
        say(f"    {heard.seq} {heard.ts:%H:%M:%S.%f} {heard.author} {heard.kind} {heard.name}: {words}")


def _count(whole: Whole, outcome: WholeOutcome) -> None:
    for keeper, name in ((whole.desk, "desk"), (whole.rasa, "Rasa"), (whole.actions, "action server")):
        for how, times in keeper.ends.items():
            outcome.kills[f"ends of {name} {how}" if how == "by itself" else f"kills of {name} {how}"] += (
                times
            )
        outcome.points.update(keeper.points)
    outcome.kills.update(whole.base.counts)
    outcome.faults.update(whole.weather.met)

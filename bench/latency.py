"""How long patients wait for answers."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Sequence
from datetime import datetime

from bench.chat import open_chat
from bench.figures import Figure, NotMeasured, at_most, percentile, rounds
from bench.phrases import Phrases, searches, warm_up_searches
from bench.rest import Rest, new_sender
from lang.catalogue import Catalogue

TURN_MS = 100
SEARCH_MS = 400
FIRST_MS = 300
BURST_ALLOWANCE_MS = 200
# Below this share of the asked samples a percentile says too little.
_ENOUGH = 0.5


def turns(desk: str, phrases: Phrases, samples: int, seconds: float) -> list[Figure]:
    """Answers that need no schedule, in conversations that have begun and on a system that has warmed up."""
    times: list[float] = []
    with Rest(desk) as rest:
        sender = new_sender()
        for message in phrases.turns:
            rest.say(sender, message)
        for number in rounds(samples, seconds):
            phrase = number % len(phrases.turns)
            if phrase == 0:
                sender = new_sender()
                rest.say(sender, phrases.greeting)
            times.append(rest.say(sender, phrases.turns[phrase]).milliseconds)
    return _halves("turn without MIS", times, samples, TURN_MS)


def slot_searches(
    desk: str, phrases: Phrases, catalogue: Catalogue, now: datetime, samples: int, seconds: float
) -> list[Figure]:
    """Offers of a time by one message. What brings no offers is looked at, but not counted."""
    times: list[float] = []
    asked = 0
    requests = searches(phrases, catalogue, now, seed=samples)
    with Rest(desk) as rest:
        for request in warm_up_searches(phrases, catalogue, now):
            rest.say(new_sender(), request)
        for number in rounds(min(2 * samples, len(requests)), seconds):
            sender = new_sender()
            rest.say(sender, phrases.greeting)
            said = rest.say(sender, requests[number])
            asked += 1
            if said.offers:
                times.append(said.milliseconds)
            if len(times) == samples:
                break
    return _halves("slot search, region × 7 days", times, samples, SEARCH_MS, f"{asked} asked")


def first_answers(desk: str, phrases: Phrases, samples: int, seconds: float) -> list[Figure]:
    """From opening the chat, new session included, to the first words."""

    async def one() -> float:
        started = time.perf_counter()
        async with open_chat(desk) as chat:
            await chat.send(phrases.greeting)
            await chat.answered(1)
            return (time.perf_counter() - started) * 1000

    times = [asyncio.run(one()) for _ in rounds(samples, seconds)]
    _check_enough(times, samples)
    note = f"p50 {percentile(times, 0.5):.0f}, n {len(times)}"
    return [at_most("first answer to a new patient, p95", percentile(times, 0.95), FIRST_MS, "ms", note)]


def bursts(desk: str, phrases: Phrases, samples: int, seconds: float) -> list[Figure]:
    """Several messages at once against the same messages one after another's answer."""
    with Rest(desk) as rest:
        sender = new_sender()
        rest.say(sender, phrases.greeting)
        replies = [len(rest.say(sender, message).replies) for message in phrases.burst]
    apart: list[float] = []
    together: list[float] = []
    for _ in rounds(samples, seconds):
        apart.append(asyncio.run(_burst(desk, phrases, replies, wait_each=True)))
        together.append(asyncio.run(_burst(desk, phrases, replies, wait_each=False)))
    _check_enough(together, samples)
    limit = statistics.median(apart) + BURST_ALLOWANCE_MS
    count = len(phrases.burst)
    note = f"slowest {max(together):.0f}, n {len(together)}; one by one {statistics.median(apart):.0f}"
    what = f"burst of {count} messages, {count} turns + {BURST_ALLOWANCE_MS} ms, p50"
    return [at_most(what, percentile(together, 0.5), limit, "ms", note)]


async def _burst(desk: str, phrases: Phrases, replies: Sequence[int], *, wait_each: bool) -> float:
    async with open_chat(desk) as chat:
        await chat.send(phrases.greeting)
        await chat.answered(1)
        expected = chat.answers
        started = time.perf_counter()
        for message, count in zip(phrases.burst, replies, strict=True):
            await chat.send(message)
            expected += count
            if wait_each:
                await chat.answered(expected)
        await chat.answered(expected)
        return (time.perf_counter() - started) * 1000


def _halves(what: str, times: Sequence[float], samples: int, target: float, note: str = "") -> list[Figure]:
    _check_enough(times, samples)
    counted = f"n {len(times)}" + (f", {note}" if note else "")
    return [
        Figure(f"{what}, p50", f"{percentile(times, 0.5):.0f} ms", "", None),
        at_most(f"{what}, p95", percentile(times, 0.95), target, "ms", counted),
    ]


def _check_enough(times: Sequence[float], samples: int) -> None:
    if len(times) < max(samples * _ENOUGH, 1):
        raise NotMeasured(f"only {len(times)} of {samples} samples in the time there is")

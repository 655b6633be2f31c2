"""Two workers at one server: twelve calls at a time, and then one of the workers is killed."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack
from itertools import cycle, islice
from typing import TYPE_CHECKING

import aiohttp

from .batch import Order, Placed, Played, check_patiently, place, play, play_patiently
from .caller import Caller, CallError, now
from .checks import Check, Part, check
from .hearing import longest_gap
from .rows import ABOUT, MAX_GAP_S, ROWS, row
from .stage import QUIET_S, statement_s

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .stage import Stage
    from .workers import Worker

CALLS = 12
STAGGER_S = 7.0
"""Between the beginnings of rows: two cores hold twelve calls, and about four agents that talk."""
KILL_AFTER_S = 2.0
"""From the beginning of the statement that every call is in when the worker is killed."""
OF_EACH = 2
"""Calls of each worker that are in the middle of a statement then."""
HANG_UP_S = 3.0
"""How long the agents of calls that were hung up take to end."""
GONE_S = 8.0
"""The longest until a worker's processes are gone after it was killed, and its calls silent."""
_AFTERWARDS = 2


async def fleet(stage: Stage, agent_name: str, workers: Sequence[Worker]) -> list[Check]:
    """Plays twelve calls at a time, kills the second of two workers, and calls again."""
    orders = [
        Order(each, agent_name, "default", label="fleet") for each in islice(cycle(ROWS), CALLS)
    ]
    async with AsyncExitStack() as calls:
        played, placed = await play_patiently(stage, calls, orders, stagger_s=STAGGER_S)
        found = [_twelve(played), _distributed(played, workers), await _counted(workers)]
        callers = [each.caller for each in placed if isinstance(each, Placed)]
        found += await _killed(stage, await _some(callers, workers), workers)

    async def afterwards() -> list[Check]:
        return [await _goes_to_the_other(stage, agent_name, workers)]

    return [*found, *await check_patiently(stage, afterwards)]


def _twelve(played: Sequence[Played]) -> Check:
    problems = [f"{each.room_name}: {problem}" for each in played for problem in each.problems]
    outcomes = [each.outcome for each in played if each.outcome is not None]
    gaps = [each.gap_s for each in outcomes if each.heard_to_end]
    stops = [each.stopped_s for each in outcomes if each.stopped_s is not None]
    measured = (
        f"longest gap {max(gaps, default=0):.2f} s, slowest stop {max(stops, default=0):.2f} s"
    )
    return check(
        Part.FLEET,
        f"{len(played)} rooms at a time on two workers: every call is as one alone.",
        problems,
        measured,
    )


def _distributed(played: Sequence[Played], workers: Sequence[Worker]) -> Check:
    names = {each.room_name for each in played}
    shares = [len(worker.rooms & names) for worker in workers]
    problems = [] if all(shares) else ["one of them got none"]
    if sum(shares) != len(names):
        problems.append(f"{len(names)} rooms, but {sum(shares)} were given to workers")
    measured = " and ".join(map(str, shares)) + " rooms"
    return check(Part.FLEET, "LiveKit distributes the rooms over both workers.", problems, measured)


async def _counted(workers: Sequence[Worker]) -> Check:
    async with aiohttp.ClientSession() as http:
        numbers = [await worker.decisions(http) for worker in workers]
    return check(
        Part.FLEET,
        "The workers' /metrics count what the filter decides in their calls.",
        [] if all(numbers) else ["one of them counts nothing"],
        " and ".join(map(str, numbers)) + " decisions",
    )


async def _some(callers: Sequence[Caller], workers: Sequence[Worker]) -> list[Caller]:
    """A few callers of each worker: all the machine has to do, as the others hang up."""
    shares = [[each for each in callers if each.room_name in worker.rooms] for worker in workers]
    chosen = [caller for share in shares for caller in share[:OF_EACH]]
    for caller in callers:
        if caller not in chosen:
            await caller.hang_up()
    await asyncio.sleep(HANG_UP_S)
    return chosen


async def _killed(
    stage: Stage, callers: Sequence[Caller], workers: Sequence[Worker]
) -> list[Check]:
    """Every call is in the middle of a statement as one worker is killed."""
    survivor, victim = workers
    lost = [caller for caller in callers if caller.room_name in victim.rooms]
    kept = [caller for caller in callers if caller.room_name in survivor.rooms]
    asked = [caller.say("Tell me about the hotel.") for caller in callers]
    began_at = await asyncio.gather(
        *(
            caller.until_heard(ABOUT, since=said.end)
            for caller, said in zip(callers, asked, strict=True)
        )
    )
    starts = dict(zip(callers, began_at, strict=True))
    await asyncio.sleep(max(began_at) + KILL_AFTER_S - now())
    victim.program.send(signal.SIGKILL)
    killed_at = now()
    gone = asyncio.create_task(victim.program.ended(GONE_S))
    silent = await asyncio.gather(*(_falls_silent(caller, killed_at) for caller in lost))
    await asyncio.sleep(max(began_at) + statement_s(ABOUT) + QUIET_S - now())
    problems = [
        f"{caller.room_name}: the agent talked on"
        for caller, silent_s in zip(lost, silent, strict=True)
        if silent_s is None
    ]
    for caller in kept:
        start = starts[caller]
        gap_s = longest_gap(caller.ear.spans(start), start, start + statement_s(ABOUT) - 0.3)
        # in a busy moment of the machine nobody's agent is heard
        if gap_s > MAX_GAP_S + stage.late_since(start):
            problems.append(f"{caller.room_name}: a gap of {gap_s:.2f} s")
    slowest = max((each for each in silent if each is not None), default=0.0)
    return [
        check(
            Part.FLEET,
            "A worker that is killed takes its own calls down, and no other.",
            problems,
            f"{len(lost)} calls silent within {slowest:.1f} s, {len(kept)} heard to the end",
        ),
        check(
            Part.FLEET,
            "None of its processes outlives it.",
            [] if await gone else [f"some run {GONE_S:g} s later"],
        ),
    ]


async def _falls_silent(caller: Caller, killed_at: float) -> float | None:
    """Seconds until nothing is heard; None where it goes on."""
    try:
        await caller.until_quiet(1.0, within_s=GONE_S)
    except CallError:
        return None
    spans = caller.ear.spans(killed_at)
    return spans[-1].end - killed_at if spans else 0.0


async def _goes_to_the_other(stage: Stage, agent_name: str, workers: Sequence[Worker]) -> Check:
    survivor = workers[0]
    order = Order(row("stop"), agent_name, "default", label="after-kill")
    problems: list[str] = []
    async with AsyncExitStack() as calls:
        try:
            placed = [await place(stage, calls, order) for _ in range(_AFTERWARDS)]
        except CallError as error:
            return check(Part.FLEET, _OTHER, [str(error)])
        played = await asyncio.gather(*(play(stage, order, each) for each in placed))
        for each in played:
            problems += each.problems
            if each.room_name not in survivor.rooms:
                problems.append(f"{each.room_name} did not go to {survivor.name}")
    return check(Part.FLEET, _OTHER, problems)


_OTHER = "New rooms go to the other worker, and are as before."

"""What goes wrong in calls, and what must be true afterwards: nothing lost, nothing said twice."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import aiohttp

from agent.offline.protocol import CloseCode

from .batch import Order, Placed, check_patiently, place, play
from .caller import CallError, now
from .checks import Check, Part, check
from .judging import misses
from .rows import row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .stage import Stage
    from .workers import Worker

HELD_S = 3.0
"""The longest until a word that was said is recognised."""
STALL_S = 3.0
LET_GO_S = 15.0
"""The longest until a worker has let go of a call whose caller is gone."""
COME_BACK_S = 40.0
"""The longest until all workers have registered with a server that is back."""
_BOOKING = "I'd like to book the suite for two nights."
"""What the caller leaves in the middle of."""

_HELD = replace(row("suite"), name="held", label="“suite”, held when the line breaks")


async def faults(stage: Stage, agent_name: str, workers: Sequence[Worker]) -> list[Check]:
    """Runs the faults of single calls side by side, then the server's restart.

    Args:
        stage: Where calls are placed.
        agent_name: Whom to call.
        workers: All that register with the server, whose agents may be called.
    """

    async def single_calls() -> list[Check]:
        return await _single_calls(stage, agent_name, workers)

    async def restart() -> list[Check]:
        return [await _server_restarts(stage, agent_name, workers)]

    return [
        *await check_patiently(stage, single_calls),
        *await check_patiently(stage, restart),
    ]


async def _single_calls(stage: Stage, agent_name: str, workers: Sequence[Worker]) -> list[Check]:
    async with AsyncExitStack() as calls:
        orders = {
            name: Order(played, agent_name, "default", label=f"fault-{name}")
            for name, played in (
                ("drop", _HELD),
                ("3006", _HELD),
                ("stall", row("request")),
                ("leave", row("stop")),
                ("beside", row("mhm")),
            )
        }
        placed = {name: await place(stage, calls, order) for name, order in orders.items()}
        await stage.calm()
        results = await asyncio.gather(
            _breaks(stage, orders["drop"], placed["drop"], code=None),
            _breaks(stage, orders["3006"], placed["3006"], code=CloseCode.BAD_INPUT),
            _stalls(stage, orders["stall"], placed["stall"]),
            _leaves(placed["leave"], workers),
            _is_not_disturbed(stage, orders["beside"], placed["beside"]),
        )
    return list(results)


async def _breaks(stage: Stage, order: Order, placed: Placed, *, code: CloseCode | None) -> Check:
    """The recogniser's connection ends while a word is held; the word is answered once."""
    connection = placed.connection
    before = len(stage.recogniser.connections)

    async def during(onset: float) -> None:
        await asyncio.sleep(onset - now())
        await placed.caller.until(
            lambda: "Suite." in connection.transcripts, "the word to be recognised", HELD_S
        )
        await asyncio.sleep(0.2)  # to the filter, which holds it from then on
        if code is None:
            connection.drop()
        else:
            await connection.fail(code)

    played = await play(stage, order, placed, during)
    problems = list(played.problems)
    if len(stage.recogniser.connections) == before:
        problems.append("the agent did not connect again")
    how = "drops the connection" if code is None else f"ends the session with {int(code)}"
    return check(
        Part.FAULTS,
        f"The recogniser {how} while “suite” is held: the statement goes on, the word is answered "
        "once, and so is what comes next.",
        problems,
    )


async def _stalls(stage: Stage, order: Order, placed: Placed) -> Check:
    """The recogniser says nothing for a while; what was said meanwhile is answered once."""

    async def during(onset: float) -> None:
        await asyncio.sleep(onset - 0.2 - now())
        placed.connection.stall(STALL_S)

    played = await play(stage, order, placed, during)
    problems = list(played.problems)
    measured = ""
    if played.outcome is not None and played.outcome.stopped_s is not None:
        stopped_s = played.outcome.stopped_s
        measured = f"silent {stopped_s:.2f} s after the request's first sound"
        later = replace(played.outcome, stopped_s=max(stopped_s - STALL_S, 0.0))
        problems = misses(order.row, later, late_s=played.late_s)
    return check(
        Part.FAULTS,
        f"The recogniser stalls for {STALL_S:g} s as the caller speaks: the agent stops when the "
        "words come, and answers them once.",
        problems,
        measured,
    )


async def _leaves(placed: Placed, workers: Sequence[Worker]) -> Check:
    """The caller is gone in the middle of a word; so is the call, everywhere."""
    problems: list[str] = []
    try:
        await placed.caller.until_quiet(0.5)
        said = placed.caller.say(_BOOKING)
        await asyncio.sleep(said.onset + 0.7 - now())
        (worker,) = (each for each in workers if placed.caller.room_name in each.rooms)
        async with aiohttp.ClientSession() as http:
            calls_before = await worker.active_calls(http)
            left_at = now()
            await placed.caller.hang_up()
            while now() - left_at < LET_GO_S:
                closed = placed.connection.close_code is not None
                if closed and await worker.active_calls(http) < calls_before:
                    return check(
                        Part.FAULTS,
                        _LEAVES,
                        [],
                        f"all is let go of after {now() - left_at:.1f} s",
                    )
                await asyncio.sleep(0.1)
        problems.append(f"the call is still there {LET_GO_S:g} s later")
    except CallError as error:
        problems.append(str(error))
    return check(Part.FAULTS, _LEAVES, problems)


_LEAVES = (
    "The caller leaves in the middle of a word: the recogniser's connection is closed, and the "
    "worker is free of the call."
)


async def _is_not_disturbed(stage: Stage, order: Order, placed: Placed) -> Check:
    played = await play(stage, order, placed)
    return check(
        Part.FAULTS,
        "A call beside all of these is not disturbed.",
        played.problems,
        "" if played.outcome is None else f"longest gap {played.outcome.gap_s:.2f} s",
    )


async def _server_restarts(stage: Stage, agent_name: str, workers: Sequence[Worker]) -> Check:
    """The server ends in the middle of a call and comes back; new calls are as before."""
    problems: list[str] = []
    measured = ""
    order = Order(row("stop"), agent_name, "default", label="restart")
    registrations = [worker.registrations for worker in workers]
    async with AsyncExitStack() as calls:
        await place(stage, calls, order)
        await stage.server.stop(signal.SIGKILL)
        stopped_at = now()
        await stage.server.start()
        try:
            for worker, times in zip(workers, registrations, strict=True):
                await worker.registered(times + 1, within_s=COME_BACK_S)
            measured = f"all workers were back after {now() - stopped_at:.1f} s"
        except RuntimeError as error:
            problems.append(str(error))
    if not problems:
        try:
            async with AsyncExitStack() as calls:
                played = await play(stage, order, await place(stage, calls, order))
            problems += played.problems
        except CallError as error:
            problems.append(str(error))
    return check(
        Part.FAULTS,
        "The server restarts in the middle of a call: the workers register again by themselves, "
        "and a new call is as before.",
        problems,
        measured,
    )

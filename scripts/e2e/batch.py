"""Plays rows side by side. All calls are placed first: none is measured while others begin."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .caller import CallError, now
from .judging import misses
from .stage import LATE_S

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from contextlib import AsyncExitStack

    from agent.offline.connection import Connection

    from .caller import Caller
    from .checks import Check
    from .judging import Outcome
    from .rows import Row
    from .stage import Stage

    During = Callable[[float], Awaitable[None]]

GREETING_QUIET_S = 0.5
MORE_TRIES = 3
STAGGER_S = 2.0
"""Between the beginnings of rows: else all agents would answer in the same instant."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A call that was answered."""

    caller: Caller
    connection: Connection


@dataclass(frozen=True, slots=True)
class Order:
    """A call to place, and what to play in it.

    Attributes:
        row: What to play.
        agent_name: Whom to call.
        domain: What the job's metadata names.
        telephone: Whether by telephone.
        label: Begins the room's name.
    """

    row: Row
    agent_name: str
    domain: str | None = None
    telephone: bool = False
    label: str = ""


@dataclass(frozen=True, slots=True)
class Played:
    """A call that was played.

    Attributes:
        order: What was to be played.
        room_name: Where; empty if the call was not answered.
        outcome: What was heard; None where the call broke off.
        problems: What was not as it has to be.
        late_s: How late the machine's timers were meanwhile, in seconds, at most.
    """

    order: Order
    room_name: str
    outcome: Outcome | None
    problems: tuple[str, ...]
    late_s: float = 0.0


async def place(stage: Stage, calls: AsyncExitStack, order: Order) -> Placed:
    """Places a call; the stack hangs up.

    Raises:
        CallError: No agent came.
    """
    call = stage.call(
        order.agent_name,
        domain=order.domain,
        telephone=order.telephone,
        label=order.label or order.row.name,
    )
    caller, connection = await calls.enter_async_context(call)
    return Placed(caller, connection)


async def play(stage: Stage, order: Order, placed: Placed, during: During | None = None) -> Played:
    """Plays a row in a call that was placed, with `during` beside it (see `Stage.play`)."""
    name, since = placed.caller.room_name, now()
    try:
        await placed.caller.until_quiet(GREETING_QUIET_S)
        outcome = await stage.play(order.row, placed.caller, during)
    except (CallError, ValueError) as error:
        return Played(order, name, None, (str(error),))
    late_s = stage.late_since(since)
    problems = tuple(misses(order.row, outcome, late_s=late_s))
    return Played(order, name, outcome, problems, late_s)


async def place_all(
    stage: Stage, calls: AsyncExitStack, orders: Sequence[Order]
) -> list[Placed | CallError]:
    """Places calls one after the other; an error in the place of one that was not answered."""
    placed: list[Placed | CallError] = []
    for order in orders:
        try:
            placed.append(await place(stage, calls, order))
        except CallError as error:
            placed.append(error)
    return placed


async def play_all(
    stage: Stage,
    orders: Sequence[Order],
    placed: Sequence[Placed | CallError],
    *,
    stagger_s: float | None = None,
) -> list[Played]:
    """Plays all rows in calls that were placed, each beginning `stagger_s` after the one before."""
    between_s = STAGGER_S if stagger_s is None else stagger_s

    async def one(index: int, order: Order, call: Placed | CallError) -> Played:
        if isinstance(call, CallError):
            return Played(order, "", None, (str(call),))
        await asyncio.sleep(index * between_s)
        return await play(stage, order, call)

    numbered = enumerate(zip(orders, placed, strict=True))
    return await asyncio.gather(*(one(index, *each) for index, each in numbered))


async def play_patiently(
    stage: Stage,
    calls: AsyncExitStack,
    orders: Sequence[Order],
    judged: Callable[[Order], bool] = lambda _: True,
    *,
    stagger_s: float | None = None,
) -> tuple[list[Played], list[Placed | CallError]]:
    """Places calls and plays their rows; some again where the machine was too busy to be judged.

    Args:
        stage: Where.
        calls: Hangs up.
        orders: What.
        judged: Which of them have to be as their rows say.
        stagger_s: Between the beginnings of rows; None is `STAGGER_S`.

    Returns:
        What was played, and the calls, which go on; one that was played again is a new call, while
        the others' still stand.
    """
    played: dict[int, Played] = {}
    placed: dict[int, Placed | CallError] = {}
    indices = list(range(len(orders)))
    for tries_left in range(MORE_TRIES, -1, -1):
        some = [orders[index] for index in indices]
        new = await place_all(stage, calls, some)
        await stage.calm()  # workers make processes for the calls after these
        since = now()
        results = await play_all(stage, some, new, stagger_s=stagger_s)
        placed.update(zip(indices, new, strict=True))
        played.update(zip(indices, results, strict=True))
        indices = [index for index in indices if played[index].problems and judged(orders[index])]
        if not indices or not tries_left or stage.late_since(since) < LATE_S:
            break
        for index in indices:
            name = played[index].room_name or orders[index].label
            stage.played_again += [f"{name}: {problem}" for problem in played[index].problems]
            call = placed[index]
            if isinstance(call, Placed):
                await call.caller.hang_up()
    return list(played.values()), list(placed.values())


async def check_patiently(
    stage: Stage, checks: Callable[[], Awaitable[list[Check]]]
) -> list[Check]:
    """Makes checks, all of them again where one failed and the machine was too busy to be judged.

    Args:
        stage: Where their calls are placed.
        checks: Makes them: the same ones, in the same order, each time.

    Returns:
        Each of them as it passed, or as it failed last.

    Raises:
        CallError: A call that nothing is measured of is not answered.
    """
    found: list[Check] = []
    for tries_left in range(MORE_TRIES, -1, -1):
        if tries_left < MORE_TRIES:
            await stage.calm()
        since = now()
        try:
            new = await checks()
        except CallError as error:
            if not tries_left or stage.late_since(since) < LATE_S:
                raise
            stage.played_again.append(str(error))
            continue
        found = [
            before if before.passed else after
            for before, after in zip(found or new, new, strict=True)
        ]
        problems = [
            f"{each.what.partition(':')[0].rstrip('.')}: {problem}"
            for each in found
            for problem in each.problems
        ]
        if not problems or not tries_left or stage.late_since(since) < LATE_S:
            break
        stage.played_again += problems
    return found

"""Plays every row three ways, and some by telephone; then asks a worker to end in mid-call."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from .batch import Order, Placed, Played, place, play_patiently
from .caller import CallError, now
from .checks import Check, Part, check
from .hearing import longest_gap
from .rows import ABOUT, MAX_GAP_S, ROWS, Row, Way, row
from .stage import QUIET_S, statement_s

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .stage import Stage
    from .workers import Worker

AT_A_TIME = 6
DRAIN_AFTER_S = 2.0
DRAINED_S = 15.0
"""The longest from the end of a worker's last call to the end of the worker."""
TELEPHONE_ROWS = ("mhm", "stop", "suite")


async def heard(
    played: list[Played],
    stage: Stage,
    agent_name: str,
    telephone_name: str | None,
    rows: Sequence[Row] = ROWS,
) -> None:
    """Plays rows, each way, and by telephone where there is a worker for it.

    Args:
        played: Where it goes, as it is played.
        stage: Where.
        agent_name: Whom to call.
        telephone_name: Whom to call by telephone; None for nobody.
        rows: What to play.
    """
    orders = [
        Order(each, agent_name, way.value, label=f"{each.name}-{way.value}")
        for each in rows
        for way in Way
    ]
    if telephone_name is not None:
        orders += [
            Order(
                row(name), telephone_name, Way.OURS.value, telephone=True, label=f"{name}-telephone"
            )
            for name in TELEPHONE_ROWS
        ]
    for start in range(0, len(orders), AT_A_TIME):
        async with AsyncExitStack() as calls:
            some, _ = await play_patiently(
                stage, calls, orders[start : start + AT_A_TIME], judged=_ours
            )
            played += some


def judge(played: Sequence[Played]) -> list[Check]:
    """What this project's calls have to be like; the others are only shown."""
    return [
        check(
            Part.TELEPHONE if each.order.telephone else Part.HEARD,
            f"{each.order.row.label}: {each.order.row.want.value}"
            + (", at 8 kHz and mu-law." if each.order.telephone else "."),
            each.problems,
        )
        for each in played
        if _ours(each.order)
    ]


async def drains(stage: Stage, agent_name: str, worker: Worker) -> Check:
    """A worker that is asked to end finishes its call first.

    Args:
        stage: Where the call is placed.
        agent_name: Whom to call.
        worker: The one worker of that name; it ends.
    """
    problems: list[str] = []
    measured = ""
    order = Order(row("mhm"), agent_name, telephone=True, label="drain")
    async with AsyncExitStack() as calls:
        try:
            placed: Placed = await place(stage, calls, order)
            caller = placed.caller
            if placed.connection.query.get("sample_rate") != "8000":
                problems.append("the recogniser is not told that all it hears is 8 kHz")
            await caller.until_quiet(0.5)
            asked = caller.say(order.row.asks)
            start = await caller.until_heard(ABOUT, since=asked.end)
            await asyncio.sleep(start + DRAIN_AFTER_S - now())
            ended = asyncio.create_task(
                worker.stop(within_s=statement_s(ABOUT) + QUIET_S + DRAINED_S)
            )
            await asyncio.sleep(start + statement_s(ABOUT) + QUIET_S - now())
            end = start + statement_s(ABOUT) - 0.3
            gap_s = longest_gap(caller.ear.spans(start), start, end)
            measured = f"longest gap {gap_s:.2f} s"
            if gap_s > MAX_GAP_S + stage.late_since(start):
                problems.append(f"the statement had a gap of {gap_s:.2f} s")
            if ended.done():
                problems.append("it ended in mid-call")
            hung_up_at = now()
            await caller.hang_up()
            if await ended:
                measured += f", the worker ended {now() - hung_up_at:.1f} s after the call"
            else:
                problems.append("it did not end after the call")
        except CallError as error:
            problems.append(str(error))
    return check(
        Part.TELEPHONE,
        "A worker that is asked to end finishes its call first, and ends then.",
        problems,
        measured,
    )


def _ours(order: Order) -> bool:
    return order.domain == Way.OURS.value

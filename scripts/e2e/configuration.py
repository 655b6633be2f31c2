"""Domains side by side in one worker, and their files edited while it runs."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from .batch import Order, place, play_all
from .checks import Check, Part, check
from .rows import Want, Words, row

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .batch import Placed, Played
    from .stage import Stage
    from .workers import Worker

WORKERS_DOMAIN = "reception"
"""The domain of calls that name none; its file, and that of the next, are edited here."""
OWN_DOMAIN = "clinic"

_PLAIN = "domain: {name}\n"
_STOPS = "domain: {name}\nstandalone_commands: {{add: [suite]}}\n"
_BROKEN = "domain: {name}\nstandalone_comands: {{add: [suite]}}\n"

# In the house's own hotel_booking "suite" is a command, in the plain English list it is content.
_TALKS_ON = replace(row("suite"), words=(Words("Suite.", -3.0),))
_STOPPED_BY = replace(_TALKS_ON, want=Want.STOP)


def write_domains(directory: Path) -> None:
    """Writes the files that are to be edited."""
    for name in (WORKERS_DOMAIN, OWN_DOMAIN):
        _write(directory, name, _PLAIN)


async def configuration(
    stage: Stage, agent_name: str, worker: Worker, directory: Path
) -> list[Check]:
    """Places calls around edits of their domains' files, then has all of them hear "suite".

    Args:
        stage: Where calls are placed.
        agent_name: Whom to call.
        worker: The one worker of that name.
        directory: Where its domains' files are.
    """
    orders: dict[str, Order] = {}
    placed: list[Placed] = []

    def order(what: str, *, stops: bool, domain: str | None) -> Order:
        orders[what] = Order(
            _STOPPED_BY if stops else _TALKS_ON, agent_name, domain, label=f"config-{what}"
        )
        return orders[what]

    async with AsyncExitStack() as calls:

        async def call(what: str, *, stops: bool, domain: str | None) -> None:
            placed.append(await place(stage, calls, order(what, stops=stops, domain=domain)))

        await call("hotel", stops=True, domain="hotel_booking")
        await call("plain", stops=False, domain="default")
        await call("own-before", stops=False, domain=OWN_DOMAIN)
        for name in (OWN_DOMAIN, WORKERS_DOMAIN):
            _write(directory, name, _STOPS)
        await call("own-edited", stops=True, domain=OWN_DOMAIN)
        await call("default-edited", stops=True, domain=None)
        for name in (OWN_DOMAIN, WORKERS_DOMAIN):
            _write(directory, name, _BROKEN)
        await call("own-broken", stops=True, domain=OWN_DOMAIN)
        await call("default-broken", stops=True, domain=None)
        await stage.calm()
        played = await play_all(stage, list(orders.values()), placed)
    write_domains(directory)  # no worker starts with a domain of its own that is broken
    results = dict(zip(orders, played, strict=True))
    return [
        check(
            Part.CONFIGURATION,
            "Domains side by side in one worker don't mix their words: “suite” stops the agent "
            "where it is a command, and waits where it is none.",
            _problems(results["hotel"], results["plain"]),
        ),
        check(
            Part.CONFIGURATION,
            "An edited file counts from the next call on, without a restart, the worker's own "
            "domain included; a call in progress keeps what it began with.",
            _problems(results["own-before"], results["own-edited"], results["default-edited"]),
        ),
        check(
            Part.CONFIGURATION,
            "A broken edit keeps the last good file, and the log says so.",
            [
                *_problems(results["own-broken"], results["default-broken"]),
                *_unsaid(worker, results["own-broken"], OWN_DOMAIN),
                *_unsaid(worker, results["default-broken"], WORKERS_DOMAIN),
            ],
        ),
    ]


def _write(directory: Path, name: str, text: str) -> None:
    (directory / f"{name}.yaml").write_text(text.format(name=name), "utf-8")


def _problems(*played: Played) -> list[str]:
    return [f"{each.room_name}: {problem}" for each in played for problem in each.problems]


def _unsaid(worker: Worker, played: Played, name: str) -> Sequence[str]:
    said = worker.logged(f"{name} as it last loaded", room=played.room_name)
    named = any("standalone_comands" in str(record["message"]) for record in said)
    return [] if named else [f"{played.room_name}: the log does not say what is wrong"]

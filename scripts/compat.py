"""Runs the live tests, the agent's tests and the demo on every LiveKit release that is supported.

    make compat
    make compat LIVEKIT="1.5.0 newest"
    python -m scripts.compat 1.6.5 --group contract

Each release gets an environment of its own, which is kept. The oldest release runs on the oldest
Python that is supported, the newest on the newest there is.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from filters.livekit import VERIFIED
from scripts.compat_report import Report, as_json, as_markdown, as_table, retry_lines, skip_lines
from scripts.environments import (
    NotInstallableError,
    Target,
    find_python,
    find_uv,
    make,
    newest_release,
    release,
)
from scripts.group_runs import GROUPS, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scripts.group_runs import Group

OLDEST_PYTHON = "3.10"
NEWEST_PYTHONS = ("3.13", "3.12", "3.11")
ENVIRONMENTS_AT_ONCE = 3
RUNS_A_CORE = 2
"""A run of live calls mostly waits: it needs an eighth of a core."""
_WIDTH = 120
"""Columns where there is no terminal to ask."""
_GROUP_NAMES = ", ".join(group.name for group in GROUPS)


def versions(asked: Sequence[str], newest: str) -> list[str]:
    """The releases to run on, oldest first.

    Args:
        asked: Those asked for, or "oldest" and "newest"; none: all verified, and the newest.
        newest: The newest.
    """
    names = {"oldest": VERIFIED[0], "newest": newest}
    wanted = [names.get(version, version) for version in asked or (*VERIFIED, newest)]
    return sorted(set(wanted), key=release)


def target_of(version: str, newest: str, *, uv: str | None) -> Target:
    """A release with its Python: this one, but for the oldest release and the newest."""
    major, minor, _ = platform.python_version_tuple()
    here = f"{major}.{minor}"
    wanted: tuple[str, ...] = (here,)
    if version == VERIFIED[0]:
        wanted = (OLDEST_PYTHON,)
    elif version == newest:
        wanted = NEWEST_PYTHONS
    python, interpreter = here, Path(sys.executable).resolve()
    for candidate in wanted:
        if candidate == here:
            break
        found = find_python(candidate, needs_pip=uv is None)
        if found is not None:
            python, interpreter = candidate, found
            break
    note = "" if python == wanted[0] else f"there is no Python {wanted[0]}"
    return Target(version, python, interpreter, note)


async def run(
    report: Report, *, uv: str | None, at_once: int, tell: Callable[[str], object]
) -> None:
    """Makes the environments and runs the groups, side by side; results go into the report."""
    making, running = asyncio.Semaphore(ENVIRONMENTS_AT_ONCE), asyncio.Semaphore(at_once)

    async def play(target: Target, group: Group) -> None:
        async with running:
            outcome = await group.play(target)
        report.outcomes[target.name, group.name] = outcome
        passed = "broke off" if outcome.problem else f"{outcome.passed} of {outcome.total}"
        left_out = f", {len(outcome.skipped)} skipped" if outcome.skipped else ""
        tell(f"{target.name}, {group.name}: {passed}{left_out}")

    async def prepare(target: Target) -> None:
        try:
            async with making:
                made = await make(target, uv)
        except NotInstallableError as error:
            tell(f"{target.name}: can't be installed")
            for group in report.groups:
                report.outcomes[target.name, group.name] = Outcome(0, problem=str(error))
            return
        tell(f"{target.name}: environment {'made' if made else 'is there'}")
        await asyncio.gather(*(play(target, group) for group in report.groups))

    await asyncio.gather(*(prepare(target) for target in report.targets))


def _targets(asked: Sequence[str], uv: str | None, say: Callable[[str], object]) -> list[Target]:
    found = newest_release(uv)
    newest = found or VERIFIED[-1]
    if found is None:
        say(f"The package index can't be asked: taking {newest} for the newest release.")
    elif release(newest) > release(VERIFIED[-1]):
        say(f"{newest} is newer than the newest verified, {VERIFIED[-1]}.")
    try:
        targets = [target_of(version, newest, uv=uv) for version in versions(asked, newest)]
    except ValueError as error:
        raise typer.BadParameter(
            f"releases are numbers, as 1.6.5, or oldest, newest: {error}"
        ) from None
    for target in targets:
        if target.note:
            say(f"{target.livekit} runs on Python {target.python}: {target.note} here.")
    return targets


def _groups(names: Sequence[str], say: Callable[[str], object]) -> list[Group]:
    unknown = sorted(set(names) - {group.name for group in GROUPS})
    if unknown:
        raise typer.BadParameter(f"no group {', '.join(unknown)}. There are {_GROUP_NAMES}.")
    wanted = [group for group in GROUPS if not names or group.name in names]
    for group in wanted:
        if not group.exists:
            say(f"There is no group {group.name} ({group.paths[0]}) in this checkout.")
    return [group for group in wanted if group.exists]


def main(
    asked: Annotated[
        list[str] | None,
        typer.Argument(metavar="RELEASE...", help="As 1.6.5, oldest or newest. Default: all."),
    ] = None,
    *,
    group: Annotated[
        list[str] | None,
        typer.Option(help=f"Run this group only; may be repeated. There are {_GROUP_NAMES}."),
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the results there.")
    ] = None,
    markdown: Annotated[
        bool, typer.Option(help="Print the table for docs/compatibility.md.")
    ] = False,
    at_once: Annotated[int, typer.Option(min=1, help="Runs at a time.")] = (
        RUNS_A_CORE * (os.cpu_count() or 1)
    ),
) -> None:
    """Run the tests on every LiveKit release that is supported; 1 if any falls short."""
    # what was started must not outlive this, as it would if the default ended the process
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    began = time.monotonic()
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH)

    def say(what: str) -> None:
        print(what, file=sys.stderr, flush=True)

    uv = find_uv()
    report = Report(_targets(asked or (), uv, say), _groups(group or (), say))
    asyncio.run(
        run(
            report,
            uv=uv,
            at_once=at_once,
            tell=lambda what: say(f"[{time.monotonic() - began:4.0f} s] {what}"),
        )
    )
    report.seconds = time.monotonic() - began
    if markdown:
        print(as_markdown(report))
    else:
        console.print(as_table(report))
        for line in (*skip_lines(report), *retry_lines(report)):
            print(line)
    if json_file is not None:
        json_file.write_text(json.dumps(as_json(report), indent=2) + "\n", "utf-8")
    shortfalls = list(report.shortfalls())
    for shortfall in shortfalls:
        say(shortfall)
    verdict = f"{len(shortfalls)} shortfalls" if shortfalls else "all as it should be"
    say(f"{len(report.targets)} releases in {report.seconds:.0f} s: {verdict}.")
    raise typer.Exit(1 if shortfalls else 0)


if __name__ == "__main__":
    typer.run(main)

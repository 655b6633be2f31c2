"""The command line of the end-to-end run."""

from __future__ import annotations

import asyncio
import logging
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from .caller import CallError
from .checks import Part
from .livekit_server import (
    MODULE,
    BuildError,
    NoServerError,
    build_server,
    cache_directory,
    find_go,
    find_server,
)
from .processes import Programs
from .report import report
from .rows import ROWS
from .run import Run, run
from .workers import TEMPORARY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .rows import Row

LIMIT_S = 18 * 60.0
"""The longest that a run may take, once there is a server."""
NOTHING_TO_RUN = 77
"""The exit status where there is neither a server nor what it takes to build one."""
_WIDTH = 150


def main(
    *,
    part: Annotated[
        list[Part] | None, typer.Option(help="Play this part only; may be repeated.")
    ] = None,
    row: Annotated[
        list[str] | None,
        typer.Option(
            help=f"Of the part heard, this row only; may be repeated. "
            f"{', '.join(each.name for each in ROWS)}"
        ),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(help="Keep logs and recordings in this directory, which must not exist."),
    ] = None,
) -> None:
    """Call the sample agent over a real LiveKit server, and measure what the caller hears.

    The exit status is 1 if anything is not as it must be, and 77 if there is no server to be had.
    """
    unknown = sorted(set(row or ()) - {each.name for each in ROWS})
    if unknown:
        raise typer.BadParameter(f"no row {', '.join(unknown)}")
    rows = [each for each in ROWS if not row or each.name in row]
    parts = [each for each in Part if not part or each in part]
    logging.getLogger().addHandler(logging.NullHandler())
    logging.getLogger("livekit").setLevel(logging.CRITICAL)  # callers whose server goes say so
    began_at = time.monotonic()

    def say(what: str) -> None:
        print(f"[{time.monotonic() - began_at:3.0f} s] {what}", file=sys.stderr, flush=True)

    found = Run(say=say)
    try:
        _run(found, parts, rows, keep)
    except NoServerError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(NOTHING_TO_RUN) from None
    except (BuildError, CallError, RuntimeError) as error:
        found.broke_off = str(error)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH)
    console.print(report(found))
    good = not found.broke_off and all(check.passed for check in found.checks)
    raise typer.Exit(0 if good else 1)


def _run(found: Run, parts: Sequence[Part], rows: Sequence[Row], keep: Path | None) -> None:
    """Runs all in a directory of its own, which is gone in the end, as is all that was started."""
    with tempfile.TemporaryDirectory(prefix="e2e-") as temporary:
        directory = Path(temporary)
        try:
            with Programs(directory) as programs:
                asyncio.run(_play(found, programs, directory, parts, rows, record=bool(keep)))
        finally:
            if keep is not None:
                without = shutil.ignore_patterns(TEMPORARY)
                shutil.copytree(directory, keep, dirs_exist_ok=True, ignore=without)


async def _play(
    found: Run,
    programs: Programs,
    directory: Path,
    parts: Sequence[Part],
    rows: Sequence[Row],
    *,
    record: bool,
) -> None:
    """Gets a server and plays the parts; a signal, or `LIMIT_S`, ends it in good order."""
    task = asyncio.current_task()
    caught: list[int] = []

    loop = asyncio.get_running_loop()

    def end(number: int, _frame: object) -> None:
        caught.append(number)
        if task is not None and not loop.is_closed():
            loop.call_soon_threadsafe(task.cancel)

    # Not the loop's own handlers: with many calls its pipe may be full, and the signal lost.
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    cache = cache_directory()
    try:
        binary = find_server(cache)
        if binary is None:
            go = find_go()
            found.say(f"building {MODULE}, which takes some minutes")
            binary = await build_server(programs, cache, go)
        wav_directory = directory / "wav" if record else None
        if wav_directory is not None:
            wav_directory.mkdir()
        playing = run(
            found,
            programs,
            binary,
            directory,
            parts=parts,
            rows=rows,
            wav_directory=wav_directory,
        )
        await asyncio.wait_for(playing, LIMIT_S)
    except asyncio.TimeoutError:
        raise RuntimeError(f"It took longer than {LIMIT_S:g} s.") from None
    except asyncio.CancelledError:
        if caught:
            found.say(f"ended by {signal.Signals(caught[0]).name}")
            raise SystemExit(128 + caught[0]) from None
        raise


if __name__ == "__main__":
    typer.run(main)

"""The command line of the demo."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from filters.calls import PREFIX, SUFFIX, writer_of

from .drawing import drawing
from .page import demo_page
from .report import TITLES, as_json, describe, misses, report
from .rows import ROWS
from .run import Result, play_all
from .stage import STEPS
from .ways import Way

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_FLUSH_S = 5.0
_WIDTH = 110
"""Columns where there is no terminal to ask."""


def main(
    *,
    row: Annotated[
        list[str] | None,
        typer.Option(
            help=f"Play this row only; may be repeated. {', '.join(r.name for r in ROWS)}"
        ),
    ] = None,
    way: Annotated[
        list[Way] | None, typer.Option(help="Play it this way only; may be repeated.")
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the results and recordings there.")
    ] = None,
    drawn: Annotated[
        Path | None, typer.Option("--drawn", help="Draw the results there, as SVG.")
    ] = None,
    out: Annotated[
        Path, typer.Option(help="Where the page and this project's recordings go.")
    ] = Path("build/demo"),
    shadow: Annotated[
        bool,
        typer.Option("--shadow", help="Play stock LiveKit, and record what the filter would do."),
    ] = False,
    log: Annotated[
        bool, typer.Option("--log", help="Show what LiveKit and the filter log.")
    ] = False,
) -> None:
    """Play the same calls three ways, and show what the caller heard.

    The exit status is 1 if this project missed a row.
    """
    unknown = sorted(set(row or ()) - {known.name for known in ROWS})
    if unknown:
        raise typer.BadParameter(
            f"no row {', '.join(unknown)}. There are {', '.join(r.name for r in ROWS)}"
        )
    rows = tuple(known for known in ROWS if not row or known.name in row)
    ways = [known for known in Way if not way or known in way]
    if shadow:
        ways = [Way.OURS]
    if log:
        logging.basicConfig(level=logging.INFO)
    else:  # else Python would print warnings about the worse ways on its own
        logging.getLogger().addHandler(logging.NullHandler())
    with _progress(len(rows) * len(ways)) as (on_result, on_step):
        recordings = _cleared(out / ("shadow" if shadow else "calls"))
        playing = play_all(rows, ways, on_result, on_step, recordings, shadow=shadow)
        run = asyncio.run(playing)
    writer_of(os.getpid()).flush(_FLUSH_S)
    if shadow:  # all goes as with stock LiveKit: there is nothing to judge
        print(f"Recorded in shadow mode: {recordings}")
        raise typer.Exit(1 if any(result.problem for result in run.results) else 0)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH)
    console.print(report(run, width=console.width))
    if json_file is not None:
        json_file.write_text(json.dumps(as_json(run), indent=2, ensure_ascii=False) + "\n", "utf-8")
    if drawn is not None:
        drawn.write_text(drawing(run), "utf-8")
    page = out / "report.html"
    page.write_text(demo_page(run), "utf-8")
    print(f"The calls as a picture: {page}", f"This project's, recorded: {recordings}", sep="\n")
    missed = list(misses(run))
    for miss in missed:
        print(miss, file=sys.stderr)
    raise typer.Exit(1 if missed else 0)


def _cleared(directory: Path) -> Path:
    """A directory without the recordings of the last time."""
    directory.mkdir(parents=True, exist_ok=True)
    for path in directory.glob(f"{PREFIX}*{SUFFIX}"):
        path.unlink(missing_ok=True)
    return directory


@contextmanager
def _progress(calls: int) -> Iterator[tuple[Callable[[Result], object], Callable[[], object]]]:
    """Shows how far it is: a bar on a terminal, else a line for each result."""
    console = Console(stderr=True, highlight=False)
    done = itertools.count(1)
    if not console.is_terminal:

        def say(result: Result) -> None:
            what = (
                f"{result.row.name}, {TITLES[result.way]}: {describe(result.row, result.outcome)}"
            )
            print(f"[{next(done):2}/{calls}] {what}", file=sys.stderr)

        yield say, lambda: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(None), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(f"0 of {calls} calls", total=calls * STEPS)
        yield (
            lambda _: progress.update(task, description=f"{next(done)} of {calls} calls"),
            lambda: progress.advance(task),
        )


if __name__ == "__main__":
    typer.run(main)

"""Replays recorded or written calls against a configuration, and writes what would be decided.

    python -m scripts.replay call.jsonl --config healthcare --out decisions.jsonl
    python -m scripts.replay --compare healthcare stricter.yaml calls/*.jsonl
    zcat calls.jsonl.gz | python -m scripts.replay - > decisions.jsonl

The format, of what is read and of what is written, is that of `filters.calls.timeline`.
"""

from __future__ import annotations

import gzip
import sys
import zlib
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, cast

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from filters.calls import TimelineError, dump_row, read_timeline, replay
from filters.configuration import FilterConfig, load_config
from filters.documents import ConfigError
from filters.policy import InterruptionPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator

app = typer.Typer(add_completion=False)

STANDARD = "-"
"""Standard input, or output."""

_REPORT_EVERY_LINES = 1000


@contextmanager
def open_bytes(path: str) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """Opens a file to read, or standard input for "-"; what ends in .gz is unpacked.

    Yields:
        The content; and the file itself, whose position says how much of it has been read.
    """
    if path == STANDARD:
        yield sys.stdin.buffer, sys.stdin.buffer
        return
    with Path(path).open("rb") as raw:
        if not path.endswith(".gz"):
            yield raw, raw
            return
        with gzip.open(raw, "rb") as unpacked:
            yield cast("BinaryIO", unpacked), raw


@contextmanager
def _open_output(path: str) -> Iterator[BinaryIO]:
    if path == STANDARD:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    elif path.endswith(".gz"):
        with gzip.open(path, "wb") as packed:
            yield cast("BinaryIO", packed)
    else:
        with Path(path).open("wb") as raw:
            yield raw


def policy_of(config: FilterConfig) -> InterruptionPolicy:
    """A fresh policy by a configuration."""
    return InterruptionPolicy(
        config.lexicon, config.asks, config.policy_settings, config.staged_words
    )


def replay_file(path: str, config: FilterConfig, output: BinaryIO, progress: Progress) -> int:
    """Replays one timeline and writes its decisions.

    Returns:
        How many decisions there were.

    Raises:
        TimelineError: A row can't be read; what was decided before it has been written.
    """
    written = 0
    with open_bytes(path) as (content, raw):
        size = None if path == STANDARD else Path(path).stat().st_size
        task = progress.add_task(path, total=size)

        def lines() -> Iterator[bytes]:
            for number, line in enumerate(content):
                if size and number % _REPORT_EVERY_LINES == 0:
                    progress.update(task, completed=raw.tell())
                yield line

        for row in replay(read_timeline(lines(), path), lambda: policy_of(config)):
            output.write(dump_row(row))
            written += 1
        progress.update(task, total=size or 1, completed=size or 1)
    return written


def progress_bar() -> Progress:
    """A progress bar on standard error, where that is a terminal."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
    )


def _compare(timelines: list[str], configs: tuple[str, str]) -> None:
    from scripts.comparison import compare_calls, lines  # noqa: PLC0415 - it is built on this one

    before, after = map(load_config, configs)
    names = configs if before.name == after.name else (before.name, after.name)
    for line in lines(compare_calls(timelines, before, after), names):
        print(line)


@app.command()
def main(
    timelines: Annotated[
        list[str], typer.Argument(help='Timelines: JSON Lines, packed with gzip or not; "-" reads.')
    ],
    *,
    config: Annotated[
        str | None, typer.Option(help="A domain's name or YAML file. Default: English, unchanged.")
    ] = None,
    compare: Annotated[
        tuple[str, str] | None,
        typer.Option(help="Print what changes from one configuration to the other instead."),
    ] = None,
    out: Annotated[str, typer.Option(help='Where the decisions go; "-" prints them.')] = STANDARD,
) -> None:
    """Replay calls against a configuration and write what would be decided."""
    try:
        if compare is not None:
            _compare(timelines, compare)
            return
        loaded = load_config(config)
        with ExitStack() as stack:
            output = stack.enter_context(_open_output(out))
            progress = stack.enter_context(progress_bar())
            written = sum(replay_file(path, loaded, output, progress) for path in timelines)
    except (ConfigError, TimelineError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    except (OSError, EOFError, zlib.error) as error:
        if isinstance(error, BrokenPipeError):
            raise
        typer.echo(f"{error}. Check the file and its name.", err=True)
        raise typer.Exit(1) from None
    if out != STANDARD:
        typer.echo(f"{out}: {written} decisions", err=True)


if __name__ == "__main__":
    app()

"""Replays recorded or written calls against a configuration, and writes what would be decided.

    python -m scripts.replay call.jsonl --config healthcare --out decisions.jsonl
    python -m scripts.replay --compare healthcare stricter.yaml calls/*.jsonl
    zcat calls.jsonl.gz | python -m scripts.replay - > decisions.jsonl

The format, of what is read and of what is written, is that of `filters.calls.timeline`.
"""

from __future__ import annotations

import zlib
from contextlib import ExitStack
from typing import Annotated

import typer

from filters.calls import TimelineError
from filters.configuration import load_config
from filters.documents import ConfigError
from scripts.calls import replay_file
from scripts.calls.comparison import compare_calls, lines, load_both
from scripts.files import STANDARD, open_output
from scripts.progress import progress_bar

app = typer.Typer(add_completion=False)


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
            before, after, names = load_both(compare)
            for line in lines(compare_calls(timelines, before, after), names):
                print(line)
            return
        loaded = load_config(config)
        with ExitStack() as stack:
            output = stack.enter_context(open_output(out))
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

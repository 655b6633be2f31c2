"""Tells what the filter would have done for calls recorded in shadow mode.

python -m scripts.shadow_report calls/*.jsonl
"""

from __future__ import annotations

from typing import Annotated

import typer

from filters.calls import TimelineError
from scripts.calls import read_calls
from scripts.calls.shadow import ShadowReport

app = typer.Typer(add_completion=False)


@app.command()
def main(
    timelines: Annotated[
        list[str], typer.Argument(help="Recorded calls: JSON Lines, packed with gzip or not.")
    ],
) -> None:
    """Tell what the filter would have done for calls recorded in shadow mode."""
    try:
        report = ShadowReport.of(read_calls(timelines))
    except (TimelineError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    for line in report.lines():
        print(line)


if __name__ == "__main__":
    app()

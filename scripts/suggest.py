"""Suggests words for a domain's lists, from recorded calls; prints YAML to paste.

python -m scripts.suggest calls/*.jsonl
"""

from __future__ import annotations

from typing import Annotated

import typer

from filters.calls import TimelineError
from scripts.calls import read_calls
from scripts.calls.suggestions import Suggestions

app = typer.Typer(add_completion=False)


@app.command()
def main(
    timelines: Annotated[
        list[str], typer.Argument(help="Recorded calls: JSON Lines, packed with gzip or not.")
    ],
    *,
    at_least: Annotated[
        int, typer.Option(min=1, help="How often a phrase must have occurred.")
    ] = 2,
) -> None:
    """Suggest words for a domain's lists, from recorded calls."""
    try:
        suggestions = Suggestions.of(read_calls(timelines))
    except (TimelineError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    for line in suggestions.yaml(at_least):
        print(line)


if __name__ == "__main__":
    app()

"""Shows calls, or what two configurations make of them, on one page to open in a browser.

    python -m scripts.report calls/x.jsonl -o report.html
    python -m scripts.report --compare clinic strict calls/*.jsonl -o comparison.html

The page is one file, without scripts and without the network. What callers said is on it where the
recording has it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from filters.calls import TimelineError
from filters.configuration import load_config
from filters.documents import ConfigError
from scripts.calls import read_calls
from scripts.calls.comparison import compare_calls, load_both
from scripts.calls.pages import MOST_CALLS, call_page, comparison_page

app = typer.Typer(add_completion=False)


@app.command()
def main(
    timelines: Annotated[
        list[str], typer.Argument(help="Recorded calls: JSON Lines, packed with gzip or not.")
    ],
    *,
    out: Annotated[str, typer.Option("--out", "-o", help="Where the page goes.")] = "report.html",
    config: Annotated[
        str | None,
        typer.Option(help="Show what this configuration would decide, not what was decided."),
    ] = None,
    compare: Annotated[
        tuple[str, str] | None, typer.Option(help="Show what changes from one to the other.")
    ] = None,
) -> None:
    """Show calls, or what two configurations make of them, on one page."""
    try:
        if compare is not None:
            before, after, names = load_both(compare)
            written = comparison_page(list(compare_calls(timelines, before, after)), names)
        else:
            loaded = None if config is None else load_config(config)
            calls = list(read_calls(timelines, loaded))
            if not 0 < len(calls) <= MOST_CALLS:
                raise typer.BadParameter(f"{len(calls)} calls for one page; name 1 to {MOST_CALLS}")
            written = call_page(calls)
        Path(out).write_bytes(written.encode("utf-8", "replace"))
    except (ConfigError, TimelineError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    print(out)


if __name__ == "__main__":
    app()

"""Checks configurations and word lists: every fault of every file, with its place and its fix.

`python -m scripts.check_config config/*.yaml` checks files; with `--schema > config/schema.json` it
writes the schema that editors complete and check them by.
"""

from __future__ import annotations

import json
from pathlib import Path  # noqa: TC003 - typer reads annotations as it runs
from typing import Annotated

import typer

from filters.documents import ConfigError
from scripts.domain_files import check
from scripts.schema import config_schema

app = typer.Typer(add_completion=False)


@app.command()
def main(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="YAML files of domains, or word lists of your own."),
    ] = None,
    *,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON schema of a domain's file.")
    ] = False,
) -> None:
    """Check configurations and word lists; the exit status is 1 if any has a fault."""
    if schema:
        print(json.dumps(config_schema(), indent=2, ensure_ascii=False))
        return
    if not files:
        raise typer.BadParameter("name the files to check, or ask for the --schema")
    faulty = False
    for file in files:
        try:
            checked = check(file)
            print(f"{file}: ok ({checked.holds})")
            for note in checked.notes:
                print(f"{file}: note: {note}")
        except ConfigError as error:
            faulty = True
            print(error)
    if faulty:
        raise typer.Exit(1)


if __name__ == "__main__":
    app()

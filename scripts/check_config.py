"""Checks configurations and word lists: every fault of every file, with its place and its fix.

`python -m scripts.check_config config/*.yaml` checks files; with `--schema > config/schema.json` it
writes the schema that editors complete and check them by.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path  # noqa: TC003 - typer reads annotations as it runs
from typing import Annotated, Any

import typer
from pydantic.json_schema import GenerateJsonSchema

from filters.config import ConfigError, FilterConfig, read_config
from filters.word_lists import load_word_lists
from filters.yaml_document import read_yaml

app = typer.Typer(add_completion=False)


class _UntitledSchema(GenerateJsonSchema):
    """A schema without a title for every key, which would only say the key again."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's signature
        return False


def config_schema() -> dict[str, Any]:
    """The JSON schema of a domain's YAML file, by which editors complete and check it."""
    schema = FilterConfig.model_json_schema(schema_generator=_UntitledSchema)
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        **schema,
        "title": "Interruption filters of a domain",
        "description": "How interruptions of a voice agent are filtered in one domain.",
    }


def check(path: Path) -> str:
    """Checks a domain's file, or word lists of one's own.

    Returns:
        What it holds, in a few words.

    Raises:
        ConfigError: Anything is wrong with it.
    """
    content = read_yaml(path).value
    if isinstance(content, Mapping) and "language" in content and "domain" not in content:
        return f"words of {load_word_lists(path).language}"
    config = read_config(path)
    languages = " and ".join(config.lexicon.languages)
    return f"{config.name}, {languages}, fingerprint {config.fingerprint}"


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
            print(f"{file}: ok ({check(file)})")
        except ConfigError as error:
            faulty = True
            print(error)
    if faulty:
        raise typer.Exit(1)


if __name__ == "__main__":
    app()

"""Checks configurations and word lists: every fault of every file, with its place and its fix.

`python -m scripts.check_config config/*.yaml` checks files; with `--schema > config/schema.json` it
writes the schema that editors complete and check them by.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path  # noqa: TC003 - typer reads annotations as it runs
from typing import Annotated, Any

import typer
from pydantic.json_schema import GenerateJsonSchema

from filters.configuration import FilterConfig, read_config
from filters.documents import ConfigError, Faults, Problem, read_yaml, shown
from filters.words import LISTS, LanguageWords, domain_words, load_word_lists

app = typer.Typer(add_completion=False)

STOPS = ("commands", "standalone_commands", "presence_checks")
GOES_ON = tuple(name for name in LISTS if name not in STOPS)


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
    across = contradictions(content, path) if isinstance(content, Mapping) else []
    try:
        config = read_config(path)
    except ConfigError as error:
        raise ConfigError([*error.problems, *across]) from None
    if across:
        raise ConfigError(across)
    languages = " and ".join(config.lexicon.languages)
    return f"{config.name}, {languages}, fingerprint {config.fingerprint}"


def contradictions(domain: Mapping[str, Any], path: Path) -> list[Problem]:
    """Words that stop the agent in one language of a domain, and keep it talking in another.

    A recogniser that takes a short word for one of the other language then has it do the opposite.

    Args:
        domain: What the file holds; its other faults are not reported here.
        path: Where it is.
    """
    words = domain_words(domain, Faults(str(path)), path.parent)
    problems = []
    for stopping in words.languages:
        for going_on in words.languages:
            for stop, go_on, phrase in _opposites(stopping, going_on):
                what = (
                    f"{shown(phrase)} is in the {stop} of {stopping.source} and in the {go_on} "
                    f"of {going_on.source}"
                )
                quoted = shown(phrase)  # `no` alone is a truth value in YAML
                fix = (
                    f"Say which it is in every language: `{stop}: {{add: [{quoted}]}}`, or "
                    f"`{go_on}: {{add: [{quoted}]}}`."
                )
                problems.append(Problem(str(path), "extends", what, fix))
    return problems


def _opposites(stopping: LanguageWords, going_on: LanguageWords) -> Iterator[tuple[str, str, str]]:
    """Phrases that stop in one language and don't in the other, with their lists."""
    if stopping is going_on:  # reported with the word list
        return
    for stop in STOPS:
        for go_on in GOES_ON:
            for key in sorted(stopping.spellings(stop) & going_on.spellings(go_on)):
                yield stop, go_on, key


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

"""What is wrong with a domain's YAML file, or with word lists of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from filters.configuration import read_config
from filters.documents import ConfigError, Faults, Problem, read_yaml, shown
from filters.words import LISTS, LanguageWords, domain_words, load_word_lists

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STOPS = ("commands", "standalone_commands", "presence_checks")
GOES_ON = tuple(name for name in LISTS if name not in STOPS)


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

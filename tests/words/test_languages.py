"""Every shipped language, held to account by what its callers say."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from filters.words import Kind, Lexicon, load_word_lists, shipped_languages

TABLES = Path(__file__).parent / "language_cases"
LANGUAGES = tuple(sorted(path.stem for path in TABLES.glob("*.yaml")))

FILLERS = {Kind.BACKCHANNEL, Kind.HESITATION}
STOPS = {Kind.COMMAND, Kind.STANDALONE, Kind.PRESENCE}
WANTED = {
    "backchannels": {Kind.BACKCHANNEL},
    "hesitations": {Kind.HESITATION},
    "commands": {Kind.COMMAND},
    "standalone_commands": STOPS,
    "presence_checks": {Kind.PRESENCE},
    "contents": {Kind.CONTENT},
    "one_word_contents": {Kind.CONTENT},
}
LEAST = {
    "backchannels": 25,
    "hesitations": 6,
    "commands": 12,
    "standalone_commands": 8,
    "presence_checks": 4,
    "contents": 25,
    "one_word_contents": 8,
}


def table(language: str) -> dict[str, list[str]]:
    """What callers say, by what it is."""
    read: Any = yaml.safe_load((TABLES / f"{language}.yaml").read_text(encoding="utf-8"))
    assert isinstance(read, dict)
    return read


@lru_cache(maxsize=2)
def lexicon(*languages: str) -> Lexicon:
    """The words of some languages, the first one deciding."""
    return Lexicon({name: load_word_lists(name).compiled() for name in languages})


def test_every_language_but_english_has_a_table() -> None:
    """English is measured, and pinned in a module of its own."""
    assert {*LANGUAGES, "en"} == set(shipped_languages())


@pytest.mark.parametrize("language", LANGUAGES)
def test_tables_are_long_enough(language: str) -> None:
    """A few sentences prove little."""
    sizes = {name: len(texts) for name, texts in table(language).items()}
    assert not {name: sizes.get(name, 0) for name in LEAST if sizes.get(name, 0) < LEAST[name]}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_tells_what_its_callers_say(language: str) -> None:
    """By its own list."""
    wrong = {
        (name, text): kind
        for name, kinds in WANTED.items()
        for text in table(language)[name]
        if (kind := lexicon(language).classify(text, language).kind) not in kinds
    }
    assert not wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_beside_english_a_final_is_told_by_its_tag(language: str) -> None:
    """English takes nothing from it, not where the two contradict each other either."""
    both = lexicon("en", language)
    wrong = {
        (name, text): kind
        for name, kinds in WANTED.items()
        for text in table(language)[name]
        if (kind := both.classify(text, language).kind) not in kinds
    }
    assert not wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_partials_with_the_tag_of_english_neither_stop_the_agent_nor_lose_words(
    language: str,
) -> None:
    """Recognisers tag partials by default: no filler stops, no command waits, no content goes."""
    both = lexicon("en", language)
    wrong = {}
    for name, wanted in WANTED.items():
        for text in table(language)[name]:
            verdict = both.classify(text, "en", final=False)
            if wanted <= FILLERS:
                stops = verdict.kind in (Kind.CONTENT, Kind.COMMAND) and verdict.words >= 2
                good = not stops and verdict.kind is not Kind.COMMAND
            elif name == "commands":
                good = verdict.kind is Kind.COMMAND
            else:
                good = verdict.kind not in FILLERS
            if not good:
                wrong[name, text] = verdict
    assert not wrong

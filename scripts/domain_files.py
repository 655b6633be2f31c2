"""What is wrong with a file of a domain, or of word lists, and what there is to know of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from filters.configuration import FilterConfig, read_config
from filters.documents import ConfigError, Faults, Problem, read_yaml, shown
from filters.words import (
    LISTS,
    LanguageWords,
    domain_words,
    list_for,
    load_word_lists,
    without_list,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

STOPS = ("commands", "standalone_commands", "presence_checks")
HOMOGRAPHS = "homographs"
MOST_NOTES = 20


@dataclass(frozen=True, slots=True)
class Checked:
    """A file without faults.

    Attributes:
        holds: What is in it, in a few words.
        notes: What to know of it: words about which its languages contradict each other.
    """

    holds: str
    notes: tuple[str, ...] = ()


def check(path: Path) -> Checked:
    """Checks a domain's file, or word lists of one's own.

    Raises:
        ConfigError: Anything is wrong with it.
    """
    content = read_yaml(path).value
    given = content if isinstance(content, Mapping) else {}
    if "language" in given and "domain" not in given:
        return Checked(f"words of {load_word_lists(path).language}")
    config = read_config(path)
    unserved = list(_unserved(config, path))
    if unserved:
        raise ConfigError(unserved)
    words = domain_words(given, Faults(str(path)), path.parent).languages
    languages = " and ".join(config.lexicon.languages)
    holds = f"{config.name}, {languages}, fingerprint {config.fingerprint}"
    return Checked(holds, tuple(collisions(words)))


def _unserved(config: FilterConfig, path: Path) -> Iterator[Problem]:
    """Languages that the recogniser is told to hear and that no list serves."""
    options: dict[str, Any] = {"stt": config.stt}
    options |= {f"stages.{name}.stt": stage.stt for name, stage in config.stages.items()}
    for place, given in options.items():
        codes = given.language_codes if given is not None else None
        for code in without_list(codes or (), config.lexicon.languages):
            found = list_for(code)
            fix = (
                f"Add {found} to extends."
                if found
                else "No list is shipped for it: extend one of your own, by its path."
            )
            what = f"{shown(code)} is a language that no list in extends serves"
            yield Problem(str(path), f"{place}.language_codes", what, fix)


def collisions(languages: Sequence[LanguageWords]) -> Iterator[str]:
    """Words that stop the agent in one language, and don't in another.

    The language of a final decides what they are, where it comes with one; else the first does.
    """
    places: dict[str, dict[str, str]] = {}
    for words in languages:
        for name in LISTS:
            for key in words.spellings(name):
                places.setdefault(key, {}).setdefault(words.source, name)
        for word in words.homographs:
            places.setdefault(word.casefold(), {}).setdefault(words.source, HOMOGRAPHS)
    told = [key for key, lists in places.items() if _contradict(set(lists.values()))]
    for key in sorted(told)[:MOST_NOTES]:
        lists = places[key]
        first = next(iter(lists))
        where = ", ".join(f"{name} of {source}" for source, name in lists.items())
        yield (
            f"{shown(key)} is in the {where}: the language of a final decides, else {first}. "
            "A list of this domain that names it settles it for all."
        )
    if len(told) > MOST_NOTES:
        yield f"and {len(told) - MOST_NOTES} more words"


def _contradict(lists: set[str]) -> bool:
    stops = {name in STOPS for name in lists}
    return len(stops) > 1 or (HOMOGRAPHS in lists and len(lists) > 1)

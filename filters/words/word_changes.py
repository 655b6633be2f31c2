"""Applies what a domain adds and removes to the word lists that it extends."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from filters.documents import ConfigError, Faults, nearest, shown

from .classes import LISTS
from .phrases import (
    Entry,
    Phrases,
    add_phrases,
    entries_of,
    phrase_key,
    read_phrases,
    report_contradictions,
)
from .word_lists import LanguageWords, load_word_lists, shipped_languages

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

    from filters.documents import Location

DEFAULT_EXTENDS = ("en",)
ALL = "all"
"""In `extends`: every list that is shipped, English first."""
PROMPTS = "answer_prompts"
STAGES = "stages"

_SPELLED_TWICE = re.compile("[-'’]")

MAX_HINTS = 20
"""Removals that get a hint at what was meant: looking through whole lists takes its time."""


@dataclass(frozen=True, slots=True)
class PhraseChanges:
    """What is added to each list of `LISTS`, and the keys of what is removed from it."""

    added: Mapping[str, Phrases]
    removed: Mapping[str, frozenset[str]]

    def applied_to(self, words: LanguageWords) -> LanguageWords:
        """The words of a language with these changes; a list without any is the same object."""
        return _change(words, self.added, self.removed)


@dataclass(frozen=True, slots=True)
class DomainWords:
    """The words of a domain.

    Attributes:
        extended: Of each language it extends, as they are there.
        languages: The same with the domain's changes.
        stages: What each stage changes about them.
    """

    extended: tuple[LanguageWords, ...] = ()
    languages: tuple[LanguageWords, ...] = ()
    stages: Mapping[str, PhraseChanges] = dataclasses.field(default_factory=dict)


def domain_words(
    domain: Mapping[str, Any], faults: Faults, directory: str | os.PathLike[str]
) -> DomainWords:
    """Reads the word lists that a domain extends, and applies its changes to each language.

    A phrase that the domain adds to one list leaves the others: `commands: {add: [hold on]}` needs
    no `backchannels: {remove: [hold on]}`. A removal takes away just that phrase of all that a
    pattern stands for. A stage's changes are read alike, and start from the domain's words.

    Args:
        domain: The keys and values of the file; what is malformed is skipped, not reported.
        faults: Where to report lists that can't be read, duplicates, contradictions, and removals
            of what isn't there.
        directory: What the paths in `extends` start from.
    """
    extended = _extended(domain.get("extends", DEFAULT_EXTENDS), faults, directory)
    changes = _read_changes(domain, (), extended, faults)
    languages = tuple(changes.applied_to(words) for words in extended)
    stages = domain.get(STAGES)
    return DomainWords(
        tuple(extended),
        languages,
        {
            name: _read_changes(stage, (STAGES, name), languages, faults)
            for name, stage in (stages.items() if isinstance(stages, Mapping) else ())
            if isinstance(stage, Mapping)
        },
    )


def _read_changes(
    given: Mapping[str, Any], place: Location, languages: Sequence[LanguageWords], faults: Faults
) -> PhraseChanges:
    read_phrases(PROMPTS, entries_of(given.get(PROMPTS), (*place, PROMPTS)), faults)
    added = {
        name: read_phrases(name, _entries(given, place, name, "add"), faults) for name in LISTS
    }
    report_contradictions(added, faults)
    removed = {name: _read_removals(name, given, place, added[name], faults) for name in LISTS}
    _report_missing(languages, removed, faults)
    return PhraseChanges(added, {name: frozenset(keys) for name, keys in removed.items()})


def _extended(
    extends: object, faults: Faults, directory: str | os.PathLike[str]
) -> list[LanguageWords]:
    languages: dict[str, LanguageWords] = {}
    for location, name in _named(extends):
        try:
            words = load_word_lists(name, directory=directory)
        except ConfigError as error:
            for problem in error.problems:
                if problem.path:
                    faults.extend([problem])
                else:
                    what = f"{problem.file} {problem.message}"
                    faults.report(location, what, problem.fix)
            continue
        first = languages.setdefault(words.language, words)
        if first is not words:
            what = f"{shown(name)} is of the language of {shown(first.source)}, {words.language}"
            faults.report(location, what, "Extend one list a language, and add to it here.")
    return list(languages.values())


def _named(extends: object) -> Iterator[Entry]:
    """The lists that a domain names; `all` stands for what is shipped and not named otherwise."""
    entries = list(entries_of(extends, ("extends",)))
    names = [name for _, name in entries]
    for location, name in entries:
        if name != ALL:
            yield location, name
            continue
        for language in (*DEFAULT_EXTENDS, *shipped_languages()):
            if language not in names:
                names.append(language)
                yield location, language


def _entries(given: Mapping[str, Any], place: Location, name: str, change: str) -> Iterator[Entry]:
    changes = given.get(name)
    value = changes.get(change) if isinstance(changes, dict) else None
    return entries_of(value, (*place, name, change))


def _read_removals(
    name: str, given: Mapping[str, Any], place: Location, added: Phrases, faults: Faults
) -> dict[str, Entry]:
    """The phrases to remove by their keys."""
    removals: dict[str, Entry] = {}
    for location, text in _entries(given, place, name, "remove"):
        key = phrase_key(name, text)
        if any(bracket in text for bracket in "()[]|"):
            fix = "Write each phrase out, without brackets."
            faults.report(location, f"{shown(text)} is a pattern", fix)
        elif key in ("", "?"):
            faults.report(location, f"{shown(text)} holds no word", "Remove it.")
        elif key in removals:
            first = removals[key][0][-1]
            what = f"duplicate phrase {shown(text)} (first at [{first}])"
            faults.report(location, what, "Remove one.")
        elif key in added:
            what = f"{shown(text)} is also in {added[key].place}"
            faults.report(location, what, "Add it or remove it, not both.")
        else:
            removals[key] = (location, text)
    return removals


def _report_missing(
    languages: Sequence[LanguageWords],
    removed: Mapping[str, Mapping[str, Entry]],
    faults: Faults,
) -> None:
    hints = 0
    sources = " and ".join(words.source for words in languages)
    for name, removals in removed.items() if languages else ():
        there = {key for words in languages for key in words.spellings(name) if removals}
        for key, (location, text) in removals.items():
            if key in there:
                continue
            hints += 1
            fix = _hint(key, name, languages) if hints <= MAX_HINTS else "Remove it."
            faults.report(location, f"{shown(text)} is not in the {name} of {sources}", fix)


def _hint(key: str, name: str, languages: Sequence[LanguageWords]) -> str:
    for other in LISTS:
        if any(key in words.spellings(other) for words in languages):
            return f"It is in {other}."
    phrases = {key: p.text for words in languages for key, p in words.lists[name].items()}
    meant = nearest(key, phrases)
    return f"Did you mean {shown(phrases[meant])}?" if meant else "Remove it."


def _change(
    words: LanguageWords,
    added: Mapping[str, Phrases],
    removed: Mapping[str, frozenset[str]],
) -> LanguageWords:
    lists: dict[str, Phrases] = {}
    for name in LISTS:
        gone = set(removed[name])
        for other in LISTS:
            if name != other:
                gone.update(key for phrase in added[other].values() for key in phrase.spellings)
        lists[name] = words.lists[name]
        if added[name] or any(map(lists[name].has, gone)):
            lists[name] = _without(words.lists[name], gone)
            add_phrases(lists[name], added[name])
    return dataclasses.replace(words, lists=lists)


def _without(phrases: Phrases, gone: set[str]) -> Phrases:
    kept = Phrases(phrases)
    for key in gone:
        # "uhhuh" goes and "uh-huh" stays: without its hyphen it has one spelling alone
        for other in phrases.besides().get(key, ()):
            text = _SPELLED_TWICE.sub(" ", phrases[other].text)
            kept[other] = dataclasses.replace(phrases[other], text=text)
    for key in gone:
        kept.pop(key, None)
    return kept

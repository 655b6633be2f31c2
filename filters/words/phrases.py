"""Spells out the phrases that a list's entries stand for, or says what is wrong with them."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from filters.documents import Faults, Location, dotted, shown

from .classes import LISTS, MARKED
from .folding import QUESTION_MARKS, fold_phrase, spellings
from .matching import MAX_PHRASE_TOKENS
from .patterns import expand

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


_SPELLED_TWICE = re.compile("[-'’]")

MAX_PATTERN_CHARACTERS = 1_000
MAX_PHRASES = 30_000
"""Phrases that one list may stand for: a bound on what compiling it costs."""

Entry = tuple[Location, str]
"""A phrase or pattern as it stands in a file, and where."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase that an entry stands for.

    Attributes:
        text: The phrase, without pattern brackets.
        key: Its folded form; phrases with the same key are the same to the lexicon.
        entry: Where the entry stands, and how it is written.
    """

    text: str
    key: str
    entry: Entry

    @property
    def spellings(self) -> tuple[str, ...]:
        """The keys it is found by: "uh-huh" is also "uhhuh"."""
        asked = "?" if self.key.endswith("?") else ""
        return (self.key, *(fold_phrase(written) + asked for written in spellings(self.text)[1:]))

    @property
    def place(self) -> str:
        """Where the entry stands, as one writes it."""
        return dotted(self.entry[0])


class Phrases(dict[str, Phrase]):
    """The phrases of a list by their keys, in the order of the file."""

    __slots__ = ("_besides",)

    def spellings(self) -> set[str]:
        """Every key that a phrase is found by."""
        return {*self, *self.besides()}

    def besides(self) -> dict[str, list[str]]:
        """The keys that phrases are found by besides their own, and whose they are."""
        try:
            return self._besides
        except AttributeError:
            self._besides: dict[str, list[str]] = {}
        for key, phrase in self.items():
            if not phrase.text.isalpha() and _SPELLED_TWICE.search(phrase.text):
                for spelling in phrase.spellings[1:]:
                    self._besides.setdefault(spelling, []).append(key)
        return self._besides

    def has(self, spelling: str) -> bool:
        """Whether a phrase is found by a key."""
        return spelling in self or spelling in self.besides()


def entries_of(value: object, location: Location) -> Iterator[Entry]:
    """The entries of a list that was read from a file; what is no string is skipped."""
    for index, item in enumerate(value if isinstance(value, (list, tuple)) else ()):
        if isinstance(item, str):
            yield (*location, index), item


def read_phrases(name: str, entries: Iterable[Entry], faults: Faults) -> Phrases:
    """Spells out the entries of a list.

    Args:
        name: The list: in those of `MARKED` a question mark is part of a phrase.
        entries: Phrases and patterns.
        faults: Where to report the faulty ones.

    Returns:
        The phrases of those without fault.
    """
    phrases = Phrases()
    spelled_out = 0
    for location, pattern in entries:
        if spelled_out > MAX_PHRASES:
            what = f"the list stands for more than {MAX_PHRASES} phrases"
            faults.report(location, what, "Shorten its patterns.")
            break
        try:
            found = _spell_out(name, (location, pattern))
        except _EntryError as fault:
            faults.report(location, fault.what, fault.fix)
            continue
        spelled_out += len(found)
        if all(key in phrases for key in found):
            first = _first(pattern, location, phrases[next(iter(found))])
            what = f"duplicate phrase {shown(pattern)} (first at {first})"
            faults.report(location, what, "Remove one.")
        add_phrases(phrases, found)
    return phrases


def add_phrases(phrases: Phrases, more: Phrases) -> None:
    """Adds phrases; one that is there already stays, with a hyphen if either spelling has one."""
    for key, phrase in more.items():
        known = phrases.setdefault(key, phrase)
        if "-" in phrase.text and "-" not in known.text:
            phrases[key] = dataclasses.replace(known, text=phrase.text)


class _EntryError(Exception):
    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what, fix)
        self.what = what
        self.fix = fix


def _spell_out(name: str, entry: Entry) -> Phrases:
    _, pattern = entry
    if not pattern.strip():
        raise _EntryError("an empty phrase", "Remove it.")
    if len(pattern) > MAX_PATTERN_CHARACTERS:
        what = f"{shown(pattern)} is longer than {MAX_PATTERN_CHARACTERS} characters"
        raise _EntryError(what, "Split it.")
    try:
        texts = expand(pattern)
    except (ValueError, RecursionError) as error:
        what = str(error) if isinstance(error, ValueError) else "is nested too deeply"
        fix = "Balance the brackets, or leave them out."
        raise _EntryError(f"{shown(pattern)}: {what}", fix) from None
    phrases = Phrases()
    for text in texts:
        key = phrase_key(name, text)
        if not text:
            what = f"{shown(pattern)} may stand for nothing at all"
            raise _EntryError(what, "Leave a word outside the [ ].")
        if key in ("", "?"):
            raise _EntryError(f"{shown(text)} holds no word", "Remove it.")
        if key.count(" ") >= MAX_PHRASE_TOKENS and name in LISTS:
            what = f"{shown(text)} has more than {MAX_PHRASE_TOKENS} words"
            raise _EntryError(what, "Shorten it.")
        written = key if key == text else text  # one string serves for both
        phrases.setdefault(key, Phrase(written, key, entry))
    return phrases


def phrase_key(name: str, text: str) -> str:
    """The folded form of a phrase; in the lists of `MARKED` a question mark is part of it."""
    asked = name in MARKED and text[-1:] in QUESTION_MARKS
    return fold_phrase(text) + ("?" if asked else "")


def _first(pattern: str, location: Location, first: Phrase) -> str:
    """Where a phrase stands already, and how it is written there if that differs."""
    at, written = first.entry
    place = f"[{at[-1]}]" if at[:-1] == location[:-1] else dotted(at)
    return place if written.casefold() == pattern.casefold() else f"{place}, as {shown(written)}"


def report_contradictions(lists: Mapping[str, Phrases], faults: Faults) -> None:
    """Reports phrases that stand in two lists."""
    seen = Phrases()
    for name in (*LISTS, "homographs"):
        reported: set[Location] = set()
        for key, phrase in lists.get(name, {}).items():
            first = seen.setdefault(key, phrase)
            location = phrase.entry[0]
            if first is not phrase and location not in reported:
                reported.add(location)
                what = f"{shown(phrase.text)} is also in {_first(phrase.text, location, first)}"
                faults.report(location, what, "A phrase belongs to one list: remove one.")

"""Spells out what a pattern of a word list stands for. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .folding import UNSPACED, fold_phrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


_LITERAL = re.compile(r"[^()\[\]|]+")
_UNSPACED = re.compile(f"[{UNSPACED}]")
# spaces that a pattern needs and a script has none of
_BETWEEN = re.compile(f"(?<=[{UNSPACED}]) +(?=[{UNSPACED}])")

MAX_EXPANSIONS = 20_000
"""Most phrases a single pattern may stand for: a bound on what a word list can cost to compile."""


def expand(pattern: str) -> tuple[str, ...]:
    """All phrases that a pattern stands for: `[oh] (right|okay) then` stands for four.

    Raises:
        ValueError: The pattern's brackets do not match, or it stands for more phrases than
            `MAX_EXPANSIONS`.
    """
    phrases, rest = _expand_choices(pattern, 0, "")
    if rest != len(pattern):
        raise ValueError(f"unexpected {pattern[rest]!r} at character {rest + 1}")
    texts = (" ".join(phrase.split()) for phrase in phrases)
    if not _UNSPACED.search(pattern):
        return tuple(dict.fromkeys(texts))
    return tuple(dict.fromkeys(_BETWEEN.sub("", text) for text in texts))


def _expand_choices(pattern: str, at: int, closing: str) -> tuple[list[str], int]:
    done: list[str] = []
    current = [""]
    while at < len(pattern) and pattern[at] not in ")]":
        char = pattern[at]
        at += 1
        if char == "|":
            if not closing:
                raise ValueError(f"'|' at character {at} stands outside ( ) and [ ]")
            done += current
            current = [""]
        elif char in "([":
            want = ")" if char == "(" else "]"
            start = at
            inner, at = _expand_choices(pattern, at, want)
            if at >= len(pattern) or pattern[at] != want:
                raise ValueError(f"{char!r} at character {start} is never closed with {want!r}")
            at += 1
            if char == "[":
                inner.append("")
            if len(current) * len(inner) > MAX_EXPANSIONS:
                raise ValueError(f"stands for more than {MAX_EXPANSIONS} phrases")
            current = [head + tail for head in current for tail in inner]
        else:
            literal = _LITERAL.match(pattern, at - 1)
            text = literal[0] if literal else char
            current = [head + text for head in current]
            at += len(text) - 1
    return done + current, at


def iterate_phrases(patterns: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Every (pattern, folded phrase) of a list, to tell two spellings of a phrase equal.

    Raises:
        ValueError: A pattern is malformed.
    """
    for pattern in patterns:
        for phrase in expand(pattern):
            yield pattern, fold_phrase(phrase)

"""Finds the phrases of a language in a text, and says what they make of it. Pure.

Tokens are covered from the left by the longest phrases, and what no phrase covers is content. Every
step is linear in the text; a phrase is found by walking a trie, so the size of the lists does not
matter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .classes import MARKED, Kind, Part, Verdict, WordLists
from .folding import QUESTION_MARKS, ends_asking, fold
from .patterns import expand

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


MAX_PHRASE_TOKENS = 12
"""Longest phrase a list may hold, in tokens: what bounds the work at each word of the caller."""


_LONG_RUN = re.compile(r"([^\W\d_])\1\1+")
_RUN = re.compile(r"(.)\1+")
_BRACKETED = re.compile(r"\[([^\[\]]{0,60})\]|\(([^()]{0,60})\)|<([^<>]{0,60})>|\*([^*]{0,60})\*")


@dataclass(slots=True)
class _Node:
    next: dict[str, _Node] = field(default_factory=dict)
    part: Part | None = None
    asked: Part | None = None  # the part of the phrase when a question mark ends the text
    leads_to_filler: bool = False  # a longer backchannel or hesitation goes through here


@dataclass(slots=True)
class _Cover:
    """What the phrases make of a text's tokens."""

    size: int
    parts: list[Part] = field(default_factory=list)  # a list, for an enum's hash is slow
    hesitations: set[int] = field(default_factory=set)  # tokens that count as no word
    content_from: int | None = None  # the first token that no phrase covers
    prefix_from: int | None = None  # where a longer filler may be under way, to the end of the text

    def spoken(self, word_of: list[int] | None) -> int:
        """Words that are no hesitations; of tokens that share a word, one is enough."""
        if word_of is None:
            return self.size - len(self.hesitations)
        return len({word_of[token] for token in range(self.size) if token not in self.hesitations})


class PhraseMatcher:
    """The compiled phrases of one language.

    Args:
        lists: The phrases; a phrase in two lists belongs to the one named last in `Part`.

    Raises:
        ValueError: A pattern is malformed, a phrase is empty or longer than `MAX_PHRASE_TOKENS`.
    """

    def __init__(self, lists: WordLists) -> None:
        self._root = _Node()
        self._known: set[str] = set()
        self._spelled_out: dict[str, str] = {}  # "god", as a drawn-out "goooood" becomes -> "good"
        self._tags = frozenset(
            " ".join(fold(name).tokens)
            for pattern in lists.non_speech_tags
            for name in expand(pattern)
        )
        for part in Part:
            for pattern in getattr(lists, part.value):
                for phrase in expand(pattern):
                    self._add(phrase, part)

    def _add(self, phrase: str, part: Part) -> None:
        asked = part.value in MARKED and phrase[-1:] in QUESTION_MARKS
        tokens = fold(phrase).tokens
        if not tokens:
            raise ValueError(f"{phrase!r} holds no word")
        if len(tokens) > MAX_PHRASE_TOKENS:
            raise ValueError(f"{phrase!r} has more than {MAX_PHRASE_TOKENS} words")
        self._insert(tokens, part, asked)
        if "-" in phrase:  # "uh-huh" is also written "uhhuh"
            self._insert(fold(phrase.replace("-", "")).tokens, part, asked)

    def _insert(self, tokens: list[str], part: Part, asked: bool) -> None:
        node = self._root
        filler = part in (Part.BACKCHANNEL, Part.HESITATION)
        self._learn(tokens)
        for token in tokens:
            node.leads_to_filler |= filler
            node = node.next.setdefault(token, _Node())
        if asked:
            node.asked = part
        else:
            node.part = part

    def _learn(self, tokens: Iterable[str]) -> None:
        for token in tokens:
            self._known.add(token)
            self._spelled_out.setdefault(_RUN.sub(r"\1", token), token)

    def changed(self, parts: Mapping[str, Part | None], tags: frozenset[str]) -> PhraseMatcher:
        """Another matcher with phrases moved, added or taken out. It shares what stays as it is.

        Args:
            parts: What each phrase is from now on; None: nothing any more. A phrase is its folded
                tokens with spaces between, and a question mark at the end where that is part of it.
            tags: All names of non-speech tags, folded.
        """
        other = PhraseMatcher(WordLists())
        other._root = self._root
        other._known = set(self._known)
        other._spelled_out = dict(self._spelled_out)
        other._tags = tags
        for phrase, part in parts.items():
            asked = phrase.endswith("?")
            tokens = phrase.removesuffix("?").split()
            other._root = _moved(other._root, tokens, part, asked=asked)
            if part is not None:
                other._learn(tokens)
        return other

    def classify(self, text: str, *, final: bool) -> Verdict:
        """Says what a text is.

        Args:
            text: A transcript of any length, in any script.
            final: Nothing can follow, so no part of it can still become a longer phrase.
        """
        if "[" in text or "(" in text or "<" in text or "*" in text:
            text = _BRACKETED.sub(self._without_tag, text)
        folded = fold(text)
        tokens = self._respell(folded.tokens)
        if not tokens:
            return Verdict(Kind.NOTHING)

        covered = self._cover(tokens, asked=ends_asking(text), final=final)
        words = covered.spoken(folded.word_of)
        if Part.COMMAND in covered.parts:
            return Verdict(Kind.COMMAND, words)
        if covered.content_from is not None:
            alone = Part.STANDALONE in covered.parts or Part.PRESENCE in covered.parts
            prefix_from = None if alone else covered.prefix_from
            may_be_filler = prefix_from is not None and covered.content_from >= prefix_from
            return Verdict(Kind.PREFIX if may_be_filler else Kind.CONTENT, words)
        if Part.STANDALONE in covered.parts:
            return Verdict(Kind.STANDALONE, words)
        if Part.PRESENCE in covered.parts:
            return Verdict(Kind.PRESENCE, words)
        filler = Kind.BACKCHANNEL if Part.BACKCHANNEL in covered.parts else Kind.HESITATION
        return Verdict(filler, words)

    def _cover(self, tokens: list[str], *, asked: bool, final: bool) -> _Cover:
        """Covers the tokens with the longest phrases, from the left."""
        cover = _Cover(len(tokens))
        at = 0
        while at < len(tokens):
            if tokens[at] not in self._root.next:
                length, part, unfinished = 1, None, False
            else:
                length, part, unfinished = self._longest(tokens, at, asked)
            if unfinished and not final:
                if part is Part.STANDALONE or part is Part.PRESENCE:
                    part = None  # "what a" is no more "what" if it may become "what a shame"
                if cover.prefix_from is None:
                    cover.prefix_from = at + (length if part in _FILLER else 0)
            if part is not None:
                if part not in cover.parts:
                    cover.parts.append(part)
                if part is Part.HESITATION:
                    cover.hesitations.update(range(at, at + length))
            elif cover.content_from is None:
                cover.content_from = at
            at += length
        return cover

    def _longest(self, tokens: list[str], start: int, asked: bool) -> tuple[int, Part | None, bool]:
        """Tokens covered from `start`, by what, and whether a longer filler may be under way."""
        node, at, best, length = self._root, start, None, 1
        said_again = 1  # how often the first token comes in a row
        while at < len(tokens):
            step = node.next.get(tokens[at])
            if step is not None:
                node = step
            elif at == start or tokens[at] != tokens[at - 1] or node.part in _FILLER:
                break
            elif at == start + said_again:
                said_again += 1
            # else a stutter, "that's that's right", which what goes on from here may still cover
            at += 1
            part = node.asked if asked and at == len(tokens) and node.asked else node.part
            if part is not None and step is not None:
                best, length = part, at - start
        length = max(length, said_again)
        # "yeah, no" may become "yeah, no problem"; "no, no" insists
        complete = best in _FILLER or (best is not None and said_again > 1)
        covered = start + (length if complete else 0)
        unfinished = at == len(tokens) and at > covered and node.leads_to_filler
        return length, best, unfinished

    def _respell(self, tokens: list[str]) -> list[str]:
        """Undoes drawing out beyond what the lists hold: "goooood" is read as "good"."""
        if not _LONG_RUN.search(" ".join(tokens)):
            return tokens
        return [
            token if token in self._known else self._spelled_out.get(_RUN.sub(r"\1", token), token)
            for token in tokens
        ]

    def _without_tag(self, bracketed: re.Match[str]) -> str:
        name = next(group for group in bracketed.groups() if group is not None)
        is_tag = " ".join(fold(name.replace("_", " ")).tokens) in self._tags
        return " " if is_tag else bracketed.group()


_FILLER = (Part.BACKCHANNEL, Part.HESITATION)


def _moved(node: _Node, tokens: list[str], part: Part | None, *, asked: bool) -> _Node:
    """A copy of a node in which a phrase is of another part; nodes off its path are shared."""
    changed = _Node(dict(node.next), node.part, node.asked, node.leads_to_filler)
    if not tokens:
        if asked:
            changed.asked = part
        else:
            changed.part = part
        return changed
    first, rest = tokens[0], tokens[1:]
    below = _moved(node.next.get(first) or _Node(), rest, part, asked=asked)
    if below.next or below.part or below.asked:
        changed.next[first] = below
    else:
        changed.next.pop(first, None)
    changed.leads_to_filler = any(
        each.leads_to_filler or each.part in _FILLER for each in changed.next.values()
    )
    return changed

"""Finds the phrases of one or several languages in a text, and says what they make of it. Pure.

Tokens are covered from the left by the longest phrases, and what no phrase covers is content. Every
step is linear in the text; a phrase is found by walking a trie, so neither the size of the lists
nor the number of languages matters: the tries of several languages are one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .classes import MARKED, Kind, Part, Verdict, WordLists
from .folding import QUESTION_MARKS, ends_asking, fold, fold_phrase, spellings
from .patterns import expand
from .spoken_words import more_words
from .trie import FILLER, Node, condense, merge, moved

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MAX_PHRASE_TOKENS = 12
"""Longest phrase a list may hold, in tokens: what bounds the work at each word of the caller."""

MAX_MIXED_TOKENS = 16
"""Longest text in which languages may be mixed in every way."""

MAX_STUTTER = 12
"""Tokens that a phrase may be stuttered over, a word of it said again and again."""

_LONG_RUN = re.compile(r"([^\W\d_])\1\1+")
_RUN = re.compile(r"(.)\1+")
# a word said again without a space: "네네", "맞아맞아"; "hahaha", "jajaja"
_SAID_AGAIN = re.compile(r"([가-힣]{1,4}?)\1+|([^\W\d_]{2})\2\2+")


@dataclass(slots=True)
class _Cover:
    """What the phrases make of a text's tokens."""

    size: int
    parts: list[Part] = field(default_factory=list)  # a list, for an enum's hash is slow
    hesitations: set[int] = field(default_factory=set)  # tokens that count as no word
    content_from: int | None = None  # the first token that no phrase covers
    prefix_from: int | None = None  # where a longer filler may be under way, to the end of the text

    may_be_alone: bool = False  # a phrase that acts alone, if nothing follows

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
        self.root = Node()
        self._several = False  # languages
        self.known: set[str] = set()
        self.spelled_out: dict[str, str] = {}  # "god", as a drawn-out "goooood" becomes -> "good"
        for part in Part:
            for pattern in getattr(lists, part.value):
                for phrase in expand(pattern):
                    self._add(phrase, part)
        self.root = condense(self.root)

    def _add(self, phrase: str, part: Part) -> None:
        asked = part.value in MARKED and phrase[-1:] in QUESTION_MARKS
        for spelling in spellings(phrase):
            tokens = fold_phrase(spelling).split()
            if not tokens:
                raise ValueError(f"{phrase!r} holds no word")
            if len(tokens) > MAX_PHRASE_TOKENS and spelling is not phrase:
                continue
            if len(tokens) > MAX_PHRASE_TOKENS:
                raise ValueError(f"{phrase!r} has more than {MAX_PHRASE_TOKENS} words")
            self._insert(tokens, part, asked)

    def _insert(self, tokens: list[str], part: Part, asked: bool) -> None:
        node = self.root
        filler = part in FILLER
        self._learn(tokens)
        for token in tokens:
            node.leads_to_filler |= filler
            step = node.next.get(token)
            if step is None:
                step = node.next[token] = Node()
            node = step
        if asked:
            node.asked = part
        else:
            node.part = part

    def _learn(self, tokens: Iterable[str]) -> None:
        for token in tokens:
            if token not in self.known:
                self.known.add(token)
                self.spelled_out.setdefault(_RUN.sub(r"\1", token), token)

    def changed(self, parts: Mapping[str, Part | None]) -> PhraseMatcher:
        """Another matcher with phrases moved, added or taken out. It shares what stays as it is.

        Args:
            parts: What each phrase is from now on; None: nothing any more. A phrase is its folded
                tokens with spaces between, and a question mark at the end where that is part of it.
        """
        other = PhraseMatcher(WordLists())
        other.root = self.root
        other.known = set(self.known)
        other.spelled_out = dict(self.spelled_out)
        for phrase, part in parts.items():
            asked = phrase.endswith("?")
            tokens = phrase.removesuffix("?").split()
            other.root = moved(other.root, tokens, part, asked=asked)
            if part is not None:
                other._learn(tokens)
        return other

    @classmethod
    def of_all(cls, languages: Sequence[tuple[str, PhraseMatcher]]) -> PhraseMatcher:
        """One matcher of several languages. It shares with each what that alone has.

        Args:
            languages: Each with its name; where they contradict each other, the first decides
                unless `classify` is told which.
        """
        merged = cls(WordLists())
        merged._several = len(languages) > 1
        merged.root = merge([(name, matcher.root) for name, matcher in languages])
        for _, matcher in languages:
            merged.known |= matcher.known
            for folded, spelled in matcher.spelled_out.items():
                merged.spelled_out.setdefault(folded, spelled)
        return merged

    def classify(self, text: str, *, final: bool, language: str | None = None) -> Verdict:
        """Says what a text is.

        Args:
            text: What was said, in any script, without sounds and labels.
            final: Nothing can follow, so no part of it can still become a longer phrase.
            language: Decides where languages contradict each other; None: the first.
        """
        folded = fold(text)
        tokens, word_of = self._respell(folded.tokens, folded.word_of)
        if not tokens:
            return Verdict(Kind.NOTHING)

        asked = ends_asking(text)
        covered = self._cover(tokens, language, asked=asked, final=final)
        words = covered.spoken(word_of) + more_words(text)
        if Part.COMMAND in covered.parts:
            return Verdict(Kind.COMMAND, words)
        if covered.content_from is not None:
            mixed = self._several and not covered.may_be_alone
            if mixed and self._is_filler(tokens, language, asked=asked):
                return Verdict(Kind.BACKCHANNEL, words)
            alone = Part.STANDALONE in covered.parts or Part.PRESENCE in covered.parts
            prefix_from = None if alone else covered.prefix_from
            may_be_filler = prefix_from is not None and covered.content_from >= prefix_from
            return Verdict(Kind.PREFIX if may_be_filler else Kind.CONTENT, words)
        return Verdict(_kind_of_covered(covered.parts), words)

    def _cover(
        self, tokens: list[str], language: str | None, *, asked: bool, final: bool
    ) -> _Cover:
        """Covers the tokens with the longest phrases, from the left."""
        cover = _Cover(len(tokens))
        at = 0
        while at < len(tokens):
            if tokens[at] not in self.root.next:
                length, part, unfinished = 1, None, False
            else:
                length, part, unfinished = self._longest(tokens, at, asked, language)
            if unfinished and not final:
                if part is Part.STANDALONE or part is Part.PRESENCE:
                    cover.may_be_alone = True
                    part = None  # "what a" is no more "what" if it may become "what a shame"
                if cover.prefix_from is None:
                    cover.prefix_from = at + (length if part in FILLER else 0)
            if part is not None:
                if part not in cover.parts:
                    cover.parts.append(part)
                if part is Part.HESITATION:
                    cover.hesitations.update(range(at, at + length))
            elif cover.content_from is None:
                cover.content_from = at
            at += length
        return cover

    def _is_filler(self, tokens: list[str], language: str | None, *, asked: bool) -> bool:
        """Whether fillers cover a short text, though a longer phrase of another language hides it.

        The longest phrase from the left may be of a language that has nothing to go on with.
        """
        if len(tokens) > MAX_MIXED_TOKENS:
            return False
        reached = [True, *(False for _ in tokens)]
        for start in range(len(tokens)):
            node: Node | None = self.root if reached[start] else None
            for at in range(start, len(tokens)):
                node = node.next.get(tokens[at]) if node is not None else None
                if node is None:
                    break
                last = at + 1 == len(tokens)
                reached[at + 1] |= node.found(language, asked=asked and last) in FILLER
        return reached[-1]

    def _longest(
        self, tokens: list[str], start: int, asked: bool, language: str | None
    ) -> tuple[int, Part | None, bool]:
        """Tokens covered from `start`, by what, and whether a longer filler may be under way."""
        node, at, best, length = self.root, start, None, 1
        said_again = 1  # how often the first token comes in a row
        while at < len(tokens):
            step = node.next.get(tokens[at])
            if step is not None:
                node = step
            elif at == start or tokens[at] != tokens[at - 1] or node.part in FILLER:
                break
            elif at == start + said_again:
                said_again += 1
            elif at - start - length > MAX_STUTTER:
                break
            # else a stutter, "that's that's right", which what goes on from here may still cover
            at += 1
            if step is not None:
                part = node.found(language, asked=asked and at == len(tokens))
                if part is not None:
                    best, length = part, at - start
        length = max(length, said_again)
        # "yeah, no" may become "yeah, no problem"; "no, no" insists
        complete = best in FILLER or (best is not None and said_again > 1)
        covered = start + (length if complete else 0)
        unfinished = at == len(tokens) and at > covered and node.leads_to_filler
        return length, best, unfinished

    def _respell(
        self, tokens: list[str], word_of: list[int] | None
    ) -> tuple[list[str], list[int] | None]:
        """Undoes drawing out and saying again beyond what the lists hold: "goooood", "네네네"."""
        unknown = [token for token in tokens if token not in self.known]
        if not unknown:
            return tokens, word_of
        if _LONG_RUN.search(" ".join(unknown)):
            tokens = [
                token
                if token in self.known
                else self.spelled_out.get(_RUN.sub(r"\1", token), token)
                for token in tokens
            ]
        if not any(map(_SAID_AGAIN.fullmatch, unknown)):
            return tokens, word_of
        once: list[str] = []
        words: list[int] = []
        for index, token in enumerate(tokens):
            again = None if token in self.known else _SAID_AGAIN.fullmatch(token)
            unit = again and (again[1] or again[2])
            filler = self.root.next.get(unit) if unit else None
            times = 1
            if unit and filler is not None and filler.part in FILLER:
                token, times = unit, len(token) // len(unit)  # noqa: PLW2901 - respelled
            once += [token] * times
            words += [index if word_of is None else word_of[index]] * times
        return once, words


def _kind_of_covered(parts: list[Part]) -> Kind:
    """What a text is that phrases cover, none of them a command."""
    if Part.STANDALONE in parts:
        return Kind.STANDALONE
    if Part.PRESENCE in parts:
        return Kind.PRESENCE
    return Kind.BACKCHANNEL if Part.BACKCHANNEL in parts else Kind.HESITATION

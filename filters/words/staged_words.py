"""Says which words are in force by the stages that a call is in. Pure: no clock, no LiveKit."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .asking import AskingTurn
from .classes import LISTS, Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .lexicon import Lexicon
    from .word_changes import PhraseChanges
    from .word_lists import LanguageWords

MOST_KEPT = 64
"""Combinations of stages whose words are kept ready."""


class Words(NamedTuple):
    """What the policy tells words by.

    Attributes:
        lexicon: Tells fillers, commands and content apart.
        asks: Whether a turn of the agent asks for an answer.
    """

    lexicon: Lexicon
    asks: AskingTurn


class StagedWords:
    """The words of a domain, outside of its stages and in any of them.

    Args:
        languages: The words outside, by language.
        lexicon: The same, compiled.
        prompts: The phrases outside that ask without a question mark.
        stages: What each stage changes about the words, and the phrases that ask in it besides.
    """

    def __init__(
        self,
        languages: Sequence[LanguageWords],
        lexicon: Lexicon,
        prompts: Sequence[str],
        stages: Mapping[str, tuple[PhraseChanges, Sequence[str]]],
    ) -> None:
        self._outside = (tuple(languages), Words(lexicon, asking_turn(languages, prompts)))
        self._prompts = tuple(prompts)
        self._stages = dict(stages)
        self._made: dict[tuple[str, ...], tuple[tuple[LanguageWords, ...], Words]] = {}

    def __call__(self, stages: Sequence[str]) -> Words:
        """The words in force.

        Args:
            stages: The stages that the call is in, the one entered last at the end: its changes
                lie on top. A stage that the domain doesn't have changes nothing.
        """
        return self._made_for(self._known(stages))[1]

    def languages_in(self, stages: Sequence[str]) -> tuple[LanguageWords, ...]:
        """The same words by language, as they are written."""
        return self._made_for(self._known(stages))[0]

    def _known(self, stages: Sequence[str]) -> tuple[str, ...]:
        """The stages that change something, each once, where it was entered last."""
        last = dict.fromkeys(name for name in reversed(stages) if name in self._stages)
        return tuple(reversed(last))

    def _made_for(self, stages: tuple[str, ...]) -> tuple[tuple[LanguageWords, ...], Words]:
        if not stages:
            return self._outside
        found = self._made.get(stages)
        if found is None:
            if len(self._made) >= MOST_KEPT:
                self._made.clear()
            found = self._made[stages] = self._make(stages)
        return found

    def _make(self, stages: tuple[str, ...]) -> tuple[tuple[LanguageWords, ...], Words]:
        below, words = self._made_for(stages[:-1])
        changes = self._stages[stages[-1]][0]
        languages = tuple(changes.applied_to(language) for language in below)
        prompts = [*self._prompts, *(p for name in stages for p in self._stages[name][1])]
        lexicon = recompiled(words.lexicon, below, languages)
        return languages, Words(lexicon, asking_turn(languages, prompts))


def asking_turn(languages: Sequence[LanguageWords], prompts: Iterable[str]) -> AskingTurn:
    """What tells the turns that ask, by the prompts of a domain and of its languages."""
    return AskingTurn(prompts, [each for words in languages for each in words.answer_prompts])


def recompiled(
    lexicon: Lexicon, before: Sequence[LanguageWords], after: Sequence[LanguageWords]
) -> Lexicon:
    """A lexicon of the words after some changes, made of the one before them."""
    parts: dict[str, dict[str, Part | None]] = {}
    for old, new in zip(before, after, strict=True):
        moved = _moved_phrases(old, new)
        if moved:
            parts[new.language] = moved
    return lexicon.changed(parts) if parts else lexicon


def _moved_phrases(old: LanguageWords, new: LanguageWords) -> dict[str, Part | None]:
    """What each phrase is now that was something else, or nothing, before."""
    changed = [name for name in LISTS if old.lists[name] is not new.lists[name]]
    if not changed:
        return {}
    touched: set[str] = set()
    for name in changed:
        touched |= old.spellings(name) ^ new.spellings(name)
    # a phrase in two lists belongs to the one named last
    return {
        phrase: next((Part(name) for name in reversed(LISTS) if new.lists[name].has(phrase)), None)
        for phrase in sorted(touched)
    }

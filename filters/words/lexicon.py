"""Says what a stretch of caller text is: filler, command or content. Pure: no clock, no LiveKit."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from .matching import PhraseMatcher
from .transcript import said

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping

    from .classes import Part, Verdict, WordLists


@lru_cache(maxsize=64)
def _compiled(lists: WordLists) -> PhraseMatcher:
    """Compiled once a process: the next call with the same lists waits for nothing."""
    return PhraseMatcher(lists)


@lru_cache(maxsize=64)
def _compiled_together(languages: tuple[tuple[str, PhraseMatcher], ...]) -> PhraseMatcher:
    """Likewise, for those who extend the same languages in the same order."""
    return languages[0][1] if len(languages) == 1 else PhraseMatcher.of_all(languages)


class Lexicon:
    """The word lists of every language a deployment serves, compiled once.

    A text is judged by all of them: filler in any or in a mix is filler, a command in any is a
    command. A tag is a hint, for recognisers give partials a default and short words a wrong one:
    it decides only what languages contradict each other about, and only on a final.

    Args:
        languages: Word lists by language ("en", "es"), compiled or not; where they contradict each
            other and no tag decides, the first of those that know the words does.
        speaker_label: What matches speakers' labels besides the usual ones; see `speaker_pattern`.

    Raises:
        ValueError: A phrase can't be compiled; the message names the language.
    """

    def __init__(
        self,
        languages: Mapping[str, WordLists | PhraseMatcher],
        *,
        speaker_label: re.Pattern[str] | None = None,
    ) -> None:
        self._matchers: dict[str, PhraseMatcher] = {}
        self._speaker_label = speaker_label
        for language, lists in languages.items():
            try:
                compiled = lists if isinstance(lists, PhraseMatcher) else _compiled(lists)
                self._matchers[language] = compiled
            except ValueError as error:
                raise ValueError(f"{language}: {error}") from error
        if not self._matchers:
            raise ValueError("a lexicon needs the word lists of at least one language")
        self._all = _compiled_together(tuple(self._matchers.items()))

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages with lists of their own, the first one deciding."""
        return tuple(self._matchers)

    def changed(self, parts: Mapping[str, Mapping[str, Part | None]]) -> Lexicon:
        """Another lexicon, made in a moment; see `PhraseMatcher.changed`.

        Args:
            parts: By language, what its phrases are from now on.
        """
        changed = {
            language: matcher.changed(parts[language]) if parts.get(language) else matcher
            for language, matcher in self._matchers.items()
        }
        return Lexicon(changed, speaker_label=self._speaker_label)

    def classify(self, text: str, language: str | None = None, *, final: bool = True) -> Verdict:
        """Says what a text is, by the lists of all languages.

        Args:
            text: A transcript of any length, in any script.
            language: A language tag ("en", "en-US", "EN_us"). With `final` it decides where
                languages contradict each other; unknown, or without `final`, the first one does.
            final: Nothing can follow, so no part of it can still become a longer phrase.
        """
        decides = self.language_of(language) if final and len(self._matchers) > 1 else None
        return self._all.classify(self.said(text), final=final, language=decides)

    def said(self, text: str) -> str:
        """What is left of a transcript without sounds in brackets and speakers' labels."""
        return said(text, self._speaker_label)

    def language_of(self, tag: str | None) -> str | None:
        """Which of the languages a tag means: "es-MX" is "es" where there is no "es-mx"."""
        if not tag:
            return None
        language = tag.casefold().replace("_", "-")
        while language and language not in self._matchers:
            language = language.rpartition("-")[0]
        return language or None

"""Says what a stretch of caller text is: filler, command or content. Pure: no clock, no LiveKit."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from .matching import PhraseMatcher

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .classes import Part, Verdict, WordLists


@lru_cache(maxsize=32)
def _compiled(lists: WordLists) -> PhraseMatcher:
    """Compiled once a process: the next call with the same lists waits for nothing."""
    return PhraseMatcher(lists)


class Lexicon:
    """The word lists of every language a deployment serves, compiled once.

    Args:
        languages: Word lists by language ("en", "es"), compiled or not; the first also serves
            unknown languages.

    Raises:
        ValueError: A phrase can't be compiled; the message names the language.
    """

    def __init__(self, languages: Mapping[str, WordLists | PhraseMatcher]) -> None:
        self._matchers: dict[str, PhraseMatcher] = {}
        for language, lists in languages.items():
            try:
                compiled = lists if isinstance(lists, PhraseMatcher) else _compiled(lists)
                self._matchers[language] = compiled
            except ValueError as error:
                raise ValueError(f"{language}: {error}") from error
        if not self._matchers:
            raise ValueError("a lexicon needs the word lists of at least one language")
        self._default = next(iter(self._matchers.values()))

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages with lists of their own, the default first."""
        return tuple(self._matchers)

    def changed(
        self,
        parts: Mapping[str, Mapping[str, Part | None]],
        tags: Mapping[str, frozenset[str]],
    ) -> Lexicon:
        """Another lexicon, made in a moment; see `PhraseMatcher.changed`.

        Args:
            parts: By language, what its phrases are from now on.
            tags: By language, all names of its non-speech tags.
        """
        return Lexicon(
            {
                language: matcher.changed(parts[language], tags[language])
                if language in parts
                else matcher
                for language, matcher in self._matchers.items()
            }
        )

    def classify(self, text: str, language: str | None = None, *, final: bool = True) -> Verdict:
        """Says what a text is, by the lists of its language.

        Args:
            text: A transcript of any length, in any script.
            language: A language tag ("en", "en-US", "EN_us"); unknown or None: the default's lists.
            final: Nothing can follow, so no part of it can still become a longer phrase.
        """
        return self._matcher(language).classify(text, final=final)

    def _matcher(self, language: str | None) -> PhraseMatcher:
        if not language:
            return self._default
        tag = language.casefold().replace("_", "-")
        return self._matchers.get(tag) or self._matchers.get(tag.partition("-")[0]) or self._default

"""Says which word lists fit a recogniser, by the languages it was told to hear. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .word_changes import ALL, DEFAULT_EXTENDS
from .word_lists import shipped_languages

if TYPE_CHECKING:
    from collections.abc import Iterable

ANY = frozenset(("multi", "auto", "detect"))
"""What recognisers call every language they know, or the one they find."""

_SAME = {"nb": "no", "nn": "no", "iw": "he", "cmn": "zh", "yue": "zh", "fil": "tl"}


def list_for(tag: str) -> str | None:
    """The shipped list that serves a language: "pt-BR" is served by "pt"; None if there is none."""
    language = tag.strip().casefold().replace("_", "-").partition("-")[0]
    language = _SAME.get(language, language)
    return language if language in shipped_languages() else None


def default_extends(codes: Iterable[str]) -> tuple[str, ...]:
    """What to extend where nobody says: the recogniser's languages, with English beside.

    Args:
        codes: The recogniser's `language_codes`, or its `language`; "multi" is every language.
    """
    tags = [code.strip().casefold() for code in codes if code.strip()]
    if any(tag in ANY for tag in tags):
        return (ALL,)
    lists = [found for found in map(list_for, tags) if found]
    return tuple(dict.fromkeys([*lists, *DEFAULT_EXTENDS]))


def without_list(codes: Iterable[str], languages: Iterable[str]) -> tuple[str, ...]:
    """The languages that a recogniser hears and no list of `languages` serves.

    Args:
        codes: The recogniser's languages, as in `default_extends`.
        languages: What there are lists for.
    """
    served = {language.partition("-")[0] for language in languages}

    def missing(code: str) -> bool:
        tag = code.strip().casefold().replace("_", "-").partition("-")[0]
        return bool(tag) and tag not in ANY and not {tag, _SAME.get(tag, tag)} & served

    return tuple(code for code in codes if missing(code))

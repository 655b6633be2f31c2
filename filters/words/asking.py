"""Says whether a turn of the agent asks for an answer. Pure: text in, yes or no out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .folding import QUESTION_MARKS, fold
from .patterns import iterate_phrases

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SENTENCES = 2
"""A question counts when it stands in one of the turn's last two sentences."""

# a terminator of any script; a Latin full stop only before a space, so that "3.5" stays whole
_END = re.compile(r"[?？؟;՞፧⁇⁈⁉‽⸮꘏꛷︖﹖⳺𞥟!！。．｡።։।॥…‥]+|[.]+(?=\s|$|[\"'”’)\]])")

_FULL_STOPS = (".", "。", "।", "۔")

# what stands between a terminator and the first character of the next sentence
_BEFORE_WORDS = " \t\r\n\u3000\"'”’)]」』】）"


class AskingTurn:
    """Tells turns that want an answer from statements.

    Args:
        answer_prompts: Phrases that ask without a question mark ("please confirm"), wherever they
            stand; patterns as in the word lists.
        in_place_of_marks: Phrases that ask where a question mark would: in the last two sentences.
            With a full stop at the end, only at the end of one ("か。").

    Raises:
        ValueError: A phrase is malformed.
    """

    def __init__(
        self, answer_prompts: Iterable[str] = (), in_place_of_marks: Iterable[str] = ()
    ) -> None:
        self._prompts = frozenset(_padded(answer_prompts))
        marks = tuple(in_place_of_marks)
        closing = tuple(each for each in marks if each.endswith(_FULL_STOPS))
        self._closing = tuple(_padded(closing))
        self._inside = self._prompts | frozenset(_padded(set(marks) - set(closing)))

    def __call__(self, text: str) -> bool:
        """Whether `text`, all the agent has said in the turn, asks for an answer."""
        return self.begins_at(text) is not None or self._prompted(text)

    def begins_at(self, text: str) -> int | None:
        """Where the asking sentence of a turn begins.

        Args:
            text: All the agent has said in the turn.

        Returns:
            The index of the first character of the earliest of its last two sentences that asks;
            None where neither does, though a prompt may stand further back.
        """
        for start, end in _last_sentences(text):
            sentence = text[start:end]
            if any(char in QUESTION_MARKS for char in sentence) or self._asks(sentence):
                return start
        return None

    def _asks(self, sentence: str) -> bool:
        if not self._inside and not self._closing:
            return False
        said = _said(sentence)
        return said.endswith(self._closing) or any(prompt in said for prompt in self._inside)

    def _prompted(self, text: str) -> bool:
        if not self._prompts:
            return False
        said = _said(text)
        return any(prompt in said for prompt in self._prompts)


def _padded(patterns: Iterable[str]) -> Iterator[str]:
    return (f" {phrase} " for _, phrase in iterate_phrases(patterns) if phrase)


def _said(text: str) -> str:
    return f" {' '.join(fold(text).tokens)} "


def _last_sentences(text: str) -> list[tuple[int, int]]:
    """First character and end of each of the last two sentences, the earlier one first."""
    tail = text.rstrip()
    ends = [match.end() for match in _END.finditer(tail)]
    if not ends or ends[-1] != len(tail):
        ends.append(len(tail))  # the text stops without a terminator
    starts = [0, *ends[:-1]]
    return [
        (end - len(text[start:end].lstrip(_BEFORE_WORDS)), end)
        for start, end in zip(starts[-SENTENCES:], ends[-SENTENCES:], strict=True)
    ]

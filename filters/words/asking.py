"""Says whether a turn of the agent asks for an answer. Pure: text in, yes or no out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .folding import QUESTION_MARKS, fold
from .patterns import iterate_phrases

if TYPE_CHECKING:
    from collections.abc import Iterable

SENTENCES = 2
"""A question counts when it stands in one of the turn's last two sentences."""

# a terminator of any script; a Latin full stop only before a space, so that "3.5" stays whole
_END = re.compile(r"[?？؟;՞፧⁇⁈⁉‽⸮꘏꛷︖﹖⳺𞥟!！。．｡።։।॥…‥]+|[.]+(?=\s|$|[\"'”’)\]])")


class AskingTurn:
    """Tells turns that want an answer from statements.

    Args:
        answer_prompts: Phrases that ask without a question mark ("please confirm"); patterns as in
            the word lists.

    Raises:
        ValueError: A phrase is malformed.
    """

    def __init__(self, answer_prompts: Iterable[str] = ()) -> None:
        self._prompts = {f" {phrase} " for _, phrase in iterate_phrases(answer_prompts) if phrase}

    def __call__(self, text: str) -> bool:
        """Whether `text`, all the agent has said in the turn, asks for an answer."""
        tail = text.rstrip()
        ends = [match.end() for match in _END.finditer(tail)]
        # the sentences before the last two end at the third end from behind, or the second
        # where the text stops without a terminator
        closed = SENTENCES + (1 if ends and ends[-1] == len(tail) else 0)
        start = ends[-closed] if len(ends) >= closed else 0
        if any(char in QUESTION_MARKS for char in tail[start:]):
            return True
        if not self._prompts:
            return False
        said = f" {' '.join(fold(text).tokens)} "
        return any(prompt in said for prompt in self._prompts)

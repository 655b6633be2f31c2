"""Knows when LiveKit may have refused a turn of the caller. Pure: no clock, no I/O, no LiveKit.

    caller  "Yeah." |--- min_delay ---| refused: one word, and the agent speaks
    agent               |----- say() -----| quiet |  asked again: nobody speaks now

LiveKit looks at a turn `endpointing.min_delay` after the end of speech. Where a speech of the agent
has begun by then, a turn of fewer than `min_words` words is refused: it stays in the buffer, is
answered by nobody, and begins whatever the caller says next.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from filters.policy import PolicySettings, Turn


@dataclass(slots=True)
class _Words:
    text: str
    at: float
    overtaken: bool = False  # a turn of the agent has begun since
    free_at: float | None = None  # and has ended


class RefusedTurn:
    """The newest words that LiveKit was given and has not made a message of.

    Args:
        settings: `hold_s` is how long after the words it is not too late to ask again,
            `release_quiet_s` how long the floor must be free first.
    """

    def __init__(self, settings: PolicySettings) -> None:
        self._settings = settings
        self._words: _Words | None = None

    @property
    def deadline(self) -> float | None:
        """When `due` will be true, in seconds on the session's clock."""
        words = self._words
        if words is None or words.free_at is None:
            return None
        return words.free_at + self._settings.release_quiet_s

    def given(self, text: str, t: float) -> None:
        """LiveKit was given a final."""
        self._words = _Words(text, t)

    def look_again(self) -> None:
        """LiveKit will look at the turn again by itself, as it does when the caller has spoken."""
        if self._words is not None:
            self._words.overtaken, self._words.free_at = False, None

    def committed(self, message: str) -> None:
        """The history has a new message of the caller."""
        if self._words is not None and self._words.text in message:
            self._words = None

    def floor_is(self, turn: Turn | None, t: float) -> None:
        """The agent's turn under way, told whenever it may have changed."""
        words = self._words
        if words is None:
            return
        if turn is not None:
            words.overtaken |= turn.began_at >= words.at
            words.free_at = None
        elif words.overtaken and words.free_at is None:
            if t - words.at > self._settings.hold_s:
                self._words = None
            else:
                words.free_at = t

    def due(self, t: float) -> bool:
        """Whether to ask LiveKit again; true once for each turn of the agent that came between."""
        deadline = self.deadline
        if deadline is None or deadline > t:
            return False
        self.look_again()
        return True

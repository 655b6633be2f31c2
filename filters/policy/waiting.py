"""Keeps words that wait: short content for the floor, backchannels for the turn's end. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .events import Action, Decision, Reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from .events import Heard
    from .settings import PolicySettings

MAX_WAITING = 32
"""Finals kept of each kind; with one more the oldest is noted, or discarded, before its time."""


@dataclass(frozen=True, slots=True)
class _Content:
    heard: Heard
    words: int


@dataclass(slots=True)
class _PossibleAnswer:
    heard: Heard
    began_at: float
    hesitation: bool


class Waiting:
    """Finals that were kept back, oldest first.

    Args:
        settings: How long they wait.
    """

    def __init__(self, settings: PolicySettings) -> None:
        self._settings = settings
        self._content: deque[_Content] = deque()
        self._answers: deque[_PossibleAnswer] = deque()

    def __bool__(self) -> bool:
        return bool(self._content or self._answers)

    @property
    def words(self) -> int:
        """Words of held content, which count towards those that stop the agent."""
        return sum(held.words for held in self._content)

    @property
    def content(self) -> list[Heard]:
        """Held content."""
        return [held.heard for held in self._content]

    def due(self, *, paused: bool) -> float | None:
        """When something has waited too long, in seconds.

        Args:
            paused: The agent's turn stands still, and with it the distance of what was said over
                it from its end.
        """
        times = [held.heard.t + self._settings.hold_s for held in self._content]
        if not paused:
            times += [kept.began_at + self._settings.answer_window_s for kept in self._answers]
        return min(times, default=None)

    def hold(self, heard: Heard, words: int, now: float) -> list[Decision]:
        """Keeps content; notes the oldest where there is too much."""
        self._content.append(_Content(heard, words))
        if len(self._content) <= MAX_WAITING:
            return []
        return [Decision(now, Action.NOTE, Reason.TOO_OLD, self._content.popleft().heard)]

    def keep_answer(
        self, heard: Heard, began_at: float, now: float, *, hesitation: bool
    ) -> list[Decision]:
        """Keeps what may turn out to be an answer; drops the oldest where there is too much."""
        self._answers.append(_PossibleAnswer(heard, began_at, hesitation))
        if len(self._answers) <= MAX_WAITING:
            return []
        oldest = self._answers.popleft().heard
        return [Decision(now, Action.DISCARD, Reason.NOT_AN_ANSWER, oldest)]

    def release(self, now: float, reason: Reason) -> list[Decision]:
        """Lets all content go, in the order it was said."""
        released = [Decision(now, Action.RELEASE, reason, held.heard) for held in self._content]
        self._content.clear()
        return released

    def note(self, now: float, reason: Reason) -> list[Decision]:
        """Lets all content go into the history."""
        noted = [Decision(now, Action.NOTE, reason, held.heard) for held in self._content]
        self._content.clear()
        return noted

    def discard_answers(self, now: float) -> list[Decision]:
        """Drops what has not become an answer."""
        discarded = [
            Decision(now, Action.DISCARD, Reason.NOT_AN_ANSWER, kept.heard)
            for kept in self._answers
        ]
        self._answers.clear()
        return discarded

    def expire(self, now: float, *, paused: bool) -> list[Decision]:
        """Notes content that has waited too long, drops what is too far from the turn's end."""
        old = [held for held in self._content if held.heard.t + self._settings.hold_s <= now]
        self._content = deque(held for held in self._content if held not in old)
        decisions = [Decision(now, Action.NOTE, Reason.TOO_OLD, held.heard) for held in old]
        if not paused:  # not in order of their onsets: a final may come late
            window = self._settings.answer_window_s
            far = [kept for kept in self._answers if kept.began_at + window <= now]
            self._answers = deque(kept for kept in self._answers if kept not in far)
            decisions += [
                Decision(now, Action.DISCARD, Reason.NOT_AN_ANSWER, kept.heard) for kept in far
            ]
        return decisions

    def confirm_answers(self, answers: Callable[[float], bool | None]) -> None:
        """Makes content of what answers the turn that has ended.

        Args:
            answers: Whether an utterance that began then answers it.
        """
        confirmed = [
            kept for kept in self._answers if not kept.hesitation and answers(kept.began_at)
        ]
        if confirmed:
            self._answers = deque(kept for kept in self._answers if kept not in confirmed)
            content = [*self._content, *(_Content(kept.heard, 0) for kept in confirmed)]
            self._content = deque(sorted(content, key=lambda held: held.heard.t))

    def shift_answers(self, seconds: float) -> None:
        """Moves what was said over a turn on, as far as the turn's end has moved by a pause."""
        for kept in self._answers:
            kept.began_at += seconds

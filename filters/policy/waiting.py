"""Keeps words that wait: content for the floor, backchannels for the end of a turn. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from .events import Action, Decision, Reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from .events import Heard
    from .settings import PolicySettings
    from .utterances import Utterance

MAX_WAITING = 32
"""Finals kept of each kind; with one more the oldest is noted, or discarded, before its time."""


class Waits(Enum):
    """What a final waits for."""

    FLOOR = "for the floor, to be released; too old, it is noted"
    ANSWERED = "for the agent to be heard, which answers it; then it is noted"
    NOTE = "for the agent to fall silent, to be noted then: it may be the agent's own"
    TURN_END = "for the end of the turn, which tells whether it replies"
    SILENCE = "for the caller's silence: an early answer"


_CONTENT = (Waits.FLOOR, Waits.ANSWERED, Waits.NOTE)


@dataclass(slots=True)
class Kept:
    """A final that was kept back.

    Attributes:
        utterance: What it is a piece of.
        words: Words that count towards those that stop the agent.
        adds: What of its text counts; None: all.
        hesitation: It is one, and no reply.
        reply: It replies to a turn of the agent that has ended.
    """

    heard: Heard
    utterance: Utterance
    waits: Waits
    words: int = 0
    adds: str | None = None
    hesitation: bool = False
    reply: bool = False

    @property
    def began_at(self) -> float:
        """When its utterance began, in seconds."""
        return self.utterance.began_at

    def becomes(self, t: float, action: Action, reason: Reason) -> Decision:
        """What is decided about it in the end."""
        return Decision(t, action, reason, self.heard, adds=self.adds)


class Waiting:
    """Finals that were kept back, oldest first.

    Args:
        settings: How long they wait.
    """

    def __init__(self, settings: PolicySettings) -> None:
        self._settings = settings
        self._kept: list[Kept] = []

    def __bool__(self) -> bool:
        return bool(self._kept)

    @property
    def only_early(self) -> bool:
        """Nothing waits but early answers."""
        return all(kept.waits is Waits.SILENCE for kept in self._kept)

    @property
    def content(self) -> list[Heard]:
        """What will be delivered or noted, whatever the agent does."""
        return [kept.heard for kept in self._kept if kept.waits is not Waits.TURN_END]

    def replies(self) -> bool:
        """Whether something replies to the turn that has ended."""
        return any(kept.reply for kept in self._kept)

    def hold_answers(self) -> None:
        """Early answers no longer wait for silence, but for the floor: the agent has it again."""
        for kept in self._kept:
            if kept.waits is Waits.SILENCE:
                kept.waits = Waits.FLOOR

    def words_besides(self, utterance: Utterance) -> int:
        """Words of held content that other utterances said."""
        return sum(kept.words for kept in self._kept if kept.utterance is not utterance)

    def words_of(self, utterance: Utterance) -> int:
        """The same of one utterance."""
        return sum(kept.words for kept in self._kept if kept.utterance is utterance)

    @property
    def due(self) -> float | None:
        """When content has waited too long, in seconds."""
        times = [kept.heard.t for kept in self._kept if kept.waits in _CONTENT]
        return min(times) + self._settings.hold_s if times else None

    def keep(self, kept: Kept, now: float) -> list[Decision]:
        """Keeps a final; notes or discards the oldest of its kind where there are too many."""
        self._kept.append(kept)
        possible = kept.waits is Waits.TURN_END
        alike = [each for each in self._kept if (each.waits is Waits.TURN_END) is possible]
        if len(alike) <= MAX_WAITING:
            return []
        self._kept.remove(alike[0])
        if possible:
            return [alike[0].becomes(now, Action.DISCARD, Reason.NOT_AN_ANSWER)]
        return [alike[0].becomes(now, Action.NOTE, Reason.TOO_OLD)]

    def turn_to_replies(self, utterance: Utterance) -> None:
        """Makes possible replies of an utterance's pieces: together they are a backchannel."""
        for kept in self._kept:
            if kept.utterance is utterance and kept.waits is Waits.FLOOR and not kept.reply:
                kept.waits, kept.words = Waits.TURN_END, 0

    def settle(self, judge: Callable[[Kept], Waits | None]) -> None:
        """Makes of possible replies what the end of the turn has shown them to be.

        Args:
            judge: What a possible reply waits for from now on; None: it was none, and stays.
        """
        for kept in self._kept:
            if kept.waits is Waits.TURN_END and not kept.hesitation:
                waits = judge(kept)
                if waits is not None:
                    kept.waits, kept.reply = waits, True

    def take(self, chosen: Callable[[Kept], bool]) -> list[Kept]:
        """Takes out what is chosen, in the order it was said."""
        taken = [kept for kept in self._kept if chosen(kept)]
        if taken:
            self._kept = [kept for kept in self._kept if not chosen(kept)]
        return sorted(taken, key=lambda kept: kept.heard.t)

    def expire(self, now: float) -> list[Decision]:
        """Notes content that has waited too long."""
        hold_s = self._settings.hold_s
        old = self.take(lambda kept: kept.waits in _CONTENT and kept.heard.t + hold_s <= now)
        return [kept.becomes(now, Action.NOTE, Reason.TOO_OLD) for kept in old]

    def discard(self, now: float) -> list[Decision]:
        """Drops what has not become a reply."""
        dropped = self.take(lambda kept: kept.waits is Waits.TURN_END)
        return [kept.becomes(now, Action.DISCARD, Reason.NOT_AN_ANSWER) for kept in dropped]

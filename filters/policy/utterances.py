"""Tells one utterance of the caller from the next, and whether it overlaps the agent. Pure."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .events import Decision, Heard
    from .floor import Floor, Turn
    from .settings import PolicySettings

UTTERANCE_GAP_S = 1.0
"""Silence that ends an utterance of a recogniser that never reports its end."""
LATE_FINAL_S = 5.0
"""How long after END_OF_SPEECH an utterance's final may still come. LiveKit's `StreamAdapter` has
an utterance transcribed only when it is over, and a VAD may end it before the recogniser does."""


@dataclass(slots=True)
class Utterance:
    """One stretch of caller speech.

    Attributes:
        heard_at: When its first event arrived, in seconds.
        onset: When it began, where the recogniser knows.
        overlaps: It began while the agent held the floor, or in its echo.
        bounded: A START_OF_SPEECH opened it, so that END_OF_SPEECH will close it.
        passed: A transcript of it has passed.
        took: The turn of the agent whose floor it took.
        for_good: What it took can't be given back.
        words_at: When its last transcript arrived.
        final_at: When its last final arrived.
        final_text: What that said.
        ended_at: When END_OF_SPEECH arrived; words after it are late.
        last: What was decided about its last transcript.
        pieces: What its finals said that were kept back.
        own_words: Some of it was what the agent says itself.
    """

    heard_at: float
    onset: float | None
    overlaps: bool
    bounded: bool
    passed: bool = False
    took: Turn | None = None
    for_good: bool = False
    words_at: float | None = None
    final_at: float | None = None
    final_text: str = ""
    ended_at: float | None = None
    last: Decision | None = None
    pieces: list[str] = field(default_factory=list)
    own_words: bool = False

    @property
    def began_at(self) -> float:
        """Its onset as well as it is known, in seconds."""
        return self.heard_at if self.onset is None else self.onset

    @property
    def retractable(self) -> bool:
        """Whether it stopped the agent in a way that can be taken back."""
        return self.overlaps and self.took is not None and not self.for_good


class Utterances:
    """The utterance under way.

    Args:
        floor: Who holds the floor.
        settings: The windows of overlap.
    """

    def __init__(self, floor: Floor, settings: PolicySettings) -> None:
        self._floor = floor
        self._settings = settings
        self._current: Utterance | None = None
        self._unfinished: Utterance | None = None  # it has ended, and its final may be on its way
        self._recent: Utterance | None = None  # it had no start, and may go on after its end
        self._ends_reported = False
        self._speaks = False
        self._silent_since = float("-inf")
        self.last_final: Heard | None = None
        """The last final of the call, of whatever utterance."""
        self.first_speaker: str | None = None
        """Who spoke first in the call, where the recogniser tells speakers apart."""

    @property
    def silent_since(self) -> float | None:
        """Since when the caller has been silent, in seconds; None while they speak."""
        return None if self._speaks else self._silent_since

    def start(self, heard: Heard) -> None:
        """START_OF_SPEECH: a new utterance begins, or the one under way turns out to have begun."""
        current = self._current
        self._unfinished = self._recent = None
        self._speaks = True
        if current is None or _over(current) or _abandoned(current, heard):
            self._current = self._open(heard, bounded=True)
            return
        # some recognisers repeat it, or send it after the first words
        current.bounded = True
        if current.onset is None and heard.speech_start_time is not None and not current.passed:
            current.onset = min(heard.speech_start_time, heard.t)
            current.overlaps = self._overlaps(current.onset, heard.t)

    def end(self, heard: Heard) -> None:
        """END_OF_SPEECH."""
        current, self._current = self._current, None
        if current is not None and current.bounded and current.final_at is None:
            current.ended_at = heard.t
            self._unfinished = current
        self._recent = None if current is None or current.bounded else current
        self._ends_reported = True
        self._speaks, self._silent_since = False, heard.t

    def close(self, t: float) -> None:
        """The recogniser's stream is gone, and with it the end of the utterance."""
        self._current = self._unfinished = self._recent = None
        self._speaks, self._silent_since = False, t

    def of(self, heard: Heard) -> Utterance:
        """The utterance that a transcript belongs to."""
        current = self._current
        if (
            current is not None
            and current.final_at is not None
            and heard.t - current.final_at > UTTERANCE_GAP_S
            and not self._will_end(current)
        ):
            current = None
        if current is None:
            current = self._late(heard) or self._goes_on(heard) or self._open(heard, bounded=False)
            self._current = current
        current.words_at = self._silent_since = heard.t
        self.first_speaker = self.first_speaker or heard.speaker
        return current

    def aside(self) -> Utterances:
        """A copy to ask, from which this one learns nothing."""
        copied = copy.copy(self)
        for name in ("_current", "_unfinished", "_recent"):
            utterance = getattr(self, name)
            setattr(copied, name, None if utterance is None else replace(utterance))
        return copied

    def _will_end(self, utterance: Utterance) -> bool:
        """Whether END_OF_SPEECH is still to come."""
        return utterance.ended_at is None and (
            utterance.bounded or self._ends_reported  # by this recogniser, at any time in the call
        )

    def _late(self, heard: Heard) -> Utterance | None:
        """The utterance that ended without a final, if these are its words."""
        late, self._unfinished = self._unfinished, None
        if late is None or late.ended_at is None or heard.t - late.ended_at > LATE_FINAL_S:
            return None
        return late

    def _goes_on(self, heard: Heard) -> Utterance | None:
        """The utterance that ended, of a recogniser that reports no start, if this goes on."""
        recent, self._recent = self._recent, None
        if recent is None or recent.final_at is None or heard.speech_start_time is not None:
            return None
        return recent if heard.t - recent.final_at <= UTTERANCE_GAP_S else None

    def _open(self, heard: Heard, *, bounded: bool) -> Utterance:
        onset = heard.speech_start_time
        if onset is not None:
            onset = min(onset, heard.t)
        return Utterance(heard.t, onset, self._overlaps(onset, heard.t), bounded)

    def _overlaps(self, onset: float | None, heard_at: float) -> bool:
        turn, last = self._floor.turn, self._floor.last_turn
        if onset is None:
            if turn is not None:
                return True
            return last is not None and heard_at - last.end <= self._settings.grace_s
        if turn is not None and onset >= turn.began_at:
            return True
        return last is not None and last.began_at <= onset <= last.end + self._settings.echo_s


def _over(current: Utterance) -> bool:
    return current.final_at is not None or current.ended_at is not None


def _abandoned(current: Utterance, heard: Heard) -> bool:
    """Whether a START_OF_SPEECH comes too late for words that came without one."""
    if current.bounded or current.words_at is None:
        return False
    onset = heard.t if heard.speech_start_time is None else heard.speech_start_time
    return onset - current.words_at > UTTERANCE_GAP_S

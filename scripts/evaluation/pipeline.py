"""What LiveKit Agents does with the transcripts that reach it, as a model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from filters.calls import TRANSCRIPTS
from filters.policy import Action, SpeechType

if TYPE_CHECKING:
    from filters.policy import Decision, Heard

MIN_DELAY_S = 1.0
"""LiveKit's `endpointing.min_delay`: from the end of an utterance to its turn."""
MIN_WORDS = 2


@dataclass(slots=True)
class Pipeline:
    """What LiveKit Agents does with the transcripts that reach it.

    With `vad=None` and `turn_detection="stt"`, as observed on 1.5.0 to 1.8.9: the `min_words` gate
    reads the transcript stored before the event at hand, so it acts one event late; a turn below
    `min_words` is refused while the agent speaks, and its words stay behind; any other turn commits
    `min_delay` later.
    """

    agent_end: float
    final: str = ""
    interim: str = ""
    stopped_at: float | None = None
    delivered_at: float | None = None
    delivered: list[str] = field(default_factory=list)

    def decided(self, decision: Decision) -> None:
        """Takes in a decision and the event it concerns."""
        heard = decision.heard
        if decision.action is Action.INTERRUPT:
            self._stop(decision.t)
        if decision.action is Action.NOTE and heard.text and self.delivered_at is None:
            self._deliver(decision.t, heard.text)
        passes = decision.action in (Action.PASS, Action.RELEASE, Action.INTERRUPT)
        if passes and heard.text and heard.type in TRANSCRIPTS:
            self.transcript(decision.t, heard)

    def transcript(self, t: float, heard: Heard) -> None:
        """Takes in a transcript that has reached LiveKit."""
        stored = f"{self.final} {self.interim}"
        if len(stored.split()) >= MIN_WORDS:
            self._stop(t)
        if heard.type is not SpeechType.FINAL:
            self.interim = heard.text
            return
        self.final, self.interim = f"{self.final} {heard.text}".strip(), ""
        commit_at = t + MIN_DELAY_S
        if self.speaks(commit_at):
            if len(self.final.split()) < MIN_WORDS:
                return
            self._stop(commit_at)
        self._deliver(commit_at, self.final)
        self.final = ""

    def speaks(self, t: float) -> bool:
        """Whether the agent still speaks."""
        return self.stopped_at is None and t < self.agent_end

    def _stop(self, t: float) -> None:
        if self.speaks(t):
            self.stopped_at = t

    def _deliver(self, t: float, text: str) -> None:
        if self.delivered_at is None:
            self.delivered_at = t
        self.delivered.append(text)

"""Counts decisions in the Prometheus registry that LiveKit's worker serves. No caller's words.

In a worker with `prometheus_multiproc_dir` each job process writes its numbers to that directory,
and the worker's /metrics sums them up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import prometheus_client

from filters.policy import Action, AgentState, Ended, Heard, SessionStarted, SpeechType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from filters.configuration import FilterConfig
    from filters.policy import Decision, Event

DECISIONS = prometheus_client.Counter(
    "livekit_filters_decisions",
    "Decisions about what callers said",
    ["config", "mode", "action", "reason"],
)
WORDS_HELD = prometheus_client.Counter(
    "livekit_filters_words_held",
    "Words of final transcripts that were kept back, to be delivered later or not at all",
    ["config", "mode"],
)
ONSET_TO_STOP = prometheus_client.Histogram(
    "livekit_filters_onset_to_stop_seconds",
    "From the caller's onset, or the recogniser's first event where it is not known, until the "
    "agent no longer speaks",
    ["config", "mode"],
    buckets=(0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0),
)

LONGEST_STOP_S = 2.0
"""An agent that is silent so long after words that stop it was not stopped by them."""


class CallMetrics:
    """The numbers of one session.

    Args:
        config: What the session is filtered by.
    """

    def __init__(self, config: FilterConfig) -> None:
        self._labels = {"config": config.name, "mode": config.mode}
        self._onset: float | None = None  # of the utterance under way
        self._stopping: tuple[float, float] | None = None  # onset, and when it was decided

    def fed(self, event: Event | None, decisions: Sequence[Decision]) -> None:
        """An event was fed to the policy, which decided this."""
        if isinstance(event, Heard):
            self._hear(event)
        elif isinstance(event, AgentState):
            if event.state != "speaking":
                self._stopped(event.t)
            self._stopping = None
        elif isinstance(event, (SessionStarted, Ended)):
            self._onset = self._stopping = None
        for decision in decisions:
            self._decided(decision)

    def _hear(self, heard: Heard) -> None:
        if heard.type is SpeechType.END_OF_SPEECH:
            self._onset = None
        elif heard.speech_start_time is not None:
            self._onset = min(heard.speech_start_time, heard.t)
        elif self._onset is None:
            self._onset = heard.t

    def _decided(self, decision: Decision) -> None:
        action, reason = decision.action.value, decision.reason.value
        DECISIONS.labels(**self._labels, action=action, reason=reason).inc()
        if decision.action is Action.HOLD and decision.final:
            WORDS_HELD.labels(**self._labels).inc(len(decision.heard.text.split()))
        if decision.action is not Action.INTERRUPT or self._labels["mode"] != "enforce":
            return
        if self._onset is not None:
            self._stopping = (self._onset, decision.t)

    def _stopped(self, t: float) -> None:
        if self._stopping is None:
            return
        onset, decided_at = self._stopping
        if t - decided_at <= LONGEST_STOP_S:
            ONSET_TO_STOP.labels(**self._labels).observe(t - onset)

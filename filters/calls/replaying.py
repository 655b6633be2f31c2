"""Plays a timeline to a policy, and closes the loop. Pure: no clock, no LiveKit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from filters.policy import (
    Action,
    AgentSaying,
    AgentState,
    AgentText,
    Decision,
    Ended,
    Event,
    SessionStarted,
    Speech,
    SpeechState,
)

from .rows import decision_row
from .timeline import Recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from filters.policy import InterruptionPolicy

    from .timeline import Row


class Replay:
    """One session played to a policy, which changes what the agent does.

    Where the file has the decision about an event, and stopped the agent too, its rows show what
    came of it, and are told as they are. Where it stopped the agent and the policy would not have,
    nobody knows what the agent would have gone on to say: its rows are told as they are as well.

    A stop ends the agent's speech: from there on it is heard in the file only. Where the output
    pauses, a stop that could still be taken back pauses the speech, and the next final that passes
    ends it, as LiveKit does; a speech without a name counts as audible meanwhile. A stop that is
    taken back brings the speech back, if the file's agent has not finished it.

    Args:
        policy: A fresh policy.
    """

    def __init__(self, policy: InterruptionPolicy) -> None:
        self._policy = policy
        self._pausable = True
        self._state = "initializing"  # of the agent in the file
        self._speeches: dict[str, Speech] | None = None  # open in the file; None: it names none
        self._cut: set[str] = set()  # of these, the ones that were stopped
        self._cut_unnamed = False  # the same for a file that names none
        self._paused = False  # what was stopped is not over

    def feed(self, event: Event) -> list[Decision]:
        """Takes in a row's event; returns what was due before it, then what it calls for."""
        decisions: list[Decision] = []
        for told in self._as_replayed(event):
            decisions += self._policy.feed(told)
        for decision in decisions:
            if _was_recorded(decision, event):
                continue
            for consequence in self._consequences(decision):
                self._policy.feed(consequence)  # of this very moment, so that nothing is due
        return decisions

    @property
    def _is_cut(self) -> bool:
        return self._cut_unnamed or bool(self._cut)

    def _as_replayed(self, event: Event) -> list[Event]:
        """What the policy is told: of a speech that was stopped, no more than that it is over."""
        if isinstance(event, SessionStarted):
            self._pausable = event.pausable
        elif isinstance(event, Speech):
            return self._speech_as_replayed(event)
        elif isinstance(event, AgentState):
            self._state = event.state
            if event.state == "speaking":
                return [] if self._is_cut else [event]
            if self._cut_unnamed:
                self._cut_unnamed = self._paused = False
        elif (
            isinstance(event, (AgentText, AgentSaying))
            and self._state == "speaking"
            and self._is_cut
        ):
            return []
        return [event]

    def _speech_as_replayed(self, event: Speech) -> list[Event]:
        if self._speeches is None:
            self._speeches = {}
            self._cut_unnamed = False
        if event.state is not SpeechState.DONE:
            self._speeches[event.id] = event
            return [] if event.id in self._cut else [event]
        self._speeches.pop(event.id, None)
        if event.id not in self._cut:
            return [event]
        self._cut.remove(event.id)
        if self._cut:
            return [event]
        self._paused = False
        # if the file's agent is speaking, the speech that waited behind this one has begun
        return [event, AgentState(event.t, self._state)]

    def _consequences(self, decision: Decision) -> list[Event]:
        """What a decision does to the agent, at once."""
        if decision.action is Action.INTERRUPT:
            return self._stop(decision)
        if decision.action is Action.RETRACT:
            return self._bring_back(decision.t)
        if self._paused and decision.final and decision.action in (Action.PASS, Action.RELEASE):
            return self._finish(decision.t)
        return []

    def _stop(self, decision: Decision) -> list[Event]:
        stopped: list[Event] = [AgentState(decision.t, "listening")]
        last = decision.final or not decision.recoverable or not self._pausable
        if self._speeches is None:
            self._cut_unnamed = self._state == "speaking"
            self._paused = self._cut_unnamed and not last
            return [] if self._paused else stopped
        self._cut.update(self._speeches)
        self._paused = True
        if last:
            stopped += self._finish(decision.t)
        return stopped

    def _finish(self, t: float) -> list[Event]:
        self._paused = False
        if self._cut_unnamed:
            return [AgentState(t, "listening")]
        return [Speech(t, name, SpeechState.DONE) for name in sorted(self._cut)]

    def _bring_back(self, t: float) -> list[Event]:
        if not self._paused and not self._cut_unnamed:
            return []
        self._cut.clear()
        self._cut_unnamed = self._paused = False
        return [AgentState(t, self._state)]


def _was_recorded(decision: Decision, event: Event) -> bool:
    """Whether the file shows what came of a stop."""
    if decision.heard is not event or decision.action is not Action.INTERRUPT:
        return False
    return bool(decision.heard.source == Recorded(Action.INTERRUPT))


def replay(
    rows: Iterable[Row], policy_factory: Callable[[], InterruptionPolicy]
) -> Iterator[dict[str, Any]]:
    """Plays a timeline to a policy per session and yields a row per decision.

    There is one for each `stt` row, in order, and one for each later release, note or discard, with
    the time it was due. A session that the file leaves open ends with its last row.

    Args:
        rows: What `read_timeline` yields.
        policy_factory: Makes the policy of a session.
    """
    sessions: dict[str, tuple[Replay, float]] = {}
    for session, event in rows:
        known = sessions.get(session)
        player = known[0] if known else Replay(policy_factory())
        sessions[session] = (player, event.t)
        for decision in player.feed(event):
            yield decision_row(session, decision)
        if isinstance(event, Ended):
            del sessions[session]
    for session, (player, last_t) in sessions.items():
        for decision in player.feed(Ended(last_t)):
            yield decision_row(session, decision)

"""Drives the policy of one call, and keeps log, numbers and recording of what it decides.

        events -> PolicyDriver -> policy
    decisions <-      |
                      '-> log, metrics, tape, observers

A policy that raises starts anew: what it held is released, and what is at hand passes.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from filters.configuration import policy_of
from filters.policy import Action, Decision, Heard, Reason

from . import clock
from .call_log import CallLog
from .metrics import CallMetrics
from .recording import open_tape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from filters.configuration import FilterConfig
    from filters.policy import Event

_SENT_ON_LATE = (Action.RELEASE, Action.INTERRUPT)


class PolicyDriver:
    """The policy of a call, which may be followed by another.

    Args:
        config: What to decide by.
        snapshot: What a policy that starts now, in mid-call, has to be told.
        note: Puts words into the chat history without a turn; called where the mode is `enforce`.

    Attributes:
        policy: Decides.
        observers: Called with each decision as it is made.
        call_log: Counts decisions, and logs.
        tape: Records the call; None where the configuration has it that nothing is recorded.
    """

    def __init__(
        self,
        config: FilterConfig,
        snapshot: Callable[[], Iterable[Event]],
        note: Callable[[Decision], None],
    ) -> None:
        self.policy = policy_of(config)
        self.observers: list[Callable[[Decision], None]] = []
        self.call_log = CallLog(config)
        self.tape = open_tape(config)
        self._metrics = CallMetrics(config)
        self._config = config
        self._snapshot = snapshot
        self._note = note

    @property
    def next_deadline(self) -> float | None:
        """When `advance` has something to decide, in seconds on the session's clock."""
        with contextlib.suppress(Exception):  # what is wrong with it the next event will tell
            return self.policy.next_deadline
        return None

    def feed(self, event: Event) -> list[Decision]:
        """Takes in what happened; the decision about a `Heard` event at hand comes last."""
        try:
            decisions = self.policy.feed(event)
        except Exception as error:  # noqa: BLE001 - law 10
            decisions = self._fail(error)
            if isinstance(event, Heard):
                passes = Decision(event.t, Action.PASS, Reason.FILTER_FAILED, event)
                self._witness(event, [passes])
                self._made([passes])
                decisions.append(passes)
            return decisions
        self._witness(event, decisions)
        self._made(decisions)
        return decisions

    def advance(self, t: float) -> list[Decision]:
        """What has come due without an event."""
        try:
            decisions = self.policy.advance(t)
        except Exception as error:  # noqa: BLE001 - law 10
            return self._fail(error)
        self._witness(None, decisions)
        self._made(decisions)
        return decisions

    def undelivered(self, decisions: Iterable[Decision], reason: Reason) -> None:
        """Notes words that were held, that were to go on, and that nobody could pass on."""
        now = clock.now()
        noted = [
            Decision(now, Action.NOTE, reason, each.heard, adds=each.adds)
            for each in decisions
            if each.action in _SENT_ON_LATE
        ]
        self._witness(None, noted, undelivered=True)
        self._made(noted)

    def end(self) -> None:
        """The call is over."""
        self.call_log.end()
        if self.tape is not None:
            self.tape.close()

    def begin_again(self) -> None:
        """Another call begins."""
        self.policy = policy_of(self._config)
        self.call_log.begin()

    def _fail(self, error: Exception) -> list[Decision]:
        self.call_log.failed(
            "filter_failed", error, consequence="speech passes unfiltered where it fails"
        )
        held: list[Heard] = []
        with contextlib.suppress(Exception):
            held = self.policy.held()
        self.policy = policy_of(self._config)
        with contextlib.suppress(Exception):
            for event in self._snapshot():
                self.policy.feed(event)
        now = clock.now()
        released = [Decision(now, Action.RELEASE, Reason.FILTER_FAILED, heard) for heard in held]
        self._witness(None, released)
        self._made(released)
        return released

    def _witness(self, event: Event | None, decisions: Sequence[Decision], **more: Any) -> None:
        """Records and counts what the policy was told, and what was decided."""
        try:
            self._metrics.fed(event, decisions)
            if self.tape is None:
                return
            if event is None:
                self.tape.decided(decisions, **more)
            else:
                self.tape.fed(event, decisions)
        except Exception as error:  # noqa: BLE001 - the decisions stand
            self.call_log.failed("recording_failed", error)

    def _made(self, decisions: Iterable[Decision]) -> None:
        for decision in decisions:
            try:
                self.call_log.decided(decision, self.policy.activity)
                if decision.action is Action.NOTE and self._config.mode == "enforce":
                    self._note(decision)
            except Exception as error:  # noqa: BLE001 - the decision stands
                self.call_log.failed("noting_failed", error)
            for observer in tuple(self.observers):
                try:
                    observer(decision)
                except Exception as error:  # noqa: BLE001 - the application's own affair
                    self.call_log.failed("decision_observer_failed", error)

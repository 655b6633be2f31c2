"""What became of a case, and what of that is wrong."""

from __future__ import annotations

import string
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from filters.calls import Replay

from .pipeline import MIN_WORDS, Pipeline
from .profiles import events_of

if TYPE_CHECKING:
    from filters.policy import Decision, InterruptionPolicy

    from .cases import Case
    from .profiles import Profile

LATE_S = 8.0
"""A reply to words that are older answers something else."""
MIDST_S = 1.5
"""A backchannel that begins more than this before the agent's end wants no reply."""
END_S = 1.0
"""One that begins at most this before it, or after it, does; between the two, either will do."""
TIME_LEFT_S = 1.0
"""A stop is missed only if it would have saved the caller this much."""


class Fault(str, Enum):
    """What can go wrong with a case."""

    FALSE_INTERRUPTIONS = "false_interruptions"
    STALE = "stale"
    DEAD = "dead"
    LOST = "lost"
    MISSED = "missed"
    ANSWERS = "answers"
    LATE = "late"
    ALTERED = "altered"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a case.

    Attributes:
        stopped_at: When the agent stopped for the caller, if it did.
        delivered_at: When the caller's words reached the model, if they did.
        decisions: The policy's decisions, for whoever wants to know why.
    """

    case: Case
    stopped_at: float | None
    delivered_at: float | None
    delivered: str
    decisions: tuple[Decision, ...]

    @property
    def should_stop(self) -> bool:
        """The caller said several words while the agent had a while to go."""
        case = self.case
        several = len(case.words) >= MIN_WORDS
        return case.kind == "interruption" and several and case.time_left_s >= TIME_LEFT_S

    @property
    def in_the_midst(self) -> bool:
        """A backchannel, after which the agent goes on: a reply to it would come too late."""
        case = self.case
        return case.kind == "backchannel" and case.before_end_s > MIDST_S

    @property
    def at_the_end(self) -> bool:
        """A backchannel, after which nobody speaks unless the agent replies."""
        case = self.case
        return case.kind == "backchannel" and case.before_end_s <= END_S

    @property
    def onset_to_stop_s(self) -> float | None:
        """How long the agent talked over the caller, where it should have stopped and did."""
        if not self.should_stop or self.stopped_at is None:
            return None
        return self.stopped_at - self.case.start

    def has(self, fault: Fault) -> bool:
        """Whether this went wrong."""
        kind = self.case.kind
        stopped = self.stopped_at is not None
        delivered = self.delivered_at is not None
        waited_s = (self.delivered_at or 0.0) - self.case.end
        return {
            Fault.FALSE_INTERRUPTIONS: kind == "backchannel" and stopped,
            Fault.STALE: self.in_the_midst and delivered and not stopped,
            Fault.DEAD: self.at_the_end and not delivered and not stopped,
            Fault.LOST: kind == "interruption" and not delivered,
            Fault.MISSED: self.should_stop and not stopped,
            Fault.ANSWERS: kind == "answer" and not delivered,
            Fault.LATE: kind == "interruption" and delivered and waited_s > LATE_S,
            Fault.ALTERED: delivered and _words(self.delivered) != _words(self.case.final),
        }[fault]


def _words(text: str) -> list[str]:
    return text.lower().translate(str.maketrans("", "", string.punctuation)).split()


def evaluate(
    case: Case, profile: Profile, policy: InterruptionPolicy, *, saying: bool = False
) -> Result:
    """Plays a case to a fresh policy.

    Args:
        case: The case.
        profile: How the recogniser sends what it hears.
        policy: The policy.
        saying: What the agent is about to say is known when it begins.
    """
    player, pipeline = Replay(policy), Pipeline(case.agent_end)
    decisions: list[Decision] = []
    for event in events_of(case, profile, saying=saying):
        decisions += player.feed(event)
    for decision in sorted(decisions, key=lambda decision: decision.t):
        pipeline.decided(decision)
    return Result(
        case,
        pipeline.stopped_at,
        pipeline.delivered_at,
        " ".join(pipeline.delivered),
        tuple(decisions),
    )

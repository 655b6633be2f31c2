"""The windows of the laws. Data only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PolicySettings:
    """The windows of the laws, in seconds.

    Attributes:
        answer_window_s: How far from the end of an asking turn an answer may begin.
        hold_s: How long short content waits for the floor.
        grace_s: How long after the agent's end speech without a known onset is still overlap.
        echo_s: The same for a known onset: the caller hears the agent later than it is sent.
        release_quiet_s: How long the floor must be free before held words are released, so that
            the next of several speeches isn't cut off, and LiveKit doesn't refuse the turn.
    """

    answer_window_s: float = 2.0
    hold_s: float = 5.0
    grace_s: float = 1.0
    echo_s: float = 0.3
    release_quiet_s: float = 0.25

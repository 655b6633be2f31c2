"""The windows of the laws. Data only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PolicySettings:
    """The windows of the laws, in seconds.

    Attributes:
        yield_s: How long before the end of a turn a backchannel is the caller's turn; 0: only a
            turn that asks takes one.
        early_answer_s: How long the caller is silent before an answer counts that began earlier
            than that, while the question was being asked.
        answer_window_s: How far from the end of an asking turn an answer may begin, where nobody
            knows when the question began.
        hold_s: How long short content waits for the floor.
        grace_s: How long after the agent's end speech without a known onset is still overlap.
        echo_s: The same for a known onset: the caller hears the agent later than it is sent.
        release_quiet_s: How long the floor must be free before held words are released, so that
            the next of several speeches isn't cut off, and LiveKit doesn't refuse the turn.
        own_words: How many words in a row are the agent's own, come back as an echo; 0: none are.
            A count, not seconds.
    """

    yield_s: float = 1.0
    early_answer_s: float = 1.5
    answer_window_s: float = 2.0
    hold_s: float = 5.0
    grace_s: float = 1.0
    echo_s: float = 0.3
    release_quiet_s: float = 0.25
    own_words: int = 4

"""What the policy knows of the call that it decides. Data, and one question about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .events import SessionStarted
from .floor import Floor
from .own_words import OwnWords
from .replies import Reply, reply_to
from .utterances import Utterances
from .waiting import Waiting

if TYPE_CHECKING:
    from filters.words import Lexicon

    from .floor import Turn
    from .replies import Asks
    from .settings import PolicySettings


@dataclass(slots=True)
class Call:
    """One call.

    Attributes:
        now: The time of what happened last, in seconds.
        lexicon: The words in force.
        asks: Tells whether a turn asks, in the stage that the conversation is in.
        session: What the session is like.
    """

    settings: PolicySettings
    lexicon: Lexicon
    asks: Asks
    session: SessionStarted
    floor: Floor
    own_words: OwnWords
    utterances: Utterances
    waiting: Waiting
    now: float = float("-inf")

    @classmethod
    def new(cls, lexicon: Lexicon, asks: Asks, settings: PolicySettings) -> Call:
        """A call of which nothing has happened yet."""
        floor = Floor()
        return cls(
            settings,
            lexicon,
            asks,
            SessionStarted(0.0),
            floor,
            OwnWords(settings.own_words),
            Utterances(floor, settings),
            Waiting(settings),
        )

    def reply(self, began_at: float, turn: Turn | None) -> Reply:
        """What a backchannel that began then is to a turn that has ended."""
        return reply_to(turn, began_at, self.asks, self.settings)

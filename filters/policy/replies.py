"""Says whether a backchannel is the caller's turn: the law of the turn's end. Pure.

agent   |-- ... your name. Shall I book the suite? It has a balcony. --|          |-- next turn
        |  discarded       | early answer               | reply        | reply    |
        asking sentence ---'             yield_s -------'
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .floor import Turn
    from .settings import PolicySettings

LATE_S = 1.0
"""How long before a turn's end an answer is no longer early where `yield_s` says nothing."""


class Asks(Protocol):
    """Tells turns of the agent that want an answer from statements."""

    def __call__(self, text: str) -> bool:
        """Whether a turn with that text asks."""
        ...

    def begins_at(self, text: str) -> int | None:
        """The index of the asking sentence's first character; None where no sentence asks."""
        ...


class Reply(Enum):
    """What a backchannel over a turn, or after it, is."""

    NONE = "a mere backchannel"
    EARLY = "an answer, if the caller says nothing more"
    PROMPT = "the caller's turn"


def asks(turn: Turn, now_asks: Asks) -> bool:
    """Whether a turn wants an answer; one whose text nobody knows does.

    Args:
        turn: A turn of the agent.
        now_asks: What tells in the stage that the conversation is in.
    """
    if turn.expects_answer or not turn.said:
        return True
    return any(each(turn.said) for each in (now_asks, *turn.asked_by))


def reply_to(turn: Turn | None, began_at: float, now_asks: Asks, settings: PolicySettings) -> Reply:
    """What a backchannel that began then is to a turn that has ended.

    Args:
        turn: The agent's last turn; None: it has had none.
        began_at: The caller's onset, in seconds.
        now_asks: What tells whether a turn asks.
        settings: The windows.
    """
    if turn is None:
        return Reply.NONE
    heard_at = turn.audible.first
    if began_at < heard_at < turn.end:  # it was said to nobody
        return Reply.NONE
    late = began_at >= turn.before_end(settings.yield_s or LATE_S)
    if late and settings.yield_s:
        return Reply.PROMPT
    if not asks(turn, now_asks) or began_at < _asks_since(turn, now_asks, settings):
        return Reply.NONE
    if began_at > turn.end + settings.answer_window_s and _index(turn, now_asks) is None:
        return Reply.NONE
    return Reply.PROMPT if late else Reply.EARLY


def _asks_since(turn: Turn, now_asks: Asks, settings: PolicySettings) -> float:
    """When the asking sentence began, as well as that can be known."""
    index = _index(turn, now_asks)
    if index is None:
        return turn.before_end(settings.answer_window_s)
    return turn.when_said(index) + settings.echo_s  # the caller hears it that much later


def _index(turn: Turn, now_asks: Asks) -> int | None:
    for each in (now_asks, *turn.asked_by):
        index = each.begins_at(turn.said)
        if index is not None:
            return index
    return None

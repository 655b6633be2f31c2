"""Says what a recording shows: whether the agent talked on, stopped or replied. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .hearing import begins, falls_silent, longest_gap
from .rows import ALLOWED_LATE_S, GOODBYE, MAX_GAP_S, MAX_REPLY_S, MAX_STOP_S, Row, Want

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .hearing import Span

_END_SLACK_S = 0.3
"""How much less than its length a statement may sound: the edges of what is said are soft."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What a caller heard and read, all times on one clock.

    Attributes:
        spans: What was heard, from the statement's first sound to the farewell's.
        statement_s: How long the statement takes to say.
        onset: When the caller's first words over it began.
        end: When the last of them ended.
        said: What the agent said, as it was written to the room, from the statement on.
        said_s: How long each of these takes to say.
        turns: What the agent heard the caller say over the statement.
        farewell_reply: What it said to the farewell.
    """

    spans: tuple[Span, ...]
    statement_s: float
    onset: float
    end: float
    said: tuple[str, ...]
    said_s: tuple[float, ...]
    turns: tuple[str, ...]
    farewell_reply: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a recording shows.

    Attributes:
        heard_to_end: The whole statement was heard.
        gap_s: The longest silence within what was heard of it.
        stopped_s: Seconds from the onset of the caller's words to the agent's silence; None
            where the statement was heard to its end.
        replies: What the agent said after the statement, before the farewell.
        reply_s: Seconds from the end of the statement or of the caller's words, whichever is later,
            to the reply; None where there is none.
        left_over: What it said to the farewell, where that is no farewell.
    """

    heard_to_end: bool
    gap_s: float
    stopped_s: float | None
    replies: tuple[str, ...]
    reply_s: float | None
    left_over: str | None


def outcome(row: Row, recording: Recording) -> Outcome:
    """Measures a recording of a row.

    Raises:
        ValueError: Nothing was heard.
    """
    if not recording.spans:
        raise ValueError("nothing was heard")
    began_at = recording.spans[0].start
    should_end = began_at + recording.statement_s
    statement_at = next(
        (at for at, text in enumerate(recording.said) if row.statement.startswith(text)), None
    )
    first_reply = 0 if statement_at is None else statement_at + 1
    replies = recording.said[first_reply:]
    # its text may be written to the end some time before its sound is
    heard_s = sum(span.duration_s for span in recording.spans) - sum(recording.said_s[first_reply:])
    whole = (
        statement_at is not None
        and recording.said[statement_at] == row.statement
        and heard_s >= recording.statement_s - _END_SLACK_S
    )
    silent_at = falls_silent(recording.spans, recording.onset)
    ended_at = should_end if whole else min(silent_at, should_end)
    # the agent's voice is a hum: a reply right behind the statement may join it without a pause
    last_of_statement = next(
        (span.end for span in reversed(recording.spans) if span.start < ended_at), began_at
    )
    spoke_until = min(last_of_statement, ended_at) if whole else ended_at
    reply_at = begins(recording.spans, max(spoke_until, recording.onset))
    return Outcome(
        heard_to_end=whole,
        gap_s=longest_gap(recording.spans, began_at, spoke_until),
        stopped_s=None if whole else max(silent_at - recording.onset, 0.0),
        replies=replies,
        reply_s=None
        if reply_at is None or not replies
        else max(reply_at - max(spoke_until, recording.end), 0.0),
        left_over=None
        if recording.farewell_reply == (GOODBYE,)
        else " ".join(recording.farewell_reply) or "nothing",
    )


def misses(row: Row, outcome: Outcome, *, late_s: float = 0.0) -> list[str]:
    """What is not as it has to be.

    Args:
        row: What was played.
        outcome: What was heard.
        late_s: How late the machine's timers were, at most. Stops and replies may take so much
            longer, up to `ALLOWED_LATE_S`; a gap is one, whatever makes it.

    Returns:
        Sentences; none where all is as it has to be.
    """
    late_s = min(late_s, ALLOWED_LATE_S)
    found: list[str] = []
    if row.want is Want.STOP:
        if outcome.stopped_s is None:
            found.append("the agent talked on")
        elif outcome.stopped_s > MAX_STOP_S + late_s:
            found.append(f"the agent took {outcome.stopped_s:.2f} s to stop")
    elif not outcome.heard_to_end:
        found.append("the statement was not heard to its end")
    if outcome.gap_s > MAX_GAP_S:
        found.append(f"the statement had a gap of {outcome.gap_s:.2f} s")
    if outcome.replies != ((row.reply,) if row.reply else ()):
        found.append(f"the agent replied {_quoted(outcome.replies)}")
    elif row.reply and outcome.reply_s is None:
        found.append("the reply was not heard")
    elif outcome.reply_s is not None and outcome.reply_s > MAX_REPLY_S + late_s:
        found.append(f"the reply took {outcome.reply_s:.2f} s")
    if outcome.left_over is not None:
        found.append(f"the farewell was answered with {outcome.left_over!r}")
    return found


def _quoted(replies: Sequence[str]) -> str:
    return " and ".join(map(repr, replies)) or "nothing"

"""Finds an utterance's cell in the table, and knows what its beginning changes. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from filters.words import Kind

from .events import Reason
from .floor import Activity
from .replies import Reply, asks
from .table import ROW_REASONS, TABLE, Cell, Column, Row

if TYPE_CHECKING:
    from filters.words import Verdict

    from .call import Call
    from .utterances import Utterance

FILLER = (Kind.BACKCHANNEL, Kind.HESITATION)
_ROWS = {
    Kind.NOTHING: Row.NO_SPEECH,
    Kind.PREFIX: Row.MAY_BE_FILLER,
    Kind.COMMAND: Row.COMMAND,
}
_CONTENT_ROWS = (Row.COMMAND, Row.ENOUGH, Row.SHORT)


def row_of(call: Call, verdict: Verdict, utterance: Utterance, *, final: bool) -> Row:
    """The row of the table that an utterance is in.

    Args:
        call: The call.
        verdict: What the utterance has said so far.
        utterance: The same.
        final: No more of this piece will come.
    """
    kind = verdict.kind
    enough = verdict.words + call.waiting.words_besides(utterance) >= call.session.min_words
    if kind in FILLER:
        return Row.FILLER_FINAL if final else Row.FILLER_INTERIM
    if kind is Kind.STANDALONE:
        return Row.COMMAND if final else Row.ENOUGH if enough else Row.MAY_BE_COMMAND
    if kind is Kind.PRESENCE:  # "hello" may be a greeting that goes on
        return Row.PRESENCE if final or enough else Row.MAY_BE_COMMAND
    if kind is Kind.CONTENT:
        return Row.ENOUGH if enough else Row.SHORT
    return _ROWS[kind]


def column_of(call: Call) -> Column:
    """The column of the table: what the agent does."""
    activity = call.floor.activity
    if activity is not Activity.FREE and not call.floor.interruptible:
        return Column.PROTECTED
    return Column[activity.name]


def look_up(
    call: Call, row: Row, column: Column, utterance: Utterance, verdict: Verdict
) -> tuple[Cell, Reason]:
    """Looks the table up, and knows what an utterance that began earlier changes."""
    cell = TABLE[row][column.value]
    filler = Reason.HESITATION if verdict.kind is Kind.HESITATION else Reason.BACKCHANNEL
    reason = ROW_REASONS.get(row, filler)
    turn = call.floor.turn
    if cell is Cell.JUDGE:
        return _reply_or_nothing(call, utterance, reason, hesitation=hesitates(verdict))
    if turn is None:
        return cell, (Reason.FLOOR_FREE if cell is Cell.PASS else reason)
    if row is Row.FILLER_FINAL:
        if utterance.began_at < turn.began_at:
            return _answer_or_nothing(call, utterance, column, reason, verdict)
        return (Cell.KEEP if utterance.pieces else cell), reason
    if utterance.began_at < turn.audible.first:
        if row in _CONTENT_ROWS:
            return _content_from_before(row, column, utterance)
        cell = Cell.HOLD if row is Row.PRESENCE else cell
    if column is Column.PROTECTED and cell is Cell.HOLD:
        reason = Reason.PROTECTED_SPEECH
    return cell, reason


def _content_from_before(row: Row, column: Column, utterance: Utterance) -> tuple[Cell, Reason]:
    """Content of a caller who was talking before the agent was heard."""
    if not utterance.overlaps:
        cell = Cell.PASS if column is Column.PROTECTED else Cell.INTERRUPT
        return cell, Reason.BEGAN_BEFORE_AGENT
    cell, reason = TABLE[row][column.value], ROW_REASONS[row]
    if column is Column.PROTECTED:
        return cell, Reason.PROTECTED_SPEECH
    if row is Row.SHORT and column is Column.PENDING:
        return cell, Reason.REPLY_PENDING
    if row is Row.SHORT and column is not Column.TOOL:
        return Cell.INTERRUPT, Reason.BEGAN_BEFORE_AGENT
    return cell, reason


def _reply_or_nothing(
    call: Call, utterance: Utterance, reason: Reason, *, hesitation: bool
) -> tuple[Cell, Reason]:
    """A backchannel over a turn that has ended, while nobody speaks."""
    turn = call.floor.last_turn
    if turn is None or hesitation:
        return Cell.SUPPRESS, reason
    if turn.replied and (utterance.onset is None or utterance.onset >= turn.end):
        return Cell.PASS, Reason.ANSWER  # it joins what was delivered
    if call.now < turn.end + call.settings.release_quiet_s:
        return Cell.KEEP, Reason.POSSIBLE_ANSWER  # the agent may be about to go on
    reply = call.reply(utterance.began_at, turn)
    if reply is Reply.EARLY and not turn.replied:
        return Cell.KEEP, Reason.EARLY_ANSWER
    return (Cell.PASS, Reason.ANSWER) if reply is Reply.PROMPT else (Cell.SUPPRESS, reason)


def _answer_or_nothing(
    call: Call, utterance: Utterance, column: Column, reason: Reason, verdict: Verdict
) -> tuple[Cell, Reason]:
    """A backchannel that began before the turn under way; only an answer can be too late."""
    if hesitates(verdict) or not answers_turn_before(call, utterance):
        return Cell.SUPPRESS, reason
    return (Cell.HOLD if column is Column.PROTECTED else Cell.INTERRUPT), Reason.ANSWER


def answers_turn_before(call: Call, utterance: Utterance) -> bool:
    """Whether it answers a question to which nothing has been delivered yet."""
    before = call.floor.last_turn
    if before is None or before.replied or not asks(before, call.asks):
        return False
    return call.reply(utterance.began_at, before) is not Reply.NONE


def hesitates(verdict: Verdict) -> bool:
    """Whether nothing was said but a hesitation, which replies to nothing."""
    return verdict.kind is Kind.HESITATION

"""Decides whether speech interrupts the agent. Pure: no clock, no I/O, no LiveKit.

The laws:

 1. Speech that is no overlap passes, unchanged and in order; so does an utterance that began
    before the agent took the floor, and it takes the floor back.
 2. A backchannel never stops the agent, never becomes a turn (but for 6), never stays in a buffer.
 3. A command stops the agent at the first event that carries it; one that is a command only when
    it stands alone, on the final.
 4. `min_words` words, one of them content, stop the agent at the first event that carries them.
 5. Content is never lost, altered or said twice. Too short to stop the agent it is held: it joins
    the words that take the floor, is released when the floor ends within `hold_s`, or is noted.
    Words that are held count towards `min_words`.
 6. A backchannel within `answer_window_s` of the end of a turn that asks is an answer, and is
    delivered.
 7. An utterance has one fate: once a transcript of it has passed, all of it passes, but for
    retraction.
 8. Speech boundaries pass at once, always.
 9. Same events, same decisions: time comes with the event, `next_deadline` says when to ask again.
10. Nothing here guards against its own failure: whoever drives the policy lets speech through
    when it raises.
11. Nothing is logged here.

What the caller says, by what the agent does meanwhile:

                     audible    paused     pending    tool       protected  floor free
    filler, interim  suppress   suppress   suppress   suppress   suppress   suppress
    filler, final    answer?    suppress   answer?    answer?    answer?    answer, or suppress
    may be filler    hold       hold       hold       hold       hold       hold
    may be command   hold       hold       hold       hold       hold       hold
    command          interrupt  interrupt  interrupt  interrupt  hold       pass
    enough content   interrupt  pass       pass       pass       hold       pass
    short content    hold       hold       interrupt  hold       hold       pass
    no speech        suppress   suppress   suppress   suppress   suppress   suppress

"Filler" is backchannels and hesitations, "answer?" holds it until the turn is known to ask or not,
and "protected" is speech that disallows interruptions.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from filters.words import Kind, fold

from .events import (
    Action,
    AgentState,
    AgentText,
    Decision,
    Ended,
    Event,
    ExpectAnswer,
    Heard,
    Reason,
    SessionStarted,
    Speech,
    SpeechType,
    StageChanged,
    StreamClosed,
)
from .floor import Activity, Floor
from .settings import PolicySettings
from .utterances import Utterances
from .waiting import Waiting

if TYPE_CHECKING:
    from collections.abc import Callable

    from filters.words import Lexicon, StagedWords, Verdict

    from .floor import Turn
    from .utterances import Utterance

UNFILTERED_TURN_DETECTION = frozenset({"manual", "realtime_llm"})


class _Row(Enum):
    """What the caller says: the rows of the table."""

    FILLER_INTERIM = "filler, interim"
    FILLER_FINAL = "filler, final"
    MAY_BE_FILLER = "may be filler"
    MAY_BE_COMMAND = "may be command"
    COMMAND = "command"
    ENOUGH = "enough content"
    SHORT = "short content"
    NO_SPEECH = "no speech"


class _Column(Enum):
    """What the agent does: the columns of the table."""

    AUDIBLE = 0
    PAUSED = 1
    PENDING = 2
    TOOL = 3
    PROTECTED = 4
    FREE = 5


class _Cell(Enum):
    """What becomes of the event. Two cells are more than an action."""

    PASS = Action.PASS
    SUPPRESS = Action.SUPPRESS
    HOLD = Action.HOLD
    INTERRUPT = Action.INTERRUPT
    KEEP = "keep as a possible answer"
    JUDGE = "an answer passes, anything else is suppressed"


_PASS, _SUPPRESS, _HOLD, _STOP = _Cell.PASS, _Cell.SUPPRESS, _Cell.HOLD, _Cell.INTERRUPT
_KEEP, _JUDGE = _Cell.KEEP, _Cell.JUDGE

_TABLE: dict[_Row, tuple[_Cell, ...]] = {
    #                     audible    paused     pending    tool       protected  floor free
    _Row.FILLER_INTERIM: (_SUPPRESS, _SUPPRESS, _SUPPRESS, _SUPPRESS, _SUPPRESS, _SUPPRESS),
    _Row.FILLER_FINAL:   (_KEEP,     _SUPPRESS, _KEEP,     _KEEP,     _KEEP,     _JUDGE),
    _Row.MAY_BE_FILLER:  (_HOLD,     _HOLD,     _HOLD,     _HOLD,     _HOLD,     _HOLD),
    _Row.MAY_BE_COMMAND: (_HOLD,     _HOLD,     _HOLD,     _HOLD,     _HOLD,     _HOLD),
    _Row.COMMAND:        (_STOP,     _STOP,     _STOP,     _STOP,     _HOLD,     _PASS),
    _Row.ENOUGH:         (_STOP,     _PASS,     _PASS,     _PASS,     _HOLD,     _PASS),
    _Row.SHORT:          (_HOLD,     _HOLD,     _STOP,     _HOLD,     _HOLD,     _PASS),
    _Row.NO_SPEECH:      (_SUPPRESS, _SUPPRESS, _SUPPRESS, _SUPPRESS, _SUPPRESS, _SUPPRESS),
}  # fmt: skip

_ROW_REASONS = {
    _Row.MAY_BE_FILLER: Reason.MAY_BECOME_BACKCHANNEL,
    _Row.MAY_BE_COMMAND: Reason.MAY_BECOME_COMMAND,
    _Row.COMMAND: Reason.COMMAND,
    _Row.ENOUGH: Reason.ENOUGH_WORDS,
    _Row.SHORT: Reason.TOO_FEW_WORDS,
    _Row.NO_SPEECH: Reason.NOT_SPEECH,
}


class InterruptionPolicy:
    """Events of one call in, decisions out.

    Args:
        lexicon: Tells fillers, commands and content apart.
        asks: Whether a turn of the agent asks for an answer.
        settings: The windows of the laws.
        staged: The words in force in each stage of the conversation; None: the same in all.

    Attributes:
        stages: The stages that the conversation is in.
    """

    def __init__(
        self,
        lexicon: Lexicon,
        asks: Callable[[str], bool],
        settings: PolicySettings | None = None,
        staged: StagedWords | None = None,
    ) -> None:
        self.lexicon = lexicon
        self.asks = asks
        self.stages: tuple[str, ...] = ()
        self._staged = staged
        self.settings = settings or PolicySettings()
        self._session = SessionStarted(0.0)
        self._floor = Floor()
        self._utterances = Utterances(self._floor, self.settings)
        self._waiting = Waiting(self.settings)
        self._paused_at: float | None = None
        self._now = float("-inf")

    # -- asking -----------------------------------------------------------------------------------

    @property
    def activity(self) -> Activity:
        """What the agent does, as the policy sees it."""
        return self._floor.activity

    @property
    def turn(self) -> Turn | None:
        """The agent's turn under way."""
        return self._floor.turn

    def held(self) -> list[Heard]:
        """The finals that wait as content, oldest first."""
        return self._waiting.content

    @property
    def next_deadline(self) -> float | None:
        """When `advance` has something to decide, in seconds on the session's clock."""
        if not self._waiting:
            return None
        if self._floor.held:
            due = self._waiting.due(paused=self._paused_at is not None)
            return None if due is None else max(self._now, due)
        turn = self._floor.last_turn
        return max(self._now, turn.end + self.settings.release_quiet_s) if turn else self._now

    # -- telling ----------------------------------------------------------------------------------

    def feed(self, event: Event) -> list[Decision]:
        """Takes in what happened; returns what was due before it, then what it calls for.

        The decision about a `Heard` event at hand comes last. An event older than the one before
        it counts as simultaneous with that.
        """
        due = self._due(event.t, inclusive=False)
        self._now = max(self._now, event.t)
        if isinstance(event, Heard):
            return due + self._hear(event)
        if isinstance(event, AgentState):
            self._floor_changes(lambda: self._floor.change_state(event))
        elif isinstance(event, Speech):
            self._floor_changes(lambda: self._floor.change_speech(event))
        elif isinstance(event, AgentText):
            self._floor.add_text(event.text)
        elif isinstance(event, ExpectAnswer):
            self._floor.expect_answer(since=event.t - self.settings.answer_window_s)
        elif isinstance(event, StageChanged):
            self._change_stage(event)
        elif isinstance(event, StreamClosed):
            self._utterances.close()
        elif isinstance(event, SessionStarted):
            self._session = event
        elif isinstance(event, Ended):
            return due + self._end()
        return due

    def advance(self, t: float) -> list[Decision]:
        """Decides what is due at `t`, or was before; each decision carries the time it was due."""
        due = self._due(t, inclusive=True)
        self._now = max(self._now, t)
        return due

    # -- time -------------------------------------------------------------------------------------

    def _due(self, t: float, *, inclusive: bool) -> list[Decision]:
        decisions: list[Decision] = []
        while (at := self.next_deadline) is not None and (at < t or (inclusive and at == t)):
            self._now = max(self._now, at)
            if self._floor.held:
                decisions += self._waiting.expire(at, paused=self._paused_at is not None)
            else:  # free for long enough: what waited is delivered, in the order it was said
                self._confirm_answers()
                decisions += self._waiting.discard_answers(at)
                decisions += self._waiting.release(at, Reason.FLOOR_FREE)
        return decisions

    def _end(self) -> list[Decision]:
        if not self._floor.held:
            self._confirm_answers()
        self._utterances.close()
        discarded = self._waiting.discard_answers(self._now)
        return discarded + self._waiting.note(self._now, Reason.CALL_ENDED)

    # -- the agent --------------------------------------------------------------------------------

    def _floor_changes(self, change: Callable[[], None]) -> None:
        was, turn = self._floor.activity, self._floor.turn
        change()
        now = self._floor.activity
        if self._floor.turn is not None and self._floor.turn is not turn:
            self._confirm_answers()
        if was is Activity.PAUSED and now is not Activity.PAUSED and self._paused_at is not None:
            # what was said over the turn stays as far from its end as it was
            self._waiting.shift_answers(self._now - self._paused_at)
            self._paused_at = None
        if now is Activity.PAUSED and was is not Activity.PAUSED:
            self._paused_at = self._now

    def _change_stage(self, event: StageChanged) -> None:
        """Other words count from now on. What waits goes on waiting, what asked goes on asking."""
        self.stages = event.stages
        if self._staged is None:
            return
        for turn in (self._floor.turn, self._floor.last_turn):
            if turn is not None and self.asks not in turn.asked_by:
                turn.asked_by.append(self.asks)
        self.lexicon, self.asks = self._staged(event.stages)

    def _is_answer(self, began_at: float, turn: Turn | None) -> bool | None:
        """Whether an utterance answers an ended turn; None while what was said is not known."""
        if turn is None or abs(began_at - turn.end) > self.settings.answer_window_s:
            return False
        if turn.expects_answer:
            return True
        if not turn.text:
            return None
        return any(asks(turn.text) for asks in (self.asks, *turn.asked_by))

    def _confirm_answers(self) -> None:
        turn = self._floor.last_turn
        self._waiting.confirm_answers(lambda began_at: self._is_answer(began_at, turn))

    # -- the caller -------------------------------------------------------------------------------

    def _hear(self, heard: Heard) -> list[Decision]:
        if heard.type is SpeechType.START_OF_SPEECH:
            self._utterances.start(heard)
            return [Decision(self._now, Action.PASS, Reason.SPEECH_BOUNDARY, heard)]
        if heard.type is SpeechType.END_OF_SPEECH:
            self._utterances.end(heard)
            return [Decision(self._now, Action.PASS, Reason.SPEECH_BOUNDARY, heard)]
        if self._session.turn_detection in UNFILTERED_TURN_DETECTION:
            return [Decision(self._now, Action.PASS, Reason.NOT_FILTERED, heard)]
        utterance = self._utterances.of(heard)
        decisions = self._judge(heard, utterance)
        utterance.last = decisions[-1]
        if heard.type is SpeechType.FINAL:
            utterance.final_at, utterance.final_text = heard.t, heard.text
        return decisions

    def _judge(self, heard: Heard, utterance: Utterance) -> list[Decision]:
        final = heard.type is SpeechType.FINAL
        follows = utterance.passed or not utterance.overlaps
        last = utterance.last
        if last is not None and not follows and _repeats(heard, utterance):
            return [Decision(self._now, last.action, last.reason, heard)]
        verdict = self.lexicon.classify(heard.text, heard.language, final=final)
        if follows:
            return self._follow(heard, utterance, verdict)

        row, column = self._row(verdict, final=final), self._column()
        cell, reason = self._cell(row, column, utterance, verdict)
        if cell is _Cell.KEEP:
            return self._keep_answer(heard, utterance, verdict)
        if cell is _Cell.HOLD:
            return self._hold(heard, reason, verdict.words)
        if cell is _Cell.SUPPRESS:
            return [Decision(self._now, Action.SUPPRESS, reason, heard)]
        stop = cell is _Cell.INTERRUPT
        return self._let_through(
            heard, utterance, reason, stop=stop, for_good=row is not _Row.ENOUGH
        )

    def _cell(
        self, row: _Row, column: _Column, utterance: Utterance, verdict: Verdict
    ) -> tuple[_Cell, Reason]:
        """Looks the table up; at "answer, or suppress" judges which."""
        cell = _TABLE[row][column.value]
        filler = Reason.HESITATION if verdict.kind is Kind.HESITATION else Reason.BACKCHANNEL
        reason = _ROW_REASONS.get(row, filler)
        if cell is _Cell.JUDGE:
            answers = self._is_answer(utterance.began_at, self._floor.last_turn)
            if answers is None:
                return _Cell.KEEP, Reason.POSSIBLE_ANSWER
            if answers and verdict.kind is not Kind.HESITATION:
                return _Cell.PASS, Reason.ANSWER
            return _Cell.SUPPRESS, reason
        if column is _Column.FREE and cell is _Cell.PASS:
            reason = Reason.FLOOR_FREE
        elif column is _Column.PROTECTED and cell is _Cell.HOLD:
            reason = Reason.PROTECTED_SPEECH
        elif column is _Column.PENDING and row is _Row.SHORT:
            reason = Reason.REPLY_PENDING
        return cell, reason

    def _follow(self, heard: Heard, utterance: Utterance, verdict: Verdict) -> list[Decision]:
        """The utterance is no overlap, or has passed already: it has the floor, and keeps it."""
        final = heard.type is SpeechType.FINAL
        filler = verdict.kind in (Kind.BACKCHANNEL, Kind.HESITATION)
        if final and filler and utterance.retractable and self._session.pausable:
            utterance.passed = False
            kept = self._keep_answer(heard, utterance, verdict)[:-1]
            return [*kept, Decision(self._now, Action.RETRACT, Reason.REVISED, heard)]

        reason = Reason.UTTERANCE_PASSED if utterance.passed else Reason.NO_OVERLAP
        turn = self._floor.turn
        stop = False
        if turn is not None and turn is not utterance.took and self._floor.interruptible:
            # the agent took the floor while the caller was talking
            content = verdict.kind in (Kind.CONTENT, Kind.COMMAND, Kind.STANDALONE)
            if utterance.overlaps:
                stop = content and self._column() is _Column.AUDIBLE
            else:
                stop = content or (final and filler)
                reason = Reason.BEGAN_BEFORE_AGENT
        enough = verdict.words + self._waiting.words >= self._session.min_words
        for_good = verdict.kind is Kind.COMMAND or not enough
        return self._let_through(heard, utterance, reason, stop=stop, for_good=for_good)

    def _row(self, verdict: Verdict, *, final: bool) -> _Row:
        kind = verdict.kind
        if kind is Kind.NOTHING:
            return _Row.NO_SPEECH
        if kind in (Kind.BACKCHANNEL, Kind.HESITATION):
            return _Row.FILLER_FINAL if final else _Row.FILLER_INTERIM
        if kind is Kind.PREFIX:
            return _Row.MAY_BE_FILLER
        if kind is Kind.COMMAND or (kind is Kind.STANDALONE and final):
            return _Row.COMMAND
        if verdict.words + self._waiting.words >= self._session.min_words:
            return _Row.ENOUGH
        return _Row.MAY_BE_COMMAND if kind is Kind.STANDALONE else _Row.SHORT

    def _column(self) -> _Column:
        activity = self._floor.activity
        if activity is not Activity.FREE and not self._floor.interruptible:
            return _Column.PROTECTED
        return _Column[activity.name]

    # -- fates ------------------------------------------------------------------------------------

    def _let_through(
        self, heard: Heard, utterance: Utterance, reason: Reason, *, stop: bool, for_good: bool
    ) -> list[Decision]:
        """The event passes, and what was held before it goes first."""
        joined = self._waiting.release(self._now, Reason.JOINED)
        utterance.passed = True
        if stop or (utterance.overlaps and utterance.took is None):
            utterance.took = self._floor.turn
        utterance.for_good |= stop and for_good
        if heard.type is SpeechType.FINAL:
            utterance.for_good = True
        action = Action.INTERRUPT if stop else Action.PASS
        return [*joined, Decision(self._now, action, reason, heard, recoverable=not for_good)]

    def _hold(self, heard: Heard, reason: Reason, words: int) -> list[Decision]:
        final = heard.type is SpeechType.FINAL
        displaced = self._waiting.hold(heard, words, self._now) if final else []
        return [*displaced, Decision(self._now, Action.HOLD, reason, heard)]

    def _keep_answer(self, heard: Heard, utterance: Utterance, verdict: Verdict) -> list[Decision]:
        hesitation = verdict.kind is Kind.HESITATION
        if not hesitation and self._is_answer(utterance.began_at, self._floor.last_turn):
            # it answers the turn before the one under way
            return self._hold(heard, Reason.ANSWER, 0)
        displaced = self._waiting.keep_answer(
            heard, utterance.began_at, self._now, hesitation=hesitation
        )
        return [*displaced, Decision(self._now, Action.HOLD, Reason.POSSIBLE_ANSWER, heard)]


def _repeats(heard: Heard, utterance: Utterance) -> bool:
    """Whether words were judged already: the newest chunk alone, or an interim after its final."""
    if heard.type is SpeechType.PREFLIGHT:
        return True
    late = heard.type is SpeechType.INTERIM and utterance.final_at is not None
    return late and fold(heard.text).tokens == fold(utterance.final_text).tokens

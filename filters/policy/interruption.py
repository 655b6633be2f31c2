"""Decides whether speech interrupts the agent. Pure: no clock, no I/O, no LiveKit.

The laws:

 1. Speech that is no overlap passes, unchanged and in order; so does an utterance that began
    before the agent was heard, if it has content, and it takes the floor back.
 2. A backchannel never stops the agent, never becomes a turn (but for 6), never stays in a buffer.
 3. A command stops the agent at the first event that carries it; one that is a command only when
    it stands alone, on the final. A presence check stops an agent that can be heard; a reply that
    is being made, or a tool that runs, is its answer.
 4. `min_words` words, one of them content, stop the agent at the first event that carries them.
 5. Content is never lost, altered or said twice. Too short to stop the agent it is held: it joins
    the words that take the floor, is released when the floor ends within `hold_s`, or is noted.
    Words that are held count towards `min_words`.
 6. The end of the agent's turn is the caller's: a backchannel from `yield_s` before it, or from
    where it asks, until the agent takes the floor again is delivered (`replies`). One turn's end
    takes one reply.
 7. An utterance has one fate: once a transcript of it has passed, all of it passes, but for
    retraction. Its finals are judged together; of one that repeats the one before, what it adds.
 8. Speech boundaries pass at once, always.
 9. Same events, same decisions: time comes with the event, `next_deadline` says when to ask again.
10. Nothing here guards against its own failure: whoever drives the policy lets speech through
    when it raises.
11. Nothing is logged here.
12. What the agent says itself is no speech of the caller (`own_words`).

What the caller says, by what the agent does meanwhile:

                     audible    paused     pending    tool       protected  floor free
    filler, interim  suppress   suppress   suppress   suppress   suppress   suppress
    filler, final    reply?     suppress   reply?     reply?     reply?     reply, or suppress
    may be filler    hold       hold       hold       hold       hold       hold
    may be command   hold       hold       hold       hold       hold       hold
    command          interrupt  interrupt  interrupt  interrupt  hold       pass
    presence check   interrupt  interrupt  hold       hold       hold       pass
    enough content   interrupt  pass       pass       pass       hold       pass
    short content    hold       hold       interrupt  hold       hold       pass
    no speech        suppress   suppress   suppress   suppress   suppress   suppress

"Filler" is backchannels and hesitations, "reply?" holds it until the end of the turn tells, and
"protected" is speech that disallows interruptions. Content that began before the agent was heard
interrupts wherever it is held here but for a tool or protected speech; a presence check that did
is held.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from filters.words import Kind, fold

from .events import (
    Action,
    AgentSaying,
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
from .own_words import OwnWords
from .replies import Reply, asks, reply_to
from .said import Said, new_words, without_own_words
from .settings import PolicySettings
from .utterances import Utterances
from .waiting import Kept, Waiting, Waits

if TYPE_CHECKING:
    from filters.words import Lexicon, StagedWords, Verdict

    from .floor import Turn
    from .replies import Asks
    from .utterances import Utterance

UNFILTERED_TURN_DETECTION = frozenset({"manual", "realtime_llm"})


class _Row(Enum):
    """What the caller says: the rows of the table."""

    FILLER_INTERIM = "filler, interim"
    FILLER_FINAL = "filler, final"
    MAY_BE_FILLER = "may be filler"
    MAY_BE_COMMAND = "may be command"
    COMMAND = "command"
    PRESENCE = "presence check"
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
    KEEP = "keep as a possible reply"
    JUDGE = "a reply passes, anything else is suppressed"


_PASS, _SUPPRESS, _HOLD, _STOP = _Cell.PASS, _Cell.SUPPRESS, _Cell.HOLD, _Cell.INTERRUPT
_KEEP, _JUDGE = _Cell.KEEP, _Cell.JUDGE

_TABLE: dict[_Row, tuple[_Cell, ...]] = {
    #                     audible    paused     pending    tool       protected  floor free
    _Row.FILLER_INTERIM: (_SUPPRESS, _SUPPRESS, _SUPPRESS, _SUPPRESS, _SUPPRESS, _SUPPRESS),
    _Row.FILLER_FINAL:   (_KEEP,     _SUPPRESS, _KEEP,     _KEEP,     _KEEP,     _JUDGE),
    _Row.MAY_BE_FILLER:  (_HOLD,     _HOLD,     _HOLD,     _HOLD,     _HOLD,     _HOLD),
    _Row.MAY_BE_COMMAND: (_HOLD,     _HOLD,     _HOLD,     _HOLD,     _HOLD,     _HOLD),
    _Row.COMMAND:        (_STOP,     _STOP,     _STOP,     _STOP,     _HOLD,     _PASS),
    _Row.PRESENCE:       (_STOP,     _STOP,     _HOLD,     _HOLD,     _HOLD,     _PASS),
    _Row.ENOUGH:         (_STOP,     _PASS,     _PASS,     _PASS,     _HOLD,     _PASS),
    _Row.SHORT:          (_HOLD,     _HOLD,     _STOP,     _HOLD,     _HOLD,     _PASS),
    _Row.NO_SPEECH:      (_SUPPRESS, _SUPPRESS, _SUPPRESS, _SUPPRESS, _SUPPRESS, _SUPPRESS),
}  # fmt: skip

_ROW_REASONS = {
    _Row.MAY_BE_FILLER: Reason.MAY_BECOME_BACKCHANNEL,
    _Row.MAY_BE_COMMAND: Reason.MAY_BECOME_COMMAND,
    _Row.COMMAND: Reason.COMMAND,
    _Row.PRESENCE: Reason.PRESENCE_CHECK,
    _Row.ENOUGH: Reason.ENOUGH_WORDS,
    _Row.SHORT: Reason.TOO_FEW_WORDS,
    _Row.NO_SPEECH: Reason.NOT_SPEECH,
}
_FILLER = (Kind.BACKCHANNEL, Kind.HESITATION)
_CONTENT_ROWS = (_Row.COMMAND, _Row.ENOUGH, _Row.SHORT)


class InterruptionPolicy:
    """Events of one call in, decisions out.

    Args:
        lexicon: Tells fillers, commands and content apart.
        asks: Whether a turn of the agent asks for an answer, and where it does.
        settings: The windows of the laws.
        staged: The words in force in each stage of the conversation; None: the same in all.

    Attributes:
        stages: The stages that the conversation is in.
    """

    def __init__(
        self,
        lexicon: Lexicon,
        asks: Asks,
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
        self._own_words = OwnWords(self.settings.own_words)
        self._utterances = Utterances(self._floor, self.settings)
        self._waiting = Waiting(self.settings)
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
        turn = self._floor.last_turn
        if self._floor.held:
            due = self._waiting.due
        elif turn is None:
            due = self._now
        elif not self._waiting.only_early:
            due = turn.end + self.settings.release_quiet_s
        else:
            silent_since = self._utterances.silent_since
            due = None
            if silent_since is not None:
                due = max(turn.end, silent_since) + self.settings.early_answer_s
        return None if due is None else max(self._now, due)

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
        if isinstance(event, (AgentState, Speech)):
            return due + self._floor_changes(event)
        if isinstance(event, AgentText):
            self._floor.add_text(event.text)
        elif isinstance(event, AgentSaying):
            self._floor.add_saying(event.text)
            if self._floor.turn is not None:
                self._own_words.saying(self._floor.turn, event.text)
        elif isinstance(event, ExpectAnswer):
            self._floor.expect_answer(since=event.t - self.settings.answer_window_s)
        elif isinstance(event, StageChanged):
            self._change_stage(event)
        elif isinstance(event, StreamClosed):
            self._utterances.close(self._now)
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
                decisions += self._waiting.expire(at)
            elif self._waiting.only_early:  # nobody answered again
                decisions += self._release(Reason.EARLY_ANSWER)
            else:  # free for long enough: what waited is delivered, in the order it was said
                self._settle_replies()
                decisions += self._waiting.discard(at)
                decisions += self._note_answered()
                if not self._waiting.only_early:
                    decisions += self._release(Reason.FLOOR_FREE)
        return decisions

    def _end(self) -> list[Decision]:
        if not self._floor.held:
            self._settle_replies()
        self._utterances.close(self._now)
        discarded = self._waiting.discard(self._now)
        noted = [
            kept.becomes(self._now, Action.NOTE, Reason.CALL_ENDED)
            for kept in self._waiting.take(lambda _: True)
        ]
        return discarded + noted

    # -- the agent --------------------------------------------------------------------------------

    def _floor_changes(self, event: AgentState | Speech) -> list[Decision]:
        was = self._floor.turn
        before = self._floor.last_turn
        saying = self._floor.next_saying
        if isinstance(event, AgentState):
            self._floor.change_state(event)
        else:
            self._floor.change_speech(event)
        turn = self._floor.turn
        if was is not None and turn is not was:
            self._own_words.turn_over(was)
        if turn is None or turn is was:
            return []
        if saying:
            self._own_words.saying(turn, saying)
        return [] if before is None else self._agent_goes_on(turn, before)

    def _agent_goes_on(self, turn: Turn, before: Turn) -> list[Decision]:
        """The agent takes the floor again: an answer that nobody has had yet takes it back."""
        self._settle_replies()
        discarded = self._waiting.discard(self._now)
        if not self._waiting.replies():
            return discarded
        if before.replied or not asks(before, self.asks):  # its going on is the reply
            dropped = self._waiting.take(lambda kept: kept.reply)
            return discarded + [
                kept.becomes(self._now, Action.DISCARD, Reason.NOT_AN_ANSWER) for kept in dropped
            ]
        if not self._floor.interruptible:
            self._waiting.hold_answers()
            return discarded
        *earlier, newest = self._waiting.take(lambda kept: kept.waits is not Waits.TURN_END)
        turn.replied = True
        joined = [kept.becomes(self._now, Action.RELEASE, Reason.JOINED) for kept in earlier]
        stop = Decision(
            self._now, Action.INTERRUPT, Reason.ANSWER, newest.heard, False, newest.adds
        )
        return [*discarded, *joined, stop]

    def _change_stage(self, event: StageChanged) -> None:
        """Other words count from now on. What waits goes on waiting, what asked goes on asking."""
        self.stages = event.stages
        if self._staged is None:
            return
        for turn in (self._floor.turn, self._floor.last_turn):
            if turn is not None and self.asks not in turn.asked_by:
                turn.asked_by.append(self.asks)
        self.lexicon, self.asks = self._staged(event.stages)

    # -- replies ----------------------------------------------------------------------------------

    def _reply(self, began_at: float, turn: Turn | None) -> Reply:
        return reply_to(turn, began_at, self.asks, self.settings)

    def _settle_replies(self) -> None:
        """Tells what waited for the turn's end what it is now that the turn has ended."""
        turn = self._floor.last_turn

        def judge(kept: Kept) -> Waits | None:
            reply = self._reply(kept.began_at, turn)
            if reply is Reply.EARLY and turn is not None and turn.replied:
                return None  # one reply is enough
            if reply is Reply.NONE:
                return None
            return Waits.FLOOR if reply is Reply.PROMPT else Waits.SILENCE

        self._waiting.settle(judge)

    def _note_answered(self) -> list[Decision]:
        """A presence check that the agent has answered by being heard wants no reply any more."""
        turn = self._floor.last_turn

        def answered(kept: Kept) -> bool:
            heard = turn is not None and turn.audible.until(turn.end) > turn.audible.until(
                kept.heard.t
            )
            return kept.waits is Waits.ANSWERED and heard

        return [
            kept.becomes(self._now, Action.NOTE, Reason.PRESENCE_CHECK)
            for kept in self._waiting.take(answered)
        ]

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
            self._utterances.last_final = heard
        return decisions

    def _judge(self, heard: Heard, utterance: Utterance) -> list[Decision]:
        final = heard.type is SpeechType.FINAL
        follows = utterance.passed or not (utterance.overlaps or self._floor.held)
        last = utterance.last
        if last is not None and not follows and _repeats(heard, utterance):
            return [Decision(self._now, last.action, last.reason, heard, adds=last.adds)]
        said = self._said(heard, utterance) if utterance.overlaps else Said(heard.text)
        if follows:
            verdict = self.lexicon.classify(said.text, heard.language, final=final)
            return self._follow(heard, utterance, verdict, said)
        if said.reason is not None:
            action = Action.HOLD if said.reason is Reason.MAY_BE_OWN_WORDS else Action.SUPPRESS
            if not final or action is Action.SUPPRESS:
                return [Decision(self._now, action, said.reason, heard, adds=said.adds)]
        text = " ".join([*utterance.pieces, said.text])
        verdict = self.lexicon.classify(text, heard.language, final=final)
        decisions = self._decide(heard, utterance, verdict, said)
        if final and not utterance.passed and decisions[-1].action is Action.HOLD:
            utterance.pieces.append(said.text)
        return decisions

    def _said(self, heard: Heard, utterance: Utterance) -> Said:
        said = new_words(heard, utterance, self._utterances.last_final)
        if not self._own_words or (utterance.passed and not utterance.own_words):
            return said
        return without_own_words(
            said,
            heard,
            utterance,
            self._own_words,
            lambda text: self.lexicon.classify(text, heard.language).kind,
        )

    def _decide(
        self, heard: Heard, utterance: Utterance, verdict: Verdict, said: Said
    ) -> list[Decision]:
        row = self._row(verdict, utterance, final=heard.type is SpeechType.FINAL)
        cell, reason = self._cell(row, self._column(), utterance, verdict)
        if cell is _Cell.KEEP:
            return self._keep_reply(heard, utterance, said, hesitation=_hesitates(verdict))
        if cell is _Cell.HOLD:
            return self._hold(heard, utterance, reason, verdict, said)
        if cell is _Cell.SUPPRESS:
            return [Decision(self._now, Action.SUPPRESS, reason, heard, adds=said.adds)]
        stop = cell is _Cell.INTERRUPT
        for_good = row is not _Row.ENOUGH or reason is Reason.BEGAN_BEFORE_AGENT
        return self._let_through(heard, utterance, reason, said, stop=stop, for_good=for_good)

    def _row(self, verdict: Verdict, utterance: Utterance, *, final: bool) -> _Row:
        kind = verdict.kind
        if kind is Kind.NOTHING:
            return _Row.NO_SPEECH
        if kind in _FILLER:
            return _Row.FILLER_FINAL if final else _Row.FILLER_INTERIM
        if kind is Kind.PREFIX:
            return _Row.MAY_BE_FILLER
        if kind is Kind.COMMAND or (kind is Kind.STANDALONE and final):
            return _Row.COMMAND
        words = verdict.words + self._waiting.words_besides(utterance)
        if kind is Kind.PRESENCE:  # "hello" may be a greeting that goes on
            several = final or words >= self._session.min_words
            return _Row.PRESENCE if several else _Row.MAY_BE_COMMAND
        if words >= self._session.min_words:
            return _Row.ENOUGH
        return _Row.MAY_BE_COMMAND if kind is Kind.STANDALONE else _Row.SHORT

    def _column(self) -> _Column:
        activity = self._floor.activity
        if activity is not Activity.FREE and not self._floor.interruptible:
            return _Column.PROTECTED
        return _Column[activity.name]

    def _cell(
        self, row: _Row, column: _Column, utterance: Utterance, verdict: Verdict
    ) -> tuple[_Cell, Reason]:
        """Looks the table up, and knows what an utterance that began earlier changes."""
        cell = _TABLE[row][column.value]
        filler = Reason.HESITATION if verdict.kind is Kind.HESITATION else Reason.BACKCHANNEL
        reason = _ROW_REASONS.get(row, filler)
        turn = self._floor.turn
        if cell is _Cell.JUDGE:
            return self._reply_or_nothing(utterance, reason, hesitation=_hesitates(verdict))
        if turn is None:
            return cell, Reason.FLOOR_FREE if cell is _Cell.PASS else reason
        if row is _Row.FILLER_FINAL:
            if utterance.began_at < turn.began_at:
                return self._answer_or_nothing(utterance, column, reason, verdict)
            return (_Cell.KEEP if utterance.pieces else cell), reason
        if utterance.began_at < turn.audible.first and row in _CONTENT_ROWS:
            return self._content_from_before(row, column, utterance)
        if utterance.began_at < turn.audible.first and row is _Row.PRESENCE:
            return _Cell.HOLD, reason
        if column is _Column.PROTECTED and cell is _Cell.HOLD:
            reason = Reason.PROTECTED_SPEECH
        return cell, reason

    def _content_from_before(
        self, row: _Row, column: _Column, utterance: Utterance
    ) -> tuple[_Cell, Reason]:
        """Content of a caller who was talking before the agent was heard."""
        if not utterance.overlaps:
            cell = _Cell.PASS if column is _Column.PROTECTED else _Cell.INTERRUPT
            return cell, Reason.BEGAN_BEFORE_AGENT
        cell, reason = _TABLE[row][column.value], _ROW_REASONS[row]
        if column is _Column.PROTECTED:
            return cell, Reason.PROTECTED_SPEECH
        if row is _Row.SHORT and column is _Column.PENDING:
            return cell, Reason.REPLY_PENDING
        if row is _Row.SHORT and column is not _Column.TOOL:
            return _Cell.INTERRUPT, Reason.BEGAN_BEFORE_AGENT
        return cell, reason

    def _reply_or_nothing(
        self, utterance: Utterance, reason: Reason, *, hesitation: bool
    ) -> tuple[_Cell, Reason]:
        """A backchannel over a turn that has ended, while nobody speaks."""
        turn = self._floor.last_turn
        if turn is None or hesitation:
            return _Cell.SUPPRESS, reason
        if turn.replied and (utterance.onset is None or utterance.onset >= turn.end):
            return _Cell.PASS, Reason.ANSWER  # it joins what was delivered
        if self._now < turn.end + self.settings.release_quiet_s:
            return _Cell.KEEP, Reason.POSSIBLE_ANSWER  # the agent may be about to go on
        reply = self._reply(utterance.began_at, turn)
        if reply is Reply.EARLY and not turn.replied:
            return _Cell.KEEP, Reason.EARLY_ANSWER
        return (_Cell.PASS, Reason.ANSWER) if reply is Reply.PROMPT else (_Cell.SUPPRESS, reason)

    def _answer_or_nothing(
        self, utterance: Utterance, column: _Column, reason: Reason, verdict: Verdict
    ) -> tuple[_Cell, Reason]:
        """A backchannel that began before the turn under way; only an answer can be too late."""
        if _hesitates(verdict) or not self._answers_turn_before(utterance):
            return _Cell.SUPPRESS, reason
        return (_Cell.HOLD if column is _Column.PROTECTED else _Cell.INTERRUPT), Reason.ANSWER

    def _answers_turn_before(self, utterance: Utterance) -> bool:
        """Whether it answers a question to which nothing has been delivered yet."""
        before = self._floor.last_turn
        if before is None or before.replied or not asks(before, self.asks):
            return False
        return self._reply(utterance.began_at, before) is not Reply.NONE

    def _follow(
        self, heard: Heard, utterance: Utterance, verdict: Verdict, said: Said
    ) -> list[Decision]:
        """The utterance is no overlap, or has passed already: it has the floor, and keeps it."""
        final = heard.type is SpeechType.FINAL
        filler = final and verdict.kind in _FILLER
        turn = self._floor.turn
        if filler and utterance.retractable and self._session.pausable:
            return self._retract(heard, utterance, said, hesitation=_hesitates(verdict))

        reason = Reason.UTTERANCE_PASSED if utterance.passed else Reason.NO_OVERLAP
        stop = False
        if turn is not None and turn is not utterance.took and self._floor.interruptible:
            # the agent took the floor while the caller was talking
            content = verdict.kind in (Kind.CONTENT, Kind.COMMAND, Kind.STANDALONE)
            if utterance.overlaps:
                stop = content and self._column() is _Column.AUDIBLE
            else:
                if filler and self._session.pausable and not self._answers_turn_before(utterance):
                    return self._retract(heard, utterance, said, hesitation=True)
                stop = content or filler
                reason = Reason.BEGAN_BEFORE_AGENT
        words = verdict.words + self._waiting.words_besides(utterance)
        for_good = verdict.kind is Kind.COMMAND or words < self._session.min_words
        return self._let_through(heard, utterance, reason, said, stop=stop, for_good=for_good)

    # -- fates ------------------------------------------------------------------------------------

    def _let_through(
        self,
        heard: Heard,
        utterance: Utterance,
        reason: Reason,
        said: Said,
        *,
        stop: bool,
        for_good: bool,
    ) -> list[Decision]:
        """The event passes, and what was held before it goes first."""
        final = heard.type is SpeechType.FINAL
        joined = self._join(utterance, for_good=final or (stop and for_good))
        turn = self._floor.turn
        utterance.passed = True
        if stop or (utterance.overlaps and utterance.took is None):
            utterance.took = turn
        utterance.for_good |= final or (stop and for_good)
        answered = turn or self._floor.last_turn
        if answered is not None and (stop or (final and heard.text.strip())):
            answered.replied = True
        action = Action.INTERRUPT if stop else Action.PASS
        passed = Decision(self._now, action, reason, heard, not for_good, said.adds)
        return [*joined, passed]

    def _join(self, utterance: Utterance, *, for_good: bool) -> list[Decision]:
        """What goes ahead of words that take the floor: all content, and what replies with it."""
        if self._floor.held:
            end, yield_s = self._now, self.settings.yield_s
        else:
            self._settle_replies()
            end, yield_s = float("inf"), 0.0
        with_replies = for_good or self._waiting.has_content()

        def goes(kept: Kept) -> bool:
            if kept.waits is not Waits.TURN_END:
                return True
            own = kept.utterance is utterance
            late = yield_s > 0 and kept.began_at >= end - yield_s and not kept.hesitation
            return with_replies and (own or late)

        return [
            kept.becomes(self._now, Action.RELEASE, Reason.JOINED)
            for kept in self._waiting.take(goes)
        ]

    def _release(self, reason: Reason) -> list[Decision]:
        """All content goes, in the order it was said: it is the reply to the turn that ended."""
        released = self._waiting.take(lambda kept: kept.waits is not Waits.TURN_END)
        if released and self._floor.last_turn is not None:
            self._floor.last_turn.replied = True
        return [kept.becomes(self._now, Action.RELEASE, reason) for kept in released]

    def _hold(
        self, heard: Heard, utterance: Utterance, reason: Reason, verdict: Verdict, said: Said
    ) -> list[Decision]:
        displaced: list[Decision] = []
        if heard.type is SpeechType.FINAL:
            presence = reason is Reason.PRESENCE_CHECK
            filler = verdict.kind in _FILLER
            words = 0
            if not presence and not filler:
                words = max(0, verdict.words - self._waiting.words_of(utterance))
            waits = Waits.ANSWERED if presence else Waits.FLOOR
            kept = Kept(heard, utterance, waits, words, said.adds, reply=filler)
            displaced = self._waiting.keep(kept, self._now)
        return [*displaced, Decision(self._now, Action.HOLD, reason, heard, adds=said.adds)]

    def _keep_reply(
        self, heard: Heard, utterance: Utterance, said: Said, *, hesitation: bool
    ) -> list[Decision]:
        """It waits for the end of the turn; after one, for the caller to say nothing more."""
        self._waiting.turn_to_replies(utterance)
        kept = Kept(heard, utterance, Waits.TURN_END, 0, said.adds, hesitation)
        displaced = self._waiting.keep(kept, self._now)
        reason = Reason.POSSIBLE_ANSWER
        turn = self._floor.last_turn
        quiet_at = float("inf") if turn is None else turn.end + self.settings.release_quiet_s
        if not self._floor.held and self._now >= quiet_at:
            self._settle_replies()
            reason = Reason.EARLY_ANSWER
        return [*displaced, Decision(self._now, Action.HOLD, reason, heard, adds=said.adds)]

    def _retract(
        self, heard: Heard, utterance: Utterance, said: Said, *, hesitation: bool
    ) -> list[Decision]:
        """What has passed of a backchannel is taken back, so that the agent goes on."""
        utterance.passed = False
        if utterance.took is not None:
            utterance.took.replied = False
        kept = self._keep_reply(heard, utterance, said, hesitation=hesitation)[:-1]
        return [*kept, Decision(self._now, Action.RETRACT, Reason.REVISED, heard)]


def _hesitates(verdict: Verdict) -> bool:
    return verdict.kind is Kind.HESITATION


def _repeats(heard: Heard, utterance: Utterance) -> bool:
    """Whether words were judged already: the newest chunk alone, or an interim after its final."""
    if heard.type is SpeechType.PREFLIGHT:
        return True
    late = heard.type is SpeechType.INTERIM and utterance.final_at is not None
    return late and fold(heard.text).tokens == fold(utterance.final_text).tokens

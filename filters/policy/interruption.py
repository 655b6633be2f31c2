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

from typing import TYPE_CHECKING

from filters.words import Kind

from . import fates
from .call import Call
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
from .judging import as_judged, overlap_of
from .replies import asks
from .ruling import FILLER, answers_turn_before, column_of, hesitates, look_up, row_of
from .said import Said, may_be_late_echo, repeats, said_with
from .settings import PolicySettings
from .table import Cell, Column, Row
from .waiting import Waits

if TYPE_CHECKING:
    from filters.words import Lexicon, StagedWords, Verdict

    from .floor import Activity, Turn
    from .judging import Overlap
    from .replies import Asks
    from .utterances import Utterance

UNFILTERED_TURN_DETECTION = frozenset({"manual", "realtime_llm"})


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
        self.settings = settings or PolicySettings()
        self.stages: tuple[str, ...] = ()
        self._staged = staged
        self._call = Call.new(lexicon, asks, self.settings)

    # -- asking -----------------------------------------------------------------------------------

    @property
    def lexicon(self) -> Lexicon:
        """The words in force."""
        return self._call.lexicon

    @lexicon.setter
    def lexicon(self, lexicon: Lexicon) -> None:
        self._call.lexicon = lexicon

    @property
    def activity(self) -> Activity:
        """What the agent does, as the policy sees it."""
        return self._call.floor.activity

    @property
    def turn(self) -> Turn | None:
        """The agent's turn under way."""
        return self._call.floor.turn

    def held(self) -> list[Heard]:
        """The finals that wait as content, oldest first."""
        return self._call.waiting.content

    def overlap(self, heard: Heard) -> Overlap | None:
        """What there is to ask the application about an event that is about to be told.

        Nothing changes by it. None: it is no transcript of an overlap, or has been decided already.
        """
        if self._call.session.turn_detection in UNFILTERED_TURN_DETECTION:
            return None
        return overlap_of(self._call, heard)

    @property
    def next_deadline(self) -> float | None:
        """When `advance` has something to decide, in seconds on the session's clock."""
        if not self._call.waiting:
            return None
        turn = self._call.floor.last_turn
        if self._call.floor.held:
            due = self._call.waiting.due
        elif turn is None:
            due = self._call.now
        elif not self._call.waiting.only_early:
            due = turn.end + self.settings.release_quiet_s
        else:
            silent_since = self._call.utterances.silent_since
            due = None
            if silent_since is not None:
                due = max(turn.end, silent_since) + self.settings.early_answer_s
        return None if due is None else max(self._call.now, due)

    # -- telling ----------------------------------------------------------------------------------

    def feed(self, event: Event) -> list[Decision]:
        """Takes in what happened; returns what was due before it, then what it calls for.

        The decision about a `Heard` event at hand comes last. An event older than the one before
        it counts as simultaneous with that.
        """
        due = self._due(event.t, inclusive=False)
        self._call.now = max(self._call.now, event.t)
        if isinstance(event, Heard):
            return due + self._hear(event)
        if isinstance(event, (AgentState, Speech)):
            return due + self._floor_changes(event)
        if isinstance(event, Ended):
            return due + self._end()
        self._take_in(event)
        return due

    def _take_in(self, event: Event) -> None:
        """What calls for nothing by itself."""
        if isinstance(event, AgentText):
            self._call.floor.add_text(event.text)
        elif isinstance(event, AgentSaying):
            self._call.floor.add_saying(event.text)
            if self._call.floor.turn is not None:
                self._call.own_words.saying(self._call.floor.turn, event.text)
        elif isinstance(event, ExpectAnswer):
            self._call.floor.expect_answer(since=event.t - self.settings.answer_window_s)
        elif isinstance(event, StageChanged):
            self._change_stage(event)
        elif isinstance(event, StreamClosed):
            self._call.utterances.close(self._call.now)
        elif isinstance(event, SessionStarted):
            self._call.session = event

    def advance(self, t: float) -> list[Decision]:
        """Decides what is due at `t`, or was before; each decision carries the time it was due."""
        due = self._due(t, inclusive=True)
        self._call.now = max(self._call.now, t)
        return due

    # -- time -------------------------------------------------------------------------------------

    def _due(self, t: float, *, inclusive: bool) -> list[Decision]:
        decisions: list[Decision] = []
        while (at := self.next_deadline) is not None and (at < t or (inclusive and at == t)):
            self._call.now = max(self._call.now, at)
            if self._call.floor.held:
                decisions += self._call.waiting.expire(at)
            elif self._call.waiting.only_early:  # nobody answered again
                decisions += fates.release(self._call, Reason.EARLY_ANSWER)
            else:  # free for long enough: what waited is delivered, in the order it was said
                fates.settle_replies(self._call)
                decisions += self._call.waiting.discard(at)
                decisions += fates.note_answered(self._call)
                if not self._call.waiting.only_early:
                    decisions += fates.release(self._call, Reason.FLOOR_FREE)
        return decisions

    def _end(self) -> list[Decision]:
        if not self._call.floor.held:
            fates.settle_replies(self._call)
        self._call.utterances.close(self._call.now)
        discarded = self._call.waiting.discard(self._call.now)
        noted = [
            kept.becomes(self._call.now, Action.NOTE, Reason.CALL_ENDED)
            for kept in self._call.waiting.take(lambda _: True)
        ]
        return discarded + noted

    # -- the agent --------------------------------------------------------------------------------

    def _floor_changes(self, event: AgentState | Speech) -> list[Decision]:
        was = self._call.floor.turn
        before = self._call.floor.last_turn
        saying = self._call.floor.next_saying
        if isinstance(event, AgentState):
            self._call.floor.change_state(event)
        else:
            self._call.floor.change_speech(event)
        turn = self._call.floor.turn
        if was is not None and turn is not was:
            self._call.own_words.turn_over(was)
        if turn is None or turn is was:
            return []
        if saying:
            self._call.own_words.saying(turn, saying)
        return [] if before is None else self._agent_goes_on(turn, before)

    def _agent_goes_on(self, turn: Turn, before: Turn) -> list[Decision]:
        """The agent takes the floor again: an answer that nobody has had yet takes it back."""
        fates.settle_replies(self._call)
        discarded = self._call.waiting.discard(self._call.now)
        if not self._call.waiting.replies():
            return discarded
        if before.replied or not asks(before, self._call.asks):  # its going on is the reply
            dropped = self._call.waiting.take(lambda kept: kept.reply)
            return discarded + [
                kept.becomes(self._call.now, Action.DISCARD, Reason.NOT_AN_ANSWER)
                for kept in dropped
            ]
        if not self._call.floor.interruptible:
            self._call.waiting.hold_answers()
            return discarded
        *earlier, newest = self._call.waiting.take(lambda kept: kept.waits is not Waits.TURN_END)
        turn.replied = True
        joined = [kept.becomes(self._call.now, Action.RELEASE, Reason.JOINED) for kept in earlier]
        stop = Decision(
            self._call.now, Action.INTERRUPT, Reason.ANSWER, newest.heard, False, newest.adds
        )
        return [*discarded, *joined, stop]

    def _change_stage(self, event: StageChanged) -> None:
        """Other words count from now on. What waits goes on waiting, what asked goes on asking."""
        self.stages = event.stages
        if self._staged is None:
            return
        for turn in (self._call.floor.turn, self._call.floor.last_turn):
            if turn is not None and self._call.asks not in turn.asked_by:
                turn.asked_by.append(self._call.asks)
        self._call.lexicon, self._call.asks = self._staged(event.stages)

    # -- the caller -------------------------------------------------------------------------------

    def _hear(self, heard: Heard) -> list[Decision]:
        if heard.type is SpeechType.START_OF_SPEECH:
            self._call.utterances.start(heard)
            return [Decision(self._call.now, Action.PASS, Reason.SPEECH_BOUNDARY, heard)]
        if heard.type is SpeechType.END_OF_SPEECH:
            self._call.utterances.end(heard)
            return [Decision(self._call.now, Action.PASS, Reason.SPEECH_BOUNDARY, heard)]
        if self._call.session.turn_detection in UNFILTERED_TURN_DETECTION:
            return [Decision(self._call.now, Action.PASS, Reason.NOT_FILTERED, heard)]
        utterance = self._call.utterances.of(heard)
        decisions = self._judge(heard, utterance)
        utterance.last = decisions[-1]
        if heard.type is SpeechType.FINAL:
            utterance.final_at, utterance.final_text = heard.t, heard.text
            self._call.utterances.last_final = heard
        return decisions

    def _judge(self, heard: Heard, utterance: Utterance) -> list[Decision]:
        final = heard.type is SpeechType.FINAL
        follows = utterance.passed or not (utterance.overlaps or self._call.floor.held)
        last = utterance.last
        if last is not None and not follows and repeats(heard, utterance):
            action = Action.SUPPRESS if last.action is Action.RETRACT else last.action
            return [Decision(self._call.now, action, last.reason, heard, adds=last.adds)]
        said, late = Said(heard.text), may_be_late_echo(self._call, heard, utterance)
        if utterance.overlaps or late:
            said = said_with(self._call, heard, utterance)
        known = said.reason is Reason.OWN_WORDS or utterance.onset is not None
        if follows and not (late and said.reason is not None and known):
            verdict = self._call.lexicon.classify(said.text, heard.language, final=final)
            return self._follow(heard, utterance, verdict, said)
        if said.reason is not None:
            action = Action.HOLD if said.reason is Reason.MAY_BE_OWN_WORDS else Action.SUPPRESS
            if not final or action is Action.SUPPRESS:
                return [Decision(self._call.now, action, said.reason, heard, adds=said.adds)]
        text = " ".join([*utterance.pieces, said.text])
        verdict = self._call.lexicon.classify(text, heard.language, final=final)
        if said.reason is not None and verdict.kind in FILLER:  # no reply: it may be an echo
            return [Decision(self._call.now, Action.SUPPRESS, Reason.OWN_WORDS, heard)]
        if said.reason is not None and verdict.kind in (Kind.CONTENT, Kind.PREFIX):
            return fates.hold(self._call, heard, utterance, said.reason, verdict, said)
        if utterance.overlaps and said.reason is None:
            verdict = as_judged(verdict, heard.judged)
        decisions = self._decide(heard, utterance, verdict, said)
        if final and not utterance.passed and decisions[-1].action is Action.HOLD:
            utterance.pieces.append(said.text)
        return decisions

    def _decide(
        self, heard: Heard, utterance: Utterance, verdict: Verdict, said: Said
    ) -> list[Decision]:
        row = row_of(self._call, verdict, utterance, final=heard.type is SpeechType.FINAL)
        cell, reason = look_up(self._call, row, column_of(self._call), utterance, verdict)
        if cell is Cell.KEEP:
            return fates.keep_reply(
                self._call, heard, utterance, said, hesitation=hesitates(verdict)
            )
        if cell is Cell.HOLD:
            return fates.hold(self._call, heard, utterance, reason, verdict, said)
        if cell is Cell.SUPPRESS:
            return [Decision(self._call.now, Action.SUPPRESS, reason, heard, adds=said.adds)]
        stop = cell is Cell.INTERRUPT
        for_good = row is not Row.ENOUGH or reason is Reason.BEGAN_BEFORE_AGENT
        return fates.let_through(
            self._call, heard, utterance, reason, said, stop=stop, for_good=for_good
        )

    def _follow(
        self, heard: Heard, utterance: Utterance, verdict: Verdict, said: Said
    ) -> list[Decision]:
        """The utterance is no overlap, or has passed already: it has the floor, and keeps it."""
        final = heard.type is SpeechType.FINAL
        filler = final and verdict.kind in FILLER
        turn = self._call.floor.turn
        if filler and utterance.retractable and self._call.session.pausable:
            return fates.retract(self._call, heard, utterance, said, hesitation=hesitates(verdict))

        reason = Reason.UTTERANCE_PASSED if utterance.passed else Reason.NO_OVERLAP
        stop = False
        if turn is not None and turn is not utterance.took and self._call.floor.interruptible:
            # the agent took the floor while the caller was talking
            content = verdict.kind in (Kind.CONTENT, Kind.COMMAND, Kind.STANDALONE)
            if utterance.overlaps:
                stop = content and column_of(self._call) is Column.AUDIBLE
            else:
                if (
                    filler
                    and self._call.session.pausable
                    and not answers_turn_before(self._call, utterance)
                ):
                    return fates.retract(self._call, heard, utterance, said, hesitation=True)
                stop = content or filler
                reason = Reason.BEGAN_BEFORE_AGENT
        words = verdict.words + self._call.waiting.words_besides(utterance)
        for_good = verdict.kind is Kind.COMMAND or words < self._call.session.min_words
        return fates.let_through(
            self._call, heard, utterance, reason, said, stop=stop, for_good=for_good
        )

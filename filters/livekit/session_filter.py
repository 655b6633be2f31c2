"""All that the filter knows of one session. It outlives hand-offs and tasks; agents come to it.

recogniser -> stt_node (backchannel_stt) -> SessionFilter -> policy
                         session events -------^              |
   LiveKit <- stt_node <- decisions --------------------------'
"""

from __future__ import annotations

import asyncio
import dataclasses
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from filters.calls import AskedJudge, PolicyDriver, clock, get_logger
from filters.policy import (
    Action,
    Activity,
    AgentSaying,
    Decision,
    Ended,
    Event,
    ExpectAnswer,
    Heard,
    InterruptionPolicy,
    Reason,
    SessionStarted,
    SpeechType,
    StreamClosed,
    Turn,
)

from ._livekit_private import mark_transcribed
from .chat_notes import ChatNotes
from .checks import session_checks
from .compatibility import Part, compatibility, min_words_of, permitted
from .context_targets import outer_recogniser
from .languages import default_for, filtered_by
from .leftovers import warn_of_leftovers
from .recogniser_failures import RecogniserFailures
from .refused_turn import RefusedTurn
from .session_acts import decide_turn, stop_agent
from .session_events import SessionEvents, uses_realtime_model
from .session_stages import SessionStages

if TYPE_CHECKING:
    from livekit.agents import (
        AgentFalseInterruptionEvent,
        AgentSession,
        AgentStateChangedEvent,
        ConversationItemAddedEvent,
        ErrorEvent,
    )

    from filters.calls import Judge, Tape
    from filters.configuration import FilterConfig
    from filters.policy import Overlap

log = get_logger(__name__)

Observer = Callable[[Decision], None]

# Weak both ways: the session holds its filter as a listener, and the filter its session weakly.
_filters: weakref.WeakKeyDictionary[AgentSession[Any], weakref.ref[SessionFilter]]
_filters = weakref.WeakKeyDictionary()

STOP_CHECK_S = 0.12
"""How long LiveKit may take to stop the agent after words that should: longer than a VAD's next
inference, shorter than anybody notices."""

_GIVEN_TO_LIVEKIT = (Action.PASS, Action.INTERRUPT, Action.RELEASE)
_LATE_TO_LIVEKIT = (Action.RELEASE, Action.INTERRUPT)


class SessionFilter:
    """The policy of one session, what drives it, and what it did.

    Args:
        session: The session; not kept alive by this.
        config: What to decide by.

    Attributes:
        observers: Called with each decision as it is made.
        call_log: Counts decisions, and logs.
        stages: The stages of the conversation that the call is in.
        speech_open: A START_OF_SPEECH has gone on to LiveKit, and no END_OF_SPEECH.
        reconnects: How often a recogniser has failed, and tried again by itself: its words have no
            end then.
        judge: The application's, for agents that have none of their own.
    """

    def __init__(self, session: AgentSession[Any], config: FilterConfig) -> None:
        self.config = config
        self._policy_driver = PolicyDriver(config, self._snapshot, self._note)
        self.observers = self._policy_driver.observers
        self.call_log = self._policy_driver.call_log
        self._notes = ChatNotes(session, self.call_log)
        self.stages = SessionStages(session, config, self.tell, self.call_log)
        self.speech_open = False
        self.reconnects = 0
        self.judge: Judge | None = None
        self._driver: object | None = None
        self._wake: Callable[[], None] | None = None
        self._can_retract = True
        self._session = weakref.ref(session)
        self._due: list[Decision] = []  # decided while no event of the recogniser was at hand
        self._refused = RefusedTurn(config.policy_settings)
        self._ended = False
        self._failures = RecogniserFailures(self._on_recogniser_failed)
        session.on("agent_false_interruption", self._on_false_interruption)
        session.on("conversation_item_added", self._on_conversation_item_added)
        session.on("error", self._on_error)
        session.once("agent_state_changed", self._on_started)
        usable = compatibility(session).has(Part.FILTER)
        self._events = SessionEvents(session, self.tell, self.call_log, listen=usable)
        min_words = min_words_of(session)
        if min_words is not None and config.min_words not in (None, min_words):
            log.error(
                "min_words_disagree",
                config=config.name,
                configured=config.min_words,
                session=min_words,
                consequence="the session's counts",
                fix="Make them agree, or leave min_words out of the configuration.",
            )

    @classmethod
    def of(cls, session: AgentSession[Any], config: FilterConfig | None = None) -> SessionFilter:
        """The filter of a session, made with `config` (or the default) where there is none yet."""
        found = cls.installed(session)
        if found is None:
            warn_of_leftovers()
            found = cls(session, permitted(session, config or default_for(session)))
            filtered_by(session, found.config)
            _filters[session] = weakref.ref(found)
        return found

    @classmethod
    def installed(cls, session: AgentSession[Any]) -> SessionFilter | None:
        """The filter of a session, if it has one."""
        reference = _filters.get(session)
        return None if reference is None else reference()

    @property
    def policy(self) -> InterruptionPolicy:
        """Decides."""
        return self._policy_driver.policy

    @policy.setter
    def policy(self, policy: InterruptionPolicy) -> None:
        self._policy_driver.policy = policy

    @property
    def tape(self) -> Tape | None:
        """Records the call; None where the configuration has it that nothing is recorded."""
        return self._policy_driver.tape

    @tape.setter
    def tape(self, tape: Tape | None) -> None:
        self._policy_driver.tape = tape

    @property
    def session(self) -> AgentSession[Any] | None:
        """The session, while somebody else keeps it."""
        return self._session()

    @property
    def driver(self) -> object | None:
        """Who acts on the decisions: a mixin's stream, or the hook for agents without it."""
        return self._driver

    def take_charge(self, driver: object, wake: Callable[[], None], *, can_retract: bool) -> None:
        """Makes somebody the one who acts on the decisions.

        Args:
            driver: Who.
            wake: Called when `due` or `next_deadline` may have changed.
            can_retract: Whether the driver can take back what has passed.
        """
        self._driver, self._wake, self._can_retract = driver, wake, can_retract
        self._check_session(session_checks.check)
        self._check_session(self._watch_recognisers)
        self._events.report_session()
        self.tell(StreamClosed(clock.now()))  # whatever the one before left open

    def give_up_charge(self, driver: object) -> None:
        """The driver's stream is gone, unless another took charge before."""
        if self._driver is driver:
            self._driver = self._wake = None
            self._failures.stop()
            self.tell(StreamClosed(clock.now()))

    def asked(self, own: Judge | None = None) -> AskedJudge | None:
        """The judge to put events to: an agent's own, or else the session's, if there is one."""
        judge = own or self.judge
        if judge is None or self.config.mode == "off":
            return None
        return AskedJudge(judge, self.config.judge_timeout_s, self.call_log)

    # -- driving the policy -----------------------------------------------------------------------

    def tell(self, event: Event) -> None:
        """Takes in anything but the recogniser's events."""
        again = self._ended and isinstance(event, SessionStarted)
        if again:
            self._begin_again()
        self._due += self._policy_driver.feed(self._as_driven(event))
        if again and self.stages.names:  # entered between the calls
            self._due += self._policy_driver.feed(self.stages.event())
        self.stages.follow_recogniser()
        self._refused.floor_is(self.policy.turn, clock.now())
        if isinstance(event, Ended):
            self._end()
        elif self._wake is not None:
            self._wake()

    def overlap(self, heard: Heard) -> Overlap | None:
        """What there is to ask a judge about an event that is about to be heard."""
        self._events.sync()
        try:
            return self.policy.overlap(heard)
        except Exception as error:  # noqa: BLE001 - law 10
            self.call_log.failed("judge_not_asked", error, consequence="the words decide")
            return None

    def hear(self, heard: Heard) -> list[Decision]:
        """Takes in an event of the recogniser; what to do, the event's own decision last."""
        self._events.sync()
        decisions = self._policy_driver.feed(heard)
        if heard.type is SpeechType.FINAL:
            self.call_log.heard(heard.language)
        if heard.type is SpeechType.START_OF_SPEECH:
            self._refused.look_again()
        decisions = self._take_due() + decisions
        self._give(decisions)
        return decisions

    def due(self) -> list[Decision]:
        """What has come due without an event of the recogniser."""
        self._events.sync()
        self._due += self._policy_driver.advance(clock.now())
        decisions = self._take_due()
        self._give(decisions)
        if self._refused.due(clock.now()) and self._may_ask_again():
            self.commit_turn()
        return decisions

    def put_back(self, decisions: list[Decision]) -> None:
        """Keeps words for the next driver that this one was to release, and could not."""
        self._due[:0] = [each for each in decisions if each.action in _LATE_TO_LIVEKIT]

    @property
    def next_deadline(self) -> float | None:
        """When `due` has something to do, in seconds on the session's clock."""
        deadlines = [self._refused.deadline, self._policy_driver.next_deadline]
        return min((each for each in deadlines if each is not None), default=None)

    def expect_answer(self) -> None:
        """The agent's turn under way, or its next, wants an answer though it may not sound so."""
        self.tell(ExpectAnswer(clock.now()))

    def agent_saying(self, text: str) -> None:
        """The agent is about to say a text, or goes on with it."""
        self._events.sync()  # the speech it belongs to has the floor by now
        self.tell(AgentSaying(clock.now(), text))

    def mark_transcribed(self) -> None:
        """What LiveKit's VAD hears has been transcribed, though the transcript is kept back."""
        session = self.session
        if session is not None:
            mark_transcribed(session)

    def interrupt(self) -> None:
        """Stops the agent for good: what it says, has queued, and a running tool would say."""
        session = self.session
        if session is not None:
            stop_agent(session, self._events.running_handles())

    def commit_turn(self) -> None:
        """Has LiveKit decide now on the words it has, `min_delay` after they were said."""
        session = self.session
        if session is not None:
            decide_turn(session, self.call_log)

    def stop_soon(self) -> None:
        """Sees to it that the turn under way stops: words that stop it are on their way to LiveKit.

        LiveKit leaves a stop by words to its VAD where there is one (from 1.6.8), and to nobody
        while its echo cancellation warms up. An agent that talks on is stopped for good.
        """
        asyncio.get_running_loop().call_later(STOP_CHECK_S, self._stop_if_audible, self.policy.turn)

    def _stop_if_audible(self, turn: Turn | None) -> None:
        self._events.sync()
        policy = self.policy
        if turn is not None and policy.turn is turn and policy.activity is Activity.AUDIBLE:
            self.interrupt()

    def _as_driven(self, event: Event) -> Event:
        if isinstance(event, SessionStarted) and not self._can_retract:
            return dataclasses.replace(event, pausable=False)
        return event

    def _take_due(self) -> list[Decision]:
        """What is due; words no driver came for in `hold_s` are too old for a turn of their own."""
        oldest = clock.now() - self.config.hold_s
        due, self._due = self._due, []
        self._policy_driver.undelivered([each for each in due if each.t < oldest], Reason.TOO_OLD)
        return [each for each in due if each.t >= oldest]

    def _give(self, decisions: list[Decision]) -> None:
        if self.config.mode != "enforce":
            return
        for decision in decisions:
            given = decision.action in _GIVEN_TO_LIVEKIT and decision.final
            if given and decision.reason is not Reason.NOT_FILTERED:
                self._refused.given(decision.text, clock.now())

    def _may_ask_again(self) -> bool:
        session = self.session
        if session is None or session.user_state == "speaking":  # it will look again by itself
            return False
        return not uses_realtime_model(session)  # it would reply to whatever audio it has

    def _snapshot(self) -> list[Event]:
        """What a policy that starts anew in mid-call is told."""
        return [*map(self._as_driven, self._events.snapshot()), self.stages.event()]

    # -- what LiveKit tells -----------------------------------------------------------------------

    def _note(self, decision: Decision) -> None:
        self._notes.note(decision)

    def _on_started(self, _event: AgentStateChangedEvent) -> None:
        if self.config.mode != "off":
            self._check_session(session_checks.check)
        self._check_session(session_checks.check_recogniser)

    def _check_session(self, check: Callable[[AgentSession[Any]], None]) -> None:
        session = self.session
        if session is None:
            return
        try:
            check(session)
        except Exception as error:  # noqa: BLE001 - an emitter lets a TypeError through
            self.call_log.failed("session_check_failed", error)

    def _on_false_interruption(self, _event: AgentFalseInterruptionEvent) -> None:
        self.call_log.false_interruptions += 1

    def _on_conversation_item_added(self, event: ConversationItemAddedEvent) -> None:
        item = event.item
        if item.type == "message" and item.role == "user" and not self._notes.noting:
            self._refused.committed(item.text_content or "")

    def _on_error(self, event: ErrorEvent) -> None:
        if getattr(event.error, "type", None) == "stt_error":
            self._on_recogniser_failed()

    def _on_recogniser_failed(self) -> None:
        self.reconnects += 1
        if self._wake is not None:
            self._wake()

    def _watch_recognisers(self, session: AgentSession[Any]) -> None:
        self._failures.watch(outer_recogniser(session))

    # -- the call's end ---------------------------------------------------------------------------

    def _end(self) -> None:
        self._policy_driver.undelivered(self._due, Reason.CALL_ENDED)
        self._due = []
        self.stages.end()
        self._policy_driver.end()
        self._ended = True

    def _begin_again(self) -> None:
        self._ended = self.speech_open = False
        self._policy_driver.begin_again()
        self._refused = RefusedTurn(self.config.policy_settings)

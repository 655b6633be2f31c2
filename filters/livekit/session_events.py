"""Turns what an AgentSession reports about its agent into the policy's events.

No event says when a speech becomes current, when its tool starts or when the session is done with
it, so the public state is compared with what was last reported, whenever something happens.
"""

from __future__ import annotations

import asyncio
import weakref
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from livekit.agents import NOT_GIVEN, llm
from livekit.agents.utils import is_given

from filters.calls import clock
from filters.policy import AgentState, AgentText, Ended, Event, SessionStarted, Speech, SpeechState

from .kept_speech import allows_interruptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from livekit.agents import (
        Agent,
        AgentSession,
        AgentStateChangedEvent,
        CloseEvent,
        ConversationItemAddedEvent,
        SpeechCreatedEvent,
    )
    from livekit.agents.voice import SpeechHandle

    from filters.calls import CallLog

SETTLE_S = 0.01
"""How soon to look again while a speech is done but still the session's current one."""


@dataclass(slots=True)
class _Tracked:
    handle: SpeechHandle
    agent: Agent | None
    was_current: bool = False
    reported: Speech | None = None


class SessionEvents:
    """Listens to one session, from before it starts; it may be started again after its end.

    Args:
        session: The session. It is not kept alive by this.
        report: Takes the policy's events, in order.
        call_log: Is told what goes wrong: nothing is raised into LiveKit.
        listen: False where the session has not what it takes: then nothing is ever reported.
    """

    def __init__(
        self,
        session: AgentSession[Any],
        report: Callable[[Event], None],
        call_log: CallLog,
        *,
        listen: bool = True,
    ) -> None:
        self._session = weakref.ref(session)
        self._report = report
        self._call_log = call_log
        self._tracked: dict[str, _Tracked] = {}
        self._state: str | None = None
        self._started: SessionStarted | None = None
        self._look_again: asyncio.TimerHandle | None = None
        self._ended = not listen
        if not listen:
            return
        session.on("agent_state_changed", self._on_agent_state_changed)
        session.on("speech_created", self._on_speech_created)
        session.on("conversation_item_added", self._on_conversation_item_added)
        session.on("close", self._on_close)
        self.sync()

    def running_handles(self) -> list[SpeechHandle]:
        """Speeches of the current agent that are not done, those with a running tool included."""
        return [
            tracked.handle
            for tracked in self._tracked.values()
            if tracked.reported is not None and tracked.reported.state is not SpeechState.DONE
        ]

    def report_session(self) -> None:
        """Reports what the session is like, changed or not: it runs, so it has not ended."""
        self._ended = False
        self._started = None
        self.sync()

    def snapshot(self) -> list[Event]:
        """What a policy that starts now needs to be told."""
        now = clock.now()
        events: list[Event] = []
        if self._started is not None:
            events.append(replace(self._started, t=now))
        events += [
            replace(tracked.reported, t=now)
            for tracked in self._tracked.values()
            if tracked.reported is not None and tracked.reported.state is not SpeechState.DONE
        ]
        if self._state is not None:
            events.append(AgentState(now, self._state))
        return events

    def sync(self) -> None:
        """Reports what has changed since the last look."""
        session = self._session()
        if session is None or self._ended:
            return
        try:
            self._sync(session)
        except Exception as error:  # noqa: BLE001 - an emitter lets a TypeError through
            self._call_log.failed("session_not_understood", error)

    def _sync(self, session: AgentSession[Any]) -> None:
        self._sync_session(session)
        current = session.current_speech
        if current is not None:
            self._track(current, current_agent(session)).was_current = True
        if session.agent_state != self._state:
            # a speech that has begun is there before it is heard, one that ended is gone after
            self._sync_speeches(session, current, ending=False)
            self._state = session.agent_state
            self._report(AgentState(clock.now(), self._state))
        self._sync_speeches(session, current, ending=True)
        if current is not None and current.done():
            self._sync_soon()

    def _sync_session(self, session: AgentSession[Any]) -> None:
        audio = session.output.audio if session.output.audio_enabled else None
        interruption = session.options.interruption
        started = SessionStarted(
            t=0.0,
            min_words=interruption["min_words"],
            pausable=bool(
                audio is not None
                and audio.can_pause
                and interruption["resume_false_interruption"]
                and interruption["false_interruption_timeout"] is not None
            ),
            turn_detection=turn_detection_of(session),
            vad=session.vad is not None,
        )
        if started != self._started:
            self._started = started
            self._report(replace(started, t=clock.now()))

    def _sync_speeches(
        self, session: AgentSession[Any], current: SpeechHandle | None, *, ending: bool
    ) -> None:
        agent = current_agent(session)
        for speech_id, tracked in list(self._tracked.items()):
            state = _speech_state(tracked, current, agent)
            if tracked.handle.done() and tracked.handle is not current:
                if not ending:
                    continue
                del self._tracked[speech_id]
            if state is None:
                continue
            if state is SpeechState.DONE and (not ending or not tracked.reported):
                continue
            done = state is SpeechState.DONE
            speech = Speech(
                0.0,
                speech_id,
                state,
                interruptible=allows_interruptions(tracked.handle),
                interrupted=done and bool(tracked.handle.interrupted),
            )
            if speech != tracked.reported:
                tracked.reported = speech
                self._report(replace(speech, t=clock.now()))

    def _track(self, handle: SpeechHandle, agent: Agent | None) -> _Tracked:
        tracked = self._tracked.get(handle.id)
        if tracked is None:
            tracked = self._tracked[handle.id] = _Tracked(handle, agent)
            handle.add_done_callback(self._on_speech_done)
        return tracked

    def _sync_soon(self, delay: float = SETTLE_S) -> None:
        if self._look_again is not None:
            self._look_again.cancel()
        self._look_again = asyncio.get_running_loop().call_later(delay, self.sync)

    # -- listeners --------------------------------------------------------------------------------

    def _on_agent_state_changed(self, event: AgentStateChangedEvent) -> None:
        if event.old_state == "initializing":  # started, or started again
            self._ended = False
        self.sync()

    def _on_speech_created(self, event: SpeechCreatedEvent) -> None:
        session = self._session()
        if session is not None:
            self._track(event.speech_handle, current_agent(session))
            self._sync_soon(0.0)  # it is scheduled only after this event

    def _on_speech_done(self, _handle: SpeechHandle) -> None:
        self.sync()

    def _on_conversation_item_added(self, event: ConversationItemAddedEvent) -> None:
        self.sync()
        item = event.item
        if item.type == "message" and item.role == "assistant" and item.text_content:
            self._report(AgentText(clock.now(), item.text_content))

    def _on_close(self, _event: CloseEvent) -> None:
        if self._ended:
            return
        self._ended = True
        self._report(Ended(clock.now()))
        if self._look_again is not None:
            self._look_again.cancel()
        self._tracked.clear()
        self._state = self._started = None


def _speech_state(
    tracked: _Tracked, current: SpeechHandle | None, agent: Agent | None
) -> SpeechState | None:
    """Where a speech stands; None before it is scheduled, as a preemptive reply may never be."""
    handle = tracked.handle
    if handle is current:
        return SpeechState.CREATED
    if handle.done() or (tracked.agent is not None and tracked.agent is not agent):
        return SpeechState.DONE
    if tracked.was_current:
        return SpeechState.TOOL
    return SpeechState.CREATED if handle.scheduled else None


def current_agent(session: AgentSession[Any]) -> Agent | None:
    """The agent the session is with, or already on its way to; None before the start."""
    try:
        return session.current_agent
    except RuntimeError:
        return None


def of_agent_or_session(
    session: AgentSession[Any], agent: Agent | None, name: str, *, unsaid: object = None
) -> object:
    """What the agent brings along, None where it goes without; else the session's."""
    own: Any = getattr(agent, name, NOT_GIVEN)
    return own if is_given(own) else getattr(session, name, unsaid)


def turn_detection_of(session: AgentSession[Any]) -> str:
    """The mode in force: the current agent's own, else the session's."""
    model = _realtime_model(session)
    if model is not None and model.capabilities.turn_detection:
        return "realtime_llm"  # without being told to
    for owner in (current_agent(session), session):
        mode = getattr(owner, "turn_detection", None)
        if isinstance(mode, str):
            return mode
        if mode is not None and hasattr(mode, "predict_end_of_turn"):
            return type(mode).__name__
    return "auto"


def _realtime_model(session: AgentSession[Any]) -> llm.RealtimeModel | None:
    """The model in use, where it hears the caller itself."""
    for owner in (current_agent(session), session):
        model = getattr(owner, "llm", None)
        if isinstance(model, llm.RealtimeModel):
            return model
        if isinstance(model, llm.LLM):
            break
    return None


def uses_realtime_model(session: AgentSession[Any]) -> bool:
    """Whether the model in use hears the caller itself, so that words are not all it goes by."""
    return _realtime_model(session) is not None

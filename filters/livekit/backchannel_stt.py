"""Filters an agent's `stt_node`, so that backchannels never reach LiveKit's pipeline.

Mixed in before `Agent`: `class Receptionist(BackchannelSTTFilterMixin, Agent)`.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import inspect
from typing import TYPE_CHECKING, Any

from livekit.agents import Agent, stt

from filters.calls import clock, facts_of, get_logger
from filters.configuration import FilterConfig, load_config
from filters.policy import Action, Decision, Heard, SpeechType, StreamClosed

from .checks import session_checks
from .judged_events import AsItCame, JudgedEvents, kept
from .nodes import closing
from .session_events import current_agent
from .session_filter import SessionFilter
from .speech_events import end_of_speech, event_of, heard_in, says_nothing

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncGenerator, AsyncIterable, Iterator

    from livekit import rtc
    from livekit.agents import AgentSession, ModelSettings

    from filters.calls import Answer, AskedJudge
    from filters.policy import Overlap

log = get_logger(__name__)

UNFILTERED = "speech passes unfiltered where it fails"

SAYING_EVERY_S = 0.1
"""How often the filter is told what the agent adds to what it says."""

_KEPT_BACK = (Action.SUPPRESS, Action.HOLD, Action.RETRACT)


class BackchannelSTTFilterMixin:
    """Mixed in before `Agent`, talks on through "mhm", stops at "stop", and loses no answer.

    It needs no argument, and it goes with other mixins: each method calls the next one's.

    Attributes:
        filter_config: A `FilterConfig`, the name of a domain YAML, or a path; None is the default.
            A configuration given to `install` for the session comes before it.

    Raises:
        ConfigError: On construction, when `filter_config` is faulty.
        TypeError: Where a class is made with `Agent` before it: nothing would be filtered.
    """

    filter_config: FilterConfig | str | os.PathLike[str] | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        order = cls.mro()
        if Agent in order and order.index(Agent) < order.index(BackchannelSTTFilterMixin):
            raise TypeError(
                f"class {cls.__name__}: Agent stands before BackchannelSTTFilterMixin, so nothing "
                f"would be filtered. Write class {cls.__name__}(BackchannelSTTFilterMixin, Agent)."
            )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.filter_config is not None:  # a fault in it shows now, and not in the call
            self._own_filter_config = self._load_filter_config()

    def on_filter_decision(self, decision: Decision) -> None:
        """Override to observe: called with each decision about what the caller said.

        Called from the audio pipeline, so it must not block; what it raises is logged once.
        """

    def judge(self, overlap: Overlap) -> Answer:  # noqa: ARG002 - for who overrides it
        """Override to say what words over the agent are; plain, or `async`.

        Asked once for each transcript over the agent. A judge that is awaited has the
        configuration's `judge_timeout_s`; with a parameter `audio=()` it gets the frames of the
        overlap so far, two seconds at most. It comes before the judge that `install` was given.

        Args:
            overlap: What the caller has said, and over what.

        Returns:
            What it is; None leaves it to the words.
        """
        return None

    def expect_answer(self) -> None:
        """Says that the agent's turn under way, or its next one, asks for an answer.

        A turn with a question mark, or with one of the domain's `answer_prompts`, needs no such
        call.

        Raises:
            RuntimeError: The agent is not in a session.
        """
        self._session_filter().expect_answer()

    def _session_filter(self) -> SessionFilter:
        session: AgentSession[Any] = self.session  # type: ignore[attr-defined]  # Agent's
        installed = SessionFilter.installed(session)
        if installed is not None:
            return installed
        config = getattr(self, "_own_filter_config", None) or self._load_filter_config()
        return SessionFilter.of(session, config)

    def _load_filter_config(self) -> FilterConfig:
        configured = self.filter_config
        config = configured if isinstance(configured, FilterConfig) else load_config(configured)
        config.compile()  # here, once a process: not at the caller's first word
        return config

    async def stt_node(
        self, audio: AsyncIterable[rtc.AudioFrame], model_settings: ModelSettings
    ) -> AsyncGenerator[Any, None]:
        """Yields the recogniser's events but for what the filter keeps back.

        Raises:
            APIError: As the recogniser raised it, so that LiveKit reconnects.
        """
        asked = self._asked_judge()
        if asked is not None and asked.listens:
            audio = kept(audio, asked)
        node = super().stt_node(audio, model_settings)  # type: ignore[misc]  # Agent's
        if inspect.isawaitable(node):
            node = await node
        if node is None:
            session_checks.no_recogniser()
            return
        async with contextlib.aclosing(self._filter_events(node, asked)) as events:
            async for event in events:
                yield event

    async def transcription_node(
        self, text: AsyncIterable[Any], model_settings: ModelSettings
    ) -> AsyncGenerator[Any, None]:
        """Passes on what the agent is about to say, and lets the filter know it."""
        node = super().transcription_node(text, model_settings)  # type: ignore[misc]  # Agent's
        if inspect.isawaitable(node):
            node = await node
        if node is None:
            return
        untold, told_at = "", float("-inf")
        async with closing(node) as pieces:
            async for piece in pieces:
                untold += str(piece)  # a model's tokens come faster than anybody speaks
                if clock.now() - told_at >= SAYING_EVERY_S:
                    self._tell_saying(untold)
                    untold, told_at = "", clock.now()
                yield piece
        if untold:
            self._tell_saying(untold)

    def _tell_saying(self, text: str) -> None:
        """Law 10: what goes wrong here is no reason for the agent to fall silent."""
        try:
            session_filter = self._session_filter()
            if session_filter.config.mode != "off":
                session_filter.agent_saying(text)
        except Exception as error:  # noqa: BLE001 - law 10
            log.debug("agent_saying_unknown", **facts_of(error))

    def _asked_judge(self) -> AskedJudge | None:
        """The judge that this stream's events are put to."""
        own = type(self).judge is not BackchannelSTTFilterMixin.judge
        try:
            installed = SessionFilter.installed(self.session)  # type: ignore[attr-defined]  # Agent's
            if own or (installed is not None and installed.judge is not None):
                return self._session_filter().asked(self.judge if own else None)
        except Exception as error:  # noqa: BLE001 - law 10
            log.debug("judge_unavailable", **facts_of(error))
        return None

    async def _filter_events(
        self, node: AsyncIterable[Any], asked: AskedJudge | None
    ) -> AsyncGenerator[Any, None]:
        try:
            session_filter = self._session_filter()
        except Exception as error:  # noqa: BLE001 - law 10
            facts = facts_of(error)
            log.error("filter_unavailable", consequence=UNFILTERED, **facts)  # noqa: TRY400 - law 11
            session_filter = None
        if session_filter is None or session_filter.config.mode == "off":
            async with closing(node) as events:
                async for event in events:
                    yield event
            return
        observer = self.on_filter_decision
        session_filter.observers.append(observer)
        try:
            stream = _FilteredStream(node, session_filter, self, asked)
            async with contextlib.aclosing(stream.events()) as events:
                async for event in events:
                    yield event
        finally:
            session_filter.observers.remove(observer)


class _Tick:
    """Put among the recogniser's events when there may be something to do without one."""


@dataclasses.dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None


class _FilteredStream:
    """One stream of the recogniser, filtered. Several may follow each other in a session."""

    def __init__(
        self,
        node: AsyncIterable[Any],
        session_filter: SessionFilter,
        agent: object,
        asked: AskedJudge | None,
    ) -> None:
        self._node = node
        self._filter = session_filter
        self._agent = agent
        self._shadow = session_filter.config.mode == "shadow"
        self._arrived: asyncio.Queue[object] = asyncio.Queue()
        self._judged = (
            None if asked is None else JudgedEvents(asked, session_filter.overlap, self._arrived)
        )
        self._timer: asyncio.TimerHandle | None = None
        self._reconnects = session_filter.reconnects

    async def events(self) -> AsyncGenerator[Any, None]:
        """What goes on to LiveKit."""
        reader = asyncio.create_task(self._read(), name="backchannel_filter_reader")
        try:
            self._filter.take_charge(self, self._wake, can_retract=True)
            for event in self._close_speech():  # of a stream that was cut off in mid-speech
                yield event
            self._wake()
            while True:
                arrived = await self._arrived.get()
                if isinstance(arrived, _End):
                    for event in self._close_speech():
                        yield event
                    if arrived.error is not None:
                        raise arrived.error
                    return
                for event in self._guarded(arrived):
                    yield event
                self._arm()
                self._arrived.task_done()
        finally:
            if self._timer is not None:
                self._timer.cancel()
            self._filter.give_up_charge(self)
            reader.cancel()
            await asyncio.wait([reader])
            if self._judged is not None:
                await self._judged.close()

    async def _read(self) -> None:
        """Reads, from first to last in one task, as the recogniser's context variables require."""
        error: BaseException | None = None
        try:
            async with closing(self._node) as events:
                async for event in events:
                    self._put(event)
        except (Exception, asyncio.CancelledError) as raised:  # noqa: BLE001 - raised by `events`
            error = raised
        if self._judged is None:
            self._arrived.put_nowait(_End(error))
        else:
            self._judged.end(_End(error))

    def _put(self, event: object) -> None:
        """An event goes to the filter, by way of the judge if there is one: in order, always."""
        if self._judged is None:
            self._arrived.put_nowait(event)
        else:
            self._judged.put(event, shadow=self._shadow)

    def _wake(self) -> None:
        self._arrived.put_nowait(_Tick())

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = self._filter.next_deadline
        if deadline is not None and self._in_charge():
            delay = max(0.0, deadline - clock.now())
            self._timer = asyncio.get_running_loop().call_later(delay, self._wake)

    def _close_speech(self) -> Iterator[Any]:
        """Ends what the recogniser won't: without it a paused reply of the agent stays paused."""
        if self._filter.speech_open:
            self._filter.speech_open = False
            self._filter.tell(StreamClosed(clock.now()))
            if not self._shadow:
                yield stt.SpeechEvent(type=stt.SpeechEventType.END_OF_SPEECH)

    def _guarded(self, arrived: object) -> list[Any]:
        """What is to be yielded; the event as it came where the filter fails."""
        events: list[Any] = []
        try:
            if self._shadow or not says_nothing(arrived):
                events.extend(self._filtered(arrived))
        except Exception as error:  # noqa: BLE001 - law 10
            self._filter.call_log.failed("filter_failed", error, consequence=UNFILTERED)
            if isinstance(arrived, Heard):
                events += [] if self._shadow else [arrived.source]
            elif not isinstance(arrived, _Tick):
                events.append(arrived)
        return events

    def _filtered(self, arrived: object) -> Iterator[Any]:
        session_filter = self._filter
        if isinstance(arrived, _Tick):
            yield from self._come_due()
            return
        heard = arrived if isinstance(arrived, Heard) else heard_in(arrived)
        if heard is None:  # usage, or text of a node that yields no events
            yield arrived.event if isinstance(arrived, AsItCame) else arrived
            return
        was_open = session_filter.speech_open
        if heard.type is SpeechType.START_OF_SPEECH:
            session_filter.speech_open = True
        elif heard.type is SpeechType.END_OF_SPEECH:
            session_filter.speech_open = False
        *due, decision = session_filter.hear(heard)
        if self._shadow:
            if arrived is not heard:
                yield arrived
            return
        if decision.final and heard.text and decision.action in _KEPT_BACK:
            self._filter.mark_transcribed()
        if self._in_charge():
            goes_on = was_open or decision.action in (Action.PASS, Action.INTERRUPT)
            yield from self._deliver(due, caller_silent=not goes_on)
        else:
            session_filter.put_back(due)
        yield from self._act(decision)

    def _come_due(self) -> Iterator[Any]:
        session_filter = self._filter
        if session_filter.reconnects != self._reconnects:
            self._reconnects = session_filter.reconnects
            yield from self._close_speech()
        if self._in_charge():
            silent = not session_filter.speech_open
            yield from self._deliver(session_filter.due(), caller_silent=silent)

    def _in_charge(self) -> bool:
        """Whether LiveKit would listen: a turn that ends once the agent has to go is lost."""
        session = self._filter.session
        agent = None if session is None else current_agent(session)
        return self._filter.driver is self and agent is self._agent

    def _deliver(self, decisions: list[Decision], *, caller_silent: bool) -> Iterator[Any]:
        """Words held earlier; an end of speech makes a turn of them if the caller is silent."""
        if self._shadow:
            return
        released = [each for each in decisions if each.action in (Action.RELEASE, Action.INTERRUPT)]
        for decision in released:
            if decision.action is Action.INTERRUPT:  # an answer, and the agent has gone on
                self._filter.interrupt()
            yield event_of(decision)
        if released and caller_silent:
            yield end_of_speech(released[-1].heard.t)

    def _act(self, decision: Decision) -> Iterator[Any]:
        event = event_of(decision)
        if decision.action is Action.PASS:
            yield event
        elif decision.action is Action.INTERRUPT:
            if decision.recoverable:
                # LiveKit reads the words of the event before, so the words come twice, the first
                # time as an interim whatever they are; the agent pauses, and could resume
                yield dataclasses.replace(event, type=stt.SpeechEventType.INTERIM_TRANSCRIPT)
                self._filter.stop_soon()
            else:
                self._filter.interrupt()
            yield event
        elif decision.action is Action.RETRACT:
            alternatives = [dataclasses.replace(event.alternatives[0], text="")]
            yield stt.SpeechEvent(
                type=stt.SpeechEventType.INTERIM_TRANSCRIPT, alternatives=alternatives
            )

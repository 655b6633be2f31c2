"""Tells a recogniser's events to the session's filter, and passes on what it decides."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING, Any

from livekit.agents import stt

from filters.calls import clock
from filters.policy import Action, Decision, Heard, SpeechType, StreamClosed

from .judged_events import AsItCame, JudgedEvents
from .nodes import closing
from .session_events import current_agent
from .speech_events import end_of_speech, event_of, heard_of, says_nothing

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, Iterator

    from filters.calls import AskedJudge

    from .session_filter import SessionFilter

UNFILTERED = "speech passes unfiltered where it fails"

_KEPT_BACK = (Action.SUPPRESS, Action.HOLD, Action.RETRACT)


class _Tick:
    """Put among the recogniser's events when there may be something to do without one."""


@dataclasses.dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None


class FilteredStream:
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
        heard = arrived if isinstance(arrived, Heard) else heard_of(arrived)
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

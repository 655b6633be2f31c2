"""Turns what a pipeline's parts do into the policy's events about the bot."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    FunctionCallCancelFrame,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    FunctionCallsStartedFrame,
    InterruptionFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    TTSTextFrame,
)
from pipecat.processors.aggregators.llm_response_universal import (
    LLMAssistantAggregator,
    LLMUserAggregator,
)
from pipecat.services.llm_service import LLMService
from pipecat.services.tts_service import TTSService
from pipecat.transports.base_output import BaseOutputTransport

from filters.calls import clock
from filters.policy import AgentSaying, AgentState, AgentText, Event, Speech, SpeechState

from .bot_floor import BotFloor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipecat.processors.frame_processor import FrameProcessor


class BotEvents:
    """Reports what the bot does, from what goes by and from what its parts push.

    Args:
        report: Takes the policy's events, in order.
    """

    def __init__(self, report: Callable[[Event], None]) -> None:
        self._report = report
        self._floor = BotFloor()
        self._ids = itertools.count(1)
        self._speech: Speech | None = None
        self._state: str | None = None
        self._said: list[str] = []  # with the spaces between the pieces
        self._interrupted = False
        self._freed_at: float | None = None

    @property
    def deadline(self) -> float | None:
        """When to look again though nothing happened."""
        return self._floor.deadline

    def silent_for(self, t: float) -> float:
        """Seconds for which the bot has had nothing to say; 0 while it has."""
        if self._floor.held:
            return 0.0
        return float("inf") if self._freed_at is None else t - self._freed_at

    def snapshot(self) -> list[Event]:
        """What a policy that starts now needs to be told."""
        now = clock.now()
        events: list[Event] = []
        if self._speech is not None:
            events.append(Speech(now, self._speech.id, self._speech.state))
        if self._state is not None:
            events.append(AgentState(now, self._state))
        return events

    def watch(self, line: Sequence[FrameProcessor]) -> None:
        """Looks at what the parts of the bot push, which doesn't come by here."""
        outputs = [each for each in line if isinstance(each, BaseOutputTransport)]
        for each in line:
            if isinstance(each, (LLMUserAggregator, LLMService, TTSService)):
                each.add_event_handler("on_before_push_frame", self._on_made)
            if isinstance(each, BaseOutputTransport):
                each.add_event_handler("on_after_push_frame", self._on_played)
            elif isinstance(each, LLMAssistantAggregator) and not outputs:
                each.add_event_handler("on_before_process_frame", self._on_played)

    def went_by(self, frame: Frame) -> None:
        """Takes in a frame on its way up or down."""
        now = clock.now()
        if isinstance(frame, BotStartedSpeakingFrame):
            self._floor.started(now)
        elif isinstance(frame, BotStoppedSpeakingFrame):
            self._floor.stopped(now)
        elif isinstance(frame, InterruptionFrame):
            self._interrupted = self._floor.held
            self._floor.interrupted(now)
        elif isinstance(frame, FunctionCallsStartedFrame):
            self._floor.tools_begun(now, *(call.tool_call_id for call in frame.function_calls))
        elif isinstance(frame, FunctionCallInProgressFrame):
            if not frame.cancel_on_interruption:  # the model goes on without its result
                self._floor.tool_ended(now, frame.tool_call_id)
        elif isinstance(frame, FunctionCallResultFrame):
            if frame.properties is None or getattr(frame.properties, "is_final", True):
                self._floor.tool_ended(now, frame.tool_call_id)
        elif isinstance(frame, FunctionCallCancelFrame):
            self._floor.tool_ended(now, frame.tool_call_id)
        else:
            return
        self.sync()

    def sync(self) -> None:
        """Reports what has changed since the last look."""
        now = clock.now()
        self._floor.expire(now)
        held = self._floor.held
        if held:
            self._report_speech(now)
        state = "listening"
        if self._floor.speaking:
            state = "speaking"
        elif held:
            state = "thinking"
        if self._state == "speaking" and state != "speaking":
            self._report_said(now)
        if state != self._state:
            self._state = state
            self._report(AgentState(now, state))
        if not held and self._speech is not None:
            done = Speech(now, self._speech.id, SpeechState.DONE, interrupted=self._interrupted)
            self._speech, self._interrupted, self._freed_at = None, False, now
            self._report(done)

    async def _on_made(self, processor: FrameProcessor, frame: Frame) -> None:
        now = clock.now()
        if isinstance(frame, LLMContextFrame):
            if isinstance(processor, LLMUserAggregator):
                self._floor.context_pushed(now)
        elif isinstance(frame, LLMFullResponseStartFrame):
            if isinstance(processor, LLMService):
                self._floor.reply_begun(now)
        elif isinstance(frame, LLMFullResponseEndFrame):
            if isinstance(processor, LLMService):
                self._floor.reply_made(now)
        elif isinstance(frame, TTSStartedFrame):
            self._floor.voice_begun(now)
        else:
            return
        self.sync()

    async def _on_played(self, _processor: FrameProcessor, frame: Frame) -> None:
        now = clock.now()
        if isinstance(frame, TTSTextFrame):
            text = frame.text if frame.includes_inter_frame_spaces else f" {frame.text}"
            self._said.append(text)
            self.sync()
            self._report(AgentSaying(now, text))
            return
        if isinstance(frame, LLMFullResponseEndFrame):
            self._floor.reply_played(now)
        elif isinstance(frame, TTSStoppedFrame):
            self._floor.voice_played(now)
        else:
            return
        self.sync()

    def _report_speech(self, now: float) -> None:
        state = SpeechState.TOOL if self._floor.tool_alone else SpeechState.CREATED
        if self._speech is None:
            self._interrupted = False
            self._speech = Speech(now, f"speech-{next(self._ids)}", SpeechState.CREATED)
            self._report(self._speech)
        if self._speech.state is not state:
            self._speech = Speech(now, self._speech.id, state)
            self._report(self._speech)

    def _report_said(self, now: float) -> None:
        text = "".join(self._said).strip()
        self._said.clear()
        if text:
            self._report(AgentText(now, text))

"""The half of the filter that stands in the pipeline: words go on through it, or are kept back."""

from __future__ import annotations

import asyncio
import contextlib
import copy
from collections import deque
from typing import TYPE_CHECKING, TypeAlias

from pipecat.frames.frames import (
    CancelFrame,
    EndFrame,
    Frame,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    InterruptionFrame,
    StartFrame,
    TranscriptionFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor, FrameProcessorSetup
from pipecat.services.stt_service import STTService

from filters.calls import clock
from filters.policy import Action, Reason

from . import optional_frames as optional
from .frames_heard import backchannel_frames, heard_of
from .judged_frames import CallersFrame, JudgedFrames
from .onsets import Onsets
from .placement import check_placement, line_of
from .start_strategy import STARTS_TURN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from filters.policy import Decision

    from .filtered_call import FilteredCall
    from .start_strategy import FilteredUserTurnStartStrategy

_Frames: TypeAlias = "list[tuple[Frame, FrameDirection]]"
_DOWN, _UP = FrameDirection.DOWNSTREAM, FrameDirection.UPSTREAM
_TRANSCRIPTS = (InterimTranscriptionFrame, TranscriptionFrame)
_GOES_ON = (Action.PASS, Action.INTERRUPT, Action.RETRACT)  # nothing can be taken back here
_UNFILTERED = "speech passes unfiltered where it fails"
_SHORTEST_WAIT_S = 0.005


class InterruptionProcessor(FrameProcessor):
    """Goes between the STT service and the user aggregator; `interruption_filter` makes it.

    Backchannels become `UserBackchannelFrame`s. Words that are too few to stop the bot wait, and
    go on with the words that do, or when the bot is done, or into the context without a turn.
    Where there is a judge, what the caller says waits its turn to be judged, and nothing else does.

    It works without a queue of its own, from which an interruption would drop words.

    Args:
        call: What it shares with the start strategy.
        strategy: The start strategy.
    """

    def __init__(self, call: FilteredCall, strategy: FilteredUserTurnStartStrategy) -> None:
        super().__init__(enable_direct_mode=True)
        self._call = call
        self._strategy = strategy
        self._onsets = Onsets()
        self._unsent: deque[tuple[Frame, FrameDirection]] = deque()
        self._sending = False
        self._muted = False
        self._interrupt_first = False
        self._watching: asyncio.Task[None] | None = None
        self._judged: JudgedFrames | None = None
        if call.asked is not None:
            self._judged = JudgedFrames(call.asked, call.overlap, self._decide)
        self._judging: asyncio.Task[None] | None = None

    async def setup(self, setup: FrameProcessorSetup) -> None:  # type: ignore[override]  # as all do
        """Looks where it stands, and at the parts of the bot.

        Raises:
            PlacementError: It can't work where it stands. The bot then runs as without it.
        """
        await super().setup(setup)
        line = line_of(self, setup)
        self._strategy.processor_there = True
        if self._call.config.mode == "enforce":
            check_placement(self, self._strategy, line)
        self._strategy.processor_ready = True
        services = [each for each in line if isinstance(each, STTService)]
        self._call.listen_with(services[0] if services else None)
        self._call.bot.watch(line)

    async def cleanup(self) -> None:
        """Ends with the pipeline."""
        await self._end()
        await super().cleanup()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Takes in a frame, and sends on what may go on."""
        await super().process_frame(frame, direction)
        call = self._call
        if call.config.mode == "off" or not self._strategy.processor_ready:
            await self.push_frame(frame, direction)
            return
        if isinstance(frame, StartFrame):
            call.begin()
            self._watch()
        elif isinstance(frame, (EndFrame, CancelFrame)):
            await self._end()
        try:
            frames = self._take_in(frame, direction)
        except Exception as error:  # noqa: BLE001 - law 10
            self._failed(error, frame)
            frames = [(frame, direction)]
        await self._send(frames)

    def _take_in(self, frame: Frame, direction: FrameDirection) -> _Frames:
        """What goes on in a frame's place: usually the frame."""
        now = clock.now()
        self._look_at(frame, now)
        if self._muted or (isinstance(frame, _TRANSCRIPTS) and direction is _UP):
            return [(frame, direction)]
        heard = heard_of(frame, now, self._onsets)
        if heard is None:
            return [(frame, direction)]
        if self._judged is None or self._judging is None:
            return self._decided(CallersFrame(frame, direction, heard))
        gone = direction is _UP or self._call.config.mode == "shadow"
        self._judged.put(CallersFrame(frame, direction, heard, gone))
        return [(frame, direction)] if gone else []

    async def _decide(self, item: CallersFrame) -> None:
        """Decides about a frame that has waited, and sends on what may go on."""
        stays = [] if item.gone else [(item.frame, item.direction)]
        try:
            frames = stays if self._muted else self._decided(item)
        except Exception as error:  # noqa: BLE001 - law 10
            self._failed(error, item.frame)
            frames = stays
        await self._send(frames)

    def _decided(self, item: CallersFrame) -> _Frames:
        """What goes on in place of a frame about the caller's speech. Words go down, always."""
        itself = [] if item.gone else [(item.frame, item.direction)]
        *due, decision = self._call.hear(item.heard)
        if self._call.config.mode == "shadow":
            return itself
        transcript = isinstance(item.frame, _TRANSCRIPTS)
        goes_on = decision.action in _GOES_ON
        words = self._frames_of(due, last_starts=not (transcript and goes_on))
        if transcript and goes_on:
            words.append(self._let_go(decision, starts=True))
        elif transcript and _is_backchannel(decision):
            words += backchannel_frames(item.heard)
        return [*((each, _DOWN) for each in words), *([] if transcript else itself)]

    def _failed(self, error: Exception, frame: Frame) -> None:
        self._call.driver.call_log.failed("filter_failed", error, consequence=_UNFILTERED)
        frame.metadata[STARTS_TURN] = isinstance(frame, _TRANSCRIPTS)

    def _look_at(self, frame: Frame, now: float) -> None:
        """Takes in what is none of the caller's words."""
        if isinstance(frame, InputAudioRawFrame):
            self._onsets.audio(now, frame.num_frames / frame.sample_rate)
            if self._call.asked is not None and self._call.asked.listens:
                self._call.asked.keep(frame)
        elif isinstance(frame, optional.MUTE_STARTED):
            self._muted = True
        elif isinstance(frame, optional.MUTE_STOPPED):
            self._muted = False
        else:
            self._call.bot.went_by(frame)

    def _frames_of(self, decisions: Iterable[Decision], *, last_starts: bool) -> list[Frame]:
        """What is sent on of earlier words; the last that goes on starts a turn, or joins one."""
        frames: list[Frame] = []
        released: Frame | None = None
        for decision in decisions:
            if decision.action in (Action.RELEASE, Action.INTERRUPT):
                released = self._let_go(decision, starts=False)
                frames.append(released)
            elif decision.action is Action.DISCARD:
                frames += backchannel_frames(decision.heard)
        if released is not None and last_starts:
            released.metadata[STARTS_TURN] = True
        return frames

    def _let_go(self, decision: Decision, *, starts: bool) -> Frame:
        """The frame that goes on: as it came, but for words that are not the caller's, or not new.

        An interruption, its own at that, must not drop it.
        """
        frame: Frame = decision.heard.source
        if decision.adds is not None:
            frame = copy.copy(frame)
            frame.text = decision.adds  # type: ignore[attr-defined]  # it is a transcription
        frame.metadata[STARTS_TURN] = starts
        if isinstance(frame, TranscriptionFrame) and hasattr(frame, "interruptible"):  # 1.12
            frame.interruptible = False
        if decision.action is Action.INTERRUPT and self._strategy.turn_open:
            self._interrupt_first = True
        return frame

    async def _send(self, frames: _Frames) -> None:
        """Sends frames on, in order: one task at a time, whoever's it is."""
        call = self._call
        if self._interrupt_first:  # a turn is open already, so that none can start
            self._interrupt_first = False
            call.bot.went_by(InterruptionFrame())
            await self.broadcast_interruption()
        self._unsent.extend((each, _UP) for each in call.upstream)
        self._unsent.extend((each, _DOWN) for each in call.notes)
        call.upstream.clear()
        call.notes.clear()
        self._unsent.extend(frames)
        if self._sending:
            return
        self._sending = True
        try:
            while self._unsent:
                await self.push_frame(*self._unsent.popleft())
        finally:
            self._sending = False

    def _watch(self) -> None:
        if self._watching is None:
            self._watching = self.create_task(self._watch_deadlines(), "interruption_filter")
            if self._judged is not None:
                self._judging = self.create_task(self._judged.run(), "interruption_filter_judge")

    async def _watch_deadlines(self) -> None:
        call = self._call
        while True:
            call.changed.clear()
            try:
                decisions = call.due()
            except Exception as error:  # noqa: BLE001 - law 10
                call.driver.call_log.failed("filter_failed", error, consequence=_UNFILTERED)
                decisions = []
            if call.config.mode == "shadow":
                decisions = []
            words = self._frames_of(decisions, last_starts=True)
            await self._send([(each, _DOWN) for each in words])
            deadline = call.deadline
            wait_s = None if deadline is None else max(deadline - clock.now(), _SHORTEST_WAIT_S)
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(call.changed.wait(), wait_s)

    async def _end(self) -> None:
        judging, self._judging = self._judging, None
        if judging is not None and self._judged is not None:
            await self.cancel_task(judging)
            for item in self._judged.end():
                await self._decide(item)
        self._call.end()
        watching, self._watching = self._watching, None
        if watching is not None:
            await self.cancel_task(watching)


def _is_backchannel(decision: Decision) -> bool:
    """Whether it becomes a `UserBackchannelFrame`: it is one, and none of the bot's own words."""
    return (
        decision.action is Action.SUPPRESS
        and decision.final
        and decision.reason in (Reason.BACKCHANNEL, Reason.HESITATION)
    )

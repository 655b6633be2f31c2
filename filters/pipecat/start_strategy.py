"""The half of the filter that starts turns: with the words that the other half lets through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipecat.frames.frames import (
    Frame,
    InterimTranscriptionFrame,
    StartFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
)
from pipecat.turns.types import ProcessFrameResult
from pipecat.turns.user_start import BaseUserTurnStartStrategy

from . import optional_frames as optional
from .placement import PlacementError

if TYPE_CHECKING:
    from .filtered_call import FilteredCall

STARTS_TURN = "interruption_filter.starts_turn"
"""The key of a frame's metadata that the processor sets on words that take the floor."""


class FilteredUserTurnStartStrategy(BaseUserTurnStartStrategy):
    """Goes into `UserTurnStrategies(start=[...])`, alone; `interruption_filter` makes it.

    While the bot has nothing to say, a turn starts as Pipecat's own do, with the first sound. Over
    the bot, and right after it, a turn starts with words, and only with those that the processor
    lets through to take the floor. In shadow mode, and with the filter off, it starts turns as
    Pipecat's defaults do.

    Args:
        call: What it shares with the processor.

    Attributes:
        processor_there: The processor is in a pipeline.
        processor_ready: It is at its place, and works.
    """

    def __init__(self, call: FilteredCall) -> None:
        super().__init__()
        self._call = call
        self._turn = False
        self.processor_there = False
        self.processor_ready = False

    @property
    def turn_open(self) -> bool:
        """Whether the caller has the floor, as the aggregator sees it."""
        return self._turn

    @property
    def resolves_proposed_turn_start_frames(self) -> bool:
        """Proposals of turns end here: who else took them up would interrupt the bot."""
        return True

    async def handle_user_turn_started(self) -> None:
        """The caller has the floor."""
        self._turn = True

    async def handle_user_turn_stopped(self) -> None:
        """The caller's turn is over."""
        self._turn = False

    async def process_frame(self, frame: Frame) -> ProcessFrameResult:
        """Starts a turn where a frame takes the floor.

        Raises:
            PlacementError: The processor is not in the pipeline.
        """
        if isinstance(frame, StartFrame) and not self.processor_there:
            raise PlacementError(
                "the pipeline",
                "the filter's start strategy is in use, and its processor is not in front of the "
                "user aggregator, so no word would ever start a turn",
                "Put it there: Pipeline([transport.input(), stt, interruptions.processor, "
                "user_aggregator, llm, ...])",
            )
        if self._takes_floor(frame):
            await self.trigger_user_turn_started()
            return ProcessFrameResult.STOP
        return ProcessFrameResult.CONTINUE

    def _takes_floor(self, frame: Frame) -> bool:
        sound = isinstance(frame, (VADUserStartedSpeakingFrame, *optional.TURN_PROPOSED))
        if self._call.config.mode != "enforce" or not self.processor_ready:
            return sound or isinstance(frame, (InterimTranscriptionFrame, TranscriptionFrame))
        return bool(frame.metadata.get(STARTS_TURN)) or (sound and self._call.floor_free)

"""A caller's mouth and ear at the two ends of a Pipecat pipeline, in real time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    CancelFrame,
    EndFrame,
    Frame,
    InputAudioRawFrame,
    OutputAudioRawFrame,
    StartFrame,
)
from pipecat.processors.frame_processor import FrameDirection
from pipecat.transports.base_input import BaseInputTransport
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import TransportParams

from agent.offline.playback import Span, SpanKind

if TYPE_CHECKING:
    from agent.offline.mouth import Mouth

RATE = 16_000
_GAP_S = 0.06
"""Chunks that follow each other so closely are one stretch of speech."""
_CHUNK_10MS = 2
_PARAMS = {
    "audio_in_enabled": True,
    "audio_in_sample_rate": RATE,
    "audio_out_enabled": True,
    "audio_out_sample_rate": 24_000,
    "audio_out_10ms_chunks": _CHUNK_10MS,
    "audio_out_end_silence_secs": 0,
}


class CallerInput(BaseInputTransport):
    """What the bot hears: all that a mouth says.

    Args:
        mouth: The caller's, at 16,000 samples a second.
    """

    def __init__(self, mouth: Mouth) -> None:
        super().__init__(TransportParams(**_PARAMS))
        self._mouth = mouth
        self._listening: asyncio.Task[None] | None = None

    async def start(self, frame: StartFrame) -> None:
        """Begins to listen."""
        await super().start(frame)
        await self.set_transport_ready(frame)
        if self._listening is None:
            self._listening = self.create_task(self._listen())

    async def stop(self, frame: EndFrame) -> None:
        """Listens no more."""
        await self._stop_listening()
        await super().stop(frame)

    async def cancel(self, frame: CancelFrame) -> None:
        """Listens no more."""
        await self._stop_listening()
        await super().cancel(frame)

    async def _listen(self) -> None:
        while (samples := await self._mouth.next_frame()) is not None:
            frame = InputAudioRawFrame(samples.tobytes(), sample_rate=RATE, num_channels=1)
            await self.push_audio_frame(frame)

    async def _stop_listening(self) -> None:
        if self._listening is not None:
            await self.cancel_task(self._listening)
            self._listening = None


class Ear(BaseOutputTransport):
    """What the caller hears of the bot, as stretches of time."""

    def __init__(self) -> None:
        super().__init__(TransportParams(**_PARAMS))
        self._spans: list[tuple[float, float, int]] = []  # from, to, and which speech it is
        self._free_at = 0.0
        self._speeches = 0
        self.speaking = False

    @property
    def speech(self) -> tuple[Span, ...]:
        """What was heard, in order; the segment counts the bot's speeches."""
        return tuple(
            Span(SpanKind.SPEECH, start, end, segment, 0.0) for start, end, segment in self._spans
        )

    @property
    def sounding(self) -> bool:
        """Whether it is heard right now."""
        return asyncio.get_running_loop().time() < self._free_at

    @property
    def heard_until(self) -> float | None:
        """When the bot was last heard."""
        return self._spans[-1][1] if self._spans else None

    async def start(self, frame: StartFrame) -> None:
        """Is ready."""
        await super().start(frame)
        await self.set_transport_ready(frame)

    async def push_frame(
        self, frame: Frame, direction: FrameDirection = FrameDirection.DOWNSTREAM
    ) -> None:
        """Looks at what goes by."""
        if direction is FrameDirection.DOWNSTREAM:
            if isinstance(frame, BotStartedSpeakingFrame):
                self.speaking = True
                self._speeches += 1
            elif isinstance(frame, BotStoppedSpeakingFrame):
                self.speaking = False
        await super().push_frame(frame, direction)

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        """Plays a chunk, for as long as it lasts."""
        now = asyncio.get_running_loop().time()
        start = self._free_at if now - self._free_at < _GAP_S else now
        end = start + len(frame.audio) / 2 / frame.sample_rate
        last = self._spans[-1] if self._spans else None
        if last is not None and last[2] == self._speeches and start - last[1] < _GAP_S:
            self._spans[-1] = (last[0], end, self._speeches)
        else:
            self._spans.append((start, end, self._speeches))
        self._free_at = end
        await asyncio.sleep(max(end - now, 0.0))
        return True

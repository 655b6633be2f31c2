"""The microphone of a LiveKit session, with a caller that is no human."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livekit import rtc
from livekit.agents.voice import io

from .mouth import Mouth, SpokenPhrase

if TYPE_CHECKING:
    from .sounds import Codebook

__all__ = ["CallerAudioInput", "SpokenPhrase"]


class CallerAudioInput(Mouth, io.AudioInput):
    """The microphone of a session: `session.input.audio = CallerAudioInput(codebook)`.

    Args:
        codebook: Where the sounds come from.
        sample_rate: Samples a second.
        frame_s: Seconds a frame; a whole number of samples.
        gap_s: The least silence between two phrases.
    """

    def __init__(
        self,
        codebook: Codebook,
        *,
        sample_rate: int = 16000,
        frame_s: float = 0.05,
        gap_s: float = 0.1,
    ) -> None:
        io.AudioInput.__init__(self, label="caller")
        Mouth.__init__(self, codebook, sample_rate=sample_rate, frame_s=frame_s, gap_s=gap_s)

    async def __anext__(self) -> rtc.AudioFrame:
        samples = await self.next_frame()
        if samples is None:
            raise StopAsyncIteration
        return rtc.AudioFrame(
            data=samples.tobytes(),
            sample_rate=self.sample_rate,
            num_channels=1,
            samples_per_channel=len(samples),
        )

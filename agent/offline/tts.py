"""Speech synthesis without a voice: a quiet tone that lasts as long as the text takes to say."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

from livekit.agents import tts
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, APIConnectOptions

from .tone import TONE_HZ, Tone

__all__ = ["TONE_HZ", "ToneTTS"]


class ToneTTS(tts.TTS[Any]):
    """Makes the same audio from the same text, every time.

    Args:
        characters_per_second: How fast it talks.
        first_byte_s: Seconds from a sentence to its first audio.
        sample_rate: Samples a second; a multiple of 20.
    """

    def __init__(
        self,
        *,
        characters_per_second: float = 15.0,
        first_byte_s: float = 0.05,
        sample_rate: int = 24000,
    ) -> None:
        super().__init__(
            capabilities=tts.TTSCapabilities(streaming=False),
            sample_rate=sample_rate,
            num_channels=1,
        )
        self._first_byte_s = first_byte_s
        self._tone = Tone(characters_per_second, sample_rate)

    @property
    def model(self) -> str:
        """What metrics call the voice."""
        return "tone"

    @property
    def provider(self) -> str:
        """What metrics call its provider."""
        return "offline"

    @property
    def first_byte_s(self) -> float:
        """Seconds from a sentence to its first audio."""
        return self._first_byte_s

    def duration_s(self, text: str) -> float:
        """How long a sentence takes to say."""
        return self._tone.duration_s(text)

    def pcm(self, text: str) -> bytes:
        """The audio of a sentence: mono, 16-bit little-endian."""
        return self._tone.pcm(text)

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        """Makes the audio of one sentence."""
        return _ToneStream(voice=self, text=text, conn_options=conn_options)


class _ToneStream(tts.ChunkedStream):
    def __init__(self, *, voice: ToneTTS, text: str, conn_options: APIConnectOptions) -> None:
        super().__init__(tts=voice, input_text=text, conn_options=conn_options)
        self._voice = voice

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        await asyncio.sleep(self._voice.first_byte_s)
        output_emitter.initialize(
            request_id=str(uuid4()),
            sample_rate=self._voice.sample_rate,
            num_channels=1,
            mime_type="audio/pcm",
        )
        output_emitter.push(self._voice.pcm(self.input_text))
        output_emitter.flush()

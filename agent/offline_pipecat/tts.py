"""Speech synthesis for Pipecat without a voice: a tone that says when each word begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipecat.frames.frames import Frame, TTSAudioRawFrame, TTSStartedFrame, TTSStoppedFrame
from pipecat.services.settings import TTSSettings
from pipecat.services.tts_service import TTSService

from agent.offline.tone import Tone

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

_RATE = 24_000
_PIECE_S = 0.1


class ToneTTSService(TTSService):
    """Makes the same audio from the same text, and times its words by their letters."""

    def __init__(self) -> None:
        super().__init__(
            sample_rate=_RATE,
            push_text_frames=False,
            settings=TTSSettings(model="tone", voice="tone", language=None),
        )
        self._tone = Tone(sample_rate=_RATE)
        self._offset_s = 0.0

    def duration_s(self, text: str) -> float:
        """How long a text takes to say."""
        return self._tone.duration_s(text)

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        """Says a sentence."""
        new = not self.audio_context_available(context_id)
        if new:
            await self.create_audio_context(context_id)
            self._offset_s = 0.0
            await self.append_to_audio_context(context_id, TTSStartedFrame(context_id=context_id))
        length_s = self._tone.duration_s(text)
        await self.add_word_timestamps(self._timed(text, length_s), context_id)
        audio = self._tone.pcm(text)
        size = round(_PIECE_S * _RATE) * 2
        for start in range(0, len(audio), size):
            piece = TTSAudioRawFrame(audio[start : start + size], _RATE, 1, context_id=context_id)
            await self.append_to_audio_context(context_id, piece)
        self._offset_s += length_s
        yield None

    async def on_turn_context_completed(self) -> None:
        """All of a reply is there: it ends where its audio ends."""
        context_id = self._turn_context_id
        await super().on_turn_context_completed()
        if context_id and self.audio_context_available(context_id):
            await self.append_to_audio_context(context_id, TTSStoppedFrame(context_id=context_id))
            await self.remove_audio_context(context_id)

    def _timed(self, text: str, length_s: float) -> list[tuple[str, float]]:
        each_s = length_s / max(len(text), 1)
        timed: list[tuple[str, float]] = []
        at = 0
        for word in text.split():
            at = text.index(word, at)
            timed.append((word, self._offset_s + at * each_s))
            at += len(word)
        return timed

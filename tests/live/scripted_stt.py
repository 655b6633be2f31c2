"""A recogniser whose events a test sends itself."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from livekit.agents import (
    DEFAULT_API_CONNECT_OPTIONS,
    APIConnectOptions,
    LanguageCode,
    stt,
)
from livekit.agents.types import NOT_GIVEN, NotGivenOr

if TYPE_CHECKING:
    from livekit.agents.utils import AudioBuffer


class ScriptedSTT(stt.STT[Any]):
    """Sends what it is told to, to the stream that is open."""

    def __init__(self) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=True, interim_results=True))
        self.streams: list[_ScriptedStream] = []

    @property
    def model(self) -> str:
        """What metrics call the model."""
        return "scripted"

    @property
    def provider(self) -> str:
        """What metrics call its provider."""
        return "tests"

    async def _recognize_impl(
        self,
        buffer: AudioBuffer,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions,
    ) -> stt.SpeechEvent:
        raise NotImplementedError

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,  # noqa: ARG002 - LiveKit's signature
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> stt.RecognizeStream:
        """A new stream; the scripted events go to the newest."""
        return _ScriptedStream(self, conn_options)

    def send(self, event: stt.SpeechEvent | Exception | None) -> None:
        """An event, an error the stream raises, or None: the stream ends."""
        self.streams[-1].script.put_nowait(event)

    def start(self, *, onset_s_ago: float | None = None) -> None:
        """START_OF_SPEECH, with the time since the onset where the recogniser knows it."""
        event = stt.SpeechEvent(type=stt.SpeechEventType.START_OF_SPEECH)
        if onset_s_ago is not None and hasattr(event, "speech_start_time"):
            event.speech_start_time = time.time() - onset_s_ago
        self.send(event)

    def end(self) -> None:
        """END_OF_SPEECH."""
        self.send(stt.SpeechEvent(type=stt.SpeechEventType.END_OF_SPEECH))

    def interim(self, text: str, *, language: str = "en") -> None:
        """INTERIM_TRANSCRIPT."""
        self._transcript(stt.SpeechEventType.INTERIM_TRANSCRIPT, text, language)

    def preflight(self, text: str, *, language: str = "en") -> None:
        """PREFLIGHT_TRANSCRIPT."""
        self._transcript(stt.SpeechEventType.PREFLIGHT_TRANSCRIPT, text, language)

    def final(self, text: str, *, language: str = "en") -> None:
        """FINAL_TRANSCRIPT."""
        self._transcript(stt.SpeechEventType.FINAL_TRANSCRIPT, text, language)

    def usage(self) -> None:
        """RECOGNITION_USAGE, which carries no words."""
        usage = stt.RecognitionUsage(audio_duration=1.0)
        kind = stt.SpeechEventType.RECOGNITION_USAGE
        self.send(stt.SpeechEvent(type=kind, recognition_usage=usage))

    def nothing(self, kind: stt.SpeechEventType) -> None:
        """A transcript without alternatives."""
        self.send(stt.SpeechEvent(type=kind))

    def utter(self, text: str, *, interims: tuple[str, ...] = (), language: str = "en") -> None:
        """A whole utterance at once, as an end-of-turn message unfolds."""
        self.start()
        for interim in (*interims, text):
            self.interim(interim, language=language)
        self.preflight(text, language=language)
        self.final(text, language=language)
        self.end()

    def _transcript(self, kind: stt.SpeechEventType, text: str, language: str) -> None:
        data = stt.SpeechData(language=LanguageCode(language), text=text, confidence=0.9)
        self.send(stt.SpeechEvent(type=kind, alternatives=[data]))


class _ScriptedStream(stt.RecognizeStream):
    def __init__(self, scripted: ScriptedSTT, conn_options: APIConnectOptions) -> None:
        super().__init__(stt=scripted, conn_options=conn_options)
        self.script: asyncio.Queue[stt.SpeechEvent | Exception | None] = asyncio.Queue()
        scripted.streams.append(self)

    async def _run(self) -> None:
        while (event := await self.script.get()) is not None:
            if isinstance(event, Exception):
                raise event
            self._event_ch.send_nowait(event)

"""Ways to a recogniser, each with the events that it gives LiveKit for the same speech."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from livekit import rtc
from livekit.agents import DEFAULT_API_CONNECT_OPTIONS, APIConnectOptions, LanguageCode, stt, vad
from livekit.agents.types import NOT_GIVEN, NotGivenOr

from .gateway import LoopbackGateway
from .scripted_stt import ScriptedSTT

if TYPE_CHECKING:
    from collections.abc import Callable

    from livekit.agents.utils import AudioBuffer

    from .call import Call

STEP_S = 0.1
"""From one event of an utterance to the next."""


class Way:
    """A recogniser that says when speech begins and ends, with an interim before each final.

    Attributes:
        options: What the session needs beside the recogniser.
    """

    def __init__(self) -> None:
        self.scripted = ScriptedSTT()
        self.options: dict[str, Any] = {}

    async def open(self) -> stt.STT[Any]:
        """What the session listens with."""
        return self.scripted

    async def close(self) -> None:
        """The call is over."""

    def listens(self) -> bool:
        """Whether its stream is there."""
        return bool(self.scripted.streams)

    async def begin(self, words: str) -> None:
        """The caller has begun to speak, and has said so much."""
        self.scripted.start()
        self.scripted.interim(words)

    async def finish(self, text: str) -> None:
        """The caller has spoken."""
        self.scripted.final(text)
        self.scripted.end()


class FinalsOnly(Way):
    """One final an utterance, and nothing before it but the start of speech."""

    async def begin(self, words: str) -> None:  # noqa: ARG002
        """The speech has begun."""
        self.scripted.start()


class WordByWord(Way):
    """Each word brings START_OF_SPEECH and all words so far; an interim follows the final."""

    async def begin(self, words: str) -> None:
        """A word at a time."""
        said = words.split()
        for count in range(1, len(said) + 1):
            self.scripted.start()
            self.scripted.interim(" ".join(said[:count]))
            if count < len(said):
                await asyncio.sleep(STEP_S)

    async def finish(self, text: str) -> None:
        """An interim is late."""
        self.scripted.final(text)
        self.scripted.interim(text)
        self.scripted.end()


class Pieces(Way):
    """A final each two words, and the interims cover what has no final yet."""

    async def begin(self, words: str) -> None:
        """The first words, not final yet."""
        self.scripted.start()
        self.scripted.interim(words)

    async def finish(self, text: str) -> None:
        """In pieces."""
        words = text.split()
        for first in range(0, len(words), 2):
            self.scripted.final(" ".join(words[first : first + 2]))
            await asyncio.sleep(STEP_S / 2)
        self.scripted.end()


class Odd(Way):
    """Usage in between, no language, transcripts without words, an interim after the final."""

    async def begin(self, words: str) -> None:
        """The first words, after nothing."""
        self.scripted.start()
        self.scripted.usage()
        self.scripted.nothing(stt.SpeechEventType.INTERIM_TRANSCRIPT)
        self.scripted.interim("")
        self.scripted.interim(words, language="")

    async def finish(self, text: str) -> None:
        """A final, and more of nothing."""
        self.scripted.usage()
        self.scripted.final(text, language="")
        self.scripted.interim("")
        self.scripted.nothing(stt.SpeechEventType.FINAL_TRANSCRIPT)
        self.scripted.usage()
        self.scripted.end()


class NoBoundaries(Way):
    """Neither start nor end of speech: the session's VAD tells them, and ends the turns."""

    def __init__(self) -> None:
        super().__init__()
        self.vad = ScriptedVAD()
        # the final comes after the VAD's end of speech: a turn has to wait for it
        endpointing = {"min_delay": 0.4, "max_delay": 3.0}
        turn_handling = {"turn_detection": "vad", "endpointing": endpointing}
        self.options = {"vad": self.vad, "turn_handling": turn_handling}

    async def begin(self, words: str) -> None:
        """The VAD hears the caller, the recogniser the words."""
        self.vad.start()
        self.scripted.interim(words)

    async def finish(self, text: str) -> None:
        """The final comes after the silence."""
        self.vad.end()
        await asyncio.sleep(STEP_S)
        self.scripted.final(text)


class Inference(Way):
    """LiveKit Inference: the real class, and a gateway on this machine."""

    def __init__(self, model: str = "assemblyai/universal-streaming") -> None:
        super().__init__()
        self.model = model
        self.gateway = LoopbackGateway()

    async def open(self) -> stt.STT[Any]:
        """Connects when it streams."""
        await self.gateway.__aenter__()
        return self.gateway.stt(self.model, language="en", extra_kwargs={"format_turns": True})

    async def close(self) -> None:
        """The gateway closes."""
        await self.gateway.__aexit__()

    def listens(self) -> bool:
        """Whether it has asked for a session."""
        return bool(self.gateway.created)

    async def begin(self, words: str) -> None:
        """The class says by itself that speech has begun."""
        await self.gateway.send("interim_transcript", words)

    async def finish(self, text: str) -> None:
        """And that it has ended."""
        await self.gateway.send("preflight_transcript", text)
        await self.gateway.send("final_transcript", text)


class Fallback(Way):
    """Two recognisers in LiveKit's adapter.

    Attributes:
        fails_first: The first fails before a word is said, so that the second hears it all.
    """

    def __init__(self, *, fails_first: bool = True) -> None:
        super().__init__()
        self.fails_first = fails_first
        self.first = ScriptedSTT()
        self.adapter: stt.FallbackAdapter | None = None

    async def open(self) -> stt.STT[Any]:
        """The second takes over when the first fails, without a second try."""
        self.adapter = stt.FallbackAdapter([self.first, self.scripted], max_retry_per_stt=0)
        return self.adapter

    async def close(self) -> None:
        """It looks no longer whether the first is back."""
        assert self.adapter is not None
        await self.adapter.aclose()

    def listens(self) -> bool:
        """Whether either has a stream."""
        return bool(self.first.streams or self.scripted.streams)

    async def fail(self, call: Call, error: Exception) -> None:
        """The first fails; the second listens."""
        self.first.streams[0].script.put_nowait(error)
        await call.until(lambda: self.scripted.streams, "the second recogniser")


class Adapted(Way):
    """A recogniser that does not stream, in LiveKit's adapter: its VAD says when to ask."""

    def __init__(self) -> None:
        super().__init__()
        self.vad = ScriptedVAD()
        self.asked = Asked()

    async def open(self) -> stt.STT[Any]:
        """Events come from the adapter alone."""
        return stt.StreamAdapter(stt=self.asked, vad=self.vad)

    def listens(self) -> bool:
        """Whether the VAD listens for it."""
        return bool(self.vad.streams)

    async def begin(self, words: str) -> None:  # noqa: ARG002
        """No words yet."""
        self.vad.start()

    async def finish(self, text: str) -> None:
        """The words come after the end of speech."""
        self.asked.said = text
        self.vad.end()


class Asked(stt.STT[Any]):
    """Recognises what a test says, in a while."""

    def __init__(self) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=False, interim_results=False))
        self.said = ""
        self.takes_s = STEP_S

    async def _recognize_impl(
        self,
        buffer: AudioBuffer,  # noqa: ARG002 - LiveKit's signature
        *,
        language: NotGivenOr[str] = NOT_GIVEN,  # noqa: ARG002
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,  # noqa: ARG002
    ) -> stt.SpeechEvent:
        said = self.said
        await asyncio.sleep(self.takes_s)
        data = stt.SpeechData(language=LanguageCode("en"), text=said, confidence=0.9)
        return stt.SpeechEvent(type=stt.SpeechEventType.FINAL_TRANSCRIPT, alternatives=[data])


class ScriptedVAD(vad.VAD):
    """A voice activity detector whose events a test sends itself, to all its streams."""

    def __init__(self) -> None:
        super().__init__(capabilities=vad.VADCapabilities(update_interval=0.1))
        self.streams: list[_ScriptedVADStream] = []

    def stream(self) -> vad.VADStream:
        """A new stream."""
        return _ScriptedVADStream(self)

    def start(self) -> None:
        """Speech has begun."""
        self._send(vad.VADEventType.START_OF_SPEECH)

    def end(self) -> None:
        """Speech has ended."""
        self._send(vad.VADEventType.END_OF_SPEECH)

    def _send(self, kind: vad.VADEventType) -> None:
        frame = rtc.AudioFrame(np.zeros(160, np.int16).tobytes(), 16_000, 1, 160)
        for stream in self.streams:
            stream.send(
                vad.VADEvent(
                    type=kind,
                    samples_index=0,
                    timestamp=0.0,
                    speech_duration=0.1,
                    silence_duration=0.1,
                    frames=[frame],
                    speaking=kind is vad.VADEventType.START_OF_SPEECH,
                )
            )


class _ScriptedVADStream(vad.VADStream):
    def __init__(self, scripted: ScriptedVAD) -> None:
        super().__init__(scripted)
        scripted.streams.append(self)

    def send(self, event: vad.VADEvent) -> None:
        if not self._event_ch.closed:
            self._event_ch.send_nowait(event)

    async def _main_task(self) -> None:
        async for _ in self._input_ch:
            pass


@dataclass(frozen=True)
class Kind:
    """A way to a recogniser.

    Attributes:
        make: One for a call.
        interims: It sends words before the final.
    """

    make: Callable[[], Way]
    interims: bool = True


WAYS: dict[str, Kind] = {
    "inference": Kind(Inference),
    "fallback": Kind(Fallback),
    "stream_adapter": Kind(Adapted, interims=False),
    "no_boundaries": Kind(NoBoundaries),
    "finals_only": Kind(FinalsOnly, interims=False),
    "word_by_word": Kind(WordByWord),
    "pieces": Kind(Pieces),
    "odd": Kind(Odd),
}

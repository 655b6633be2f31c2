"""What the front desk runs on with AGENT_OFFLINE=1: no keys, no network, and a caller of tones.

A caller says the phrases of `codebook()` (`agent.offline.caller`, or any program that plays their
sound into the room); the desk answers by a script and speaks in a hum.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from .hotel_call import CALLER_PHRASES, DEFAULT_REPLY, SCRIPT
from .offline.llm import ScriptedLLM
from .offline.recogniser import LoopbackRecogniser
from .offline.sounds import Codebook
from .offline.tts import ToneTTS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from livekit.agents.voice.room_io import AudioInputOptions, AudioOutputOptions

    from .settings import Settings

FIRST_TOKEN_S = 0.2
"""How long the desk thinks, in seconds: as a fast model does, and long enough to be heard."""

BITS_PER_SECOND = 128_000
"""As for music: Opus then takes half of the time that it takes to find out what a voice needs."""


def codebook() -> Codebook:
    """The caller's phrases; equal in every process."""
    return Codebook(CALLER_PHRASES)


def scripted_llm() -> ScriptedLLM:
    """The desk's answers."""
    return ScriptedLLM(SCRIPT, default=DEFAULT_REPLY, first_token_s=FIRST_TOKEN_S)


def hum() -> ToneTTS:
    """The desk's voice."""
    return ToneTTS()


def spare_the_processor(heard: AudioInputOptions, said: AudioOutputOptions) -> None:
    """Leaves out what only voices need, so that one machine holds more calls of tones and hums."""
    if hasattr(heard, "auto_gain_control"):  # 1.5.0 has none
        heard.auto_gain_control = False
    said.track_publish_options.audio_encoding.max_bitrate = BITS_PER_SECOND


@asynccontextmanager
async def recogniser_for(settings: Settings) -> AsyncIterator[Settings]:
    """Starts a recogniser in this process where the settings are offline and name none.

    Yields:
        The settings, with its address and key.
    """
    if not settings.offline or settings.assemblyai_base_url is not None:
        yield settings
        return
    async with LoopbackRecogniser(codebook(), api_key=settings.assemblyai_api_key) as recogniser:
        yield replace(settings, assemblyai_base_url=recogniser.url)

"""Assembles the session of a call: its parts, how turns are taken, and the filter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from livekit.agents import AgentSession, llm, tts
from livekit.agents.voice import room_io
from livekit.plugins import openai

from filters import FilterConfig, install, turn_handling_for

from . import rehearsal
from .front_desk import GREETING
from .recognition import build_stt, sample_rate_of

if TYPE_CHECKING:
    import aiohttp
    from livekit.agents import vad as vad_module

    from .settings import Settings


def build_session(
    settings: Settings,
    config: FilterConfig,
    *,
    vad: vad_module.VAD | None = None,
    http_session: aiohttp.ClientSession | None = None,
) -> AgentSession[Any]:
    """Makes a session that is ready to start, with the filter installed.

    Args:
        settings: What the deployment decides.
        config: How interruptions are filtered in this call.
        vad: A voice activity detector, where one shall listen beside the recogniser.
        http_session: What the recogniser is reached through; None is the job's own.

    Raises:
        SettingsError: The plugin doesn't know the recogniser's model.
    """
    session: AgentSession[Any] = AgentSession(
        stt=build_stt(settings, config, greeting=GREETING, http_session=http_session),
        llm=build_llm(settings),
        tts=build_tts(settings),
        # None has to be said: left out, newer versions bring a VAD of their own. Without one, words
        # alone decide; with one, LiveKit hears a cough as soon as a word.
        vad=vad,
        # the recogniser ends turns, and two words stop the agent
        turn_handling=turn_handling_for(config),
        # LiveKit would not listen in the agent's first 3 seconds, where "stop" and early answers
        # are lost. Browsers and telephones take the echo out themselves.
        aec_warmup_duration=None,
    )
    install(session, config=config)
    return session


def room_options(settings: Settings) -> room_io.RoomOptions:
    """Says how a room is heard: at the recogniser's rate, or every frame would be resampled."""
    heard = room_io.AudioInputOptions(sample_rate=sample_rate_of(settings))
    said = room_io.AudioOutputOptions()
    if settings.offline:
        rehearsal.spare_the_processor(heard, said)
    return room_io.RoomOptions(audio_input=heard, audio_output=said)


def build_llm(settings: Settings) -> llm.LLM[Any]:
    """Makes the language model."""
    if settings.offline:
        return rehearsal.scripted_llm()
    return openai.LLM(
        model=settings.llm.model,
        api_key=settings.llm.api_key,
        base_url=settings.llm.base_url,
    )


def build_tts(settings: Settings) -> tts.TTS[Any]:
    """Makes the voice."""
    if settings.offline:
        return rehearsal.hum()
    return openai.TTS(
        model=settings.tts.model,
        voice=settings.tts_voice,
        api_key=settings.tts.api_key,
        base_url=settings.tts.base_url,
        # ready to play: the default, MP3, has to be decoded first
        response_format="pcm",
    )

"""Finds what is wrong with how a session takes turns and is interrupted. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from filters.policy import UNFILTERED_TURN_DETECTION

from . import findings as kinds
from .turn_handling import MIN_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .findings import Finding
    from .setup import SessionSetup


def speech_not_filtered(setup: SessionSetup) -> Iterator[Finding]:
    """Turns that are the application's or the model's."""
    if setup.turns in UNFILTERED_TURN_DETECTION:
        yield kinds.SPEECH_NOT_FILTERED.found(f"turn detection is {setup.turns}")


def min_words(setup: SessionSetup) -> Iterator[Finding]:
    """Too few words to stop the agent; with a VAD and none at all it doesn't take words."""
    words = setup.interruption.get("min_words")
    if not isinstance(words, int) or words >= MIN_WORDS:
        return
    if words == 0 and setup.vad is not None:
        # a turn detector, or turn detection "vad", can't do without
        fix = None if setup.turns == "stt" else kinds.MIN_WORDS_TOO_LOW.change
        yield kinds.VAD_PAUSES.found(f"min_words is 0, and there is {setup.vad.code}", fix=fix)
    else:
        yield kinds.MIN_WORDS_TOO_LOW.found(f"min_words is {words}")


def endpointing_delay(setup: SessionSetup) -> Iterator[Finding]:
    """A wait after the recogniser's own."""
    delay = setup.endpointing.get("min_delay")
    if setup.turns == "stt" and delay:
        yield kinds.ENDPOINTING_DELAY.found(f'min_delay is {delay} with turn detection "stt"')


def detector_without_vad(setup: SessionSetup) -> Iterator[Finding]:
    """A turn detector model that hears of no speech."""
    if setup.turns == "model" and setup.vad is None:
        yield kinds.DETECTOR_WITHOUT_VAD.found("a turn detector model decides, and vad is None")


def adaptive_interruption(setup: SessionSetup) -> Iterator[Finding]:
    """Adaptive interruption that can't work here."""
    where = f"the LiveKit server is {setup.server}" if setup.server else "LIVEKIT_URL is not set"
    if setup.interruption_mode == "adaptive":
        if setup.vad is None:
            yield kinds.ADAPTIVE_UNAVAILABLE.found('mode is "adaptive", and there is no VAD')
        elif not setup.cloud:
            yield kinds.ADAPTIVE_UNAVAILABLE.found(f'mode is "adaptive", and {where}')
    elif (
        setup.interruption_mode is None
        and setup.dev_mode
        and setup.vad is not None
        and not setup.cloud
        and setup.interruption.get("enabled", True)
    ):
        found = f'mode is left out, which is "adaptive" under dev and console, and {where}'
        yield kinds.ADAPTIVE_UNAVAILABLE.found(found)


def final_stops(setup: SessionSetup) -> Iterator[Finding]:
    """Stops that LiveKit doesn't take back."""
    if setup.interruption.get("resume_false_interruption") is False:
        yield kinds.STOPS_FINAL.found("resume_false_interruption is False")
    elif setup.interruption.get("false_interruption_timeout", 0.0) is None:
        yield kinds.STOPS_FINAL.found("false_interruption_timeout is None")


def transcription_timeout(setup: SessionSetup) -> Iterator[Finding]:
    """A timeout that never comes, or too soon."""
    timeout = setup.transcription_timeout_s
    if timeout is None:
        return
    if setup.vad is None:
        yield kinds.TIMEOUT_WITHOUT_VAD.found(f"transcription_timeout is {timeout}, and no VAD")
        return
    silences = [each.options.get("max_turn_silence") for each in setup.recognisers]
    longest_ms = max((each for each in silences if isinstance(each, int)), default=0)
    if timeout * 1000 < longest_ms:
        # the recogniser's answer takes its time as well
        fix = f"AgentSession(transcription_timeout={longest_ms / 1000 + 1.0})"
        found = f"transcription_timeout is {timeout}, max_turn_silence {longest_ms} ms"
        yield kinds.TIMEOUT_TOO_SHORT.found(found, fix=fix)


def echo_warm_up(setup: SessionSetup) -> Iterator[Finding]:
    """Seconds in which nobody is heard."""
    if setup.aec_warmup_s:
        yield kinds.ECHO_WARM_UP.found(f"aec_warmup_duration is {setup.aec_warmup_s}")


def noise_cancellation(setup: SessionSetup) -> Iterator[Finding]:
    """Sound that was worked on before AssemblyAI's recogniser hears it."""
    if setup.noise_cancellation and any(each.assemblyai for each in setup.recognisers):
        yield kinds.NOISE_CANCELLATION.found(f"noise_cancellation is {setup.noise_cancellation}")


RULES = (
    min_words,
    endpointing_delay,
    detector_without_vad,
    adaptive_interruption,
    final_stops,
    transcription_timeout,
    echo_warm_up,
    noise_cancellation,
)
"""Each yields what it finds; `speech_not_filtered` comes before all, and alone."""

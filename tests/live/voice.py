"""A caller's voice that a voice activity detector takes for one: vowels, one after another."""

from __future__ import annotations

import asyncio
import functools
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from livekit import rtc
from livekit.agents.voice import io
from livekit.plugins import silero

if TYPE_CHECKING:
    from livekit.agents import vad

SAMPLE_RATE = 16_000
FRAME_S = 0.05
SYLLABLE_S = 0.24

_FRAME = round(FRAME_S * SAMPLE_RATE)
_FULL_SCALE = 0.5 * 32767.0
_HIGHEST_HZ = 7_500.0
_FADE_IN_S, _FADE_OUT_S = 0.03, 0.05


@dataclass(frozen=True, slots=True)
class Vowel:
    """What makes a vowel: the pitch of the voice, and its formants as (Hz, width in Hz, level)."""

    pitch_hz: float
    formants: tuple[tuple[float, float, float], ...]


VOWELS = (
    Vowel(120.0, ((730.0, 60.0, 1.0), (1090.0, 90.0, 0.6), (2440.0, 120.0, 0.3))),  # father
    Vowel(130.0, ((270.0, 50.0, 1.0), (2290.0, 100.0, 0.5), (3010.0, 150.0, 0.3))),  # see
    Vowel(110.0, ((300.0, 50.0, 1.0), (870.0, 80.0, 0.4), (2240.0, 120.0, 0.1))),  # you
)
"""Said in turn, Silero is sure of them (0.9 and more) from a tenth of a second on."""


@functools.lru_cache(maxsize=32)
def speech(duration_s: float) -> npt.NDArray[np.int16]:
    """That many seconds of voice: mono, 16 kHz, the same every time."""
    count = max(round(duration_s / SYLLABLE_S), 1)
    vowels = itertools.islice(itertools.cycle(VOWELS), count)
    return np.concatenate([_syllable(vowel, duration_s / count) for vowel in vowels])


def _syllable(vowel: Vowel, duration_s: float) -> npt.NDArray[np.int16]:
    t = np.arange(round(duration_s * SAMPLE_RATE)) / SAMPLE_RATE
    # a voice wavers a little, and falls
    pitch = vowel.pitch_hz * (1 + 0.03 * np.sin(2 * np.pi * 4.5 * t)) * (1 - 0.1 * t / duration_s)
    phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE
    wave = np.zeros_like(t)
    for harmonic in itertools.count(1):
        hz = pitch * harmonic
        if hz.max() > _HIGHEST_HZ:
            break
        level = 0.003 + sum(
            part / (1 + ((hz - centre) / width) ** 2) for centre, width, part in vowel.formants
        )
        wave += level * np.sin(harmonic * phase) / np.sqrt(harmonic)
    wave /= np.abs(wave).max()
    wave *= np.clip(np.minimum(t / _FADE_IN_S, (duration_s - t) / _FADE_OUT_S), 0, 1)
    return np.asarray(wave * _FULL_SCALE, dtype=np.int16)


@functools.lru_cache(maxsize=1)
def silero_vad() -> vad.VAD:
    """Silero, loaded once."""
    return silero.VAD.load()


class CallerVoice(io.AudioInput):
    """The microphone of a session, in real time: `session.input.audio = CallerVoice()`."""

    def __init__(self) -> None:
        super().__init__(label="caller's voice")
        self._waiting: npt.NDArray[np.int16] = np.zeros(0, np.int16)
        self._began_at: float | None = None
        self._frames = 0

    def say(self, duration_s: float) -> None:
        """Says something that takes so long, from the next frame on."""
        self._waiting = np.concatenate((self._waiting, speech(duration_s)))

    async def __anext__(self) -> rtc.AudioFrame:
        loop = asyncio.get_running_loop()
        if self._began_at is None:
            self._began_at = loop.time()
        self._frames += 1
        await asyncio.sleep(max(self._began_at + self._frames * FRAME_S - loop.time(), 0.0))
        samples, self._waiting = self._waiting[:_FRAME], self._waiting[_FRAME:]
        data = np.zeros(_FRAME, np.int16)
        data[: len(samples)] = samples
        return rtc.AudioFrame(
            data=data.tobytes(),
            sample_rate=SAMPLE_RATE,
            num_channels=1,
            samples_per_channel=_FRAME,
        )

"""The synthesiser, as LiveKit calls it."""

from __future__ import annotations

import time

import numpy as np
import pytest

from agent.offline.sounds import LOW_TONES_HZ
from agent.offline.tts import TONE_HZ, ToneTTS


async def test_text_takes_its_time_to_say() -> None:
    """15 characters a second, the same audio every time, after the first byte's delay."""
    voice = ToneTTS(first_byte_s=0.1)
    text = "Breakfast is from seven to ten."
    began = time.monotonic()
    async with voice.synthesize(text) as stream:
        first = await stream.__anext__()
        waited_s = time.monotonic() - began
        frames = [first.frame, *[audio.frame async for audio in stream]]
    assert waited_s >= 0.099
    audio = b"".join(bytes(frame.data.cast("b")) for frame in frames)
    assert len(voice.pcm(text)) / 48000 == pytest.approx(len(text) / 15.0, abs=0.001)
    # LiveKit marks the end of a sentence with 10 ms of silence.
    assert audio == voice.pcm(text) + bytes(480)
    samples = np.frombuffer(audio, np.int16)
    assert 0.05 < np.abs(samples).max() / 32768 < 0.15


def test_the_voice_is_outside_the_code() -> None:
    """An agent that leaks into the caller's line can't be taken for a phrase."""
    assert min(LOW_TONES_HZ) - 100 > TONE_HZ

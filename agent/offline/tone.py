"""A voice that is a quiet tone, as long as the text takes to say. Pure."""

from __future__ import annotations

import numpy as np

# Below the tones of `sounds`: an agent that leaks into the caller's line says no phrase.
TONE_HZ = 220
_AMPLITUDE = 0.1
_MIN_S = 0.2


class Tone:
    """Makes the same audio from the same text, every time.

    Args:
        characters_per_second: How fast it talks.
        sample_rate: Samples a second; a multiple of 20.
    """

    def __init__(self, characters_per_second: float = 15.0, sample_rate: int = 24000) -> None:
        self._characters_per_second = characters_per_second
        self._rate = sample_rate
        # 50 ms hold 11 whole waves: pieces join without a click.
        radians = 2.0 * np.pi * TONE_HZ / sample_rate * np.arange(sample_rate // 20)
        self._piece: bytes = (np.sin(radians) * (_AMPLITUDE * 32767.0)).astype(np.int16).tobytes()

    def duration_s(self, text: str) -> float:
        """How long a sentence takes to say."""
        return max(len(text.strip()) / self._characters_per_second, _MIN_S)

    def pcm(self, text: str) -> bytes:
        """The audio of a sentence: mono, 16-bit little-endian."""
        size = round(self.duration_s(text) * self._rate) * 2
        return (self._piece * (size // len(self._piece) + 1))[:size]

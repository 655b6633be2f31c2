"""Says when the caller began to speak, as well as a pipeline lets one know. Pure.

A voice activity detector in the pipeline says it best. Without one, AssemblyAI's words carry their
time in the stream, which is the time of the audio that has gone by.
"""

from __future__ import annotations

from typing import Any

LATEST_S = 3.0
"""How long after a word its transcript may come. Times farther off count from another beginning: a
recogniser that has connected anew counts from there."""


class Onsets:
    """The onsets of one call.

    Attributes:
        by_vad: A voice activity detector tells them.
    """

    def __init__(self) -> None:
        self.by_vad = False
        self._audio_s = 0.0
        self._audio_until: float | None = None

    def audio(self, t: float, seconds: float) -> None:
        """Audio has gone by that ends now."""
        self._audio_s += seconds
        self._audio_until = t

    def vad_started(self, t: float, start_s: float) -> float:
        """A detector was sure of a voice after it had heard it for so long; when that began."""
        self.by_vad = True
        return t - start_s

    def of_transcript(self, t: float, result: Any) -> float | None:
        """When the words of a transcript began; None where nobody knows."""
        if self.by_vad or self._audio_until is None:
            return None
        words = getattr(result, "words", None)
        try:
            first_s, last_s = words[0].start / 1000.0, words[-1].end / 1000.0  # type: ignore[index]
        except (AttributeError, IndexError, KeyError, TypeError):
            return None
        stream_began = self._audio_until - self._audio_s
        if not -0.2 <= t - (stream_began + last_s) <= LATEST_S:
            return None
        return min(stream_began + float(first_s), t)

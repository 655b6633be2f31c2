"""Voice activity of callers whose voice is two tones, by loudness alone."""

from __future__ import annotations

import numpy as np
from pipecat.audio.vad.vad_analyzer import VADAnalyzer, VADParams

from agent.offline.listening import LOUD_RMS


class LoudnessVAD(VADAnalyzer):
    """Takes whatever is loud for a voice; a model of voices would not know these tones."""

    def __init__(self) -> None:
        super().__init__(params=VADParams(min_volume=0.0))

    def num_frames_required(self) -> int:
        """20 ms at a time."""
        return self.sample_rate // 50

    def voice_confidence(self, buffer: bytes) -> float:
        """Whether it is loud."""
        samples = np.frombuffer(buffer, dtype="<i2").astype(np.float64)
        return float(np.sqrt(np.mean(samples**2)) >= LOUD_RMS) if len(samples) else 0.0

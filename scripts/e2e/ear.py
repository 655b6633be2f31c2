"""Listens to the agent's track, as the caller hears it, and keeps how loud it was."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import numpy as np
from livekit import rtc

from .hearing import BLOCK_S, LOUD_RMS, Span, loudness, sounds

if TYPE_CHECKING:
    from agent.offline.sounds import Pcm

RATE = 16000
_FRAME_MS = 100


class Ear:
    """What comes in on a track, from the first frame on.

    Frames carry no time. The track's first frame says when it began; one that arrives earlier than
    the samples before it would have it says that the first was late.

    Attributes:
        closed_at: When the track ended, on the loop's clock; None while it goes on.
    """

    def __init__(self) -> None:
        self.closed_at: float | None = None
        self._rms = np.zeros(60 * 100)
        self._blocks = 0
        self._pieces: list[Pcm] = []
        self._began_at: float | None = None
        self._samples = 0

    async def listen(self, track: rtc.Track) -> None:
        """Listens until the track ends."""
        loop = asyncio.get_running_loop()
        stream = rtc.AudioStream(track, sample_rate=RATE, num_channels=1, frame_size_ms=_FRAME_MS)
        try:
            async for event in stream:
                self.take(np.frombuffer(event.frame.data, np.int16).copy(), loop.time())
        finally:
            self.closed_at = loop.time()
            await stream.aclose()

    def take(self, samples: Pcm, now: float) -> None:
        """Takes in what came at an instant of the loop's clock."""
        self._samples += len(samples)
        began_at = now - self._samples / RATE
        self._began_at = began_at if self._began_at is None else min(self._began_at, began_at)
        self._pieces.append(samples)
        rms = loudness(samples, RATE)
        end = self._blocks + len(rms)
        if end > len(self._rms):
            self._rms = np.concatenate((self._rms, np.zeros(len(self._rms))))
        self._rms[self._blocks : end] = rms
        self._blocks = end

    @property
    def hears(self) -> bool:
        """Whether there is sound now."""
        return bool((self._rms[max(self._blocks - 5, 0) : self._blocks] >= LOUD_RMS).any())

    @property
    def heard_until(self) -> float:
        """The clock up to which it has heard what there was."""
        return (self._began_at or 0.0) + self._blocks * BLOCK_S

    def spans(self, since: float = 0.0) -> list[Span]:
        """The sounds after an instant of the loop's clock; one that goes on then begins there."""
        began_at = self._began_at or 0.0
        first = min(max(round((since - began_at) / BLOCK_S), 0), self._blocks)
        return sounds(self._rms[first : self._blocks], began_at + first * BLOCK_S)

    def recording(self) -> tuple[float, Pcm]:
        """When it began, and all samples."""
        samples = np.concatenate(self._pieces) if self._pieces else np.zeros(0, np.int16)
        return self._began_at or 0.0, samples

"""Measures a recording: when there was sound, how long it paused, and when it fell silent. Pure.

```
  sound    ##########____########______________####
                     ^ onset of the caller's words
                             |<- stopped: the first silence after the onset begins here
                     |<----->| stopped_s
           |<------>|    a pause shorter than the statement's end is a gap
```
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

BLOCK_S = 0.010
LOUD_RMS = 200.0
"""RMS of a block, of 32768, from which on it is sound: 20 dB below the agent's hum."""
SILENCE_S = 0.050
"""A shorter silence is a lost packet, or the zero of a wave."""


@dataclass(frozen=True, slots=True)
class Span:
    """Sound from `start` to `end`, in seconds on the recording's clock."""

    start: float
    end: float

    @property
    def duration_s(self) -> float:
        """How long it sounds."""
        return self.end - self.start


def loudness(samples: npt.NDArray[np.int16], sample_rate: int) -> npt.NDArray[np.float64]:
    """The RMS of every whole block of 10 ms."""
    size = round(BLOCK_S * sample_rate)
    blocks = samples[: len(samples) // size * size].reshape(-1, size).astype(np.float64)
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", blocks, blocks) / size))


def sounds(rms: Sequence[float] | npt.NDArray[np.float64], began_at: float = 0.0) -> list[Span]:
    """The stretches of sound, with silences below `SILENCE_S` in them.

    Args:
        rms: One value a block, as `loudness` gives them.
        began_at: The start of the first block.
    """
    loud = np.asarray(rms) >= LOUD_RMS
    edges = np.flatnonzero(np.diff(np.concatenate(([False], loud, [False])).astype(np.int8)))
    spans = [
        Span(began_at + int(first) * BLOCK_S, began_at + int(last) * BLOCK_S)
        for first, last in edges.reshape(-1, 2)
    ]
    return join(spans, SILENCE_S)


def join(spans: Iterable[Span], silence_s: float) -> list[Span]:
    """Joins spans that are apart by less than `silence_s`."""
    joined: list[Span] = []
    for span in spans:
        if joined and span.start - joined[-1].end < silence_s - BLOCK_S / 2:
            joined[-1] = Span(joined[-1].start, span.end)
        else:
            joined.append(span)
    return joined


def longest_gap(spans: Iterable[Span], start: float, end: float) -> float:
    """The longest silence within a stretch of time, in seconds; 0 where there is none."""
    longest, silent_from = 0.0, start
    for span in spans:
        if span.start >= end:
            break
        longest = max(longest, span.start - silent_from)
        silent_from = max(silent_from, span.end)
    return max(longest, end - silent_from, 0.0)


def falls_silent(spans: Iterable[Span], after: float) -> float:
    """When the sound at an instant ends; the instant itself where there is none.

    Args:
        spans: The sounds, in order.
        after: The instant.
    """
    for span in spans:
        if span.start <= after < span.end:
            return span.end
        if span.start > after:
            break
    return after


def begins(spans: Iterable[Span], after: float) -> float | None:
    """When sound begins after an instant; None where it doesn't."""
    return next((span.start for span in spans if span.start >= after), None)

"""Lays pieces of audio out on a common clock and writes them to a WAV file."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from .sounds import Pcm


@dataclass(frozen=True, slots=True)
class Piece:
    """Samples that were heard from `start` on, an instant of `time.monotonic()`."""

    start: float
    samples: Pcm


def lay_out(pieces: Iterable[Piece], start: float, end: float, sample_rate: int) -> Pcm:
    """The audio between two instants, with silence where there is no piece: mono int16."""
    audio = np.zeros(max(round((end - start) * sample_rate), 0), np.int16)
    for piece in pieces:
        offset = round((piece.start - start) * sample_rate)
        first, last = max(offset, 0), min(offset + len(piece.samples), len(audio))
        if first < last:
            audio[first:last] = piece.samples[first - offset : last - offset]
    return audio


def write_wav(path: Path | str, channels: Sequence[Pcm], sample_rate: int) -> None:
    """Writes int16 channels, padded to the longest, as a WAV file."""
    length = max((len(channel) for channel in channels), default=0)
    padded = [np.pad(channel, (0, length - len(channel))) for channel in channels]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes(np.stack(padded, axis=1).astype("<i2").tobytes())

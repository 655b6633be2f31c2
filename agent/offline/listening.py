"""Finds the phrases of a codebook in a stream of audio. Pure: stream time is the audio fed.

```
  blocks of 10 ms   . . . | # # # # # # # # # # # # . . . |
                          ^ onset: first loud sample
                            |<- 100 ms ->| which two tones?
                                        ^ heard from here on (with its true onset)
                                                  ^ heard_until_s: last loud sample
```
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .sounds import HIGH_TONES_HZ, LOW_TONES_HZ, Codebook, Pcm, Segment, Tones

# RMS of a 10 ms block, of 32768: 31 dB below a phrase as rendered, above any codec's hiss.
LOUD_RMS = 200.0
_BLOCK_S = 0.010
_WINDOW_S = 0.100
# Silence that ends a sound; a lost packet is shorter.
_QUIET_S = 0.030
# A sound that goes on for longer than its phrase is a second phrase right behind it, or the same
# one, drawn out by a jitter buffer that waited for late packets.
_OVERRUN_S = 0.040
# Of the energy in the window, how much the two tones must hold.
_MIN_TONE_SHARE = 0.6


@dataclass(slots=True)
class HeardSegment:
    """A segment as it is heard: `heard_until_s` grows while it sounds. Stream times."""

    segment: Segment
    onset_s: float
    heard_until_s: float
    sounding: bool = True


class ToneTable:
    """The tones of all codes, ready to be correlated with a window of audio."""

    def __init__(self, sample_rate: int) -> None:
        self.window_samples = round(_WINDOW_S * sample_rate)
        self._window = np.hanning(self.window_samples)
        times_s = np.arange(self.window_samples) / sample_rate
        hz = np.array(LOW_TONES_HZ + HIGH_TONES_HZ, dtype=np.float64)
        waves = np.exp(-2j * np.pi * np.outer(hz, times_s)) * self._window
        self._waves: npt.NDArray[np.complex64] = waves.astype(np.complex64)
        self._gain = 2.0 / float(self._window.sum())
        self._energy_gain = 1.0 / float((self._window**2).sum())

    def identify(self, samples: npt.NDArray[np.float32]) -> Tones | None:
        """The code in a window of `window_samples`, or `None` where anything else is heard."""
        amplitudes = np.abs(self._waves @ samples) * self._gain
        low = int(np.argmax(amplitudes[: len(LOW_TONES_HZ)]))
        high = int(np.argmax(amplitudes[len(LOW_TONES_HZ) :]))
        powers = amplitudes[low] ** 2 / 2.0, amplitudes[len(LOW_TONES_HZ) + high] ** 2 / 2.0
        total = float(np.sum((samples * self._window) ** 2)) * self._energy_gain
        # Each tone must carry its part, or one loud whistle would be a code.
        if sum(powers) < _MIN_TONE_SHARE * total or min(powers) < 0.05 * max(powers):
            return None
        return Tones(LOW_TONES_HZ[low], HIGH_TONES_HZ[high])


_TABLES: dict[int, ToneTable] = {}


class PhraseListener:
    """Hears one stream of mono int16 audio.

    Attributes:
        now_s: Seconds of audio fed.
    """

    def __init__(self, codebook: Codebook, sample_rate: int) -> None:
        self._codebook = codebook
        self._rate = sample_rate
        self._block = max(round(_BLOCK_S * sample_rate), 1)
        if sample_rate not in _TABLES:
            _TABLES[sample_rate] = ToneTable(sample_rate)
        self._table = _TABLES[sample_rate]
        self._rest: Pcm = np.zeros(0, np.int16)
        self._samples = 0
        self._current: HeardSegment | None = None
        self._current_end_s = 0.0
        self._onset_s: float | None = None
        self._noise = False
        self._last_loud_s = 0.0
        self._unknown: list[npt.NDArray[np.float32]] = []

    @property
    def now_s(self) -> float:
        """Seconds of audio fed, in whole blocks of 10 ms."""
        return self._samples / self._rate

    @property
    def identifying(self) -> bool:
        """Whether there is a sound that may be a phrase: one too short to tell as yet."""
        return self._onset_s is not None and not self._noise

    def feed(self, audio: Pcm) -> list[HeardSegment]:
        """Hears more audio; the segments that it recognised in it, usually none."""
        if len(self._rest):
            audio = np.concatenate((self._rest, audio))
        count = len(audio) // self._block
        self._rest = audio[count * self._block :].copy()
        if not count:
            return []
        audio = audio[: count * self._block]
        # no sample of silence is loud: most audio needs no more than this
        peak = max(int(audio.max()), -int(audio.min()))
        if peak < LOUD_RMS and self._onset_s is None and self._silent_since_s() >= _QUIET_S:
            self._samples += count * self._block
            return []
        blocks = audio.reshape(count, self._block).astype(np.float32)
        loud = np.einsum("ij,ij->i", blocks, blocks) >= LOUD_RMS**2 * self._block
        found: list[HeardSegment] = []
        for block, is_loud in zip(blocks, loud, strict=True):
            if is_loud:
                self._hear(block, found)
            self._samples += self._block
            if not is_loud:
                self._hear_nothing(block)
        return found

    def _silent_since_s(self) -> float:
        if self._current is not None and self._current.sounding:
            return 0.0
        return self.now_s - self._last_loud_s if self._last_loud_s else float("inf")

    def _hear(self, block: npt.NDArray[np.float32], found: list[HeardSegment]) -> None:
        above = np.flatnonzero(np.abs(block) >= LOUD_RMS)
        start_s = self.now_s
        self._last_loud_s = start_s + (int(above[-1]) + 1) / self._rate
        current = self._current
        if current is not None and current.sounding:
            if start_s < self._current_end_s + _OVERRUN_S:
                current.heard_until_s = self._last_loud_s
                return
            current.sounding = False
            current.heard_until_s = self._current_end_s
            self._onset_s = self._current_end_s
        elif self._onset_s is None:
            self._onset_s = start_s + int(above[0]) / self._rate
        self._unknown.append(block)
        # One block more than the window: the first holds the fade-in.
        if len(self._unknown) * self._block >= self._table.window_samples + self._block:
            self._identify(self._onset_s, found)

    def _hear_nothing(self, block: npt.NDArray[np.float32]) -> None:
        if self.now_s - self._last_loud_s < _QUIET_S:
            if self._onset_s is not None:
                self._unknown.append(block)
            return
        self._forget_sound()
        if self._current is not None:
            self._current.sounding = False

    def _identify(self, onset_s: float, found: list[HeardSegment]) -> None:
        samples = np.concatenate(self._unknown)[-self._table.window_samples :]
        tones = self._table.identify(samples)
        segment = None if tones is None else self._codebook.segment(tones)
        if segment is None:
            self._noise = True
            dropped = len(self._unknown) // 2
            del self._unknown[:dropped]
            self._onset_s = onset_s + dropped * self._block / self._rate
            return
        self._forget_sound()
        last = self._current
        if (
            last is not None
            and last.segment is segment
            and onset_s < self._current_end_s + _QUIET_S / 2
        ):
            # The same sound with no silence before it: audio was lost in between, or drawn out.
            last.sounding = True
            last.heard_until_s = self._last_loud_s
            self._current_end_s = max(self._current_end_s, self._last_loud_s)
            return
        self._current = HeardSegment(segment, onset_s, self._last_loud_s)
        self._current_end_s = onset_s + segment.duration_s
        found.append(self._current)

    def _forget_sound(self) -> None:
        self._onset_s = None
        self._noise = False
        self._unknown.clear()

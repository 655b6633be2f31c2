"""Says phrases of a codebook in real time, and silence in between. Knows no framework."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .recording import Piece, lay_out

if TYPE_CHECKING:
    from .sounds import Codebook, Pcm, Phrase


@dataclass(frozen=True, slots=True)
class SpokenPhrase:
    """A phrase that is said, was said or will be said.

    Attributes:
        phrase: What is said.
        onset: `time.monotonic()` at which the first word begins at the caller's mouth.
        end: `time.monotonic()` at which the last word ends.
    """

    phrase: Phrase
    onset: float
    end: float

    @property
    def onset_wall(self) -> float:
        """The onset as `time.time()`."""
        return self.onset + time.time() - time.monotonic()

    @property
    def end_wall(self) -> float:
        """The end as `time.time()`."""
        return self.end + time.time() - time.monotonic()

    async def wait(self) -> SpokenPhrase:
        """Waits until the last word has ended."""
        await asyncio.sleep(max(self.end - _now(), 0.0))
        return self


class Mouth:
    """A caller that is no human.

    Its sound comes in frames, when they would be there: a frame that covers the 50 ms from `t` on
    comes at `t` + 50 ms. One that is fetched late comes at once; none is left out.

    Args:
        codebook: Where the sounds come from.
        sample_rate: Samples a second.
        frame_s: Seconds a frame; a whole number of samples.
        gap_s: The least silence between two phrases.
    """

    def __init__(
        self,
        codebook: Codebook,
        *,
        sample_rate: int = 16000,
        frame_s: float = 0.05,
        gap_s: float = 0.1,
    ) -> None:
        self._codebook = codebook
        self._rate = sample_rate
        self._frame_samples = round(frame_s * sample_rate)
        self._frame_s = self._frame_samples / sample_rate
        self._gap_s = gap_s
        self._silence = np.zeros(self._frame_samples, np.int16)
        self._began_at: float | None = None
        self._frame_index = 0
        self._closed = asyncio.Event()
        self._spoken: list[SpokenPhrase] = []
        self._next_unsaid = 0

    @property
    def spoken(self) -> tuple[SpokenPhrase, ...]:
        """All that was said and is to be said, in order."""
        return tuple(self._spoken)

    @property
    def sample_rate(self) -> int:
        """Samples a second."""
        return self._rate

    @property
    def silent_at(self) -> float:
        """`time.monotonic()` from which on nothing more is to be said."""
        return self._spoken[-1].end if self._spoken else self._start()

    def say(self, text: str, *, not_before: float | None = None) -> SpokenPhrase:
        """Says a phrase as soon as the ones before it have been said.

        Args:
            text: The name of a phrase of the codebook; another text becomes a new phrase.
            not_before: `time.monotonic()` of the earliest onset.

        Returns:
            What will be said and when. Nothing has to be awaited.
        """
        phrase = self._codebook.phrase(text)
        began_at = self._start()
        earliest = max(_now(), not_before or 0.0)
        if self._spoken:
            earliest = max(earliest, self._spoken[-1].end + self._gap_s)
        # A frame that is on its way can't be changed any more.
        earliest = max(earliest, began_at + self._frame_index * self._frame_s)
        sample = int(np.ceil((earliest - began_at) * self._rate))
        onset = began_at + sample / self._rate
        length_s = len(self._codebook.render(phrase, self._rate)) / self._rate
        spoken = SpokenPhrase(phrase, onset, onset + length_s)
        self._spoken.append(spoken)
        return spoken

    def close(self) -> None:
        """Hangs up: no more frames come."""
        self._closed.set()

    async def next_frame(self) -> Pcm | None:
        """Waits for the next frame: int16 samples, or None when the caller has hung up."""
        due = self._start() + (self._frame_index + 1) * self._frame_s
        delay_s = due - _now()
        if delay_s > 0:
            await asyncio.sleep(delay_s)
        if self._closed.is_set():
            return None
        start = self._frame_index * self._frame_samples
        self._frame_index += 1
        return self._samples(start)

    def render(self, start: float, end: float) -> Pcm:
        """What the caller said between two instants of `time.monotonic()`: int16 samples."""
        pieces = [
            Piece(spoken.onset, self._codebook.render(spoken.phrase, self._rate))
            for spoken in self._spoken
        ]
        return lay_out(pieces, start, end, self._rate)

    def _start(self) -> float:
        """The instant of the first sample: that of the first frame fetched or phrase said."""
        if self._began_at is None:
            self._began_at = _now()
        return self._began_at

    def _samples(self, start: int) -> Pcm:
        end = start + self._frame_samples
        began_at = self._start()
        frame = self._silence
        while self._next_unsaid < len(self._spoken):
            spoken = self._spoken[self._next_unsaid]
            sound = self._codebook.render(spoken.phrase, self._rate)
            onset = round((spoken.onset - began_at) * self._rate)
            if onset >= end:
                break
            if frame is self._silence:
                frame = frame.copy()
            first, last = max(onset, start), min(onset + len(sound), end)
            frame[first - start : last - start] = sound[first - onset : last - onset]
            if onset + len(sound) > end:
                break
            self._next_unsaid += 1
        return frame


def _now() -> float:
    """The clock of the event loop, which is `time.monotonic()`."""
    return asyncio.get_running_loop().time()

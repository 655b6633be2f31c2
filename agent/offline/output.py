"""What a caller hears of the agent: an audio output that plays in real time, on a clock alone.

Nothing ticks: there is one timer, at the instant the audio runs dry, so that many sessions
cost next to nothing.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import numpy as np
from livekit.agents.voice import io

from .playback import Playback, Span, SpanKind
from .recording import Piece, lay_out, write_wav

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from livekit import rtc

    from .sounds import Pcm


class RealTimeAudioOutput(io.AudioOutput):
    """The loudspeaker of a session: `session.output.audio = RealTimeAudioOutput()`.

    It follows LiveKit's contract: one `playback_started` a segment, with its first sound; one
    `playback_finished` a segment, once it is flushed and has been played or cleared.
    Unlike a room, which drops up to 200 ms that were on their way, a pause loses nothing.

    Args:
        pausable: Whether LiveKit may pause and resume it, as it can in a room.
        sample_rate: Samples a second; LiveKit resamples to it.
        record: Keeps the audio, for `render` and `write_wav`.
    """

    def __init__(
        self, *, pausable: bool = True, sample_rate: int = 24000, record: bool = True
    ) -> None:
        super().__init__(
            label="caller's ear",
            capabilities=io.AudioOutputCapabilities(pause=pausable),
            sample_rate=sample_rate,
        )
        self._rate = sample_rate
        self._pausable = pausable
        self._record = record
        self._finished: list[Span] = []
        self._frames: list[list[Pcm]] = []
        self._playback: Playback | None = None
        self._playback_over = asyncio.Event()
        self._started = False
        self._paused = False
        self._timer: asyncio.TimerHandle | None = None

    @property
    def spans(self) -> tuple[Span, ...]:
        """What was heard so far, in order; what sounds right now ends now."""
        current = [] if self._playback is None else self._playback.spans_until(_now())
        return (*self._finished, *current)

    @property
    def speech(self) -> tuple[Span, ...]:
        """The spans in which speech was heard."""
        return tuple(span for span in self.spans if span.kind is SpanKind.SPEECH)

    @property
    def sounding(self) -> bool:
        """Whether speech is heard right now."""
        dry_at = None if self._playback is None else self._playback.dry_at
        return dry_at is not None and _now() < dry_at

    @property
    def paused(self) -> bool:
        """Whether LiveKit has paused it."""
        return self._paused

    @property
    def heard_until(self) -> float | None:
        """The last `time.monotonic()` at which speech was heard; `None` if there was none."""
        speech = self.speech
        return speech[-1].end if speech else None

    def silent_from(self, instant: float, *, quiet_s: float = 0.1) -> float | None:
        """The first instant, `instant` or later, from which on no speech is heard for `quiet_s`.

        Returns:
            `time.monotonic()`, or `None` if there has been no such silence so far.
        """
        silent = instant
        for span in self.speech:
            if span.end <= silent:
                continue
            if span.start - silent >= quiet_s:
                return silent
            silent = span.end
        return silent if _now() - silent >= quiet_s else None

    def render(self, start: float, end: float) -> Pcm:
        """What was heard between two instants of `time.monotonic()`: int16 samples."""
        return lay_out(self._pieces(), start, end, self._rate)

    def write_wav(self, path: Path | str) -> None:
        """Writes all that was heard, from the first sound to the last."""
        speech = self.speech
        start, end = (speech[0].start, speech[-1].end) if speech else (0.0, 0.0)
        write_wav(path, [self.render(start, end)], self._rate)

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        """Takes a frame of the segment; waits for the segment before it to finish."""
        # Before the base class counts a segment: one that is cancelled here has left none.
        while self._playback is not None and self._playback.flushed:
            await self._playback_over.wait()
        await super().capture_frame(frame)
        playback = self._playback
        if playback is None:
            playback = self._playback = Playback(len(self._frames))
            self._frames.append([])
            self._playback_over.clear()
            self._started = False
        if playback.cleared:
            return  # Interrupted: what comes until the flush is not played.
        playback.capture(frame.duration, _now())
        if self._record:
            self._frames[-1].append(np.array(frame.data, dtype=np.int16))
        self._play()

    def flush(self) -> None:
        """Ends the segment: it is finished once all of it has been played."""
        super().flush()
        if self._playback is not None:
            self._playback.flushed = True
            self._settle()

    def clear_buffer(self) -> None:
        """Drops the rest of the segment: it is finished as interrupted, once it is flushed."""
        if self._playback is not None and not self._playback.cleared:
            self._playback.clear(_now())
            self._settle()

    def pause(self) -> None:
        """Falls silent; the audio waits."""
        super().pause()
        if not self._pausable or self._paused:
            return
        self._paused = True
        if self._playback is not None:
            self._playback.settle(_now())
            self._playback.pause(_now())
            self._play()
            self._settle()

    def resume(self) -> None:
        """Goes on where it was paused."""
        super().resume()
        if self._paused:
            self._paused = False
            self._play()

    async def aclose(self) -> None:
        """Stops playing for good; a segment that is not over is finished as interrupted."""
        self.flush()
        self.clear_buffer()

    def _play(self) -> None:
        if self._playback is None or not self._playback.play(_now(), paused=self._paused):
            return
        self._set_timer()
        if not self._started:
            self._started = True
            self.on_playback_started(created_at=time.time())

    def _settle(self) -> None:
        """Finishes the segment if it is over, and sees to the timer."""
        playback = self._playback
        if playback is None:
            return
        playback.settle(_now())
        self._set_timer()
        if playback.over:
            self._playback = None
            self._finished += playback.spans
            self._playback_over.set()
            self.on_playback_finished(
                playback_position=playback.heard_s, interrupted=playback.cleared
            )

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        dry_at = None if self._playback is None else self._playback.dry_at
        if dry_at is not None:
            self._timer = asyncio.get_running_loop().call_at(dry_at, self._settle)

    def _pieces(self) -> Iterator[Piece]:
        for span in self.speech:
            frames = self._frames[span.segment]
            if frames:
                first = round(span.offset_s * self._rate)
                last = first + round((span.end - span.start) * self._rate)
                yield Piece(span.start, np.concatenate(frames)[first:last])


def _now() -> float:
    """The clock of the event loop, which is `time.monotonic()`."""
    return asyncio.get_running_loop().time()

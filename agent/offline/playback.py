"""Plays one segment of audio on a clock. Pure: instants come as arguments, nothing sounds.

```
  captured   |=======================|  faster than real time
  heard      |=====|   pause   |===========|
                   ^ SPEECH ends           ^ CLEARED: the rest is dropped
```
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class SpanKind(Enum):
    """What a span of time was to the caller."""

    SPEECH = "speech"
    PAUSED = "paused"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time at the caller's ear.

    Attributes:
        kind: SPEECH was heard; PAUSED is silence with audio waiting; CLEARED is the instant
            (`start` is `end`) at which the rest of a segment was dropped.
        start: `time.monotonic()`.
        end: `time.monotonic()`.
        segment: Counts the segments captured, from 0.
        offset_s: Where in the audio of its segment the span begins.
        dropped_s: Seconds of audio never heard; CLEARED only.
    """

    kind: SpanKind
    start: float
    end: float
    segment: int
    offset_s: float
    dropped_s: float = 0.0


@dataclass(slots=True)
class Playback:
    """A segment from its first frame to its finish.

    Attributes:
        segment: Counts the segments captured, from 0.
        captured_s: Seconds of audio there are.
        heard_s: Seconds of audio that were heard before the run that goes on.
        flushed: No more audio will come.
        cleared: The rest is not to be heard.
        spans: What was heard so far, without the span that goes on.
    """

    segment: int
    captured_s: float = 0.0
    heard_s: float = 0.0
    flushed: bool = False
    cleared: bool = False
    spans: list[Span] = field(default_factory=list)
    _running_since: float | None = None
    _waiting_since: float | None = None

    @property
    def over(self) -> bool:
        """Whether the segment is to be reported as finished."""
        return self.flushed and (self.cleared or self.heard_s >= self.captured_s)

    @property
    def dry_at(self) -> float | None:
        """When the audio runs out; `None` while none is played."""
        if self._running_since is None:
            return None
        return self._running_since + self.captured_s - self.heard_s

    def capture(self, duration_s: float, now: float) -> None:
        """Takes audio in; it was silent meanwhile if what was there has run out."""
        self.settle(now)
        self.captured_s += duration_s

    def play(self, now: float, *, paused: bool) -> bool:
        """Goes on with the audio that is left, or has it wait; whether a run began."""
        self.settle(now)
        if self.cleared or self.heard_s >= self.captured_s or self._running_since is not None:
            return False
        if paused:
            self._waiting_since = now if self._waiting_since is None else self._waiting_since
            return False
        self._end_wait(now)
        self._running_since = now
        return True

    def settle(self, now: float) -> None:
        """Ends a run that has played all there was, at the instant at which it had."""
        dry_at = self.dry_at
        if dry_at is not None and now >= dry_at:
            self.pause(dry_at)
            # Not a sum, which could fall short by a rounding error.
            self.heard_s = self.captured_s

    def pause(self, now: float) -> None:
        """Ends the run that goes on, if one does."""
        span = self._run(now)
        if span is not None:
            self.heard_s += span.end - span.start
            self._running_since = None
            self.spans.append(span)

    def clear(self, now: float) -> None:
        """Drops what was not heard."""
        self.settle(now)
        self.pause(now)
        self._end_wait(now)
        self.cleared = True
        dropped_s = self.captured_s - self.heard_s
        self.spans.append(Span(SpanKind.CLEARED, now, now, self.segment, self.heard_s, dropped_s))

    def spans_until(self, now: float) -> list[Span]:
        """The spans so far; the one that goes on ends now."""
        current = self._run(now) or self._wait(now)
        return self.spans if current is None else [*self.spans, current]

    def _run(self, now: float) -> Span | None:
        dry_at = self.dry_at
        if self._running_since is None or dry_at is None:
            return None
        end = max(min(now, dry_at), self._running_since)
        return Span(SpanKind.SPEECH, self._running_since, end, self.segment, self.heard_s)

    def _wait(self, now: float) -> Span | None:
        if self._waiting_since is None:
            return None
        return Span(SpanKind.PAUSED, self._waiting_since, now, self.segment, self.heard_s)

    def _end_wait(self, now: float) -> None:
        span = self._wait(now)
        if span is not None:
            self.spans.append(span)
            self._waiting_since = None

"""The session's clock: seconds that never go back, and the way there from LiveKit's wall clock."""

from __future__ import annotations

import time


def now() -> float:
    """Seconds on the session's clock."""
    return time.monotonic()


def from_wall(wall: float) -> float:
    """The session's time at a wall-clock time, as LiveKit stamps events with."""
    return wall - time.time() + time.monotonic()


def to_wall(t: float) -> float:
    """The wall-clock time at a session time."""
    return t - time.monotonic() + time.time()

"""The session's clock, and LiveKit's."""

from __future__ import annotations

import time

import pytest

from filters.calls import clock


def test_it_never_goes_back() -> None:
    """Whatever is done to the wall clock."""
    assert clock.now() <= clock.now()


def test_wall_clock_times_become_times_of_the_session() -> None:
    """LiveKit stamps its events by the wall clock."""
    assert clock.from_wall(time.time() - 2.0) == pytest.approx(clock.now() - 2.0, abs=0.1)
    assert clock.to_wall(clock.from_wall(1e9)) == pytest.approx(1e9, abs=0.1)

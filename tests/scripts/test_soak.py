"""Many calls at once leave nothing behind; here a few, for a moment."""

from __future__ import annotations

import tracemalloc

import pytest

from scripts import soak
from scripts.soak import Filtered, Measured, Unfiltered, faults, play


@pytest.mark.live
@pytest.mark.parametrize("kind", [Unfiltered, Filtered])
@pytest.mark.parametrize("deliver", [False, True])
async def test_every_event_gets_a_verdict_and_nothing_is_left(
    kind: type[soak.Caller], deliver: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three calls with ten events a second each."""
    monkeypatch.setattr(soak, "WARM_UP_S", 0.3)
    measured = await play(kind, 3, 1.0, deliver=deliver)
    assert 20 <= len(measured.delays_s) <= 80
    assert measured.tasks_left == []
    assert measured.filters_left == 0
    assert len(measured.memory_mb) == 3
    assert measured.as_json()["events"] == len(measured.delays_s)


@pytest.mark.live
async def test_the_filters_memory_is_weighed_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what was allocated in filters/."""
    monkeypatch.setattr(soak, "WARM_UP_S", 0.3)
    tracemalloc.start()
    try:
        measured = await play(Filtered, 2, 0.5)
    finally:
        tracemalloc.stop()
    assert 0 < measured.filters_kb[0] < measured.memory_mb[0] * 1024


def test_what_is_left_behind_is_named() -> None:
    """Memory, tasks and filters."""
    without = Measured(2)
    assert list(faults(without, Measured(2), Measured(2, filters_kb=[1.0, 9.0, 9.5]))) == []
    bad = Measured(2, tasks_left=["reader"], filters_left=1)
    said = list(faults(without, bad, Measured(2, filters_kb=[1.0, 9.0, 99.0])))
    assert said == [
        "the filter's memory grew from 9 to 99 kB in half a round",
        "tasks are left: reader",
        "1 filters and policies are left",
    ]

"""A recogniser that fails inside an adapter is noticed, once, for as long as it is in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from livekit.agents import APIConnectionError, stt

from filters.livekit.recogniser_failures import RecogniserFailures
from tests.live.scripted_stt import ScriptedSTT

if TYPE_CHECKING:
    from collections.abc import Callable


class Noticed:
    """Counts."""

    def __init__(self, outer: object) -> None:
        self.times = 0
        self.failures = RecogniserFailures(self._count)
        self.failures.watch(outer)

    def _count(self) -> None:
        self.times += 1


def fails(recogniser: stt.STT[object], *, recoverable: bool) -> None:
    """A stream of it fails, as LiveKit reports it."""
    error = APIConnectionError("gone")
    failure = stt.STTError(timestamp=0.0, label="", error=error, recoverable=recoverable)
    recogniser.emit("error", failure)


def replaced(adapter: stt.FallbackAdapter, recogniser: stt.STT[object], *, back: bool) -> None:
    """The adapter gives one of its recognisers up, or has it back."""
    event = stt.AvailabilityChangedEvent(stt=recogniser, available=back)
    adapter.emit("stt_availability_changed", event)


@pytest.fixture
def two() -> list[stt.STT[object]]:
    """Two recognisers."""
    return [ScriptedSTT(), ScriptedSTT()]


async def test_a_recogniser_that_is_replaced_is_noticed(two: list[stt.STT[object]]) -> None:
    """Once: its last error alone is none, and one that comes back is none."""
    adapter = stt.FallbackAdapter(two)
    noticed = Noticed(adapter)
    fails(two[0], recoverable=False)
    replaced(adapter, two[0], back=False)
    assert noticed.times == 1
    replaced(adapter, two[0], back=True)
    assert noticed.times == 1


async def test_a_recogniser_that_tries_again_inside_an_adapter_is_noticed(
    two: list[stt.STT[object]],
) -> None:
    """The session would hear of it only without the adapter."""
    noticed = Noticed(stt.FallbackAdapter(two))
    fails(two[1], recoverable=True)
    assert noticed.times == 1


async def test_a_fallback_inside_a_fallback_is_watched(two: list[stt.STT[object]]) -> None:
    """However deep."""
    inner = stt.FallbackAdapter(two)
    noticed = Noticed(stt.FallbackAdapter([inner, two[0]]))
    replaced(inner, two[0], back=False)
    fails(two[0], recoverable=True)
    assert noticed.times == 2


def _watch_another(failures: RecogniserFailures) -> None:
    failures.watch(ScriptedSTT())


def _watch_nothing(failures: RecogniserFailures) -> None:
    failures.watch(None)


@pytest.mark.parametrize("leave", [_watch_another, _watch_nothing, RecogniserFailures.stop])
async def test_a_recogniser_that_is_not_in_use_is_not_listened_to(
    leave: Callable[[RecogniserFailures], None], two: list[stt.STT[object]]
) -> None:
    """It may serve another call."""
    adapter = stt.FallbackAdapter(two)
    noticed = Noticed(adapter)
    leave(noticed.failures)
    fails(two[0], recoverable=True)
    replaced(adapter, two[0], back=False)
    assert noticed.times == 0


async def test_a_recogniser_without_an_adapter_is_left_to_the_session() -> None:
    """It reports those errors itself."""
    recogniser = ScriptedSTT()
    noticed = Noticed(recogniser)
    fails(recogniser, recoverable=True)
    assert noticed.times == 0

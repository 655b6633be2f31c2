"""An event loop whose clock skips to the next timer, so that real time costs no time."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pytest

T = TypeVar("T")
RunVirtually = Callable[[Coroutine[Any, Any, Any]], Any]


class SkippingSelector(selectors.SelectSelector):
    """Never waits: moves its clock on by as long as it was to wait."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready now."""
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise RuntimeError("nothing is left that could ever happen")
            self.now += max(timeout, 0.0)
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop on the clock of a `SkippingSelector`."""

    def __init__(self) -> None:
        self._skipping = SkippingSelector()
        super().__init__(self._skipping)

    def time(self) -> float:
        """Seconds since some instant."""
        return self._skipping.now


@pytest.fixture
def run_virtually() -> RunVirtually:
    """Runs a coroutine to its end on a clock that never waits."""

    def run(coroutine: Coroutine[Any, Any, T]) -> T:
        loop = VirtualTimeLoop()
        try:
            return loop.run_until_complete(asyncio.wait_for(coroutine, timeout=3600))
        finally:
            loop.close()

    return run

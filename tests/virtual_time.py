"""Tests of what waits, without waiting: an event loop whose clock jumps to whatever comes next."""

from __future__ import annotations

import asyncio
import functools
import selectors
from typing import TYPE_CHECKING, Any, ParamSpec

import pytest

from filters.calls import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

BEGINS_AT = 1000.0
"""What every virtual clock shows at first, in seconds."""

Arguments = ParamSpec("Arguments")


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time passes only when nobody has anything to do."""

    def __init__(self) -> None:
        self.now = BEGINS_AT
        super().__init__(_Jump(self))

    def time(self) -> float:
        """Seconds."""
        return self.now


class _Jump(selectors.SelectSelector):
    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            assert timeout is not None, "everybody waits for somebody else"
            self._loop.now += timeout
        return ready


def virtually(
    test: Callable[Arguments, Coroutine[Any, Any, None]],
) -> Callable[Arguments, None]:
    """Runs an async test in virtual time, which is also the time of the session's clock."""

    @functools.wraps(test)
    def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        loop = VirtualLoop()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(clock, "now", loop.time)
            try:
                loop.run_until_complete(test(*args, **kwargs))
                left = [task for task in asyncio.all_tasks(loop) if not task.done()]
                assert not left, left
                loop.run_until_complete(loop.shutdown_asyncgens())
            finally:
                loop.close()

    return run


async def settle() -> None:
    """Lets everybody do what they can do now."""
    for _ in range(20):
        await asyncio.sleep(0)

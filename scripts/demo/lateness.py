"""Tells how late the event loop is: what a busy machine adds to the times that are measured."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_LOOK_EVERY_S = 0.02
_NOTABLE_S = 0.02


@dataclass(slots=True)
class Lateness:
    """What was observed so far: the loop's time, and by how many seconds it was late then."""

    observed: list[tuple[float, float]] = field(default_factory=list)

    def since(self, instant: float) -> float:
        """The worst since an instant of the loop's clock, in seconds."""
        return max((late for at, late in self.observed if at >= instant), default=0.0)

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Observes meanwhile."""
        task = asyncio.create_task(self._watch(), name="lateness")
        try:
            yield
        finally:
            task.cancel()

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _LOOK_EVERY_S
            await asyncio.sleep(_LOOK_EVERY_S)
            late = loop.time() - due
            if late > _NOTABLE_S:
                self.observed.append((loop.time(), late))

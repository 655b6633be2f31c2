"""Puts the recogniser's events to the application's judge on their way to the filter, in order.

    reader -> JudgedEvents -> filter        and, where the filter is a shadow:
                   |                        reader ----------------- as it came -> filter -> LiveKit
                 judge                              `-> JudgedEvents -> filter

The filter goes on with all else while the judge thinks.
"""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING

from filters.calls import clock
from filters.policy import Heard

from .nodes import closing
from .speech_events import heard_of, says_nothing

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, Callable

    from livekit import rtc

    from filters.calls import AskedJudge
    from filters.policy import Overlap


@dataclasses.dataclass(frozen=True, slots=True)
class AsItCame:
    """An event that passes whatever is decided."""

    event: object


class JudgedEvents:
    """Events of one stream on their way.

    Args:
        asked: The judge.
        overlap_of: What there is to ask about an event, once all before it has been decided.
        onward: Where they go: as `Heard` where they are that, with what was judged.
    """

    def __init__(
        self,
        asked: AskedJudge,
        overlap_of: Callable[[Heard], Overlap | None],
        onward: asyncio.Queue[object],
    ) -> None:
        self._asked = asked
        self._overlap_of = overlap_of
        self._onward = onward
        self._waiting: asyncio.Queue[object] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    def put(self, event: object, *, shadow: bool) -> None:
        """Takes an event; in a shadow it goes on at once, and once more to be decided about."""
        try:
            heard = heard_of(event)
        except Exception:  # noqa: BLE001 - the filter meets it again, and says so
            heard = None
        if shadow:
            self._onward.put_nowait(event if heard is None else AsItCame(event))
            if heard is not None:
                self._take(heard)
        else:
            self._take(event if heard is None or says_nothing(event) else heard)

    def end(self, marker: object) -> None:
        """Takes what says that nothing follows; it goes on when all else has."""
        self._take(marker)

    async def close(self) -> None:
        """Nothing goes on any more."""
        self._asked.close()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def _take(self, item: object) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="backchannel_filter_judging")
        self._waiting.put_nowait(item)

    async def _run(self) -> None:
        while True:
            item = await self._waiting.get()
            self._onward.put_nowait(await self._judged(item) if isinstance(item, Heard) else item)

    async def _judged(self, heard: Heard) -> Heard:
        if not heard.text:
            return heard
        await self._onward.join()  # until then nobody knows whether it is an overlap
        overlap = self._overlap_of(heard)
        if overlap is None:
            return heard
        judged = await self._asked.ask(overlap)
        # what happened meanwhile has been told, and a recording's rows are in the order of telling
        return dataclasses.replace(heard, t=clock.now(), judged=judged)


async def kept(
    audio: AsyncIterable[rtc.AudioFrame], asked: AskedJudge
) -> AsyncGenerator[rtc.AudioFrame, None]:
    """The caller's audio, of which a judge that listens keeps the newest."""
    async with closing(audio) as frames:
        async for frame in frames:
            asked.keep(frame)
            yield frame

"""Puts the caller's frames to the application's judge on their way to the filter, in order.

    frame -> JudgedFrames -> filter -> what goes on
                 |
               judge

All other frames go by while the judge thinks.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections import deque
from typing import TYPE_CHECKING

from filters.calls import clock
from filters.policy import Heard, SpeechType

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from pipecat.frames.frames import Frame
    from pipecat.processors.frame_processor import FrameDirection

    from filters.calls import AskedJudge
    from filters.policy import Overlap

_ASKED_ABOUT = (SpeechType.INTERIM, SpeechType.FINAL)


@dataclasses.dataclass(frozen=True, slots=True)
class CallersFrame:
    """A frame about the caller's speech.

    Attributes:
        frame: As it came.
        direction: Where it was going.
        heard: What the policy hears of it.
        gone: It has gone on already, whatever is decided.
    """

    frame: Frame
    direction: FrameDirection
    heard: Heard
    gone: bool = False


class JudgedFrames:
    """The caller's frames of one call on their way.

    Args:
        asked: The judge.
        overlap_of: What there is to ask about a frame, once all before it has been decided.
        decide: Takes each, with what was judged.
    """

    def __init__(
        self,
        asked: AskedJudge,
        overlap_of: Callable[[Heard], Overlap | None],
        decide: Callable[[CallersFrame], Awaitable[None]],
    ) -> None:
        self._asked = asked
        self._overlap_of = overlap_of
        self._decide = decide
        self._waiting: deque[CallersFrame] = deque()
        self._arrived = asyncio.Event()

    def put(self, item: CallersFrame) -> None:
        """Takes a frame."""
        self._waiting.append(item)
        self._arrived.set()

    async def run(self) -> None:
        """Has one after the other judged and decided."""
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while self._waiting:
                heard = await self._judged(self._waiting[0].heard)  # it waits till it is judged
                item = self._waiting.popleft()
                await self._decide(dataclasses.replace(item, heard=heard))

    def end(self) -> list[CallersFrame]:
        """Nothing is asked any more; what still waits, with nothing judged."""
        self._asked.close()
        now = clock.now()
        left = [
            dataclasses.replace(item, heard=dataclasses.replace(item.heard, t=now))
            for item in self._waiting
        ]
        self._waiting.clear()
        return left

    async def _judged(self, heard: Heard) -> Heard:
        judged = None
        if heard.text and heard.type in _ASKED_ABOUT:
            overlap = self._overlap(heard)
            if overlap is not None:
                judged = await self._asked.ask(overlap)
        # what happened meanwhile has been told, and a recording's rows are in the order of telling
        return dataclasses.replace(heard, t=clock.now(), judged=judged)

    def _overlap(self, heard: Heard) -> Overlap | None:
        try:
            return self._overlap_of(heard)
        except Exception:  # noqa: BLE001 - the filter meets it again, and says so
            return None

"""Asks the application what words over the agent are, and waits for its answer no longer than told.

    event 1 ---- asked --------- timeout: the words decide
    event 2            ......... still asked: the words decide at once
                                      `- answer: counts for the rest of the utterance
    event 3                                `- asked anew; not in time: the answer before counts

One question at a time: a judge that is slow is asked less often, and nothing piles up. A judge that
raises, or answers what is no `Judgement`, has said nothing (law 10). Knows no framework.
"""

from __future__ import annotations

import asyncio
import inspect
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from filters.policy import Judgement

from . import clock
from .log import get_logger

if TYPE_CHECKING:
    from filters.policy import Overlap

    from .call_log import CallLog

log = get_logger(__name__)

Answer: TypeAlias = Judgement | Awaitable[Judgement | None] | None
Judge: TypeAlias = Callable[..., Answer]
"""`judge(overlap)`, or `judge(overlap, audio)`; plain or async. None leaves it to the words."""

AUDIO_KEPT_S = 2.0
"""Of the caller's audio, for a judge that listens."""
LEAD_S = 0.3
"""How long before its onset an utterance may have begun: recognisers are late to notice."""


@dataclass(frozen=True, slots=True)
class _Question:
    """A question that waits for its answer.

    Attributes:
        task: Ends with the answer.
        onset: Of the utterance it is about.
        due: Until when an event waits for it, on the loop's clock.
    """

    task: asyncio.Task[Judgement | None]
    onset: float
    due: float


class AskedJudge:
    """A judge, and what it is asked while one driver is in charge of the call.

    Args:
        judge: The application's.
        timeout_s: How long an event waits for an answer that has to be awaited.
        call_log: Where failures go.

    Attributes:
        listens: It takes the caller's audio.
    """

    def __init__(self, judge: Judge, timeout_s: float, call_log: CallLog) -> None:
        self.listens = "audio" in inspect.signature(judge).parameters
        self._judge = judge
        self._timeout_s = timeout_s
        self._call_log = call_log
        self._frames: deque[tuple[float, Any]] = deque()
        self._question: _Question | None = None
        self._late: tuple[float, Judgement] | None = None  # the onset, and the answer
        self._told = False

    def keep(self, frame: Any) -> None:
        """Takes a frame of the caller's audio, as it comes."""
        now = clock.now()
        self._frames.append((now, frame))
        while self._frames[0][0] < now - AUDIO_KEPT_S:
            self._frames.popleft()

    async def ask(self, overlap: Overlap) -> Judgement | None:
        """What it says; None: the words decide."""
        now = asyncio.get_running_loop().time()
        question = self._open_question(overlap)
        if question is None:
            answer = self._called(overlap)
            if not inspect.isawaitable(answer):
                return self._checked(answer)
            task = asyncio.create_task(self._awaited(answer), name="backchannel_filter_judge")
            question = self._question = _Question(task, overlap.onset, now + self._timeout_s)
        if question.due > now:
            await asyncio.wait([question.task], timeout=question.due - now)
            if question.task.done():
                self._late = None
                return question.task.result()
            question.task.add_done_callback(lambda task: self._came_late(overlap.onset, task))
        return self._late[1] if self._late and self._late[0] == overlap.onset else None

    def ask_now(self, overlap: Overlap) -> Judgement | None:
        """The same for those who can neither wait nor listen: of a plain judge."""
        if self.must_be_plain():
            return None
        answer = self._called(overlap)
        if not inspect.isawaitable(answer):
            return self._checked(answer)
        if inspect.iscoroutine(answer):
            answer.close()
        self._say_it_must_be_plain("it is async")
        return None

    def must_be_plain(self) -> bool:
        """Says so, once, where those who can neither wait nor listen can't ask this judge."""
        if inspect.iscoroutinefunction(self._judge):
            self._say_it_must_be_plain("it is async")
        elif self.listens:
            self._say_it_must_be_plain("it takes audio")
        else:
            return False
        return True

    def close(self) -> None:
        """Nobody waits for its answers any more."""
        if self._question is not None:
            self._question.task.cancel()
        self._frames.clear()

    def _open_question(self, overlap: Overlap) -> _Question | None:
        """The question about this utterance that is open; one about another is dropped."""
        question = self._question
        if question is None or question.task.done():
            return None
        if question.onset == overlap.onset:
            return question
        question.task.cancel()
        return None

    def _called(self, overlap: Overlap) -> Answer:
        try:
            if not self.listens:
                return self._judge(overlap)
            since = overlap.onset - LEAD_S
            return self._judge(overlap, audio=[frame for t, frame in self._frames if t >= since])
        except Exception as error:  # noqa: BLE001 - law 10
            self._failed(error)
            return None

    async def _awaited(self, answer: Awaitable[Judgement | None]) -> Judgement | None:
        try:
            return self._checked(await answer)
        except Exception as error:  # noqa: BLE001 - law 10
            self._failed(error)
            return None

    def _checked(self, answer: Any) -> Judgement | None:
        if answer is None or isinstance(answer, Judgement):
            return answer
        kind = type(answer).__name__
        self._failed(TypeError(f"a judge answers a Judgement or None, and this one a {kind}"))
        return None

    def _came_late(self, onset: float, task: asyncio.Task[Judgement | None]) -> None:
        answer = None if task.cancelled() else task.result()
        if answer is not None:
            self._late = (onset, answer)

    def _failed(self, error: Exception) -> None:
        self._call_log.failed("judge_failed", error, consequence="the words decide")

    def _say_it_must_be_plain(self, why: str) -> None:
        if not self._told:
            self._told = True
            log.error(
                "judge_not_asked",
                why=why,
                consequence="without the mixin, the words decide",
                fix="Mix BackchannelSTTFilterMixin into the agent, or give a plain judge(overlap).",
            )

"""A real pipeline in virtual time: the filter's pair, Pipecat's aggregators, a model and a voice.

What the recogniser would send is put in by hand; everything behind it is real, or keeps the time
that it would.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from loguru import logger
from pipecat.clocks.base_clock import BaseClock
from pipecat.frames.frames import (
    EndFrame,
    Frame,
    InterimTranscriptionFrame,
    TranscriptionFrame,
    TTSSpeakFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.transcriptions.language import Language
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy
from pipecat.workers.runner import WorkerRunner

from agent.offline_pipecat.llm import ScriptedLLMService
from agent.offline_pipecat.transport import Ear
from agent.offline_pipecat.tts import ToneTTSService
from filters.configuration import FilterConfig
from filters.pipecat import interruption_filter, optional_frames

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from pipecat.processors.frame_processor import FrameProcessor
    from pipecat.services.llm_service import FunctionCallParams

    from agent.offline.script import Reply
    from filters.calls import Judge
    from filters.policy import Decision

HAS_BACKCHANNELS = bool(optional_frames.BACKCHANNEL)
"""Whether this Pipecat has a frame for them: from 1.13."""

STATEMENT = "Our sea view suite has a balcony, two bathrooms and breakfast in bed."  # 4.6 s
QUESTION = "Shall I book the sea view suite for tomorrow night?"  # 3.4 s
VAD_START_S, VAD_STOP_S = 0.2, 0.2


def config(**changes: Any) -> FilterConfig:
    """The default words, and whatever a test changes."""
    given = FilterConfig.from_mapping({"domain": "test", **changes})
    return given.model_copy(update={"mode": changes.get("mode", "enforce")})


class LoopClock(BaseClock):
    """Pipecat's time is the loop's, which may be virtual."""

    def get_time(self) -> int:
        """Nanoseconds."""
        return round(asyncio.get_running_loop().time() * 1e9)

    def start(self) -> None:
        """It runs."""


class Line:
    """A call.

    Args:
        settings: What it is filtered by.
        script: What the model answers.
        thinking_s: How long it thinks.
        tool_s: How long its one tool runs.
        before: Processors in front of the filter.
        judge: What is asked first.

    Attributes:
        decisions: What was decided.
        sent: What the filter's processor sent on.
    """

    def __init__(
        self,
        settings: FilterConfig | None = None,
        script: Sequence[tuple[str, Reply]] = (),
        *,
        thinking_s: float = 0.05,
        tool_s: float = 2.5,
        before: Sequence[FrameProcessor] = (),
        judge: Judge | None = None,
    ) -> None:
        self.filter = interruption_filter(settings or config(), judge=judge)
        self.decisions: list[Decision] = []
        self.sent: list[Frame] = []
        self.filter.on_decision(self.decisions.append)
        self.filter.processor.add_event_handler("on_after_push_frame", self._on_sent)
        self.context = LLMContext()
        self.model = ScriptedLLMService(script, first_token_s=thinking_s)
        self.model.register_function("look_up", self._look_up)
        self.ear = Ear()
        self._tool_s = tool_s
        self.user, assistant = LLMContextAggregatorPair(
            self.context,
            user_params=LLMUserAggregatorParams(
                user_turn_strategies=self.filter.strategies([SpeechTimeoutUserTurnStopStrategy()])
            ),
        )
        self.backchannels: list[str] = []
        self.user.add_event_handler("on_user_backchannel", self._on_backchannel)
        line = [*before, self.filter.processor, self.user, self.model, ToneTTSService()]
        self.worker = PipelineWorker(
            Pipeline([*line, self.ear, assistant]),
            cancel_on_idle_timeout=False,
            enable_rtvi=False,
            clock=LoopClock(),
        )

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Line]:
        """The call, from its start to its end."""
        logger.remove()
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(self.worker)
        started = asyncio.Event()

        async def note(*_: object) -> None:
            started.set()

        self.worker.add_event_handler("on_pipeline_started", note)
        task = asyncio.create_task(runner.run(), name="line")
        try:
            await started.wait()
            yield self
        finally:
            await self.worker.queue_frame(EndFrame())
            await task

    async def speak(self, text: str = STATEMENT, *, for_s: float = 1.0) -> None:
        """The bot says something, and has been heard for so long when this returns."""
        await self.worker.queue_frame(TTSSpeakFrame(text))
        while not self.ear.speaking:  # noqa: ASYNC110 - sound is what it waits for
            await asyncio.sleep(0.02)
        await asyncio.sleep(for_s)

    async def voice(self) -> None:
        """A voice is detected."""
        await self.worker.queue_frame(VADUserStartedSpeakingFrame(start_secs=VAD_START_S))

    async def silence(self) -> None:
        """The voice is gone."""
        await self.worker.queue_frame(VADUserStoppedSpeakingFrame(stop_secs=VAD_STOP_S))
        await asyncio.sleep(0.01)

    async def interim(self, text: str) -> None:
        """The recogniser believes to have heard this so far."""
        frame = InterimTranscriptionFrame(text, "caller", "now", Language.EN)
        await self.worker.queue_frame(frame)
        await asyncio.sleep(0.01)

    async def final(self, text: str) -> None:
        """The recogniser has heard this."""
        await self.worker.queue_frame(TranscriptionFrame(text, "caller", "now", Language.EN))
        await asyncio.sleep(0.01)

    async def utter(self, text: str, *, lasts_s: float = 0.5) -> None:
        """Somebody says something short: voice, final, silence."""
        await asyncio.sleep(VAD_START_S)
        await self.voice()
        await asyncio.sleep(lasts_s)
        await self.final(text)
        await self.silence()

    async def quiet(self, seconds: float = 12.0) -> None:
        """Nothing is said for a while."""
        await asyncio.sleep(seconds)

    def said(self, role: str) -> list[str]:
        """What the context has of one side."""
        return [
            str(message["content"])
            for message in self.context.messages
            if isinstance(message, dict)
            and message.get("role") == role
            and isinstance(message.get("content"), str)
        ]

    @property
    def asked(self) -> list[str]:
        """The last user message of each request to the model."""
        return [request.user_messages[-1] for request in self.model.requests]

    @property
    def heard_s(self) -> float:
        """For how long the bot's first speech was heard."""
        spans = [span for span in self.ear.speech if span.segment == 1]
        return sum(span.end - span.start for span in spans)

    @property
    def whole(self) -> bool:
        """Whether the bot's first speech was heard to its end."""
        return self.heard_s > len(STATEMENT) / 15.0 - 0.3

    def of_kind(self, kind: type[Frame]) -> list[Frame]:
        """The frames of a kind that the filter sent on."""
        return [frame for frame in self.sent if isinstance(frame, kind)]

    async def _on_sent(self, _processor: FrameProcessor, frame: Frame) -> None:
        self.sent.append(frame)

    async def _on_backchannel(self, _aggregator: Any, message: Any) -> None:
        self.backchannels.append(message.content)

    async def _look_up(self, params: FunctionCallParams) -> None:
        await asyncio.sleep(self._tool_s)
        await params.result_callback("two")


def texts(frames: Sequence[Frame]) -> list[str]:
    """What frames say."""
    kinds = (InterimTranscriptionFrame, TranscriptionFrame)
    return [frame.text for frame in frames if isinstance(frame, kinds)]

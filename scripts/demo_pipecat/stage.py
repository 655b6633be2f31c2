"""Plays a row one way: a real pipeline, the real AssemblyAI service, and the caller's ear."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from pipecat.frames.frames import EndFrame, TTSSpeakFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.services.assemblyai.stt import AssemblyAISTTService
from pipecat.turns.user_stop import ExternalUserTurnStopStrategy
from pipecat.workers.runner import WorkerRunner

from agent.offline.mouth import Mouth
from agent.offline.playback import Span, SpanKind
from agent.offline_pipecat.llm import ScriptedLLMService
from agent.offline_pipecat.transport import CallerInput, Ear
from agent.offline_pipecat.tts import ToneTTSService
from agent.offline_pipecat.vad import LoudnessVAD
from scripts.demo.judging import DROPPED_S, Exchange, Recording

from .rows import DEFAULT_REPLY, NEXT_PHRASE, ONSET_S, SCRIPT, THINKING_S, TOOL_S, Moment, Row
from .ways import Way, strategies

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipecat.services.llm_service import FunctionCallParams

    from agent.offline.recogniser import LoopbackRecogniser
    from agent.offline.script import Request
    from agent.offline.sounds import Codebook
    from filters.configuration import FilterConfig

QUIET_S = 3.0
"""Silence after which nothing more will come: longer than every wait of the filter's."""
BOUND_S = 20.0
"""The longest that anything is waited for."""


class Call:
    """A pipeline with a caller.

    Args:
        way: What starts the caller's turns.
        recogniser: What the service connects to.
        sounds: What it knows.
        config: What this project's way works by.
        thinking_s: How long the model thinks.
        ends_turns: What ends the caller's turns: "voice", or the "recogniser" by itself.
    """

    def __init__(
        self,
        way: Way,
        recogniser: LoopbackRecogniser,
        sounds: Codebook,
        config: FilterConfig,
        thinking_s: float = 0.05,
        ends_turns: str = "voice",
    ) -> None:
        self.mouth, self.ear, self.voice = Mouth(sounds), Ear(), ToneTTSService()
        self.model = ScriptedLLMService(SCRIPT, default=DEFAULT_REPLY, first_token_s=thinking_s)
        self.tool_running = False
        self.model.register_function("free_suites", self._free_suites)
        self.context = LLMContext()
        by_voice = ends_turns == "voice"
        starts, between = strategies(way, config)
        if not by_voice:
            starts.stop = [ExternalUserTurnStopStrategy()]
        user, assistant = LLMContextAggregatorPair(
            self.context,
            user_params=LLMUserAggregatorParams(
                user_turn_strategies=starts, vad_analyzer=LoudnessVAD() if by_voice else None
            ),
        )
        stt = AssemblyAISTTService(
            api_key=recogniser.api_key,
            api_endpoint_base_url=f"{recogniser.url}/v3/ws",
            vad_force_turn_endpoint=by_voice,
        )
        line = [CallerInput(self.mouth), stt, *between, user]
        line += [self.model, self.voice, self.ear, assistant]
        self.worker = PipelineWorker(
            Pipeline(line), cancel_on_idle_timeout=False, enable_rtvi=False
        )

    async def run(self) -> None:
        """Runs the pipeline until it is ended."""
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(self.worker)
        await runner.run()

    async def end(self) -> None:
        """Hangs up."""
        self.mouth.close()
        await self.worker.queue_frame(EndFrame())

    async def play(self, row: Row) -> Recording:
        """Brings the bot to the row's moment, has the caller speak, and records what follows."""
        said = self.mouth.say(row.phrase, not_before=await self._onset(row))
        await said.wait()
        await self.until(lambda: not self.busy, "the bot to be done")
        await self._quiet()
        spans = self._spans(row)
        user_turns = [text for text in self.turns("user") if text != row.opening]
        agent_turns, requests = self.turns("assistant"), list(self.model.requests)
        return Recording(
            phrase=row.matters or row.phrase,
            phrase_s=said.end - said.onset,
            agent_words=row.agent_words,
            spans=tuple(_shifted(span, said.onset) for span in spans),
            user_turns=tuple(user_turns),
            agent_turns=tuple(agent_turns),
            exchanges=tuple(map(_exchange, requests)),
            next_turn=await self._next_turn(),
            next_phrase=NEXT_PHRASE,
        )

    @property
    def busy(self) -> bool:
        """Whether the bot has something to say, or is about to."""
        return self.ear.sounding or self.ear.speaking or self.model.busy or self.tool_running

    def turns(self, role: str) -> list[str]:
        """What the context has of one side."""
        return [
            str(message["content"])
            for message in self.context.messages
            if isinstance(message, dict)
            and message.get("role") == role
            and isinstance(message.get("content"), str)
        ]

    async def until(
        self, condition: Callable[[], bool], what: str, *, within_s: float = BOUND_S
    ) -> None:
        """Waits for something that has to happen.

        Raises:
            RuntimeError: It didn't.
        """
        deadline = _now() + within_s
        while not condition():
            if _now() > deadline:
                raise RuntimeError(f"waited {within_s:g} s for {what}")
            await asyncio.sleep(0.02)

    async def _onset(self, row: Row) -> float:
        """Waits for the row's moment to be near; when the caller is to speak."""
        await asyncio.sleep(0.3)
        if row.opening:
            await self.mouth.say(row.opening).wait()
        else:
            await self.worker.queue_frame(TTSSpeakFrame(row.agent_words))
        reached, what = {
            Moment.THINKING: (lambda: self.model.busy, "think"),
            Moment.TOOL: (lambda: self.tool_running, "run its tool"),
        }.get(row.moment, (lambda: self.ear.sounding, "speak"))
        await self.until(reached, f"the bot to {what}")
        if row.moment in (Moment.QUESTION, Moment.ENDING, Moment.ENDED, Moment.OVER):
            length_s = self.voice.duration_s(row.agent_words)
            return self.ear.speech[0].start + length_s + ONSET_S[row.moment]
        return _now() + ONSET_S[row.moment]

    def _spans(self, row: Row) -> list[Span]:
        """What was heard; where the words in question were cut off, that too."""
        spans = list(self.ear.speech)
        if not spans:
            return spans
        first = [span for span in spans if span.segment == spans[0].segment]
        heard_s = sum(span.end - span.start for span in first)
        dropped_s = self.voice.duration_s(row.agent_words) - heard_s
        turns = self.turns("assistant")
        if dropped_s > DROPPED_S and turns and row.agent_words.startswith(turns[0][:8]):
            at = first[-1].end
            spans.append(Span(SpanKind.CLEARED, at, at, first[0].segment, heard_s, dropped_s))
        return spans

    async def _next_turn(self) -> str | None:
        """What the context has of what the caller says when all is quiet."""
        before = len(self.turns("user"))
        await self.mouth.say(NEXT_PHRASE).wait()
        try:
            await self.until(
                lambda: len(self.turns("user")) > before, "the next turn", within_s=5.0
            )
        except RuntimeError:
            return None
        return self.turns("user")[before]

    async def _quiet(self) -> None:
        """Waits until nobody has had anything to say for a while."""
        quiet_since = _now()

        def quiet() -> bool:
            nonlocal quiet_since
            if self.busy:
                quiet_since = _now()
            return _now() - quiet_since >= QUIET_S

        await self.until(quiet, "the bot to be done")

    async def _free_suites(self, params: FunctionCallParams) -> None:
        self.tool_running = True
        try:
            await asyncio.sleep(TOOL_S)
        finally:
            self.tool_running = False
        await params.result_callback("two")


async def play(
    row: Row,
    way: Way,
    recogniser: LoopbackRecogniser,
    sounds: Codebook,
    config: FilterConfig,
    ends_turns: str = "voice",
) -> Recording:
    """Plays a row one way.

    Raises:
        RuntimeError: Something that had to happen didn't.
    """
    thinking_s = THINKING_S if row.moment is Moment.THINKING else 0.05
    call = Call(way, recogniser, sounds, config, thinking_s, ends_turns)
    running = asyncio.create_task(call.run(), name=f"{row.name}_{way.value}")
    try:
        return await call.play(row)
    finally:
        await call.end()
        await running


def _shifted(span: Span, by: float) -> Span:
    return Span(
        span.kind, span.start - by, span.end - by, span.segment, span.offset_s, span.dropped_s
    )


def _exchange(request: Request) -> Exchange:
    reply: Any = request.reply
    text = reply if isinstance(reply, str) else reply.then
    return Exchange(request.user_messages[-1] if request.user_messages else "", text)


def _now() -> float:
    """The clock of mouth and ear."""
    return asyncio.get_running_loop().time()

"""The hotel's desk as a Pipecat bot: the same desk as `agent.front_desk`, filtered the same way.

    AGENT_OFFLINE=1 python -m agent.pipecat_bot    # a call with a caller of tones, without any key
    python -m agent.pipecat_bot -t webrtc          # in a browser, with keys

The second needs `pip install "pipecat-ai[assemblyai,openai,runner,silero,webrtc]"`.

Two lines do it, below: the filter's processor in the pipeline, and its strategy in the aggregator.
"""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
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
from pipecat.services.llm_service import FunctionCallParams  # noqa: TC002 - Pipecat reads it
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy
from pipecat.workers.runner import WorkerRunner

from filters.pipecat import interruption_filter

from .hotel import GREETING, INSTRUCTIONS, Books, NotBookedError, read_back
from .hotel_call import CALLER_PHRASES, DEFAULT_REPLY, SCRIPT
from .offline.mouth import Mouth
from .offline.recogniser import LoopbackRecogniser
from .offline.sounds import Codebook
from .offline_pipecat.llm import ScriptedLLMService
from .offline_pipecat.transport import CallerInput, Ear
from .offline_pipecat.tts import ToneTTSService
from .offline_pipecat.vad import LoudnessVAD

if TYPE_CHECKING:
    from pipecat.audio.vad.vad_analyzer import VADAnalyzer
    from pipecat.processors.frame_processor import FrameProcessor
    from pipecat.turns.user_stop import BaseUserTurnStopStrategy

    from filters import FilterConfig
    from filters.pipecat import InterruptionFilter

DEFAULT_DOMAIN = "hotel_booking"


class Desk:
    """What the model can do, and the stages of the conversation that it leads to.

    Args:
        interruptions: The filter of the call.
    """

    def __init__(self, interruptions: InterruptionFilter) -> None:
        self.books = Books()
        # a domain without these stages will do
        self._confirmation = interruptions.stage("confirmation", required=False)
        self._dictation = interruptions.stage("dictation", required=False)

    def next_turn(self) -> None:
        """Ends the stage that a tool has entered: what it waited for has been said."""
        self._confirmation.leave()
        self._dictation.leave()

    async def read_back(self, params: FunctionCallParams, room: str, nights: int) -> None:
        """Have a booking read back to the caller before it is made. Say just what this returns.

        Args:
            params: The call.
            room: The kind of room: single, double or suite.
            nights: The number of nights.
        """
        self._confirmation.enter()  # an "okay" from here on is a yes
        await params.result_callback(read_back(_room(room), nights))

    async def ask_for_email(self, params: FunctionCallParams) -> None:
        """Before the caller is asked to spell an email address. Say just what this returns.

        Args:
            params: The call.
        """
        self._dictation.enter()  # the pauses between the letters don't end the turn
        await params.result_callback("Please spell your email address for me.")

    async def book_room(self, params: FunctionCallParams, room: str, nights: int) -> None:
        """Book a room for the caller, once they have said which kind and for how many nights.

        Args:
            params: The call.
            room: The kind of room: single, double or suite.
            nights: The number of nights.
        """
        try:
            said = self.books.book(_room(room), nights)
        except NotBookedError as error:
            said = str(error)
        await params.result_callback(said)

    @property
    def tools(self) -> list[Any]:
        """What the model is told of."""
        return [self.read_back, self.ask_for_email, self.book_room]


@dataclass(frozen=True, slots=True)
class Parts:
    """What a desk is made of.

    Attributes:
        hears: The transport's input.
        stt: The recogniser.
        llm: The language model.
        tts: The voice.
        says: The transport's output.
        vad: What tells the caller's voice; None: the recogniser alone does.
        stop: What ends the caller's turns; None: Pipecat's default, a model of turns.
    """

    hears: FrameProcessor
    stt: FrameProcessor
    llm: FrameProcessor
    tts: FrameProcessor
    says: FrameProcessor
    vad: VADAnalyzer | None = None
    stop: list[BaseUserTurnStopStrategy] | None = None


def build_desk(
    parts: Parts, config: FilterConfig | str = DEFAULT_DOMAIN
) -> tuple[PipelineWorker, LLMContext, Desk]:
    """Makes a desk that is ready to run.

    Args:
        parts: What it is made of.
        config: How interruptions are filtered.

    Raises:
        ConfigError: The configuration is faulty.
    """
    interruptions = interruption_filter(config)
    desk = Desk(interruptions)
    context = LLMContext([{"role": "system", "content": INSTRUCTIONS}], desk.tools)
    user, assistant = LLMContextAggregatorPair(
        context,
        user_params=LLMUserAggregatorParams(
            user_turn_strategies=interruptions.strategies(parts.stop), vad_analyzer=parts.vad
        ),
    )

    @user.event_handler("on_user_turn_stopped")
    async def on_user_turn_stopped(*_: object) -> None:
        desk.next_turn()

    pipeline = Pipeline(
        [
            parts.hears,
            parts.stt,
            interruptions.processor,
            user,
            parts.llm,
            parts.tts,
            parts.says,
            assistant,
        ]
    )
    return PipelineWorker(pipeline), context, desk


async def bot(runner_args: Any) -> None:
    """Answers a call that Pipecat's development runner brings; it needs keys."""
    from pipecat.audio.vad.silero import SileroVADAnalyzer
    from pipecat.runner.utils import create_transport
    from pipecat.services.openai.llm import OpenAILLMService
    from pipecat.services.openai.tts import OpenAITTSService
    from pipecat.transports.base_transport import TransportParams

    heard_and_said = {
        "webrtc": lambda: TransportParams(audio_in_enabled=True, audio_out_enabled=True)
    }
    transport = await create_transport(runner_args, heard_and_said)
    parts = Parts(
        hears=transport.input(),
        stt=AssemblyAISTTService(api_key=os.environ["ASSEMBLYAI_API_KEY"]),
        llm=OpenAILLMService(
            api_key=os.environ["OPENAI_API_KEY"],
            settings=OpenAILLMService.Settings(
                model=os.environ.get("OPENAI_LLM_MODEL", "gpt-4.1-mini")
            ),
        ),
        tts=OpenAITTSService(
            api_key=os.environ["OPENAI_API_KEY"],
            settings=OpenAITTSService.Settings(voice=os.environ.get("OPENAI_TTS_VOICE", "ash")),
        ),
        says=transport.output(),
        vad=SileroVADAnalyzer(),
    )
    worker, _, _ = build_desk(parts, os.environ.get("AGENT_DOMAIN") or DEFAULT_DOMAIN)
    await worker.queue_frame(TTSSpeakFrame(GREETING))
    runner = WorkerRunner()
    await runner.add_workers(worker)
    await runner.run()


async def rehearse(
    said: tuple[str, ...], config: FilterConfig | str = DEFAULT_DOMAIN
) -> LLMContext:
    """Plays a call on this machine alone.

    Args:
        said: What the caller says, the first 2 s into the greeting, the others when all is quiet.
        config: How interruptions are filtered.

    Returns:
        The context at the end of the call.
    """
    phrases = Codebook(CALLER_PHRASES)
    async with LoopbackRecogniser(phrases) as recogniser:
        mouth, ear = Mouth(phrases), Ear()
        parts = Parts(
            hears=CallerInput(mouth),
            stt=AssemblyAISTTService(
                api_key=recogniser.api_key, api_endpoint_base_url=f"{recogniser.url}/v3/ws"
            ),
            llm=ScriptedLLMService(SCRIPT, default=DEFAULT_REPLY, first_token_s=0.2),
            tts=ToneTTSService(),
            says=ear,
            vad=LoudnessVAD(),
            stop=[SpeechTimeoutUserTurnStopStrategy()],
        )
        worker, context, _ = build_desk(parts, config)
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(worker)
        running = asyncio.create_task(runner.run(), name="pipecat_bot")
        await worker.queue_frame(TTSSpeakFrame(GREETING))
        await _until(lambda: ear.speaking)
        await asyncio.sleep(2.0)
        for phrase in said:
            await mouth.say(phrase).wait()
            await _until(lambda: ear.speaking, within_s=3.0)
            await _until(lambda: not ear.speaking)
        await worker.queue_frame(EndFrame())
        await running
        mouth.close()
    return context


async def _until(condition: Any, within_s: float = 30.0) -> None:
    now = asyncio.get_running_loop().time
    deadline = now() + within_s
    while not condition() and now() < deadline:  # noqa: ASYNC110 - sound is what it waits for
        await asyncio.sleep(0.02)


def _room(name: str) -> Any:
    return name.strip().casefold()


def main() -> None:
    """Rehearses, or answers calls."""
    if os.environ.get("AGENT_OFFLINE") == "1":
        for message in asyncio.run(rehearse(("Mhm.", "Tell me about the hotel."))).messages[1:]:
            print(message)
        return
    from pipecat.runner.run import main as run_bot

    sys.modules["__main__"].bot = bot  # type: ignore[attr-defined]  # where the runner looks
    run_bot()


if __name__ == "__main__":
    main()

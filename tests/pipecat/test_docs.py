"""The page for Pipecat's users: its example runs, and its table is the demo's."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from loguru import logger
from pipecat.frames.frames import EndFrame, TTSSpeakFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.services.assemblyai.stt import AssemblyAISTTService
from pipecat.turns.user_turn_strategies import UserTurnStrategies
from pipecat.workers.runner import WorkerRunner

from agent.offline.mouth import Mouth
from agent.offline.recogniser import LoopbackRecogniser
from agent.offline.sounds import Codebook
from agent.offline_pipecat.llm import ScriptedLLMService
from agent.offline_pipecat.transport import CallerInput, Ear
from agent.offline_pipecat.tts import ToneTTSService
from agent.offline_pipecat.vad import LoudnessVAD
from scripts.demo_pipecat.rows import ROWS

from .line import STATEMENT

PAGE = Path(__file__).parents[2] / "docs" / "pipecat.md"


class Transport:
    """As an application has one."""

    def __init__(self, mouth: Mouth) -> None:
        self.hears, self.says = CallerInput(mouth), Ear()

    def input(self) -> CallerInput:
        """What the bot hears."""
        return self.hears

    def output(self) -> Ear:
        """What the caller hears."""
        return self.says


def example() -> str:
    """The code of the page."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    return str(code)


def test_the_example_has_twelve_lines() -> None:
    """A page that promises little keeps it."""
    assert len([line for line in example().splitlines() if line.strip()]) <= 12


@pytest.mark.live
async def test_the_example_runs() -> None:
    """In a call in which the caller says "mhm", and the bot talks on."""
    logger.remove()
    phrases = Codebook(["Mhm."])
    async with LoopbackRecogniser(phrases) as recogniser:
        mouth = Mouth(phrases)
        transport = Transport(mouth)
        names: dict[str, Any] = {
            "LLMContext": LLMContext,
            "LLMContextAggregatorPair": LLMContextAggregatorPair,
            "LLMUserAggregatorParams": LLMUserAggregatorParams,
            "Pipeline": Pipeline,
            "PipelineWorker": PipelineWorker,
            "SileroVADAnalyzer": LoudnessVAD,
            "UserTurnStrategies": UserTurnStrategies,
            "transport": transport,
            "stt": AssemblyAISTTService(
                api_key=recogniser.api_key, api_endpoint_base_url=f"{recogniser.url}/v3/ws"
            ),
            "llm": ScriptedLLMService(),
            "tts": ToneTTSService(),
        }
        exec(compile(example(), str(PAGE), "exec"), names)  # noqa: S102 - our own page
        worker: PipelineWorker = names["worker"]
        errors: list[str] = []

        async def note(_worker: Any, frame: Any) -> None:
            errors.append(frame.error)

        worker.add_event_handler("on_pipeline_error", note)
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(worker)
        running = asyncio.create_task(runner.run())
        await worker.queue_frame(TTSSpeakFrame(STATEMENT))
        while not transport.says.speaking:  # noqa: ASYNC110 - sound is what it waits for
            await asyncio.sleep(0.02)
        await asyncio.sleep(1.0)
        await mouth.say("Mhm.").wait()
        while transport.says.speaking:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        await worker.queue_frame(EndFrame())
        await running
        mouth.close()
    assert errors == []
    (span,) = transport.says.speech
    assert span.end - span.start == pytest.approx(len(STATEMENT) / 15.0, abs=0.3)


def test_the_table_has_each_row_of_the_demo() -> None:
    """In its order."""
    page = PAGE.read_text("utf-8")
    table = page.partition("<!-- demo -->")[2].partition("<!-- /demo -->")[0]
    shown = [line.split("|")[1].strip() for line in table.splitlines() if line.startswith("|")]
    assert [each for each in shown if each in {row.label for row in ROWS}] == [
        row.label for row in ROWS
    ]

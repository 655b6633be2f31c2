"""Calls in real time: the real AssemblyAI service against the recogniser on this machine."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from loguru import logger

from agent.offline.recogniser import LoopbackRecogniser
from agent.pipecat_bot import rehearse
from scripts.demo_pipecat.report import Result
from scripts.demo_pipecat.rows import ROWS, codebook
from scripts.demo_pipecat.stage import Call, play
from scripts.demo_pipecat.ways import Way, hotel_config

if TYPE_CHECKING:
    from scripts.demo.judging import Recording

PLAYED = ("mhm", "stop", "breakfast", "yeah-suite", "answer", "thinking", "after")

pytestmark = pytest.mark.live


@pytest.fixture(scope="module", params=["voice", "recogniser"])
def recordings(request: pytest.FixtureRequest) -> dict[str, Recording]:
    """Rows of the demo, played side by side with the filter, by what ends the caller's turns."""
    logger.remove()

    async def play_all() -> dict[str, Recording]:
        sounds, config = codebook(), hotel_config()
        rows = [row for row in ROWS if row.name in PLAYED]
        async with LoopbackRecogniser(sounds) as recogniser:
            played = await asyncio.gather(
                *(play(row, Way.OURS, recogniser, sounds, config, request.param) for row in rows)
            )
        return {row.name: recording for row, recording in zip(rows, played, strict=True)}

    return asyncio.run(play_all())


@pytest.mark.parametrize("name", PLAYED)
def test_a_row_of_the_demo(name: str, recordings: dict[str, Recording]) -> None:
    """As wanted, at the caller's ear."""
    (row,) = (row for row in ROWS if row.name == name)
    result = Result(row, Way.OURS, recordings[name])
    assert result.as_wanted, result.outcome


async def test_each_reply_is_sent_to_the_recogniser_once() -> None:
    """The service does so by itself; the filter adds nothing."""
    logger.remove()
    sounds = codebook()
    async with LoopbackRecogniser(sounds) as recogniser:
        call = Call(Way.OURS, recogniser, sounds, hotel_config())
        running = asyncio.create_task(call.run())
        await call.mouth.say("Is there a pool?").wait()
        await call.until(lambda: call.ear.speaking, "the reply")
        await call.until(lambda: not call.busy, "its end")
        await asyncio.sleep(0.3)
        await call.end()
        await running
        (connection,) = recogniser.connections
        contexts = [update.message.get("agent_context") for update in connection.updates]
        assert contexts == ["The pool is on the roof."]


async def test_the_sample_bot_can_be_rehearsed() -> None:
    """Without any key."""
    logger.remove()
    context = await rehearse(("Mhm.",))
    said = [message for message in context.messages if isinstance(message, dict)]
    assert [message["role"] for message in said] == ["system", "assistant"]

"""All of it together: a real session with the real AssemblyAI plugin, without a room."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from livekit.agents import Agent, AgentSession, function_tool
from livekit.plugins import assemblyai

from agent.offline.caller import CallerAudioInput
from agent.offline.llm import ScriptedLLM, ToolCall
from agent.offline.output import RealTimeAudioOutput
from agent.offline.recogniser import LoopbackRecogniser
from agent.offline.sounds import Codebook
from agent.offline.tts import ToneTTS
from filters import turn_handling_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Receptionist(Agent):
    """Has one tool."""

    def __init__(self) -> None:
        super().__init__(instructions="You are a receptionist.")

    @function_tool
    async def kitchen_hours(self, meal: str) -> str:
        """When the kitchen serves a meal."""
        return f"{meal} is from seven to ten"


class Call:
    """A session and both ends of its line."""

    def __init__(self, session: AgentSession[Any], model: ScriptedLLM, codebook: Codebook) -> None:
        self.session = session
        self.model = model
        self.caller = CallerAudioInput(codebook)
        self.ear = RealTimeAudioOutput()
        self.spoken: asyncio.Queue[str] = asyncio.Queue()
        session.input.audio = self.caller
        session.output.audio = self.ear
        session.on("conversation_item_added", self._on_item)

    def _on_item(self, event: Any) -> None:
        if event.item.type == "message" and event.item.role == "assistant":
            self.spoken.put_nowait(event.item.text_content)


@asynccontextmanager
async def call() -> AsyncIterator[tuple[Call, LoopbackRecogniser]]:
    """Everything started, and everything closed."""
    codebook = Codebook(["I want breakfast.", "When is breakfast?"])
    model = ScriptedLLM(
        [
            ("when", ToolCall("kitchen_hours", {"meal": "Breakfast"}, then="{output}.")),
            ("breakfast", "Breakfast it is."),
        ]
    )
    async with (
        aiohttp.ClientSession() as http_session,
        LoopbackRecogniser(codebook) as recogniser,
    ):
        session: AgentSession[Any] = AgentSession(
            stt=assemblyai.STT(
                model="u3-rt-pro",
                max_turn_silence=1000,
                api_key=recogniser.api_key,
                base_url=recogniser.url,
                http_session=http_session,
            ),
            llm=model,
            tts=ToneTTS(),
            vad=None,
            turn_handling=turn_handling_for(),
            aec_warmup_duration=None,
        )
        line = Call(session, model, codebook)
        await session.start(agent=Receptionist())
        try:
            yield line, recogniser
        finally:
            await session.aclose()
            line.caller.close()
            await line.ear.aclose()


@pytest.mark.live
async def test_a_greeting_a_reply_and_a_tool() -> None:
    """The agent is heard, hears and answers, in real time; a real function tool runs."""
    async with call() as (line, recogniser):
        greeting = line.session.say("Welcome.")
        await asyncio.wait_for(greeting.wait_for_playout(), 5)
        greeted = line.ear.heard_until
        assert greeted is not None
        said = line.caller.say("I want breakfast.")
        spoken = [await asyncio.wait_for(line.spoken.get(), 5) for _ in range(2)]
        assert spoken == ["Welcome.", "Breakfast it is."]
        assert line.model.requests[-1].user_messages == ("I want breakfast.",)
        assert recogniser.connections[0].transcripts == ["I want breakfast."]
        reply = line.ear.speech[-1]
        assert said.end < reply.start < said.end + 1.5
        assert reply.end - reply.start == pytest.approx(len("Breakfast it is.") / 15, abs=0.1)
        assert not any(greeted < span.start < said.end for span in line.ear.speech)
        line.caller.say("When is breakfast?")
        assert await asyncio.wait_for(line.spoken.get(), 5) == "Breakfast is from seven to ten."
        assert line.model.requests[-1].tool_outputs == ("Breakfast is from seven to ten",)


@pytest.mark.live
async def test_real_interruptions_stop_the_sound() -> None:
    """Two words over a long answer: silence, while the caller is still talking or just after."""
    async with call() as (line, _):
        line.session.say("A long story. " * 10)
        for _ in itertools.count():
            if line.ear.sounding:
                break
            await asyncio.sleep(0.01)
        said = line.caller.say("I want breakfast.")
        spoken = [await asyncio.wait_for(line.spoken.get(), 8) for _ in range(2)]
        assert spoken[1] == "Breakfast it is."
        silent = line.ear.silent_from(said.onset)
        assert silent is not None
        assert said.onset < silent < said.end + 1.0

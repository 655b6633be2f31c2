"""The real plugin tells a recogniser each reply once, on the installed version of LiveKit."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp
import livekit.agents
import pytest
from livekit.agents import Agent, AgentSession, stt
from livekit.agents.voice import io
from livekit.agents.voice.transcription import TranscriptSynchronizer

from agent.offline.caller import CallerAudioInput
from agent.offline.llm import ScriptedLLM
from agent.offline.output import RealTimeAudioOutput
from agent.offline.recogniser import LoopbackRecogniser
from agent.offline.sounds import Codebook
from agent.offline.tts import ToneTTS
from filters.livekit.agent_context import (
    AgentContextAction,
    AgentContextBridge,
    AgentContextMode,
    install_agent_context_bridge,
    seed_agent_context,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from agent.offline.connection import Connection

assemblyai = pytest.importorskip("livekit.plugins.assemblyai")

pytestmark = [pytest.mark.live, pytest.mark.timeout(60)]

RELEASE = tuple(int(part) for part in livekit.agents.__version__.split(".")[:3])
HAS_SWITCH = RELEASE >= (1, 6, 6)
TAKES_CONTEXT = RELEASE >= (1, 6, 0)

needs_context = pytest.mark.skipif(not TAKES_CONTEXT, reason="agent_context is new in 1.6.0")
needs_switch = pytest.mark.skipif(not HAS_SWITCH, reason="LiveKit forwards from 1.6.6")

REPLIES = ["What is your email address?", "And your date of birth?"]
LAST = "the marker"


async def until(condition: Callable[[], bool], within_s: float = 10.0) -> None:
    """Waits for something to become true; fails when it does not in time."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


@dataclass
class Call:
    """A session in a call with a recogniser on this machine."""

    recogniser: LoopbackRecogniser
    http: aiohttp.ClientSession
    session: AgentSession[Any]
    bridge: AgentContextBridge
    own: stt.STT[Any] | None = None
    said: list[str] = field(default_factory=list)

    async def say(self, *replies: str) -> None:
        """Let the agent say each of these in full."""
        for reply in replies:
            await self.session.say(reply)

    async def context(self, recogniser: Any = None) -> list[str]:
        """Return every `agent_context` update that reached the recogniser so far.

        A further update of another kind marks the end: messages arrive in order.
        """
        recogniser = recogniser or self.own or self.session.stt
        recogniser.update_options(keyterms_prompt=[LAST])
        connection = await self._marked()
        messages = [update.message for update in connection.updates]
        return [message["agent_context"] for message in messages if "agent_context" in message]

    async def _marked(self) -> Connection:
        while True:
            for connection in self.recogniser.connections:
                for update in connection.updates:
                    if update.message.get("keyterms_prompt") == [LAST]:
                        return connection
            await asyncio.sleep(0.01)


class Captions(io.TextOutput):
    """A place for the agent's text, which LiveKit keeps in step with the audio; nobody reads it."""

    def __init__(self) -> None:
        super().__init__(label="captions", next_in_chain=None)

    async def capture_text(self, text: str) -> None:
        """Take a piece of text."""

    def flush(self) -> None:
        """Take the end of a reply."""


def recogniser_of(server: LoopbackRecogniser, http: aiohttp.ClientSession, **options: Any) -> Any:
    """Return the real plugin's STT, connected to the server on this machine."""
    return assemblyai.STT(
        base_url=server.url,
        api_key=server.api_key,
        http_session=http,
        model="u3-rt-pro",
        **options,
    )


@contextlib.asynccontextmanager
async def call(
    *,
    mode: AgentContextMode = "auto",
    forward: bool | None = None,
    fallback: bool = False,
    **options: Any,
) -> AsyncIterator[Call]:
    """Hold a call.

    Args:
        mode: The bridge's.
        forward: LiveKit's own switch, on versions that have it; None leaves its default.
        fallback: Wrap the recogniser and a second one in LiveKit's adapter.
        options: Further ones for the plugin's STT.
    """
    codebook = Codebook()
    keywords: dict[str, Any] = {}
    if forward is not None and HAS_SWITCH:
        keywords["stt_context_options"] = {"forward_chat_context": forward}
    async with (
        aiohttp.ClientSession() as http,
        LoopbackRecogniser(codebook) as server,
    ):
        own = None
        recogniser = recogniser_of(server, http, **options)
        if fallback:
            own = recogniser
            recogniser = stt.FallbackAdapter([recogniser, recogniser_of(server, http)])
        session: AgentSession[Any] = AgentSession(
            stt=recogniser,
            llm=ScriptedLLM(),
            tts=ToneTTS(characters_per_second=60),
            vad=None,
            turn_handling={"turn_detection": "stt"},
            **keywords,
        )
        session.input.audio = CallerAudioInput(codebook)
        # As in a room: the history then holds what was heard of an interrupted reply.
        synchronizer = TranscriptSynchronizer(
            next_in_chain_audio=RealTimeAudioOutput(), next_in_chain_text=Captions()
        )
        session.output.audio = synchronizer.audio_output
        session.output.transcription = synchronizer.text_output
        bridge = install_agent_context_bridge(session, mode=mode)
        await session.start(agent=Agent(instructions="Ask."))
        try:
            yield Call(server, http, session, bridge, own)
        finally:
            await session.aclose()
            await synchronizer.aclose()


@needs_context
async def test_each_reply_arrives_once_with_livekits_defaults() -> None:
    """LiveKit forwards it from 1.6.6, the bridge pushes it before: never both, never neither."""

    async def ask(mode: AgentContextMode) -> None:
        async with call(mode=mode) as ongoing:
            await ongoing.say(*REPLIES)
            assert await ongoing.context() == REPLIES
            assert ongoing.bridge.pushed == (0 if HAS_SWITCH else 2)

    await asyncio.gather(ask("auto"), ask("bridge"))


@needs_switch
async def test_each_reply_arrives_once_with_livekits_forwarding_off() -> None:
    """The bridge takes over where LiveKit's own switch is off."""

    async def ask(mode: AgentContextMode) -> None:
        async with call(mode=mode, forward=False) as ongoing:
            await ongoing.say(*REPLIES)
            assert await ongoing.context() == REPLIES
            assert ongoing.bridge.pushed == 2

    await asyncio.gather(ask("auto"), ask("bridge"))


async def test_no_reply_arrives_with_both_off() -> None:
    """Off means off, on every version."""
    async with call(mode="off", forward=False) as ongoing:
        await ongoing.say(*REPLIES)
        assert await ongoing.context() == []
        assert ongoing.bridge.status.reason == "agent_context is off"


@needs_switch
async def test_livekit_goes_on_alone_with_the_bridge_off() -> None:
    """LiveKit's switch is its own; the bridge's status names it."""
    async with call(mode="off") as ongoing:
        await ongoing.say(*REPLIES)
        assert await ongoing.context() == REPLIES
        assert "forward_chat_context" in ongoing.bridge.status.reason


@pytest.mark.skipif(RELEASE != (1, 6, 5), reason="1.6.5 alone has the opt-in")
async def test_each_reply_arrives_once_with_the_plugins_carryover() -> None:
    """The plugin's own opt-in is seen too."""
    async with call(agent_context_carryover=True) as ongoing:
        await ongoing.say(*REPLIES)
        assert await ongoing.context() == REPLIES
        assert ongoing.bridge.pushed == 0


@pytest.mark.skipif(TAKES_CONTEXT, reason="plugins before 1.6.0 take no agent_context")
async def test_an_older_plugin_is_left_in_peace() -> None:
    """Nothing is sent, nothing fails, and the status says what to upgrade."""
    async with call() as ongoing:
        await ongoing.say(*REPLIES)
        assert await ongoing.context() == []
        assert ongoing.bridge.failed == 0
        assert "1.6.0 and later" in ongoing.bridge.status.reason


@needs_context
async def test_each_reply_arrives_once_inside_a_fallback() -> None:
    """The adapter changes nothing."""

    async def ask(*, forward: bool | None) -> None:
        async with call(forward=forward, fallback=True) as ongoing:
            await ongoing.say(*REPLIES)
            assert await ongoing.context() == REPLIES

    await asyncio.gather(ask(forward=None), ask(forward=False))


@needs_context
async def test_a_hand_off_to_another_recogniser_is_followed() -> None:
    """Each reply arrives where the caller's answer will."""

    async def ask(*, forward: bool | None) -> None:
        async with call(forward=forward) as ongoing:
            await ongoing.say(REPLIES[0])
            assert await ongoing.context() == REPLIES[:1]
            connections = len(ongoing.recogniser.connections)
            agents_own = recogniser_of(ongoing.recogniser, ongoing.http)
            ongoing.session.update_agent(Agent(instructions="Ask.", stt=agents_own))
            await until(lambda: len(ongoing.recogniser.connections) > connections)
            await ongoing.say(REPLIES[1])
            second = ongoing.recogniser.connections[-1]
            await until(lambda: bool(second.updates))
            assert [update.message["agent_context"] for update in second.updates] == REPLIES[1:]

    await asyncio.gather(ask(forward=None), ask(forward=False))


@needs_context
async def test_an_interrupted_reply_arrives_as_far_as_it_was_heard() -> None:
    """What the caller never heard is no context for the answer."""
    reply = "We have a garden room, a suite with a terrace, and a quiet single at the back. " * 2
    async with call(forward=False) as ongoing:
        handle = ongoing.session.say(reply)
        await asyncio.sleep(1.0)
        await ongoing.session.interrupt()
        await handle
        (context,) = await ongoing.context()
        assert 0 < len(context) < len(reply.strip())
        assert reply.startswith(context)


@needs_context
async def test_a_reply_above_the_servers_limit_keeps_the_stream_open() -> None:
    """The server ends a stream above 1,750 characters; the bridge stays below."""
    async with call(forward=False) as ongoing:
        message = {"role": "assistant", "content": ["word " * 500 + REPLIES[0]]}
        item = livekit.agents.llm.ChatMessage(**message)
        ongoing.session.emit(
            "conversation_item_added", livekit.agents.ConversationItemAddedEvent(item=item)
        )
        (context,) = await ongoing.context()
        assert len(context) <= 1500
        assert context.endswith(REPLIES[0])
        assert ongoing.recogniser.open_connections


async def test_a_greeting_is_in_the_connect_url_where_the_plugin_takes_one() -> None:
    """The seed goes with the connection, on every version that has the keyword."""
    seed: dict[str, Any] = {**seed_agent_context(REPLIES[0])}
    async with call(mode="off", forward=False, **seed) as ongoing:
        await ongoing.context()
        (connection,) = ongoing.recogniser.connections
        assert connection.query.get("agent_context") == (REPLIES[0] if TAKES_CONTEXT else None)
        assert ongoing.bridge.status.action is AgentContextAction.OFF

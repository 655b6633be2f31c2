"""Stages in real sessions: on the wire to a recogniser, and over the agent's speech."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from livekit.agents import Agent, AgentSession

from agent.front_desk import Booking, FrontDesk
from agent.offline.caller import CallerAudioInput
from agent.offline.llm import ToolCall
from agent.offline.recogniser import LoopbackRecogniser
from agent.offline.sounds import Codebook
from filters import install, stage
from filters.configuration import FilterConfig, read_config
from filters.livekit import SessionFilter, install_short_utterance_filter
from filters.policy import Action

from .board import Board, Setting
from .call import STATEMENT, Call, FilteredAgent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from agent.offline.connection import Connection

assemblyai = pytest.importorskip("livekit.plugins.assemblyai")

ROOT = Path(__file__).parents[2]

board = Board()
scenario = board.scenario

STAGES: dict[str, Any] = {
    "confirmation": {"backchannels": {"remove": ["okay"]}},
    "dictation": {
        "stt": {"max_turn_silence": 3000, "keyterms_prompt": ["Okafor"]},
        "backchannels": {"remove": ["okay"]},
    },
}
CONFIG = FilterConfig.from_mapping({"domain": "test", "stages": STAGES})


# -- on the wire -------------------------------------------------------------------------------


@dataclass
class Line:
    """A call through the real plugin to a recogniser on this machine."""

    call: Call
    server: LoopbackRecogniser
    caller: CallerAudioInput
    http: aiohttp.ClientSession

    @property
    def updates(self) -> list[dict[str, Any]]:
        """What the newest connection was told of stages."""
        return told(self.server.connections[-1])

    def recogniser(self, **options: Any) -> Any:
        """One more recogniser at the same server."""
        return recogniser_at(self.server, self.http, **options)

    async def until(self, condition: Callable[[], object], what: str) -> None:
        """Waits, and fails if it takes too long."""
        await self.call.until(condition, what)


def told(connection: Connection) -> list[dict[str, Any]]:
    """What a connection was told but for the agent's replies, which LiveKit forwards."""
    messages = [dict(update.message) for update in connection.updates]
    for message in messages:
        message.pop("type")
    return [message for message in messages if "agent_context" not in message]


def recogniser_at(server: LoopbackRecogniser, http: aiohttp.ClientSession, **options: Any) -> Any:
    """The real plugin's."""
    return assemblyai.STT(
        base_url=server.url,
        api_key=server.api_key,
        http_session=http,
        model="u3-rt-pro",
        **{"min_turn_silence": 100, "max_turn_silence": 1000, **options},
    )


@contextlib.asynccontextmanager
async def line(setting: Setting, agent: Agent | None = None) -> AsyncIterator[Line]:
    """Holds a call."""
    sounds = Codebook()
    sounds.add("Okay.", word_durations_s=0.25)
    caller = CallerAudioInput(sounds)

    def prepare(session: AgentSession[Any]) -> None:
        session.input.audio = caller
        install(session, CONFIG)

    async with aiohttp.ClientSession() as http, LoopbackRecogniser(sounds) as server:
        options = {"stt": recogniser_at(server, http)}
        agent = agent or FilteredAgent()
        async with Call(setting, agent, session_options=options, prepare=prepare) as call:
            ongoing = Line(call, server, caller, http)
            await ongoing.until(lambda: server.open_connections, "the connection")
            yield ongoing
        caller.close()


ENTERED = {"max_turn_silence": 3000, "keyterms_prompt": ["Okafor"]}
LEFT: dict[str, Any] = {"max_turn_silence": 1000, "keyterms_prompt": []}


@scenario()
async def a_stage_is_sent_on_entering_and_on_leaving_over_one_connection(setting: Setting) -> None:
    """And in between an "okay" over the agent is an answer."""
    agent = FilteredAgent()
    async with line(setting, agent) as ongoing:
        session = ongoing.call.session
        async with stage(session, "dictation"):
            await ongoing.until(lambda: ongoing.updates == [ENTERED], "the stage's options")
            await ongoing.call.speaking(STATEMENT)
            await ongoing.caller.say("Okay.").wait()
            await ongoing.until(lambda: ongoing.call.user_turns == ["Okay."], "its answer")
            await ongoing.call.idle()
        await ongoing.until(lambda: ongoing.updates == [ENTERED, LEFT], "what was there")
        await ongoing.call.speaking(STATEMENT)
        await ongoing.caller.say("Okay.").wait()
        await ongoing.call.idle()
        assert ongoing.call.user_turns == ["Okay."]
        assert len(ongoing.server.connections) == 1
        assert ongoing.server.connections[0].is_open


@scenario()
async def an_exception_in_a_stage_is_no_reason_to_stay_in_it(setting: Setting) -> None:
    """The recogniser hears of the end all the same."""
    async with line(setting) as ongoing:
        with contextlib.suppress(ZeroDivisionError):
            async with stage(ongoing.call.session, "dictation"):
                raise ZeroDivisionError
        await ongoing.until(lambda: ongoing.updates == [ENTERED, LEFT], "what was there")


@scenario()
async def a_hand_off_to_an_agent_with_its_own_recogniser_takes_the_stage_along(
    setting: Setting,
) -> None:
    """The next recogniser connects with the stage's options, and gets its own back at the end."""
    async with line(setting) as ongoing:
        session = ongoing.call.session
        visit = stage(session, "dictation").enter()
        await ongoing.until(lambda: ongoing.updates == [ENTERED], "the stage's options")
        own = ongoing.recogniser(max_turn_silence=700)
        session.update_agent(Own(own))
        await ongoing.until(lambda: len(ongoing.server.connections) == 2, "its connection")
        query = ongoing.server.connections[-1].query
        updates = ongoing.updates
        assert query["max_turn_silence"] == "3000" or updates == [ENTERED]
        visit.leave()
        left = {**LEFT, "max_turn_silence": 700}
        await ongoing.until(lambda: ongoing.updates[-1:] == [left], "its own options")
        session.update_agent(FilteredAgent())
        await ongoing.until(lambda: len(ongoing.server.connections) == 3, "the first one's")
        assert ongoing.server.connections[-1].query["max_turn_silence"] == "1000"


class Own(FilteredAgent):
    """An agent with a recogniser of its own."""

    def __init__(self, recogniser: Any) -> None:
        super().__init__()
        self._own = recogniser

    @property
    def stt(self) -> Any:
        """Its own."""
        return self._own


# -- over the agent's speech -------------------------------------------------------------------


@scenario(settings=(Setting(), Setting(pausable=False), Setting(min_delay=1.0)))
async def in_the_confirmation_okay_is_answered_after_the_read_back(setting: Setting) -> None:
    """Before and after it, it is not."""
    agent = FilteredAgent(stages=STAGES)
    async with Call(setting, agent) as call:
        for inside in (False, True, False):
            visit = stage(call.session, "confirmation")
            if inside:
                visit.enter()
            await call.speaking(STATEMENT)
            call.stt.utter("Okay.")
            if inside:
                await call.until(lambda: call.user_turns == ["Okay."], "the answer")
            await call.idle()
            visit.leave()
        assert call.user_turns == ["Okay."]
        assert call.heard_without_gap(longest_s=60.0)


@scenario()
async def words_that_are_held_survive_the_end_of_the_stage(setting: Setting) -> None:
    """The agent's tool is done with its stage while the agent still reads."""
    agent = FilteredAgent(stages=STAGES)
    async with Call(setting, agent) as call:
        async with stage(call.session, "confirmation"):
            await call.speaking(STATEMENT)
            call.stt.utter("Okay.")
            await call.until(lambda: agent.finals(Action.HOLD) == ["Okay."], "the decision")
        await call.until(lambda: call.user_turns == ["Okay."], "the answer")


@scenario()
async def an_agent_without_the_mixin_has_stages_too(setting: Setting) -> None:
    """The hook decides by the same words."""

    def prepare(session: AgentSession[Any]) -> None:
        install_short_utterance_filter(session, config=CONFIG)

    async with Call(setting, Agent(instructions="Test."), prepare=prepare) as call:
        async with stage(call.session, "confirmation"):
            await call.speaking(STATEMENT)
            call.stt.utter("Okay.")
            await call.until(lambda: call.user_turns == ["Okay."], "the answer")
            await call.idle()
        await call.speaking(STATEMENT)
        call.stt.utter("Okay.")
        await call.idle()
        assert call.user_turns == ["Okay."]


@scenario()
async def the_front_desk_reads_a_booking_back_and_books_it(setting: Setting) -> None:
    """The caller agrees while it reads; in a sentence that asks nothing, "okay" says nothing."""
    book = ToolCall("book_room", {"room": "suite", "nights": 2}, then="{output}")
    read = ToolCall("read_back", {"room": "suite", "nights": 2}, then="{output}")
    desk = FrontDesk(read_config(ROOT / "config" / "hotel_booking.yaml"))
    async with Call(setting, desk, script=(("booking back", read), ("okay", book))) as call:
        await call.idle()  # the greeting
        call.stt.utter("Please read my booking back.")
        await call.until(lambda: call.session.agent_state == "speaking", "the read-back")
        await call.for_s(0.5)
        call.stt.utter("Okay.")
        await call.until(lambda: desk.bookings == [Booking("suite", 2)], "the booking")
        await call.idle()
        session_filter = SessionFilter.installed(call.session)
        assert session_filter is not None
        assert session_filter.stages.names == ()
        turns = len(call.user_turns)
        await call.speaking(STATEMENT)
        call.stt.utter("Okay.")
        await call.idle()
        assert len(call.user_turns) == turns


test_live = board.test()

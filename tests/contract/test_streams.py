"""How LiveKit treats an agent's own `stt_node`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from livekit.agents import Agent, APIConnectionError

from tests.live.board import Board, Setting

from .assumption import Assumption, bare_call

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable

    from livekit import rtc
    from livekit.agents import ModelSettings

board = Board()
scenario = board.scenario


class OwnNode(Agent):
    """Has an `stt_node` of its own, as an agent with the mixin has."""

    def __init__(self) -> None:
        super().__init__(instructions="Test.")
        self.opened = self.closed = 0

    async def stt_node(
        self, audio: AsyncIterable[rtc.AudioFrame], model_settings: ModelSettings
    ) -> AsyncGenerator[Any, None]:
        """Passes everything."""
        self.opened += 1
        try:
            async for event in Agent.default.stt_node(self, audio, model_settings):
                yield event
        finally:
            self.closed += 1


class NoNode(Agent):
    """Has an `stt_node` that hears nothing."""

    async def stt_node(
        self,
        audio: AsyncIterable[rtc.AudioFrame],  # noqa: ARG002 - LiveKit's signature
        model_settings: ModelSettings,  # noqa: ARG002
    ) -> None:
        """No recogniser."""
        return


@scenario()
async def a_hand_off_closes_the_stream_and_opens_another(setting: Setting) -> None:
    """Why the filter's state lives per session."""
    assumption = Assumption(
        "at a hand-off between agents with an stt_node of their own the first one's is closed and "
        "the second one's is opened",
        "the first agent's filter goes on for the second, or two filter at the same time",
    )
    first, second = OwnNode(), OwnNode()
    async with bare_call(setting, first) as call:
        await assumption.comes_true(call, lambda: first.opened == 1)
        call.session.update_agent(second)
        await assumption.comes_true(call, lambda: (first.closed, second.opened) == (1, 1))
        await assumption.comes_true(call, lambda: len(call.stt.streams) == 2)
        call.stt.utter("I want breakfast.")
        await assumption.comes_true(call, lambda: call.asked == ["I want breakfast."])


@scenario()
async def a_stream_is_closed_with_the_call(setting: Setting) -> None:
    """Nothing is left running."""
    assumption = Assumption(
        "the generator of stt_node is closed when the session is",
        "a task of the filter is left over from each call",
    )
    agent = OwnNode()
    async with bare_call(setting, agent) as call:
        await assumption.comes_true(call, lambda: agent.opened == 1)
    assumption.holds(agent.closed == 1, agent.closed)


@scenario()
async def a_stream_that_tries_again_says_so(setting: Setting) -> None:
    """The recogniser's own retries."""
    assumption = Assumption(
        "an error that the recogniser's stream recovers from by itself is an error event of type "
        "stt_error, and no exception of the node",
        "speech that was open stays open: a pending reply stays paused for good (law 8)",
    )
    agent = OwnNode()
    async with bare_call(setting, agent) as call:
        errors: list[str] = []
        call.session.on("error", lambda event: errors.append(getattr(event.error, "type", "")))
        await assumption.comes_true(call, lambda: agent.opened == 1)
        call.stt.send(APIConnectionError("gone"))
        await assumption.comes_true(call, lambda: errors == ["stt_error"])
        call.stt.utter("I want breakfast.")
        await assumption.comes_true(call, lambda: call.asked == ["I want breakfast."])
        assumption.holds((agent.opened, agent.closed) == (1, 0), (agent.opened, agent.closed))


@scenario()
async def speech_boundaries_move_the_users_state(setting: Setting) -> None:
    """START_OF_SPEECH and END_OF_SPEECH, which the filter never keeps back."""
    assumption = Assumption(
        "START_OF_SPEECH makes the user speaking, END_OF_SPEECH listening, without any transcript",
        "what the filter suppresses leaves the user speaking for good (law 8)",
    )
    async with bare_call(setting) as call:
        call.stt.start()
        await assumption.comes_true(call, lambda: call.session.user_state == "speaking")
        call.stt.end()
        await assumption.comes_true(call, lambda: call.session.user_state == "listening")
        await call.for_s(0.3)
        assumption.holds(call.user_turns == [] and not call.llm.requests, call.summary())


@scenario()
async def a_node_may_be_none(setting: Setting) -> None:
    """An agent without a recogniser still talks."""
    assumption = Assumption(
        "an stt_node may return None, and the agent goes on without hearing",
        "the filter, which then ends its stream, would end the call",
    )
    async with bare_call(setting, OwnNode()) as call:
        call.session.update_agent(NoNode(instructions="Test."))
        await call.for_s(0.2)
        await call.speaking("Can you hear me?")
        await assumption.comes_true(
            call, lambda: call.agent_turns == ["Can you hear me?"], within_s=5.0
        )


test_contract = board.test()

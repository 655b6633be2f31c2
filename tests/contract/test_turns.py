"""How the caller's words become a turn, and where they are until then."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from livekit.agents import Agent, AgentSession, llm
from livekit.agents import __version__ as livekit_version
from packaging.version import Version

from filters.livekit._livekit_private import TurnBuffers, missing_turn_buffers
from tests.live.board import SETTINGS, Board, Setting
from tests.live.call import STATEMENT

from .assumption import Assumption, bare_call

if TYPE_CHECKING:
    from typing import Any

board = Board()
scenario = board.scenario


@scenario(settings=SETTINGS)
async def a_final_and_an_end_of_speech_after_the_floor_are_a_turn(setting: Setting) -> None:
    """How held words are released."""
    assumption = Assumption(
        "with the floor free a final of one word, followed by END_OF_SPEECH without a "
        "START_OF_SPEECH, is committed within min_delay",
        "words that were held are released and never answered (laws 5 and 6)",
    )
    async with bare_call(setting) as call:
        await call.speaking("All done here.")
        await call.until(lambda: call.session.current_speech is None, "the floor's end")
        await call.for_s(0.25)
        call.stt.final("Suite.")
        call.stt.end()
        await assumption.comes_true(
            call, lambda: call.asked == ["Suite."], within_s=setting.min_delay + 1.0
        )


@scenario(settings=SETTINGS)
async def a_final_released_while_the_caller_talks_heads_their_turn(setting: Setting) -> None:
    """Released into an utterance that has begun."""
    assumption = Assumption(
        "finals of one utterance are one turn, in order",
        "words that were held and the words that follow them become two turns (law 5)",
    )
    async with bare_call(setting) as call:
        call.stt.start()
        call.stt.final("Suite.")
        call.stt.interim("with breakfast")
        await call.for_s(0.1)
        call.stt.final("With breakfast.")
        call.stt.end()
        await assumption.comes_true(call, lambda: call.asked == ["Suite. With breakfast."])


@scenario(settings=SETTINGS)
async def a_final_is_announced_before_it_is_stored(setting: Setting) -> None:
    """What the hook for agents without the mixin makes use of."""
    announced = Assumption(
        "user_input_transcribed is emitted when a final has come and is neither judged nor stored",
        "the hook for agents without the mixin is too late: what should be held stops the agent",
    )
    stored = Assumption(
        "right after user_input_transcribed the final is in the turn's buffer",
        "the hook takes the words out before they are there: backchannels stay in the buffer and "
        "become phantom turns (law 2)",
    )
    async with bare_call(setting) as call:
        buffers = TurnBuffers(call.session)
        seen: dict[str, str] = {}

        def on_transcribed(event: Any) -> None:
            if event.is_final:
                seen["at"] = buffers.final
                asyncio.get_running_loop().call_soon(
                    lambda: seen.__setitem__("after", buffers.final)
                )

        call.session.on("user_input_transcribed", on_transcribed)
        await call.speaking()
        call.stt.start()
        call.stt.final("Mhm.")
        await announced.comes_true(call, lambda: "after" in seen)
        announced.holds("Mhm." not in seen["at"], seen)
        stored.holds(seen["after"] == "Mhm.", seen)


@scenario(settings=SETTINGS)
async def words_taken_out_at_the_end_of_speech_are_no_turn(setting: Setting) -> None:
    """The hook's last moment."""
    assumption = Assumption(
        "user_state_changed to listening is emitted before the turn's words are looked at",
        "the hook for agents without the mixin takes backchannels out too late: they are answered",
    )
    async with bare_call(setting) as call:
        buffers = TurnBuffers(call.session)

        def on_user_state_changed(event: Any) -> None:
            if event.new_state == "listening":
                buffers.final = buffers.interim = ""

        call.session.on("user_state_changed", on_user_state_changed)
        call.stt.utter("Mhm.")
        await call.for_s(setting.min_delay + 0.5)
        assumption.holds(call.asked == [], call.summary())
        assumption.holds(call.user_turns == [], call.user_turns)


@scenario(settings=SETTINGS)
async def words_put_into_the_buffer_are_committed(setting: Setting) -> None:
    """How the hook releases what it held."""
    assumption = Assumption(
        "session.commit_user_turn(transcript_timeout=0.0) makes a turn of what is in the buffer",
        "words that the hook for agents without the mixin held are never answered (law 5)",
    )
    async with bare_call(setting) as call:
        await call.speaking("All done here.")
        await call.idle()
        TurnBuffers(call.session).final = "Suite."
        call.session.commit_user_turn(transcript_timeout=0.0)
        await assumption.comes_true(call, lambda: call.asked == ["Suite."])


@scenario(settings=SETTINGS)
async def the_interim_in_the_buffer_is_what_words_are_judged_by(setting: Setting) -> None:
    """How the hook stops the agent at the first interim."""
    assumption = Assumption(
        "the words LiveKit judges an interim by are those in its interim buffer",
        "the hook for agents without the mixin stops the agent one event late (law 4)",
    )
    async with bare_call(setting) as call:
        buffers = TurnBuffers(call.session)

        def on_transcribed(event: Any) -> None:
            buffers.interim = event.transcript

        call.session.on("user_input_transcribed", on_transcribed)
        await call.speaking()
        call.stt.start()
        call.stt.interim("I want breakfast")
        await assumption.comes_true(call, lambda: not call.output.sounding, within_s=0.3)


@scenario()
async def a_preemptive_reply_can_be_cancelled(setting: Setting) -> None:
    """What the hook does to a reply to words that don't count."""
    assumption = Assumption(
        "a cancelled preemptive reply is never spoken",
        "a backchannel just after the agent's end is answered in spite of the hook (law 2)",
    )
    async with bare_call(setting, preemptive=True) as call:
        buffers = TurnBuffers(call.session)
        call.stt.start()
        call.stt.interim("mhm")
        call.stt.preflight("Mhm.")
        await call.until(lambda: call.llm.requests, "the preemptive reply")
        buffers.interim = ""
        buffers.cancel_preemptive_reply()
        call.stt.end()
        await call.for_s(0.6)
        assumption.holds(call.agent_turns == [], call.agent_turns)


@scenario()
async def a_message_added_to_the_context_gets_no_reply(setting: Setting) -> None:
    """How words too old for a turn are noted."""
    silent = Assumption(
        "Agent.update_chat_ctx and session.history.insert add a message and make no reply",
        "words that are noted interrupt the agent or are answered (law 5)",
    )
    seen = Assumption(
        "the model sees a message added by Agent.update_chat_ctx with the next turn",
        "words that are noted are lost to the agent (law 5)",
    )
    agent = Agent(instructions="Test.")
    async with bare_call(setting, agent) as call:
        handle = await call.speaking()
        message = llm.ChatMessage(role="user", content=["Suite."])
        call.session.history.insert(message)
        context = agent.chat_ctx.copy()
        context.insert(message)
        await agent.update_chat_ctx(context)
        await call.idle()
        silent.holds(call.agent_turns == [STATEMENT] and not handle.interrupted, call.summary())
        silent.holds(call.asked == [], call.asked)
        silent.holds(call.user_turns == ["Suite."], call.user_turns)
        call.stt.utter("I want breakfast.")
        await call.until(lambda: call.llm.requests, "the reply")
        messages = call.llm.requests[0].user_messages
        seen.holds(messages == ("Suite.", "I want breakfast."), messages)


def test_the_private_names_are_there() -> None:
    """Else the filter says so and goes without them."""
    missing = missing_turn_buffers()
    assert not missing, (
        f"livekit-agents {livekit_version} lacks {', '.join(missing)}: the hook for agents without "
        "the mixin does nothing. See filters/livekit/_livekit_private.py."
    )


def test_a_buffer_without_a_session_is_empty() -> None:
    """Reading and writing it does no harm before the call and after."""

    async def unstarted() -> tuple[str, str]:
        buffers = TurnBuffers(AgentSession(vad=None))
        buffers.final = buffers.interim = "Mhm."
        buffers.cancel_preemptive_reply()
        return buffers.final, buffers.interim

    assert asyncio.run(unstarted()) == ("", "")


def test_the_version_is_one_that_can_be_compared() -> None:
    """The filter tells releases apart by their numbers."""
    assert Version(livekit_version) >= Version("1.5")


test_contract = board.test()

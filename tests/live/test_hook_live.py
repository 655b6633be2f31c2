"""The hook in real sessions, for agents that can't take the mixin."""

from __future__ import annotations

import asyncio
from typing import Any

from livekit.agents import Agent, AgentSession

from filters.configuration import FilterConfig
from filters.livekit import SessionFilter, install_short_utterance_filter
from filters.policy import Action, Decision

from .board import SETTINGS, Board, Setting
from .call import QUESTION, STATEMENT, Call, FilteredAgent

board = Board()
scenario = board.scenario


def plain_call(setting: Setting, **options: Any) -> Call:
    """A call to an agent without the mixin, in a session with the hook."""
    return Call(
        setting, Agent(instructions="Test."), prepare=install_short_utterance_filter, **options
    )


def decisions_of(session: AgentSession[Any]) -> list[Decision]:
    """All decisions from now on."""
    decisions: list[Decision] = []
    SessionFilter.of(session).observers.append(decisions.append)
    return decisions


@scenario(settings=SETTINGS)
async def backchannels_leave_nothing_behind(setting: Setting) -> None:
    """Short ones don't add up, and none is part of the next turn."""
    async with plain_call(setting) as call:
        await call.speaking()
        for text in ("Mhm.", "Yeah.", "Um.", "Okay."):
            call.stt.utter(text)
            await call.for_s(0.2)
        await call.idle()
        assert call.agent_turns == [STATEMENT]
        assert call.heard_without_gap()
        await call.for_s(1.2)
        call.stt.utter("I want breakfast.")
        await call.until(lambda: call.user_turns == ["I want breakfast."], "a clean turn")


@scenario(settings=SETTINGS)
async def a_backchannel_of_two_words_does_not_stop_the_agent(setting: Setting) -> None:
    """LiveKit would count to two at the event after the interim."""
    async with plain_call(setting) as call:
        await call.speaking()
        call.stt.utter("Yeah yeah.", interims=("yeah", "yeah yeah"))
        await call.idle()
        assert call.agent_turns == [STATEMENT]
        assert call.user_turns == []


@scenario(settings=SETTINGS)
async def a_command_stops_the_agent(setting: Setting) -> None:
    """At its first interim."""
    async with plain_call(setting) as call:
        handle = await call.speaking()
        call.stt.start()
        call.stt.interim("stop")
        await call.until(lambda: handle.interrupted, "the stop", within_s=0.3)
        call.stt.final("Stop.")
        call.stt.end()
        await call.until(lambda: call.agent_turns[1:] == ["You said: Stop."], "the reply")


@scenario(settings=SETTINGS)
async def enough_words_stop_the_agent_at_their_first_interim(setting: Setting) -> None:
    """The words are put where LiveKit looks for them."""
    async with plain_call(setting) as call:
        await call.speaking()
        said_at = asyncio.get_running_loop().time()
        call.stt.start()
        call.stt.interim("I'd like the suite")
        await call.for_s(0.3)
        stopped = call.output.silent_from(said_at)
        assert stopped is not None
        assert stopped - said_at < 0.2
        call.stt.final("I'd like the suite.")
        call.stt.end()
        await call.until(
            lambda: call.agent_turns[1:] == ["You said: I'd like the suite."], "the reply"
        )


@scenario(settings=SETTINGS)
async def a_one_word_reply_is_answered_after_the_speech(setting: Setting) -> None:
    """Out of the buffer while the agent talks, back in it when the floor is free."""
    async with plain_call(setting) as call:
        await call.speaking()
        call.stt.utter("Suite.", interims=("suite",))
        await call.until(lambda: call.agent_turns[1:] == ["You said: Suite."], "the reply")
        assert call.user_turns == ["Suite."]


@scenario(settings=SETTINGS)
async def an_answer_on_the_questions_end_is_answered(setting: Setting) -> None:
    """The agent asks "Shall I book it?", the caller says "Yeah" over its end."""
    async with plain_call(setting) as call:
        await call.speaking(QUESTION)
        await call.for_s(0.9)
        call.stt.utter("Yeah.", interims=("yeah",))
        await call.until(lambda: call.agent_turns[1:] == ["You said: Yeah."], "the reply")
        assert call.user_turns == ["Yeah."]


@scenario(settings=SETTINGS)
async def real_speech_in_pieces_stops_the_agent(setting: Setting) -> None:
    """ "Suite." and "Breakfast." are two words of content, and one turn."""
    async with plain_call(setting) as call:
        handle = await call.speaking()
        call.stt.utter("Suite.")
        await call.for_s(0.3)
        call.stt.utter("Breakfast.")
        await call.until(
            lambda: call.agent_turns[1:] == ["You said: Suite. Breakfast."], "the reply"
        )
        assert handle.interrupted


# -- a pending reply ------------------------------------------------------------------------------


@scenario(settings=SETTINGS)
async def the_reply_that_is_being_made_outlives_a_backchannel(setting: Setting) -> None:
    """LiveKit would cancel it at the final: it is the first reply that is heard, not another."""
    async with plain_call(setting, first_token_s=0.8) as call:
        call.stt.utter("I want breakfast.")
        await call.until(lambda: call.session.agent_state == "thinking", "the agent to think")
        handle = call.session.current_speech
        assert handle is not None
        for text in ("Mhm.", "Okay."):
            call.stt.start()
            call.stt.interim(text.lower())
            await call.for_s(0.1)
            call.stt.final(text)
            call.stt.end()
            await call.for_s(0.1)
        await call.until(lambda: call.agent_turns == ["You said: I want breakfast."], "the reply")
        await call.idle()
        assert not handle.interrupted
        assert handle.allow_interruptions
        assert call.user_turns == ["I want breakfast."]
        assert len(call.llm.requests) == 1


@scenario(settings=SETTINGS)
async def a_caller_who_asks_whether_anybody_is_there_hears_the_reply(setting: Setting) -> None:
    """ "Hello?" while the agent thinks is noted once, and answered by what it was to say."""
    async with plain_call(setting, first_token_s=0.8) as call:
        call.stt.utter("I want breakfast.")
        await call.until(lambda: call.session.agent_state == "thinking", "the agent to think")
        call.stt.utter("Hello?", interims=("hello",))
        await call.until(lambda: call.agent_turns == ["You said: I want breakfast."], "the reply")
        await call.until(lambda: len(call.user_turns) == 2, "the note")
        await call.idle(quiet_s=1.0)
        assert call.user_turns == ["I want breakfast.", "Hello?"]
        assert len(call.llm.requests) == 1


@scenario(settings=SETTINGS)
async def a_kept_reply_can_still_be_interrupted(setting: Setting) -> None:
    """A command in the same breath as the backchannel stops what was kept."""
    async with plain_call(setting, first_token_s=0.8) as call:
        call.stt.utter("I want breakfast.")
        await call.until(lambda: call.session.agent_state == "thinking", "the agent to think")
        handle = call.session.current_speech
        assert handle is not None
        call.stt.utter("Mhm.", interims=("mhm",))
        call.stt.utter("Stop.", interims=("stop",))
        await call.until(lambda: handle.interrupted, "the stop", within_s=0.5)
        await call.until(lambda: call.agent_turns == ["You said: Mhm. Stop."], "the reply")


@scenario()
async def a_backchannel_to_a_paused_agent_lets_it_resume(setting: Setting) -> None:
    """Real speech paused it and came to nothing; the backchannel is no reason to stop for good."""
    async with plain_call(setting) as call:
        handle = await call.speaking()
        call.stt.start()
        call.stt.interim("I want the")
        await call.until(lambda: call.output.paused, "the pause")
        call.stt.end()
        call.stt.start()
        call.stt.interim("mhm")
        call.stt.final("Mhm.")
        call.stt.end()
        await call.until(lambda: call.agent_turns == [STATEMENT], "the speech to resume")
        assert not handle.interrupted
        assert call.user_turns == []


# -- what is left of a transcript -----------------------------------------------------------------


@scenario(settings=SETTINGS)
async def a_final_that_repeats_the_one_before_adds_the_rest(setting: Setting) -> None:
    """The turn has each word once."""
    async with plain_call(setting) as call:
        await call.speaking()
        call.stt.start()
        call.stt.final("Suite.")
        await call.for_s(0.1)
        call.stt.final("Suite. With breakfast please.")
        call.stt.end()
        await call.until(lambda: call.asked == ["Suite. With breakfast please."], "the reply")


@scenario()
async def a_preemptive_reply_to_words_that_do_not_count_is_cancelled(setting: Setting) -> None:
    """A hesitation just after the agent's end was about to be answered."""
    async with plain_call(setting, preemptive=True) as call:
        await call.speaking("All done here.")
        await call.until(lambda: call.session.agent_state == "listening", "the end")
        call.stt.start()
        call.stt.interim("um")
        call.stt.preflight("Um.")
        await call.for_s(0.2)
        call.stt.final("Um.")
        call.stt.end()
        await call.idle(quiet_s=1.0)
        assert call.agent_turns == ["All done here."]
        assert call.user_turns == []


@scenario()
async def removing_the_hook_restores_stock_behaviour(setting: Setting) -> None:
    """And does so in mid-call."""
    async with Call(setting, Agent(instructions="Test.")) as call:
        installed = install_short_utterance_filter(call.session)
        await call.speaking()
        call.stt.utter("Yeah yeah.", interims=("yeah yeah",))
        await call.for_s(0.2)
        assert call.output.sounding
        installed.remove()
        installed.remove()
        call.stt.utter("Yeah yeah.", interims=("yeah yeah",))
        await call.until(lambda: call.asked == ["Yeah yeah."], "stock behaviour")


@scenario(settings=SETTINGS)
async def with_the_mixin_the_hook_stands_aside(setting: Setting) -> None:
    """Every event is decided once."""
    agent = FilteredAgent()
    async with Call(setting, agent, prepare=install_short_utterance_filter) as call:
        await call.speaking()
        call.stt.utter("Mhm.", interims=("mhm",))
        call.stt.utter("Suite.")
        await call.until(lambda: call.agent_turns[1:] == ["You said: Suite."], "the reply")
        held = [d for d in agent.decisions if d.action is Action.HOLD and d.final]
        assert [d.heard.text for d in held] == ["Mhm.", "Suite."]


class Plain(Agent):
    """Has no mixin."""

    def __init__(self) -> None:
        super().__init__(instructions="Test.")


@scenario()
async def the_hook_takes_over_after_a_hand_off_to_an_agent_without_mixin(setting: Setting) -> None:
    """What the first agent's filter held is not lost on the way."""
    async with Call(setting, FilteredAgent(), prepare=install_short_utterance_filter) as call:
        await call.speaking()
        call.session.update_agent(Plain())
        await call.until(lambda: len(call.stt.streams) == 2, "the new agent's stream")
        await call.idle()
        await call.speaking()
        call.stt.utter("Mhm.", interims=("mhm",))
        await call.for_s(0.2)
        call.stt.utter("Suite.")
        await call.until(lambda: call.user_turns == ["Suite."], "the reply")


@scenario()
async def shadow_mode_touches_nothing(setting: Setting) -> None:
    """Decisions are made, and LiveKit does what it does."""

    def prepare(session: AgentSession[Any]) -> None:
        config = FilterConfig.from_mapping({"domain": "test", "mode": "shadow"})
        install_short_utterance_filter(session, config=config)

    async with Call(setting, Plain(), prepare=prepare) as call:
        decisions = decisions_of(call.session)
        await call.speaking()
        call.stt.utter("Yeah yeah.", interims=("yeah yeah",))
        await call.until(lambda: call.asked == ["Yeah yeah."], "stock behaviour")
        assert Action.SUPPRESS in [decision.action for decision in decisions]


test_live = board.test()

"""Where one thing ends and the next begins: speeches, agents and calls that follow each other."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from livekit.agents import Agent, RunContext, function_tool

from agent.offline.llm import ToolCall
from filters.livekit import install_short_utterance_filter
from filters.policy import Action

from .board import Board, Setting
from .call import QUESTION, STATEMENT, Call, FilteredAgent

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

board = Board()
scenario = board.scenario

PATIENT = tuple(Setting(pausable, 1.0) for pausable in (True, False))
"""LiveKit looks at a turn a second after the end of speech."""
BOTH_OUTPUTS = tuple(Setting(pausable) for pausable in (True, False))


class Plain(Agent):
    """Has no mixin."""

    def __init__(self) -> None:
        super().__init__(instructions="Test.")


def mixin_call(setting: Setting) -> Call:
    """A call to an agent with the mixin."""
    return Call(setting, FilteredAgent())


def hook_call(setting: Setting) -> Call:
    """A call to an agent without it, in a session with the hook."""
    return Call(setting, Plain(), prepare=install_short_utterance_filter)


# -- a turn that LiveKit refuses, because the agent's next speech began too soon ------------------


async def _two_speeches(
    call: Call, pause_s: float, *, between: Callable[[], Awaitable[None]] | None = None
) -> None:
    await call.session.say("Shall I book the suite?")
    await asyncio.sleep(pause_s)
    if between is not None:
        await between()
    await call.session.say("It is a lovely one, with a balcony.")


async def _an_answer_in_the_first_of_two_speeches(call: Call) -> None:
    talking = asyncio.create_task(_two_speeches(call, 0.5))
    await call.until(lambda: call.session.agent_state == "speaking", "the agent to speak")
    await call.for_s(0.5)
    call.stt.utter("Yeah.", interims=("yeah",))
    await talking
    await call.until(lambda: call.asked == ["Yeah."], "the reply")
    await call.idle()
    assert call.agent_turns[-1] == "You said: Yeah."
    assert call.user_turns == ["Yeah."]


async def _a_word_between_two_speeches(call: Call) -> None:
    async def say_yeah() -> None:
        call.stt.utter("Yeah.", interims=("yeah",))
        await call.for_s(0.2)

    await _two_speeches(call, 0.6, between=say_yeah)
    await call.until(lambda: call.asked == ["Yeah."], "the reply")
    await call.idle()
    assert call.agent_turns[-1] == "You said: Yeah."
    assert call.user_turns == ["Yeah."]


@scenario(settings=PATIENT)
async def an_answer_refused_for_the_next_speech_is_answered_after_it(setting: Setting) -> None:
    """Released between two speeches, it was a turn of one word when the second had begun."""
    async with mixin_call(setting) as call:
        await _an_answer_in_the_first_of_two_speeches(call)


@scenario(settings=PATIENT)
async def with_the_hook_a_refused_answer_is_answered_after_the_next_speech(
    setting: Setting,
) -> None:
    """The same for an agent without the mixin."""
    async with hook_call(setting) as call:
        await _an_answer_in_the_first_of_two_speeches(call)


@scenario(settings=PATIENT)
async def a_word_refused_for_the_next_speech_is_answered_after_it(setting: Setting) -> None:
    """It was no overlap; LiveKit alone leaves it in its buffer."""
    async with mixin_call(setting) as call:
        await _a_word_between_two_speeches(call)


@scenario(settings=PATIENT)
async def with_the_hook_a_refused_word_is_answered_after_the_next_speech(
    setting: Setting,
) -> None:
    """The same for an agent without the mixin."""
    async with hook_call(setting) as call:
        await _a_word_between_two_speeches(call)


@scenario(settings=(Setting(min_delay=1.0),))
async def a_refused_word_begins_the_turn_of_a_caller_who_goes_on(setting: Setting) -> None:
    """Nothing is committed in mid-speech."""
    async with mixin_call(setting) as call:

        async def say_yeah() -> None:
            call.stt.utter("Yeah.", interims=("yeah",))
            await call.for_s(0.2)

        await _two_speeches(call, 0.6, between=say_yeah)
        call.stt.start()
        call.stt.interim("I want")
        await call.for_s(0.6)
        assert call.asked == []
        call.stt.final("I want breakfast.")
        call.stt.end()
        await call.until(lambda: call.asked == ["Yeah. I want breakfast."], "the reply")


@scenario()
async def an_answered_turn_is_not_asked_for_twice(setting: Setting) -> None:
    """Every reply of the agent follows a word of the caller; none of them was refused."""
    async with mixin_call(setting) as call:
        for text in ("Suite.", "Breakfast."):
            call.stt.utter(text)
            await call.until(lambda text=text: call.asked[-1:] == [text], "the reply")  # type: ignore[misc]
            await call.idle(quiet_s=1.2)
        assert call.user_turns == ["Suite.", "Breakfast."]
        assert call.asked == ["Suite.", "Breakfast."]


# -- hand-offs ------------------------------------------------------------------------------------


class SlowToLeave(FilteredAgent):
    """Takes its time to go."""

    async def on_exit(self) -> None:
        """Says nothing, and takes longer than the quiet before a release."""
        await asyncio.sleep(0.8)


@scenario(settings=BOTH_OUTPUTS)
async def words_due_during_a_hand_off_go_to_the_next_agent(setting: Setting) -> None:
    """LiveKit would take them from the agent that leaves, and answer nothing."""
    second = FilteredAgent()
    async with Call(setting, SlowToLeave()) as call:
        await call.speaking("All done here, goodbye.")
        call.stt.utter("Suite.")
        await call.until(lambda: call.session.current_speech is None, "the end")
        call.session.update_agent(second)
        await call.until(lambda: call.user_turns == ["Suite."], "the next agent's turn")
        await call.until(lambda: call.asked == ["Suite."], "the next agent's reply")


class PlainAndSlowToLeave(Plain):
    """Takes its time to go."""

    async def on_exit(self) -> None:
        """Says nothing, and takes longer than the quiet before a release."""
        await asyncio.sleep(0.8)


@scenario(settings=BOTH_OUTPUTS)
async def with_the_hook_words_due_during_a_hand_off_go_to_the_next_agent(setting: Setting) -> None:
    """The same for agents without the mixin."""
    async with Call(setting, PlainAndSlowToLeave(), prepare=install_short_utterance_filter) as call:
        await call.speaking("All done here, goodbye.")
        call.stt.utter("Suite.")
        await call.until(lambda: call.session.current_speech is None, "the end")
        call.session.update_agent(Plain())
        await call.until(lambda: call.user_turns == ["Suite."], "the next agent's turn")
        await call.until(lambda: call.asked == ["Suite."], "the next agent's reply")


class Greeter(FilteredAgent):
    """Speaks at once."""

    async def on_enter(self) -> None:
        """Greets."""
        self.session.say(STATEMENT)


@scenario()
async def a_hand_off_in_mid_speech_closes_the_speech(setting: Setting) -> None:
    """The new stream knows nothing of it: else the caller would be speaking for ever."""
    async with mixin_call(setting) as call:
        call.stt.start()
        await call.until(lambda: call.session.user_state == "speaking", "the start of speech")
        call.session.update_agent(Greeter())
        await call.until(lambda: call.session.user_state == "listening", "the end of speech")
        await call.idle()
        assert call.agent_turns == [STATEMENT]


@scenario()
async def words_between_two_streams_are_delivered_by_the_second(setting: Setting) -> None:
    """`clear_user_turn` replaces the stream; what the filter holds stays."""
    agent = FilteredAgent()
    async with Call(setting, agent) as call:
        await call.speaking()
        call.stt.utter("Suite.")
        await call.until(lambda: agent.finals(Action.HOLD) == ["Suite."], "the word to be held")
        call.session.clear_user_turn()
        await call.until(lambda: call.asked == ["Suite."], "the reply")
        assert call.agent_turns[0] == STATEMENT


# -- the floor ------------------------------------------------------------------------------------


class ToolAgent(FilteredAgent):
    """An agent with a slow tool."""

    looking = False

    @function_tool
    async def look_up(self, context: RunContext[Any]) -> str:  # noqa: ARG002 - LiveKit's
        """Looks something up."""
        self.looking = True
        await asyncio.sleep(1.2)
        return "two rooms"


@scenario(settings=BOTH_OUTPUTS)
async def a_tool_of_a_preemptive_reply_is_recognised(setting: Setting) -> None:
    """The reply was made before it was scheduled; a word over its tool waits for it."""
    script = (("rooms", ToolCall("look_up", then="We have {output}.")),)
    agent = ToolAgent()
    async with Call(setting, agent, script, preemptive=True) as call:
        call.stt.start()
        call.stt.interim("Any rooms left?")
        call.stt.preflight("Any rooms left?")
        await call.until(lambda: call.llm.requests, "the preemptive reply")
        await call.for_s(0.1)
        call.stt.final("Any rooms left?")
        call.stt.end()
        await call.until(lambda: agent.looking, "the tool")
        await call.for_s(0.1)
        call.stt.utter("Suite.")
        await call.until(lambda: "You said: Suite." in call.agent_turns, "the reply")
        assert call.agent_turns == ["We have two rooms.", "You said: Suite."]


@scenario(settings=BOTH_OUTPUTS)
async def a_queued_speech_that_never_played_frees_the_floor(setting: Setting) -> None:
    """A command drops it with the one before it; the next word is nobody's overlap."""
    agent = FilteredAgent()
    async with Call(setting, agent) as call:
        first = await call.speaking()
        second = call.session.say(QUESTION)
        call.stt.utter("Stop.", interims=("stop",))
        await call.until(lambda: call.asked == ["Stop."], "the reply")
        assert first.interrupted
        assert second.interrupted
        await call.idle(quiet_s=1.2)
        call.stt.utter("Suite.")
        await call.until(lambda: call.asked[-1:] == ["Suite."], "the reply")
        assert agent.finals(Action.HOLD) == []


@scenario()
async def with_the_hook_enough_words_stop_the_agent_beside_a_vad(setting: Setting) -> None:
    """`vad=` omitted: from 1.6.8 LiveKit leaves the stop to a VAD that hears nothing here."""
    async with Call(
        setting,
        Plain(),
        prepare=install_short_utterance_filter,
        session_options={"vad": ...},
    ) as call:
        await call.speaking(f"{STATEMENT} {STATEMENT}")
        said_at = asyncio.get_running_loop().time()
        call.stt.start()
        call.stt.interim("I want breakfast")
        await call.for_s(0.4)
        stopped = call.output.silent_from(said_at)
        assert stopped is not None
        assert stopped - said_at < 0.4
        call.stt.final("I want breakfast.")
        call.stt.end()
        await call.until(lambda: call.asked == ["I want breakfast."], "the reply")


# -- calls ----------------------------------------------------------------------------------------


async def _start_again(call: Call, agent: Agent) -> None:
    await call.hang_up()
    call.session.output.audio = call.output
    streams = len(call.stt.streams)
    await call.session.start(agent=agent)
    await call.until(lambda: len(call.stt.streams) > streams, "the recogniser's stream")


@scenario()
async def a_session_that_is_started_again_is_filtered_again(setting: Setting) -> None:
    """Hung up in mid-speech; the next call begins with a free floor."""
    agent = FilteredAgent()
    async with mixin_call(setting) as call:
        await call.speaking()
        await _start_again(call, agent)
        call.stt.utter("Breakfast.")
        await call.until(lambda: call.asked == ["Breakfast."], "the reply")
        await call.idle()
        await call.speaking()
        call.stt.utter("Mhm.")
        call.stt.utter("Suite.")
        await call.until(lambda: call.asked[-1:] == ["Suite."], "the reply")
        assert agent.finals(Action.DISCARD) == ["Mhm."]


@scenario()
async def with_the_hook_a_session_that_is_started_again_is_filtered_again(
    setting: Setting,
) -> None:
    """The same for agents without the mixin."""
    async with hook_call(setting) as call:
        await call.speaking()
        await _start_again(call, Plain())
        await call.speaking()
        call.stt.utter("Yeah yeah.", interims=("yeah yeah",))
        await call.for_s(0.1)
        call.stt.utter("Suite.")
        await call.until(lambda: call.asked == ["Suite."], "the reply")


test_live = board.test()

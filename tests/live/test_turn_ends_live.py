"""The end of the agent's turn in real sessions: what becomes of a caller who says little there."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING, Any

from livekit.agents import Agent, function_tool, stt

from agent.offline.llm import ToolCall
from filters.livekit import install_short_utterance_filter

from .board import SETTINGS, Board, Setting
from .call import CHARACTERS_PER_SECOND, QUESTION, STATEMENT, Call, FilteredAgent

if TYPE_CHECKING:
    from collections.abc import Callable

board = Board()
scenario = board.scenario


def calls(setting: Setting, **options: Any) -> list[Callable[[], Call]]:
    """The same call to an agent with the mixin, and to one without it, where the hook filters."""
    return [
        lambda: Call(setting, **options),
        lambda: Call(
            setting,
            Agent(instructions="Test."),
            prepare=install_short_utterance_filter,
            **options,
        ),
    ]


async def on_the_way(call: Call, text: str = STATEMENT, *, left_s: float) -> None:
    """The agent speaks, and will be done in so long."""
    await call.speaking(text)
    await call.for_s(len(text) / CHARACTERS_PER_SECOND - 0.3 - left_s)
    assert call.output.sounding


# -- a statement's end ----------------------------------------------------------------------------


@scenario(settings=SETTINGS)
async def okay_as_a_statement_ends_is_answered_once(setting: Setting) -> None:
    """Nobody else would say anything: it is the caller's turn."""
    for make in calls(setting):
        async with make() as call:
            await on_the_way(call, left_s=0.6)
            call.stt.utter("Okay.", interims=("okay",))
            await call.until(lambda call=call: call.agent_turns[1:], "the reply")  # type: ignore[misc]
            await call.idle(quiet_s=1.0)
            assert call.agent_turns == [STATEMENT, "You said: Okay."]
            assert call.user_turns == ["Okay."]
            assert call.heard_without_gap(longest_s=3.0)


@scenario(settings=SETTINGS)
async def okay_just_after_a_statement_is_answered_once(setting: Setting) -> None:
    """The caller hears the agent later than it is sent; that is an answer all the same."""
    for make in calls(setting):
        for after_s in (0.05, 0.6):
            async with make() as call:
                await call.speaking()
                await call.until(
                    lambda call=call: call.session.agent_state == "listening",  # type: ignore[misc]
                    "the end",
                )
                await call.for_s(after_s)
                call.stt.utter("Okay.", interims=("okay",))
                await call.until(lambda call=call: call.agent_turns[1:], "the reply")  # type: ignore[misc]
                await call.idle(quiet_s=1.0)
                assert call.agent_turns == [STATEMENT, "You said: Okay."]
                assert call.user_turns == ["Okay."]


@scenario(settings=SETTINGS)
async def two_awaited_statements_are_not_torn_apart(setting: Setting) -> None:
    """An "okay" over the end of the first: the agent goes on, and that is the reply."""
    for make in calls(setting):
        async with make() as call:

            async def talk(call: Call = call) -> None:
                await call.session.say("The sea view suite has a balcony.")
                await call.for_s(0.1)
                await call.session.say(STATEMENT)

            talking = asyncio.create_task(talk())
            await call.until(
                lambda call=call: call.session.agent_state == "speaking",  # type: ignore[misc]
                "the agent to speak",
            )
            await call.for_s(0.8)
            call.stt.utter("Okay.", interims=("okay",))
            await talking
            await call.idle(quiet_s=1.5)
            assert call.agent_turns == ["The sea view suite has a balcony.", STATEMENT]
            assert call.user_turns == []
            assert call.heard_without_gap(longest_s=0.5)


@scenario(settings=SETTINGS)
async def a_caller_who_goes_on_is_answered_once_to_both(setting: Setting) -> None:
    """ "Yeah." and, while the reply to it is being made, "but on Tuesday": both are the turn."""
    for make in calls(setting, first_token_s=0.8):
        async with make() as call:
            await on_the_way(call, QUESTION, left_s=0.3)
            call.stt.start()
            call.stt.interim("yeah")
            call.stt.final("Yeah.")
            call.stt.end()
            await call.for_s(0.8)
            call.stt.utter("But on Tuesday.", interims=("but", "but on", "but on Tuesday"))
            await call.until(lambda call=call: call.agent_turns[1:], "the reply")  # type: ignore[misc]
            await call.idle(quiet_s=1.0)
            assert len(call.agent_turns) == 2
            assert " ".join(call.user_turns) == "Yeah. But on Tuesday."
            assert " ".join(call.llm.requests[-1].user_messages) == "Yeah. But on Tuesday."


# -- a question's end -----------------------------------------------------------------------------


@scenario(settings=SETTINGS)
async def yes_and_sure_to_one_question_are_answered_once(setting: Setting) -> None:
    """The second is no consent to whatever the agent asks next."""
    script = (("yes", "Wonderful. It comes with breakfast, and shall I add the late check-out?"),)
    for make in calls(setting, script=script):
        async with make() as call:
            await on_the_way(call, QUESTION, left_s=0.4)
            call.stt.utter("Yes.", interims=("yes",))
            await call.until(lambda call=call: len(call.agent_turns) == 1, "the end")  # type: ignore[misc]
            await call.until(
                lambda call=call: call.session.agent_state == "speaking" and call.llm.requests,  # type: ignore[misc]
                "the reply",
            )
            await call.for_s(0.2)
            call.stt.utter("Sure.", interims=("sure",))
            await call.idle(quiet_s=2.0)
            assert call.agent_turns == [QUESTION, script[0][1]]
            assert call.user_turns == ["Yes."]


@scenario(settings=SETTINGS)
async def yes_and_sure_in_one_breath_are_one_turn(setting: Setting) -> None:
    """Both over the question's end, before anything is delivered."""
    for make in calls(setting):
        async with make() as call:
            await on_the_way(call, QUESTION, left_s=0.6)
            call.stt.utter("Yes.", interims=("yes",))
            await call.for_s(0.2)
            call.stt.utter("Sure.", interims=("sure",))
            await call.until(lambda call=call: call.agent_turns[1:], "the reply")  # type: ignore[misc]
            await call.idle(quiet_s=1.0)
            assert call.agent_turns[1:] == ["You said: Yes. Sure."]
            assert call.user_turns == ["Yes. Sure."]


LONG_QUESTION = f"{STATEMENT} It is free from Monday on. Shall I book it for you?"  # 3.9 s


@scenario(settings=SETTINGS)
async def a_yes_before_the_question_began_does_not_answer_it(setting: Setting) -> None:
    """It kept the agent talking, and the question is still open."""
    agent = FilteredAgent()
    async with Call(setting, agent) as call:
        await on_the_way(call, LONG_QUESTION, left_s=2.6)
        call.stt.utter("Yes.", interims=("yes",))
        await call.idle(quiet_s=2.0)
        assert call.agent_turns == [LONG_QUESTION]
        assert call.user_turns == []
        call.stt.utter("Yes.", interims=("yes",))
        await call.until(lambda: call.user_turns == ["Yes."], "the answer")


@scenario(settings=SETTINGS)
async def an_answer_whose_question_is_in_no_history_is_answered(setting: Setting) -> None:
    """The mixin knows what the agent says; the hook takes a turn unknown to it for a question."""
    for make in calls(setting):
        async with make() as call:
            call.session.say(QUESTION, add_to_chat_ctx=False)
            await call.until(lambda call=call: call.output.sounding, "the question")  # type: ignore[misc]
            await call.for_s(1.3)
            call.stt.utter("Yeah.", interims=("yeah",))
            await call.until(lambda call=call: call.agent_turns == ["You said: Yeah."], "the reply")  # type: ignore[misc]
            await call.idle(quiet_s=1.0)
            assert call.user_turns == ["Yeah."]


@scenario(settings=SETTINGS)
async def an_answer_takes_the_floor_back_from_an_agent_that_goes_on(setting: Setting) -> None:
    """It was said before the agent began again, and had been delivered to nobody."""
    for make in calls(setting):
        async with make() as call:

            async def talk(call: Call = call) -> None:
                await call.session.say("Shall I book the suite?")
                await call.for_s(0.1)
                await call.session.say(STATEMENT)

            talking = asyncio.create_task(talk())
            await call.until(
                lambda call=call: call.session.agent_state == "speaking",  # type: ignore[misc]
                "the agent to speak",
            )
            await call.for_s(0.55)
            call.stt.utter("Yeah.", interims=("yeah",))
            await talking
            await call.until(lambda call=call: call.asked == ["Yeah."], "the reply")  # type: ignore[misc]
            await call.idle(quiet_s=1.0)
            assert call.agent_turns[0] == "Shall I book the suite?"
            assert call.agent_turns[-1] == "You said: Yeah."
            assert STATEMENT not in call.agent_turns
            assert call.user_turns == ["Yeah."]


# -- a reply that is awaited ----------------------------------------------------------------------


@scenario(settings=SETTINGS)
async def hello_while_the_agent_thinks_is_answered_by_its_reply(setting: Setting) -> None:
    """The reply is heard, and the history has what was said."""
    async with Call(setting, first_token_s=0.8) as call:
        call.stt.utter("I want breakfast.")
        await call.until(lambda: call.session.agent_state == "thinking", "the agent to think")
        call.stt.utter("Hello?", interims=("hello",))
        await call.until(lambda: call.agent_turns == ["You said: I want breakfast."], "the reply")
        await call.until(lambda: len(call.user_turns) == 2, "the note")
        await call.idle(quiet_s=1.0)
        assert call.user_turns == ["I want breakfast.", "Hello?"]
        assert len(call.llm.requests) == 1


class ToolAgent(FilteredAgent):
    """An agent with a slow tool."""

    @function_tool
    async def look_up(self) -> str:
        """Looks something up."""
        await asyncio.sleep(1.2)
        return "two rooms"


class PlainToolAgent(Agent):
    """The same without the mixin."""

    @function_tool
    async def look_up(self) -> str:
        """Looks something up."""
        await asyncio.sleep(1.2)
        return "two rooms"


@scenario(settings=SETTINGS)
async def hello_while_a_tool_runs_is_answered_by_its_reply(setting: Setting) -> None:
    """One note, and not one reply more."""
    script = (("rooms", ToolCall("look_up", then="We have {output}.")),)
    hooked = PlainToolAgent(instructions="Test.")
    for each in (
        Call(setting, ToolAgent(), script),
        Call(setting, hooked, script, prepare=install_short_utterance_filter),
    ):
        async with each as call:
            call.stt.utter("Any rooms left?")
            await call.until(lambda call=call: call.llm.requests, "the tool call")  # type: ignore[misc]
            await call.for_s(0.4)
            call.stt.utter("Hello?", interims=("hello",))
            await call.until(
                lambda call=call: call.agent_turns == ["We have two rooms."],  # type: ignore[misc]
                "the tool's reply",
            )
            await call.until(lambda call=call: len(call.user_turns) == 2, "the note")  # type: ignore[misc]
            await call.idle(quiet_s=1.0)
            assert call.user_turns == ["Any rooms left?", "Hello?"]
            assert call.agent_turns == ["We have two rooms."]


@scenario(settings=SETTINGS)
async def hello_over_an_agent_that_is_heard_stops_it(setting: Setting) -> None:
    """Whoever can't hear the agent is told so."""
    for make in calls(setting):
        async with make() as call:
            handle = await call.speaking()
            call.stt.utter("Are you there?", interims=("are you there",))
            await call.until(
                lambda call=call: call.agent_turns[1:] == ["You said: Are you there?"],  # type: ignore[misc]
                "the reply",
            )
            assert handle.interrupted


KNOWS_ONSET = "speech_start_time" in {field.name for field in dataclasses.fields(stt.SpeechEvent)}


@scenario(
    settings=SETTINGS,
    skip=lambda _: "" if KNOWS_ONSET else "before 1.6 no event says when the speech began",
)
async def the_rest_of_a_sentence_takes_the_floor_back_from_the_reply(setting: Setting) -> None:
    """One word that began while the agent thought, and arrives when the reply is heard."""
    script = (("two", "For two it is."), ("suite", STATEMENT))
    async with Call(setting, script=script, first_token_s=0.5) as call:
        call.stt.utter("I want the suite.")
        await call.until(lambda: call.session.agent_state == "speaking", "the reply to begin")
        handle = call.session.current_speech
        assert handle is not None
        said_at = asyncio.get_running_loop().time()
        call.stt.start(onset_s_ago=0.4)
        call.stt.interim("two")
        call.stt.final("Two.")
        call.stt.end()
        await call.until(lambda: "For two it is." in call.agent_turns, "the reply")
        await call.idle()
        assert handle.interrupted
        stopped = call.output.silent_from(said_at)
        assert stopped is not None
        assert stopped - said_at < 0.3
        assert call.user_turns == ["I want the suite.", "Two."]


# -- pieces ---------------------------------------------------------------------------------------


@scenario(settings=SETTINGS)
async def a_backchannel_in_two_finals_does_not_stop_the_agent(setting: Setting) -> None:
    """ "I" and "see." are two finals of one utterance."""
    for make in calls(setting):
        async with make() as call:
            await call.speaking(f"{STATEMENT} {STATEMENT}")
            call.stt.start()
            for interim, final in (("i", "I"), ("see", "see.")):
                call.stt.interim(interim)
                await call.for_s(0.1)
                call.stt.final(final)
            call.stt.end()
            await call.idle(quiet_s=1.0)
            assert call.agent_turns == [f"{STATEMENT} {STATEMENT}"]
            assert call.heard_without_gap()
            assert call.user_turns == []


test_live = board.test()

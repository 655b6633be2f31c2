"""The mixin in real sessions: what becomes of the caller's words, and what the caller hears."""

from __future__ import annotations

import asyncio
from typing import Any

from livekit.agents import Agent, AgentTask, APIConnectionError, function_tool
from livekit.agents import __version__ as livekit_version
from packaging.version import Version

from agent.offline.llm import ToolCall
from filters.livekit import BackchannelSTTFilterMixin, SessionFilter
from filters.policy import Action, Decision

from .board import SETTINGS, Board, Setting
from .call import QUESTION, STATEMENT, Call, FilteredAgent

RECREATES_STREAMS = Version(livekit_version) >= Version("1.7")
"""Before, a stream that failed for good left the session deaf, filter or not."""

board = Board()
scenario = board.scenario


# -- a backchannel --------------------------------------------------------------------------------


@scenario(settings=SETTINGS)
async def backchannels_do_not_stop_the_agent(setting: Setting) -> None:
    """ "Mhm", "um" and "yeah yeah" over a statement: no pause, no turn, nothing left behind."""
    agent = FilteredAgent()
    async with Call(setting, agent) as call:
        await call.speaking()
        for text in ("Mhm.", "Um.", "Yeah yeah."):
            call.stt.utter(text)
            await call.for_s(0.2)
        await call.idle()
        assert call.agent_turns == [STATEMENT]
        assert call.heard_without_gap()
        await call.for_s(1.2)
        call.stt.utter("I want breakfast.")
        await call.until(lambda: call.user_turns, "the turn")
        assert call.user_turns == ["I want breakfast."]
        assert call.false_interruptions == 0


@scenario(settings=SETTINGS)
async def a_backchannel_after_the_agent_has_stopped_is_a_turn(setting: Setting) -> None:
    """Over a second after the end it talks over nobody."""
    async with Call(setting) as call:
        await call.speaking("All done here.")
        await call.idle(quiet_s=1.1)
        call.stt.utter("Mhm.")
        await call.until(lambda: call.user_turns == ["Mhm."], "the turn")


# -- stopping -------------------------------------------------------------------------------------


async def _stops_at(call: Call, *interims: str, final: str) -> None:
    await call.speaking()
    call.stt.start()
    stopped: float | None = None
    for interim in interims:
        said_at = asyncio.get_running_loop().time()
        call.stt.interim(interim)
        await call.for_s(0.3)
        stopped = call.output.silent_from(said_at)
        if stopped is not None:
            assert stopped - said_at < 0.2, stopped - said_at
            break
    assert stopped is not None, f"{interims} did not stop the agent: {call.summary()}"
    call.stt.final(final)
    call.stt.end()
    await call.until(lambda: call.user_turns == [final], f"the turn {final!r}")
    await call.until(lambda: call.asked[-1:] == [final], "the reply")
    await call.idle()
    assert call.user_turns == [final]


@scenario(settings=SETTINGS)
async def a_command_stops_the_agent_at_its_first_interim(setting: Setting) -> None:
    """ "Stop" is one word, and enough."""
    async with Call(setting) as call:
        await _stops_at(call, "stop", final="Stop.")


@scenario(settings=SETTINGS)
async def enough_words_stop_the_agent_at_their_first_interim(setting: Setting) -> None:
    """LiveKit alone would wait for the next event."""
    async with Call(setting) as call:
        await _stops_at(call, "yeah I'd like", final="Yeah I'd like the suite.")


@scenario(settings=SETTINGS)
async def a_final_without_an_interim_stops_the_agent_at_once(setting: Setting) -> None:
    """Recognisers that send finals alone are stopped as fast."""
    async with Call(setting) as call:
        await call.speaking()
        said_at = asyncio.get_running_loop().time()
        call.stt.final("I want breakfast.")
        await call.for_s(0.3)
        stopped = call.output.silent_from(said_at)
        assert stopped is not None
        assert stopped - said_at < 0.2
        call.stt.end()
        await call.until(lambda: call.user_turns == ["I want breakfast."], "the turn")


@scenario(settings=SETTINGS)
async def a_hesitation_before_real_speech_delays_nothing(setting: Setting) -> None:
    """ "Um" is suppressed, and is part of the turn that follows."""
    async with Call(setting) as call:
        await _stops_at(call, "um", "um I'd like", final="Um, I'd like the suite.")


@scenario()
async def a_standalone_command_stops_on_its_final(setting: Setting) -> None:
    """ "No" may become "no problem", so the interim waits."""
    async with Call(setting) as call:
        await call.speaking()
        call.stt.start()
        call.stt.interim("no")
        await call.for_s(0.2)
        assert call.output.sounding
        call.stt.final("No.")
        call.stt.end()
        await call.until(lambda: call.asked == ["No."], "the reply")


# -- short content --------------------------------------------------------------------------------


@scenario(settings=SETTINGS)
async def a_one_word_reply_is_answered_after_the_speech(setting: Setting) -> None:
    """ "Suite." does not stop the agent and is not lost."""
    async with Call(setting) as call:
        await call.speaking()
        call.stt.utter("Suite.", interims=("suite",))
        await call.until(lambda: call.asked == ["Suite."], "the reply")
        await call.idle()
        assert call.agent_turns == [STATEMENT, "You said: Suite."]
        assert call.user_turns == ["Suite."]


@scenario(settings=SETTINGS)
async def a_word_too_old_is_noted_in_the_history(setting: Setting) -> None:
    """It gets no turn, and the model sees it with the next."""
    agent = FilteredAgent(hold_s=0.4)
    async with Call(setting, agent) as call:
        await call.speaking()
        call.stt.utter("Suite.")
        await call.until(lambda: call.user_turns == ["Suite."], "the note")
        await call.idle()
        assert call.asked == []
        await call.for_s(1.0)
        call.stt.utter("Breakfast in bed.")
        await call.until(lambda: len(call.llm.requests) == 1, "the reply")
        assert call.llm.requests[0].user_messages == ("Suite.", "Breakfast in bed.")


@scenario(settings=SETTINGS)
async def a_held_word_joins_the_words_that_take_the_floor(setting: Setting) -> None:
    """One turn, in order."""
    async with Call(setting) as call:
        await call.speaking()
        call.stt.utter("Suite.")
        await call.for_s(0.3)
        call.stt.start()
        call.stt.interim("with breakfast")
        await call.for_s(0.3)
        call.stt.final("With breakfast.")
        call.stt.end()
        await call.until(lambda: call.asked == ["Suite. With breakfast."], "the reply")


@scenario()
async def real_speech_in_pieces_stops_the_agent(setting: Setting) -> None:
    """ "Suite." and again "Suite." are two words."""
    async with Call(setting) as call:
        handle = await call.speaking()
        call.stt.utter("Suite.")
        await call.for_s(0.3)
        call.stt.utter("Suite.")
        await call.until(lambda: call.asked == ["Suite. Suite."], "the reply")
        assert handle.interrupted


@scenario(settings=SETTINGS)
async def several_finals_of_an_utterance_stay_together(setting: Setting) -> None:
    """The first is held, the second takes the floor, the third passes, backchannel or not."""
    async with Call(setting) as call:
        await call.speaking()
        call.stt.start()
        call.stt.final("Suite.")
        await call.for_s(0.1)
        call.stt.final("With breakfast.")
        await call.for_s(0.1)
        call.stt.final("Okay.")
        call.stt.end()
        await call.until(lambda: call.asked == ["Suite. With breakfast. Okay."], "the reply")


# -- answers --------------------------------------------------------------------------------------


@scenario(settings=SETTINGS)
async def an_answer_on_the_questions_end_is_answered(setting: Setting) -> None:
    """The agent asks "Shall I book it?", the caller says "Yeah" over its end."""
    async with Call(setting) as call:
        await call.speaking(QUESTION)
        await call.for_s(0.9)
        call.stt.utter("Yeah.", interims=("yeah",))
        assert call.output.sounding
        await call.until(lambda: call.asked == ["Yeah."], "the reply")
        await call.idle()
        assert call.agent_turns == [QUESTION, "You said: Yeah."]


@scenario()
async def an_answer_to_a_prompt_without_question_mark_is_answered(setting: Setting) -> None:
    """ "Please confirm ..." asks where the domain says so."""
    agent = FilteredAgent(answer_prompts=["please confirm"])
    async with Call(setting, agent) as call:
        await call.speaking("Please confirm your date of birth is today.")
        await call.for_s(0.7)
        call.stt.utter("Yeah.")
        await call.until(lambda: call.asked == ["Yeah."], "the reply")


@scenario()
async def the_application_may_expect_an_answer(setting: Setting) -> None:
    """expect_answer() during the turn."""
    agent = FilteredAgent()
    async with Call(setting, agent) as call:
        await call.speaking("I need your consent before we go on.")
        agent.expect_answer()
        await call.for_s(0.4)
        call.stt.utter("Okay.")
        await call.until(lambda: call.asked == ["Okay."], "the reply")


@scenario(settings=SETTINGS)
async def an_answer_waits_for_a_queued_speech(setting: Setting) -> None:
    """Two say() in a row: the floor is one."""
    async with Call(setting) as call:
        call.session.say("Let me see what we have.")
        call.session.say("Shall I book the suite?")
        await call.until(lambda: len(call.agent_turns) == 1, "the first speech")
        await call.for_s(0.5)
        call.stt.utter("Yeah.")
        await call.until(lambda: call.asked == ["Yeah."], "the reply")
        assert call.agent_turns[:2] == ["Let me see what we have.", "Shall I book the suite?"]


@scenario(settings=SETTINGS)
async def an_answer_stops_an_agent_that_goes_on_by_itself(setting: Setting) -> None:
    """Said on the end of a question, it takes the floor back from the speech that follows."""
    async with Call(setting) as call:

        async def talk() -> None:
            await call.session.say("Shall I book the suite?")
            await call.session.say(STATEMENT)

        talking = asyncio.create_task(talk())
        await call.until(lambda: call.session.agent_state == "speaking", "the agent to speak")
        await call.for_s(0.5)
        call.stt.utter("Yeah.")
        await talking
        await call.until(lambda: call.asked == ["Yeah."], "the reply")
        await call.idle()
        assert STATEMENT not in call.agent_turns
        assert call.user_turns == ["Yeah."]


# -- a pending reply and a running tool -----------------------------------------------------------


@scenario(settings=SETTINGS)
async def a_backchannel_while_the_agent_thinks_changes_nothing(setting: Setting) -> None:
    """The reply that is being made is given."""
    async with Call(setting, first_token_s=0.8) as call:
        call.stt.utter("I want breakfast.")
        await call.until(lambda: call.session.agent_state == "thinking", "the agent to think")
        call.stt.utter("Mhm.", interims=("mhm",))
        await call.until(lambda: call.agent_turns == ["You said: I want breakfast."], "the reply")
        await call.idle()
        assert call.user_turns == ["I want breakfast."]


@scenario(settings=SETTINGS)
async def one_word_while_the_agent_thinks_replaces_the_reply(setting: Setting) -> None:
    """The caller was not done; both messages are in the history."""
    async with Call(setting, first_token_s=1.0) as call:
        call.stt.utter("I want a room.")
        await call.until(lambda: call.session.agent_state == "thinking", "the agent to think")
        await call.for_s(0.2)
        call.stt.utter("Suite.", interims=("suite",))
        await call.until(lambda: call.agent_turns == ["You said: Suite."], "the reply")
        assert call.llm.requests[-1].user_messages == ("I want a room.", "Suite.")


class ToolAgent(FilteredAgent):
    """An agent with a slow tool."""

    @function_tool
    async def look_up(self) -> str:
        """Looks something up."""
        await asyncio.sleep(1.2)
        return "two rooms"


TOOL_SCRIPT = (("rooms", ToolCall("look_up", then="We have {output}.")),)


@scenario(settings=SETTINGS)
async def a_backchannel_while_a_tool_runs_changes_nothing(setting: Setting) -> None:
    """The tool's reply is spoken."""
    async with Call(setting, ToolAgent(), TOOL_SCRIPT) as call:
        call.stt.utter("Any rooms left?")
        await call.until(lambda: call.llm.requests, "the tool call")
        await call.for_s(0.4)
        call.stt.utter("Mhm.", interims=("mhm",))
        await call.until(lambda: call.agent_turns == ["We have two rooms."], "the tool's reply")
        await call.idle()
        assert call.user_turns == ["Any rooms left?"]


@scenario(settings=SETTINGS)
async def one_word_while_a_tool_runs_is_answered_after_its_reply(setting: Setting) -> None:
    """Not before: the tool's reply would never be spoken."""
    async with Call(setting, ToolAgent(), TOOL_SCRIPT) as call:
        call.stt.utter("Any rooms left?")
        await call.until(lambda: call.llm.requests, "the tool call")
        await call.for_s(0.4)
        call.stt.utter("Suite.")
        await call.until(lambda: "Suite." in call.asked, "the reply")
        await call.idle()
        assert call.agent_turns == ["We have two rooms.", "You said: Suite."]


@scenario(settings=SETTINGS)
async def a_command_while_a_tool_runs_silences_its_reply(setting: Setting) -> None:
    """ "Stop" is answered, the tool's result is not read out."""
    async with Call(setting, ToolAgent(), TOOL_SCRIPT) as call:
        call.stt.utter("Any rooms left?")
        await call.until(lambda: call.llm.requests, "the tool call")
        await call.for_s(0.4)
        call.stt.utter("Stop.", interims=("stop",))
        await call.until(lambda: "You said: Stop." in call.agent_turns, "the reply")
        await call.for_s(1.5)
        await call.idle()
        assert "We have two rooms." not in call.agent_turns


# -- retraction and pauses ------------------------------------------------------------------------


@scenario(settings=SETTINGS)
async def a_revised_transcript_gives_the_floor_back_where_it_can(setting: Setting) -> None:
    """ "yes tomorrow" becomes "Yeah.": a pausable output resumes, any other answers it."""
    agent = FilteredAgent()
    async with Call(setting, agent) as call:
        await call.speaking()
        call.stt.start()
        call.stt.interim("yes tomorrow")
        await call.for_s(0.2)
        call.stt.interim("yeah")
        call.stt.final("Yeah.")
        call.stt.end()
        if setting.pausable:
            await call.until(lambda: call.agent_turns == [STATEMENT], "the speech to resume")
            await call.idle()
            assert call.user_turns == []
            assert agent.finals(Action.RETRACT) == ["Yeah."]
            assert call.false_interruptions == 1
            await call.for_s(1.2)
            call.stt.utter("I want breakfast.")
            await call.until(lambda: call.user_turns == ["I want breakfast."], "a clean turn")
        else:
            await call.until(lambda: call.asked == ["Yeah."], "the reply")


@scenario()
async def a_backchannel_to_a_paused_agent_lets_it_resume(setting: Setting) -> None:
    """Something else paused it; the backchannel is no reason to stop."""
    async with Call(setting) as call:
        await call.speaking()
        call.stt.start()
        call.stt.interim("I want the")
        await call.until(lambda: call.output.paused, "the pause")
        call.stt.end()
        call.stt.start()
        call.stt.interim("mhm")
        call.stt.final("Mhm.")
        call.stt.end()
        await call.until(lambda: call.agent_turns == [STATEMENT], "the speech to resume")
        assert "Mhm." not in call.user_turns


@scenario(settings=SETTINGS)
async def a_caller_who_goes_on_takes_the_floor_back(setting: Setting) -> None:
    """The agent began while the caller was still talking."""
    async with Call(setting) as call:
        call.stt.start()
        call.stt.interim("I want")
        await call.for_s(0.1)
        handle = call.session.say(STATEMENT)
        await call.for_s(0.4)
        call.stt.interim("I want the suite")
        await call.for_s(0.2)
        call.stt.final("I want the suite.")
        call.stt.end()
        await call.until(lambda: call.asked == ["I want the suite."], "the reply")
        assert handle.interrupted


# -- speeches of other kinds ----------------------------------------------------------------------


@scenario(settings=SETTINGS)
async def words_over_an_uninterruptible_speech_are_answered_after_it(setting: Setting) -> None:
    """Nothing stops it, nothing is lost, and the session is not deaf afterwards."""
    options = {"discard_audio_if_uninterruptible": False}
    async with Call(setting, turn_handling={"interruption": _interruption(**options)}) as call:
        await call.speaking(allow_interruptions=False)
        call.stt.utter("Stop.", interims=("stop",))
        await call.for_s(0.1)
        call.stt.utter("I want breakfast.", interims=("I want breakfast",))
        await call.until(lambda: call.asked == ["Stop. I want breakfast."], "the reply")
        assert call.agent_turns[0] == STATEMENT


def _interruption(**options: Any) -> dict[str, Any]:
    return {
        "min_words": 2,
        "resume_false_interruption": True,
        "false_interruption_timeout": 0.5,
        **options,
    }


@scenario(settings=SETTINGS)
async def a_backchannel_before_the_first_frame_of_a_slow_voice_changes_nothing(
    setting: Setting,
) -> None:
    """say() has been called, nothing is heard yet."""
    async with Call(setting, first_byte_s=0.8) as call:
        call.session.say(STATEMENT)
        await call.for_s(0.2)
        call.stt.utter("Mhm.", interims=("mhm",))
        await call.until(lambda: call.agent_turns == [STATEMENT], "the speech")
        await call.idle()
        assert call.user_turns == []


# -- hand-offs ------------------------------------------------------------------------------------


class HandOff(FilteredAgent):
    """Hands over to a colleague."""

    @function_tool
    async def transfer(self) -> Agent:
        """Hands over."""
        return Colleague()


class Colleague(FilteredAgent):
    """Takes over, and speaks at once."""

    async def on_enter(self) -> None:
        """Greets."""
        self.session.say(STATEMENT)


@scenario(settings=SETTINGS)
async def the_filter_goes_on_after_a_hand_off(setting: Setting) -> None:
    """The colleague talks on through a backchannel and stops at a command."""
    async with Call(setting, HandOff(), (("colleague", ToolCall("transfer")),)) as call:
        call.stt.utter("Give me your colleague.")
        await call.until(
            lambda: call.session.agent_state == "speaking" and len(call.stt.streams) == 2,
            "the colleague to speak",
        )
        await call.for_s(0.2)
        call.stt.utter("Mhm.", interims=("mhm",))
        await call.for_s(1.1)
        assert call.output.sounding
        call.stt.utter("Stop.", interims=("stop",))
        await call.until(lambda: call.asked[-1:] == ["Stop."], "the reply")
        assert "Mhm." not in call.user_turns


class ConsentTask(BackchannelSTTFilterMixin, AgentTask[str]):
    """Asks for consent, and takes the caller's next turn for it."""

    def __init__(self) -> None:
        super().__init__(instructions="Ask for consent.")

    async def on_enter(self) -> None:
        """Asks."""
        self.session.say("May I record this call?")

    async def on_user_turn_completed(
        self,
        turn_ctx: Any,  # noqa: ARG002 - LiveKit's signature
        new_message: Any,
    ) -> None:
        """Takes it."""
        if not self.done():
            self.complete(new_message.text_content or "")


class TaskAgent(FilteredAgent):
    """Runs a task in a tool."""

    @function_tool
    async def ask_consent(self) -> str:
        """Asks for consent."""
        return await ConsentTask()


@scenario(settings=SETTINGS)
async def an_answer_within_a_task_is_delivered_to_the_task(setting: Setting) -> None:
    """The parent's speech, whose tool runs, does not hold the floor meanwhile."""
    script = (("record", ToolCall("ask_consent", then="You said {output}")),)
    async with Call(setting, TaskAgent(), script) as call:
        call.stt.utter("Please record this.")
        await call.until(
            lambda: call.session.agent_state == "speaking" and len(call.stt.streams) == 2,
            "the task to speak",
        )
        await call.for_s(0.5)
        call.stt.utter("Yeah.", interims=("yeah",))
        await call.until(lambda: "You said Yeah." in call.agent_turns, "the task's result")


# -- faults ---------------------------------------------------------------------------------------


@scenario(settings=SETTINGS)
async def a_recogniser_that_reconnects_in_mid_speech_closes_it(setting: Setting) -> None:
    """The plugin tries again by itself: the open speech is closed, and what was held is kept."""
    async with Call(setting) as call:
        await call.speaking()
        call.stt.utter("Suite.")
        await call.for_s(0.1)
        call.stt.start()
        call.stt.interim("mhm")
        await call.until(lambda: call.session.user_state == "speaking", "the start of speech")
        call.stt.send(APIConnectionError("gone"))
        await call.until(lambda: call.session.user_state == "listening", "the end of speech")
        call.stt.utter("Mhm.")
        await call.until(lambda: call.agent_turns[1:] == ["You said: Suite."], "the reply")
        assert call.agent_turns[0] == STATEMENT
        assert call.user_turns == ["Suite."]


@scenario(
    settings=SETTINGS,
    skip=lambda _: "" if RECREATES_STREAMS else "before 1.7 a failed stream is not made anew",
)
async def a_recogniser_that_fails_in_mid_speech_is_replaced(setting: Setting) -> None:
    """LiveKit makes a new stream, and that is filtered too."""
    async with Call(setting) as call:
        await call.speaking()
        call.stt.utter("Suite.")
        await call.for_s(0.1)
        call.stt.start()
        call.stt.interim("mhm")
        call.stt.send(APIConnectionError("gone", retryable=False))
        await call.until(lambda: len(call.stt.streams) == 2, "a new stream")
        await call.until(lambda: call.session.user_state == "listening", "the end of speech")
        call.stt.utter("Mhm.")
        await call.until(lambda: call.agent_turns[1:] == ["You said: Suite."], "the reply")
        assert call.agent_turns[0] == STATEMENT
        assert call.user_turns == ["Suite."]


@scenario(settings=SETTINGS)
async def a_recogniser_that_ends_with_speech_open_closes_it(setting: Setting) -> None:
    """Else the caller would be speaking for ever."""
    async with Call(setting) as call:
        await call.speaking()
        call.stt.start()
        await call.until(lambda: call.session.user_state == "speaking", "the start of speech")
        call.stt.send(None)
        await call.until(lambda: call.session.user_state == "listening", "the end of speech")
        await call.idle()
        assert call.agent_turns == [STATEMENT]


class _BrokenLexicon:
    def classify(self, *_: object, **__: object) -> None:
        raise RuntimeError("broken on purpose")


@scenario()
async def a_broken_policy_lets_speech_through(setting: Setting) -> None:
    """Every word passes, and the pump lives."""
    agent = FilteredAgent()
    async with Call(setting, agent) as call:
        SessionFilter.of(call.session).policy.lexicon = _BrokenLexicon()  # type: ignore[assignment]
        await call.speaking()
        call.stt.utter("I want breakfast.", interims=("I want breakfast",))
        await call.until(lambda: call.asked == ["I want breakfast."], "the reply")
        await call.idle(quiet_s=1.1)
        call.stt.utter("Mhm.")
        await call.until(lambda: call.asked[-1:] == ["Mhm."], "the session still hears")


class FailingObserver(FilteredAgent):
    """Its observer raises."""

    def on_filter_decision(self, decision: Decision) -> None:
        """Fails."""
        super().on_filter_decision(decision)
        raise RuntimeError("broken on purpose")


@scenario()
async def a_failing_observer_changes_no_decision(setting: Setting) -> None:
    """What the application does with a decision is its own affair."""
    async with Call(setting, FailingObserver()) as call:
        await call.speaking()
        call.stt.utter("Mhm.", interims=("mhm",))
        await call.idle()
        assert call.agent_turns == [STATEMENT]


@scenario(settings=SETTINGS)
async def held_words_of_a_caller_who_hangs_up_are_in_the_history(setting: Setting) -> None:
    """Nothing said is lost."""
    async with Call(setting) as call:
        await call.speaking()
        call.stt.utter("Suite.")
        await call.for_s(0.2)
        await call.hang_up()
        assert call.user_turns == ["Suite."]


@scenario()
async def odd_texts_pass_through_the_filter_unharmed(setting: Setting) -> None:
    """Ten thousand characters, nothing at all, and scripts without spaces."""
    long = " ".join(["breakfast"] * 1000)
    for text, turns in (
        (long, [long]),
        ("", []),
        ("スイートルームをお願いします", ["スイートルームをお願いします"]),
        ("أريد الجناح من فضلك", ["أريد الجناح من فضلك"]),
        ("[Silence]", []),
    ):
        async with Call(setting, script=(("breakfast", "Noted."),)) as call:
            await call.speaking()
            call.stt.utter(text)
            await call.idle()
            await call.until(lambda turns=turns: call.user_turns == turns, "the turn")  # type: ignore[misc]


# -- sessions of other kinds ----------------------------------------------------------------------


@scenario(settings=SETTINGS)
async def preemptive_generation_does_not_confuse_the_floor(setting: Setting) -> None:
    """A reply begun before the turn's end is no speech yet."""
    script = (("breakfast", STATEMENT),)
    async with Call(setting, script=script, preemptive=True) as call:
        call.stt.start()
        call.stt.interim("I want breakfast")
        call.stt.preflight("I want breakfast")
        await call.for_s(0.2)
        call.stt.final("I want breakfast.")
        call.stt.end()
        await call.until(lambda: call.session.agent_state == "speaking", "the reply")
        call.stt.utter("Mhm.")
        await call.idle()
        assert call.user_turns == ["I want breakfast."]
        assert len(call.agent_turns) == 1


@scenario()
async def the_default_echo_warm_up_does_not_keep_the_agent_talking(setting: Setting) -> None:
    """A command stops the agent within LiveKit's warm-up of 3 s."""
    options = {"aec_warmup_duration": 3.0}
    async with Call(setting, session_options=options) as call:
        await call.speaking()
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


@scenario(settings=SETTINGS)
async def the_default_vad_leaves_the_laws_alone(setting: Setting) -> None:
    """`vad=` omitted: a backchannel changes nothing, words stop the agent, a word is not lost."""
    async with Call(setting, session_options={"vad": ...}) as call:
        await call.speaking(f"{STATEMENT} {STATEMENT}")
        call.stt.utter("Mhm.", interims=("mhm",))
        call.stt.utter("Suite.")
        await call.for_s(1.1)
        assert call.output.sounding
        said_at = asyncio.get_running_loop().time()
        call.stt.start()
        call.stt.interim("with breakfast")
        await call.for_s(0.4)
        stopped = call.output.silent_from(said_at)
        assert stopped is not None
        assert stopped - said_at < 0.4
        call.stt.final("With breakfast.")
        call.stt.end()
        await call.until(lambda: call.asked == ["Suite. With breakfast."], "the reply")


@scenario()
async def shadow_mode_decides_and_changes_nothing(setting: Setting) -> None:
    """The backchannel is let through as without the filter, and the decision is there to see."""
    agent = FilteredAgent(mode="shadow")
    async with Call(setting, agent) as call:
        await call.speaking()
        call.stt.utter("Yeah yeah.", interims=("yeah yeah",))
        await call.until(lambda: call.asked == ["Yeah yeah."], "stock behaviour")
        assert agent.actions()[:2] == ["suppress", "suppress"]


@scenario()
async def mode_off_is_stock(setting: Setting) -> None:
    """No decision is made."""
    agent = FilteredAgent(mode="off")
    async with Call(setting, agent) as call:
        await call.speaking()
        call.stt.utter("Yeah yeah.", interims=("yeah yeah",))
        await call.until(lambda: call.asked == ["Yeah yeah."], "stock behaviour")
        assert agent.decisions == []


test_live = board.test()

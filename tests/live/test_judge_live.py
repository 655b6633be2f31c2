"""The application's judge in real sessions: each thing it may say, late, failing and wrong."""

from __future__ import annotations

import asyncio
from typing import Any

from livekit.agents import Agent, AgentSession

from filters.configuration import FilterConfig
from filters.livekit import SessionFilter, install
from filters.policy import Action, Judgement, Overlap

from .board import SETTINGS, Board, Setting
from .call import QUESTION, STATEMENT, Call, FilteredAgent

board = Board()
scenario = board.scenario

BACKCHANNEL, CONTENT = Judgement.BACKCHANNEL, Judgement.CONTENT
COMMAND, NO_SPEECH = Judgement.COMMAND, Judgement.NO_SPEECH


class Judging(FilteredAgent):
    """An agent with a judge that says the same of everything, after a while."""

    def __init__(self, answer: Judgement | None, *, takes_s: float = 0.05, **config: Any) -> None:
        super().__init__(**config)
        self.answer = answer
        self.takes_s = takes_s
        self.asked: list[Overlap] = []

    async def judge(self, overlap: Overlap) -> Judgement | None:
        """Answers."""
        self.asked.append(overlap)
        await asyncio.sleep(self.takes_s)
        return self.answer


class JudgingAtOnce(FilteredAgent):
    """The same, plain."""

    def __init__(self, answer: Judgement | None) -> None:
        super().__init__()
        self.answer = answer

    def judge(self, overlap: Overlap) -> Judgement | None:  # noqa: ARG002 - of all the same
        """Answers."""
        return self.answer


def judging(answer: Judgement | None) -> tuple[FilteredAgent, FilteredAgent]:
    """Agents whose judge says so: async, and plain."""
    return Judging(answer), JudgingAtOnce(answer)


def judged(call: Call) -> list[Judgement | None]:
    """What transcripts over the agent were judged to be."""
    assert isinstance(call.agent, FilteredAgent)
    return [each.heard.judged for each in call.agent.decisions if each.heard.text]


async def stopped_after(call: Call, interim: str) -> float:
    """How long after an interim the agent was silent, in seconds."""
    said_at = asyncio.get_running_loop().time()
    call.stt.start()
    call.stt.interim(interim)
    await call.until(lambda: call.output.silent_from(said_at), "the agent to stop")
    return (call.output.silent_from(said_at) or said_at) - said_at


# -- each thing that it may say --------------------------------------------------------------------


@scenario(settings=SETTINGS)
async def what_is_called_a_backchannel_does_not_stop_the_agent(setting: Setting) -> None:
    """The words would: three of them, all content."""
    for agent in judging(BACKCHANNEL):
        async with Call(setting, agent) as call:
            await call.speaking()
            call.stt.utter("Righto then, lovely.", interims=("righto", "righto then"))
            await call.idle()
            assert call.agent_turns == [STATEMENT]
            assert call.heard_without_gap()
            await call.for_s(1.2)
            call.stt.utter("I want breakfast.")
            await call.until(lambda: call.user_turns, "the turn")
            assert call.user_turns == ["I want breakfast."]


@scenario()
async def what_is_called_a_backchannel_answers_a_question(setting: Setting) -> None:
    """At the end of the turn it is the caller's, whatever it is called."""
    async with Call(setting, Judging(BACKCHANNEL)) as call:
        await call.speaking(QUESTION)
        await call.for_s(0.8)
        call.stt.utter("Righto then.")
        await call.until(lambda: call.user_turns == ["Righto then."], "the answer")


@scenario(settings=SETTINGS)
async def what_is_called_a_command_stops_the_agent(setting: Setting) -> None:
    """One word, and no command by itself."""
    for agent in judging(COMMAND):
        async with Call(setting, agent) as call:
            await call.speaking()
            assert await stopped_after(call, "righto") < 0.3
            call.stt.final("Righto.")
            call.stt.end()
            await call.until(lambda: call.user_turns == ["Righto."], "the turn")


@scenario()
async def what_is_called_content_is_held_while_it_is_short(setting: Setting) -> None:
    """A backchannel by its words: it is answered after the agent."""
    for agent in judging(CONTENT):
        async with Call(setting, agent) as call:
            await call.speaking()
            call.stt.utter("Mhm.")
            await call.until(lambda: call.user_turns == ["Mhm."], "the turn")
            assert call.agent_turns[0] == STATEMENT


@scenario(settings=SETTINGS)
async def what_is_called_no_speech_is_left_out(setting: Setting) -> None:
    """Even what is a command by its words."""
    for agent in judging(NO_SPEECH):
        async with Call(setting, agent) as call:
            await call.speaking()
            call.stt.utter("Stop it please.", interims=("stop",))
            await call.idle()
            assert call.agent_turns == [STATEMENT]
            assert call.heard_without_gap()
            assert call.user_turns == []


@scenario()
async def without_an_answer_the_words_decide(setting: Setting) -> None:
    """None is none."""
    for agent in judging(None):
        async with Call(setting, agent) as call:
            await call.speaking()
            call.stt.utter("Stop.")
            await call.until(lambda: call.user_turns == ["Stop."], "the turn")
            assert set(judged(call)) == {None}


# -- late, and failing -----------------------------------------------------------------------------


@scenario()
async def a_judge_that_is_too_slow_leaves_it_to_the_words(setting: Setting) -> None:
    """They stop the agent no later than the time the judge is given; the order is kept."""
    async with Call(setting, Judging(BACKCHANNEL, takes_s=5.0)) as call:
        await call.speaking()
        assert await stopped_after(call, "stop it please") < 0.15 + 0.3
        call.stt.final("Stop it please.")
        call.stt.end()
        await call.until(lambda: call.user_turns == ["Stop it please."], "the turn")


@scenario()
async def a_late_answer_counts_for_the_rest_of_the_utterance(setting: Setting) -> None:
    """The interim was held by its words; the final is what the judge called it."""
    async with Call(setting, Judging(BACKCHANNEL, takes_s=0.3)) as call:
        await call.speaking()
        call.stt.start()
        call.stt.interim("righto")
        await call.for_s(0.5)
        call.stt.final("Righto then.")
        call.stt.end()
        await call.idle()
        assert judged(call)[:2] == [None, BACKCHANNEL]
        assert call.agent_turns == [STATEMENT]
        assert call.user_turns == []


@scenario()
async def a_judge_that_fails_leaves_it_to_the_words(setting: Setting) -> None:
    """And nothing else changes."""

    class Failing(FilteredAgent):
        async def judge(self, overlap: Overlap) -> Judgement | None:
            raise ValueError(overlap.text)

    async with Call(setting, Failing()) as call:
        await call.speaking()
        call.stt.utter("Stop.")
        await call.until(lambda: call.user_turns == ["Stop."], "the turn")


@scenario()
async def nothing_but_the_callers_events_waits_for_a_judge(setting: Setting) -> None:
    """Held words are answered while it thinks of others."""
    agent = Judging(None, takes_s=0.0, judge_timeout_s=3.0)
    async with Call(setting, agent) as call:
        await call.speaking()
        call.stt.utter("Breakfast.")
        await call.for_s(0.3)
        agent.takes_s = 3.0
        call.stt.start()
        call.stt.interim("mhm")
        await call.until(lambda: "Breakfast." in agent.finals(Action.RELEASE), "it", within_s=2.9)
        assert "mhm" not in [each.heard.text for each in agent.decisions]


@scenario()
async def a_shadow_knows_what_a_judge_would_have_changed(setting: Setting) -> None:
    """LiveKit does what it does, when it does."""
    agent = Judging(BACKCHANNEL, takes_s=0.1, mode="shadow")
    async with Call(setting, agent) as call:
        await call.speaking()
        said_at = asyncio.get_running_loop().time()
        call.stt.utter("Righto then.", interims=("righto", "righto then"))
        await call.until(lambda: call.output.silent_from(said_at), "stock behaviour")
        await call.until(lambda: BACKCHANNEL in judged(call), "the judge")
        await call.until(lambda: call.asked == ["Righto then."], "the reply")
        assert Action.INTERRUPT not in [each.action for each in agent.decisions]


# -- install ---------------------------------------------------------------------------------------


def only_known_speakers(overlap: Overlap) -> Judgement | None:
    """A judge of the session."""
    return NO_SPEECH if overlap.confidence is not None and overlap.confidence < 0.95 else None


@scenario()
async def a_judge_of_the_session_is_asked_for_agents_with_the_mixin(setting: Setting) -> None:
    """The recogniser is 0.9 sure."""

    def prepare(session: AgentSession[Any]) -> None:
        install(session, FilterConfig.from_mapping({"domain": "test"}), judge=only_known_speakers)

    async with Call(setting, FilteredAgent(), prepare=prepare) as call:
        await call.speaking()
        call.stt.utter("Stop it please.")
        await call.idle()
        assert call.agent_turns == [STATEMENT]
        assert call.user_turns == []


@scenario()
async def a_plain_judge_is_asked_for_agents_without_the_mixin(setting: Setting) -> None:
    """The hook knows the words, and no confidence."""
    asked: list[Overlap] = []

    def says_no_speech(overlap: Overlap) -> Judgement:
        asked.append(overlap)
        return NO_SPEECH

    def prepare(session: AgentSession[Any]) -> None:
        install(session, FilterConfig.from_mapping({"domain": "test"}), judge=says_no_speech)

    async with Call(setting, Agent(instructions="Test."), prepare=prepare) as call:
        await call.speaking()
        call.stt.utter("Mhm suite.", interims=("suite",))
        await call.idle()
        assert [each.confidence for each in asked] == [None] * len(asked) != []
        assert call.user_turns == []


@scenario()
async def audio_goes_to_a_judge_that_listens(setting: Setting) -> None:
    """Where the caller sends none there is none, and the call goes on."""

    class Listening(FilteredAgent):
        async def judge(self, overlap: Overlap, audio: Any = ()) -> Judgement | None:
            assert overlap.text
            assert list(audio) == []
            return COMMAND

    async with Call(setting, Listening()) as call:
        await call.speaking()
        call.stt.utter("Righto.")
        await call.until(lambda: call.user_turns == ["Righto."], "the turn")
        assert SessionFilter.installed(call.session) is not None


test_live = board.test()

"""The judge of an application, on the way of the recogniser's events."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from filters.calls import clock
from filters.livekit import BackchannelSTTFilterMixin, SessionFilter, install
from filters.policy import Judgement, Overlap
from tests.fake_session import (
    FakeAgent,
    FakeSession,
    Filtered,
    Listener,
    Recogniser,
    config_of,
    heard,
    utterance,
)
from tests.virtual_time import settle, virtually

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

BACKCHANNEL, COMMAND = Judgement.BACKCHANNEL, Judgement.COMMAND


class Judging(Filtered):
    """An agent with a judge of its own, which remembers what it was asked."""

    answer: Judgement | None = BACKCHANNEL
    takes_s = 0.0

    def __init__(self, *args: Any, **config: Any) -> None:
        super().__init__(*args, **config)
        self.asked: list[Overlap] = []

    async def judge(self, overlap: Overlap) -> Judgement | None:
        """Answers after a while."""
        self.asked.append(overlap)
        await asyncio.sleep(self.takes_s)
        return self.answer


class Line:
    """A call in which the agent speaks; the caller overlaps."""

    def __init__(self, kind: type[Filtered] = Judging, **config: Any) -> None:
        self.session = FakeSession()
        self.recogniser = Recogniser()
        self.agent = kind(self.session, self.recogniser.events, **config)
        self.listener = Listener(self.agent)

    async def hears(self, *events: object) -> list[str]:
        """The recogniser's events; what came out so far."""
        self.recogniser.send(*events)
        await settle()
        return self.listener.seen

    async def speaks(self) -> None:
        """The agent says something."""
        await settle()
        self.session.speak()

    async def ends(self) -> list[str]:
        """The recogniser's stream ends."""
        self.recogniser.send(None)
        await self.listener.task
        return self.listener.seen

    def judged(self) -> list[Judgement | None]:
        """What transcripts were judged to be."""
        return [each.heard.judged for each in self.agent.decisions if each.heard.text]


@virtually
async def test_an_agent_judges_what_is_said_over_it() -> None:
    """The words would have stopped it."""
    line = Line()
    await line.speaks()
    await line.hears(heard("start"), heard("interim", "Righto then"), heard("final", "Righto then"))
    assert line.judged() == [BACKCHANNEL, BACKCHANNEL]
    assert line.session.interruptions == 0
    assert await line.hears(heard("end")) == ["start", "end"]
    assert isinstance(line.agent, Judging)
    assert [each.final for each in line.agent.asked] == [False, True]
    await line.ends()


@virtually
async def test_a_judge_is_not_asked_about_what_is_no_overlap() -> None:
    """It passes as it came."""
    line = Line()
    assert await line.hears(*utterance("Righto then.")) == ["start", "final Righto then.", "end"]
    assert isinstance(line.agent, Judging)
    assert line.agent.asked == []
    await line.ends()


@virtually
async def test_events_stay_in_order_while_a_judge_thinks() -> None:
    """Those that came with the stream's end too."""
    line = Line()
    await line.speaks()
    assert isinstance(line.agent, Judging)
    line.agent.takes_s, line.agent.answer = 0.1, COMMAND
    await line.hears(heard("start"), heard("final", "Righto."), heard("end"))
    assert line.listener.seen == ["start"]
    assert await line.ends() == ["start", "final Righto.", "end"]
    assert line.session.interruptions == 1
    assert line.judged() == [COMMAND]


@virtually
async def test_a_judge_that_is_too_slow_leaves_it_to_the_words() -> None:
    """Its answer counts for the rest of the utterance."""
    line = Line()
    await line.speaks()
    assert isinstance(line.agent, Judging)
    line.agent.takes_s = 0.4
    await line.hears(heard("start"), heard("interim", "Righto"))
    await asyncio.sleep(0.5)
    await line.hears(heard("final", "Righto then."))
    await asyncio.sleep(0.2)
    assert line.judged() == [None, BACKCHANNEL]
    await line.ends()


@virtually
async def test_an_event_has_the_time_at_which_it_was_judged() -> None:
    """What happened while the judge thought comes before it, in a recording too."""
    line = Line()
    await line.speaks()
    assert isinstance(line.agent, Judging)
    line.agent.takes_s = 0.1
    at = clock.now()
    await line.hears(heard("start"), heard("interim", "Righto then"))
    await asyncio.sleep(0.2)
    assert [each.heard.t for each in line.agent.decisions] == pytest.approx(
        [at, at + 0.1], abs=0.01
    )
    await line.ends()


@virtually
async def test_what_comes_due_does_not_wait_for_a_judge() -> None:
    """Words of another utterance are released while it thinks."""
    line = Line()
    await line.speaks()
    assert isinstance(line.agent, Judging)
    line.agent.answer = Judgement.CONTENT
    await line.hears(*utterance("Breakfast."))
    line.agent.takes_s = 0.14
    await asyncio.sleep(1.0)
    line.session.finish()
    await asyncio.sleep(0.2)
    await line.hears(heard("start", onset=clock.now() - 0.3), heard("interim", "and"))
    assert len(line.agent.asked) == 2
    await asyncio.sleep(0.1)
    assert "final Breakfast." in line.listener.seen
    assert "interim and" not in line.listener.seen
    await asyncio.sleep(0.1)
    assert line.listener.seen[-1] == "interim and"
    await line.ends()


@virtually
async def test_a_shadow_passes_all_at_once_and_decides_as_judged() -> None:
    """What a judge would have changed is known all the same."""
    line = Line(mode="shadow")
    await line.speaks()
    assert isinstance(line.agent, Judging)
    line.agent.takes_s = 0.1
    usage = "some text"
    came = await line.hears(*utterance("Righto then."), heard("final"), usage)
    assert came == ["start", "final Righto then.", "end", "final", "some text"]
    await asyncio.sleep(0.2)
    assert line.judged() == [BACKCHANNEL]
    assert [each.action.value for each in line.agent.decisions[:3]] == ["pass", "hold", "pass"]
    await line.ends()


class Failing(Filtered):
    """An agent whose judge has a fault."""

    def judge(self, overlap: Overlap) -> Judgement | None:
        """Raises."""
        raise ValueError(overlap.text)


def test_a_judge_that_fails_leaves_it_to_the_words(caplog: pytest.LogCaptureFixture) -> None:
    """One line of the log says so."""

    @virtually
    async def run() -> None:
        line = Line(Failing)
        await line.speaks()
        await line.hears(*utterance("Stop."), *utterance("Stop."))
        assert line.session.interruptions == 2
        await line.ends()

    run()
    assert [r.message for r in caplog.records].count("judge_failed") == 1
    assert "Stop." not in caplog.text


class Listening(Filtered):
    """An agent whose judge takes the audio."""

    def __init__(self, *args: Any, **config: Any) -> None:
        super().__init__(*args, **config)
        self.frames: list[object] = []

    def stt_node(self, audio: Any, model_settings: Any) -> Any:  # noqa: ARG002 - it has its own
        """As the mixin's."""
        return super().stt_node(_frames(), model_settings)

    def judge(self, overlap: Overlap, audio: Any = ()) -> Judgement | None:  # noqa: ARG002
        """Takes what there is."""
        self.frames = list(audio)
        return None


async def _frames() -> AsyncGenerator[Any, None]:
    for number in range(3):
        yield number


class Reading(FakeAgent):
    """An agent whose node reads the audio."""

    def stt_node(self, audio: AsyncIterator[Any], model_settings: Any) -> Any:
        """As the default node."""
        node = super().stt_node(audio, model_settings)

        async def events() -> AsyncGenerator[Any, None]:
            async for _ in audio:
                pass
            async for event in node:
                yield event

        return events()


@virtually
async def test_a_judge_that_takes_audio_gets_the_frames() -> None:
    """They go to the recogniser as before."""

    class Agent(Listening, Reading):
        pass

    line = Line(Agent)
    await line.speaks()
    await line.hears(heard("start"), heard("interim", "righto"))
    assert isinstance(line.agent, Listening)
    assert line.agent.frames == [0, 1, 2]
    await line.ends()


# -- install --------------------------------------------------------------------------------------


class Plain(BackchannelSTTFilterMixin, FakeAgent):
    """An agent with the mixin and no judge."""


def says_command(_: Overlap) -> Judgement:
    """A judge."""
    return COMMAND


async def says_command_later(_: Overlap) -> Judgement:
    """The same, async."""
    return COMMAND


@virtually
async def test_install_takes_a_judge_for_all_agents() -> None:
    """One of an agent's own comes before it."""
    for kind, stops in ((Plain, 1), (Judging, 0)):
        session, recogniser = FakeSession(), Recogniser()
        install(session.real, config_of(), judge=says_command)
        listener = Listener(kind(session, recogniser.events))
        await settle()
        session.speak()
        recogniser.send(*utterance("Righto."), None)
        await listener.task
        assert session.interruptions == stops


@virtually
async def test_the_hook_asks_a_plain_judge() -> None:
    """It can't wait, and need not."""
    session = FakeSession()
    install(session.real, config_of(), judge=says_command)
    session.agent = FakeAgent()
    session.speak()
    session.user_becomes("speaking")
    session.transcribe("righto")
    assert session.interruptions == 1
    session.close()


def test_the_hook_says_that_it_can_not_ask_an_async_judge(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The words decide."""

    @virtually
    async def run() -> None:
        session = FakeSession()
        install(session.real, config_of(), judge=says_command_later)
        session.agent = FakeAgent()
        session.speak()
        session.user_becomes("speaking")
        session.transcribe("righto")
        assert session.interruptions == 0
        session.close()

    run()
    assert [r.message for r in caplog.records].count("judge_not_asked") == 1


@virtually
async def test_nothing_is_asked_where_the_filter_is_off() -> None:
    """All passes."""
    line = Line(mode="off")
    await line.speaks()
    assert await line.hears(*utterance("Righto then.")) == ["start", "final Righto then.", "end"]
    assert isinstance(line.agent, Judging)
    assert line.agent.asked == []
    await line.ends()


def test_a_question_that_can_not_be_put_leaves_it_to_the_words(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 10."""

    @virtually
    async def run() -> None:
        line = Line()
        await line.speaks()
        session_filter = SessionFilter.installed(line.session.real)
        assert session_filter is not None

        def overlap(_: object) -> None:
            raise KeyError

        monkeypatch.setattr(session_filter.policy, "overlap", overlap)
        await line.hears(*utterance("Stop."))
        assert line.session.interruptions == 1
        await line.ends()

    run()
    assert [r.message for r in caplog.records].count("judge_not_asked") == 1

"""The mixin's stream: what goes in, what comes out, and how it ends."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import pytest
from livekit.agents import Agent, APIConnectionError, stt

from filters.calls import clock
from filters.documents import ConfigError
from filters.livekit import BackchannelSTTFilterMixin, SessionFilter
from filters.policy import Action, Decision
from tests.fake_session import (
    QUESTION,
    FakeAgent,
    FakeSession,
    Filtered,
    Listener,
    Recogniser,
    config_of,
    heard,
    seen,
    utterance,
)
from tests.virtual_time import settle, virtually

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from filters.configuration import FilterConfig

QUIET_S = 0.25


class Line:
    """A call: session, agent with the mixin, recogniser, and LiveKit's end of it."""

    def __init__(self, **config: Any) -> None:
        self.session = FakeSession()
        self.recogniser = Recogniser()
        self.agent = Filtered(self.session, self.recogniser.events, **config)
        self.listener = Listener(self.agent)

    async def hears(self, *events: object) -> list[str]:
        """The recogniser's events; what came out so far."""
        self.recogniser.send(*events)
        await settle()
        return self.listener.seen


# -- what a node may be ---------------------------------------------------------------------------


@virtually
async def test_a_node_may_be_an_async_generator() -> None:
    """As the default node is."""
    line = Line()
    assert await line.hears(*utterance("I want breakfast."), None) == [
        "start",
        "final I want breakfast.",
        "end",
    ]
    await line.listener.task


@virtually
async def test_a_node_may_be_a_coroutine_of_one() -> None:
    """As an `async def` that returns a stream is."""
    session, recogniser = FakeSession(), Recogniser()

    async def node() -> AsyncGenerator[Any, None]:
        await asyncio.sleep(0)
        return recogniser.events()

    listener = Listener(Filtered(session, node))
    recogniser.send(*utterance("Suite."), None)
    await listener.task
    assert listener.seen == ["start", "final Suite.", "end"]


@virtually
async def test_a_node_may_be_a_coroutine_of_nothing() -> None:
    """As an agent without a recogniser has: there is nothing to filter, and no filter."""

    async def node() -> None:
        await asyncio.sleep(0)

    session = FakeSession()
    listener = Listener(Filtered(session, node))
    await listener.task
    assert (listener.events, listener.error) == ([], None)
    assert SessionFilter.installed(session.real) is None


@virtually
async def test_a_node_may_be_an_iterable_that_is_no_generator() -> None:
    """It has nothing to close."""

    class Events:
        def __init__(self) -> None:
            self.left = utterance("Suite.")

        def __aiter__(self) -> Events:
            return self

        async def __anext__(self) -> stt.SpeechEvent:
            if not self.left:
                raise StopAsyncIteration
            return self.left.pop(0)

    listener = Listener(Filtered(FakeSession(), Events))
    await listener.task
    assert listener.seen == ["start", "final Suite.", "end"]


@virtually
async def test_usage_and_text_pass() -> None:
    """They are nothing to decide about."""
    line = Line()
    usage = stt.SpeechEvent(type=stt.SpeechEventType.RECOGNITION_USAGE)
    await line.hears(usage, "some text", None)
    assert line.listener.events == [usage, "some text"]
    assert line.agent.decisions == []


@pytest.mark.parametrize(("mode", "passed"), [("enforce", 0), ("shadow", 3)])
def test_a_transcript_without_alternatives_is_dropped(mode: str, passed: int) -> None:
    """It says nothing, and LiveKit breaks on it; a shadow changes nothing."""

    @virtually
    async def run() -> None:
        session, recogniser = FakeSession(), Recogniser()
        listener = Listener(Filtered(session, recogniser.events, mode=mode))
        kinds = ("interim_transcript", "preflight_transcript", "final_transcript")
        empty = [stt.SpeechEvent(type=stt.SpeechEventType(kind)) for kind in kinds]
        recogniser.send(*empty, *utterance("Suite."), None)
        await listener.task
        assert len([each for each in listener.events if each in empty]) == passed
        assert [seen(each) for each in listener.events[passed:]] == ["start", "final Suite.", "end"]

    run()


# -- how a stream ends ----------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["enforce", "shadow", "off"])
@pytest.mark.parametrize("way", ["end", "error", "cancel", "aclose"])
def test_the_recognisers_stream_is_closed_on_every_exit(mode: str, way: str) -> None:
    """And no task is left, nor an observer, nor a driver."""

    @virtually
    async def run() -> None:
        session, recogniser = FakeSession(), Recogniser()
        agent = Filtered(session, recogniser.events, mode=mode)
        events = agent.stt_node(None, None)  # type: ignore[arg-type]
        recogniser.send("first")
        assert await events.__anext__() == "first"
        if way == "aclose":
            await events.aclose()
        else:
            listener = Listener(agent, events)
            await settle()
            if way in ("end", "error"):
                recogniser.send(None if way == "end" else ValueError("gone"))
            await (listener.stop() if way == "cancel" else listener.task)
            assert listener.task.cancelled() == (way == "cancel")
            assert (listener.error is None) == (way != "error")
        assert recogniser.closed
        session_filter = SessionFilter.of(session.real)
        assert session_filter.driver is None
        assert session_filter.observers == []

    run()


@virtually
async def test_a_listener_that_stops_at_a_yield_closes_the_stream() -> None:
    """LiveKit up to 1.6 handles an event before it asks for the next one."""
    line = Line()
    events = line.agent.stt_node(None, None)  # type: ignore[arg-type]
    line.recogniser.send(*utterance("Suite."))
    async for event in events:
        assert seen(event) == "start"
        break
    await events.aclose()
    await line.listener.stop()
    assert line.recogniser.closed


@virtually
async def test_an_api_error_reaches_livekit_after_all_that_was_heard() -> None:
    """Its pump reconnects on it."""
    line = Line()
    error = APIConnectionError("gone")
    await line.hears(heard("interim", "I want"), error)
    assert line.listener.seen == ["interim I want"]
    assert line.listener.error is error


@virtually
async def test_a_cancellation_of_the_recognisers_own_goes_through() -> None:
    """The stream does not hang on a recogniser whose inner task was cancelled."""
    line = Line()
    line.recogniser.send(heard("start"), asyncio.CancelledError())
    await asyncio.wait([line.listener.task])
    assert line.listener.task.cancelled()
    assert line.listener.seen == ["start", "end"]


@virtually
async def test_a_cancellation_while_the_recogniser_closes_goes_through() -> None:
    """Two cancellations, and none is swallowed."""
    closing = asyncio.Event()

    async def node() -> AsyncGenerator[Any, None]:
        try:
            yield heard("start")
            await asyncio.Event().wait()
        finally:
            closing.set()
            await asyncio.sleep(5.0)

    listener = Listener(Filtered(FakeSession(), node))
    await settle()
    listener.task.cancel()
    await closing.wait()
    listener.task.cancel()
    await asyncio.wait([listener.task], timeout=1.0)
    assert listener.task.cancelled()
    await asyncio.sleep(10.0)


@pytest.mark.parametrize("last", [None, APIConnectionError("gone")])
def test_speech_left_open_is_ended(last: object) -> None:
    """A reply that LiveKit paused for it would stay paused."""

    @virtually
    async def run() -> None:
        line = Line()
        assert await line.hears(heard("start"), last) == ["start", "end"]
        await line.listener.task

    run()


@virtually
async def test_speech_that_has_ended_is_not_ended_again() -> None:
    """One end for each start."""
    line = Line()
    assert await line.hears(heard("start"), heard("end"), None) == ["start", "end"]
    await line.listener.task


@virtually
async def test_speech_cut_off_with_its_stream_is_ended_by_the_next() -> None:
    """A hand-off cancels the stream, and the next recogniser knows nothing of it."""
    line = Line()
    await line.hears(heard("start"))
    await line.listener.stop()
    second = Recogniser()
    listener = Listener(Filtered(line.session, second.events))
    await settle()
    assert listener.seen == ["end"]
    await listener.stop()


@virtually
async def test_a_recogniser_that_reconnects_in_mid_speech_has_it_ended() -> None:
    """It tries again by itself, and the stream goes on."""
    line = Line()
    await line.hears(heard("start"), heard("interim", "mhm"))
    session_filter = SessionFilter.of(line.session.real)
    session_filter.reconnects += 1
    session_filter.expect_answer()  # anything that wakes the stream
    await settle()
    assert line.listener.seen == ["start", "interim mhm", "end"]
    assert await line.hears(heard("start")) == ["start", "interim mhm", "end", "start"]
    await line.listener.stop()


# -- decisions ------------------------------------------------------------------------------------


@virtually
async def test_a_backchannel_is_kept_back_and_the_boundaries_pass() -> None:
    """START and END go on at once, in their places."""
    line = Line()
    line.session.speak()
    assert await line.hears(
        heard("start"),
        heard("interim", "mhm"),
        heard("preflight", "Mhm."),
        heard("final", "Mhm."),
        heard("end"),
    ) == ["start", "end"]
    await asyncio.sleep(1.5)
    line.session.finish()
    await asyncio.sleep(1.0)
    assert line.listener.seen == ["start", "end"]
    assert line.agent.finals(Action.DISCARD) == ["Mhm."]
    await line.listener.stop()


@virtually
async def test_words_that_stop_the_agent_come_first_as_an_interim() -> None:
    """LiveKit judges by the words of the event before."""
    line = Line()
    line.session.speak()
    assert await line.hears(heard("start"), heard("final", "I want breakfast.")) == [
        "start",
        "interim I want breakfast.",
        "final I want breakfast.",
    ]
    assert line.session.interruptions == 0
    line.session.finish()
    await line.listener.stop()


@virtually
async def test_an_agent_that_talks_on_is_stopped_for_good() -> None:
    """LiveKit leaves it to a VAD, or warms up."""
    line = Line()
    line.session.speak()
    await line.hears(heard("start"), heard("interim", "I want breakfast"))
    await asyncio.sleep(0.2)
    assert line.session.interruptions == 1
    await line.listener.stop()


@virtually
async def test_an_agent_that_was_stopped_is_left_alone() -> None:
    """It could resume."""
    line = Line()
    line.session.speak()
    await line.hears(heard("start"), heard("interim", "I want breakfast"))
    line.session.become("listening")
    await asyncio.sleep(0.2)
    assert line.session.interruptions == 0
    await line.listener.stop()


@virtually
async def test_a_command_interrupts_before_it_passes() -> None:
    """A word alone would not."""
    line = Line()
    speech = line.session.speak()
    assert await line.hears(heard("start"), heard("interim", "stop")) == ["start", "interim stop"]
    assert line.session.interruptions == 1
    assert speech.interrupted
    await line.listener.stop()


@virtually
async def test_a_final_that_takes_back_its_interim_empties_it() -> None:
    """LiveKit would count the words of a stale interim."""
    line = Line()
    line.session.speak()
    await line.hears(heard("start"), heard("interim", "yes tomorrow"))
    line.session.become("listening")
    assert await line.hears(heard("final", "Yeah."), heard("end")) == [
        "start",
        "interim yes tomorrow",
        "interim yes tomorrow",
        "interim",
        "end",
    ]
    assert line.agent.finals(Action.RETRACT) == ["Yeah."]
    await line.listener.stop()


@virtually
async def test_a_held_word_is_released_with_an_end_of_speech() -> None:
    """The caller is silent: it takes an end to make it a turn, and it ended when it was said."""
    line = Line()
    line.session.speak()
    said_at = clock.now()
    await line.hears(*utterance("Suite."))
    await asyncio.sleep(1.0)
    line.session.finish()
    await asyncio.sleep(QUIET_S - 0.01)
    assert line.listener.seen == ["start", "end"]
    await asyncio.sleep(0.02)
    assert line.listener.seen == ["start", "end", "final Suite.", "end"]
    ended_at = getattr(line.listener.events[-1], "speech_end_time", None)
    if ended_at is not None:  # from 1.8
        assert clock.from_wall(ended_at) == pytest.approx(said_at, abs=0.1)
    await line.listener.stop()


@virtually
async def test_a_held_word_is_released_without_an_end_while_the_caller_speaks() -> None:
    """It becomes part of what is being said."""
    line = Line()
    line.session.speak()
    await line.hears(*utterance("Suite."))
    line.session.finish()
    await line.hears(heard("start"))
    await asyncio.sleep(QUIET_S + 0.01)
    assert line.listener.seen == ["start", "end", "start", "final Suite."]
    assert (await line.hears(heard("end")))[-1] == "end"
    await line.listener.stop()


@virtually
async def test_a_held_word_goes_ahead_of_the_words_that_take_the_floor() -> None:
    """One turn, in order."""
    line = Line()
    line.session.speak()
    await line.hears(*utterance("Suite."))
    assert (await line.hears(heard("start"), heard("final", "With breakfast.")))[2:] == [
        "start",
        "final Suite.",
        "interim With breakfast.",
        "final With breakfast.",
    ]
    await line.listener.stop()


@virtually
async def test_an_answer_is_released() -> None:
    """ "Shall I book it?" "Yeah" and its end."""
    line = Line()
    line.session.speak()
    await line.hears(*utterance("Yeah."))
    line.session.finish(QUESTION)
    await asyncio.sleep(QUIET_S + 0.01)
    assert line.listener.seen == ["start", "end", "final Yeah.", "end"]
    await line.listener.stop()


@virtually
async def test_words_due_before_speech_without_a_start_end_their_own_turn() -> None:
    """A recogniser that sends finals alone; the second one is said to a floor that is free."""
    line = Line()
    line.session.speak()
    await line.hears(heard("final", "Suite."))
    line.session.finish()
    session_filter = SessionFilter.of(line.session.real)
    session_filter.put_back(session_filter.policy.advance(clock.now() + QUIET_S))
    assert await line.hears(heard("final", "Mhm.")) == [
        *("final Suite.", "end"),
        "final Mhm.",
    ]
    await line.listener.stop()


@virtually
async def test_a_known_onset_tells_overlap_from_reply() -> None:
    """It began half a second after the agent's end, though it was heard within the grace."""
    line = Line()
    line.session.speak()
    await settle()
    line.session.finish()
    await asyncio.sleep(0.9)
    onset = clock.now() - 0.4
    assert await line.hears(heard("start", onset=onset), heard("final", "Mhm.")) == [
        "start",
        "final Mhm.",
    ]
    await line.listener.stop()


@virtually
async def test_an_onset_of_zero_is_not_known() -> None:
    """As LiveKit reads it."""
    line = Line()
    line.session.speak()
    assert await line.hears(heard("start", onset=0), heard("final", "Mhm.")) == ["start"]
    await line.listener.stop()


# -- streams that follow each other ---------------------------------------------------------------


@virtually
async def test_words_due_between_two_streams_are_delivered_by_the_second() -> None:
    """No stream was there to release them."""
    line = Line()
    line.session.speak()
    await line.hears(*utterance("Suite."))
    await line.listener.stop()
    line.session.finish()
    await asyncio.sleep(1.0)
    second = Recogniser()
    listener = Listener(Filtered(line.session, second.events))
    await settle()
    assert listener.seen == ["final Suite.", "end"]
    await listener.stop()


@virtually
async def test_of_two_streams_that_overlap_the_newer_delivers() -> None:
    """LiveKit closes the older one in a moment, and what it yields with it."""
    line = Line()
    line.session.speak()
    await line.hears(*utterance("Suite."))
    second = Recogniser()
    newer = Listener(line.agent)
    line.agent.node = second.events
    await settle()
    line.session.finish()
    await asyncio.sleep(1.0)
    assert line.listener.seen == ["start", "end"]
    assert newer.seen == ["final Suite.", "end"]
    await line.listener.stop()
    await newer.stop()


@virtually
async def test_an_agent_that_is_leaving_delivers_nothing() -> None:
    """LiveKit drops its turns; the next agent's stream delivers."""
    line = Line()
    line.session.speak()
    await line.hears(*utterance("Suite."))
    second = Recogniser()
    successor = Filtered(line.session, second.events)  # is the session's agent from now on
    line.session.finish()
    await asyncio.sleep(1.0)
    assert await line.hears(heard("start"), heard("end")) == ["start", "end", "start", "end"]
    await line.listener.stop()
    listener = Listener(successor)
    await settle()
    assert listener.seen == ["final Suite.", "end"]
    await listener.stop()


# -- shadow and off -------------------------------------------------------------------------------


@virtually
async def test_shadow_mode_decides_and_changes_nothing() -> None:
    """Not even the end of speech left open, nor a release."""
    line = Line(mode="shadow")
    line.session.speak()
    await line.hears(*utterance("Mhm."), *utterance("Suite."))
    await asyncio.sleep(1.5)
    line.session.finish()
    await asyncio.sleep(1.0)
    await line.hears(heard("start"), None)
    assert line.listener.seen == [
        *("start", "final Mhm.", "end"),
        *("start", "final Suite.", "end"),
        "start",
    ]
    assert line.agent.finals(Action.RELEASE) == ["Suite."]
    await line.listener.task


@virtually
async def test_mode_off_decides_nothing() -> None:
    """It is as if the mixin were not there."""
    line = Line(mode="off")
    line.session.speak()
    assert await line.hears(*utterance("Mhm."), None) == ["start", "final Mhm.", "end"]
    assert line.agent.decisions == []
    await line.listener.task


# -- law 10 ---------------------------------------------------------------------------------------


class BrokenLexicon:
    """Fails at some words."""

    def __init__(self, working: Any) -> None:
        self.working = working

    def classify(self, text: str, *args: Any, **options: Any) -> Any:
        """Fails."""
        if "breakfast" in text:
            raise RuntimeError(f"broken at {text}")
        return self.working.classify(text, *args, **options)


@virtually
async def test_a_policy_that_raises_lets_speech_through() -> None:
    """What it held goes first, and the next event is decided as ever."""
    line = Line()
    line.session.speak()
    await line.hears(*utterance("Suite."))
    session_filter = SessionFilter.of(line.session.real)
    session_filter.policy.lexicon = BrokenLexicon(session_filter.policy.lexicon)  # type: ignore[assignment]
    assert (await line.hears(heard("start"), heard("interim", "breakfast")))[2:] == [
        "start",
        "final Suite.",
        "interim breakfast",
    ]
    assert (await line.hears(heard("final", "Mhm."), heard("end")))[5:] == ["end"]
    await line.listener.stop()


@virtually
async def test_a_stream_that_fails_to_act_passes_the_event_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After whatever it had done already; logged once, without the words."""
    line = Line()
    line.session.speak()
    await line.hears(*utterance("Suite."))

    def fail(_self: SessionFilter) -> None:
        raise ValueError("at breakfast")

    monkeypatch.setattr(SessionFilter, "stop_soon", fail)
    caplog.set_level(logging.DEBUG)
    events = [heard("start"), heard("final", "With breakfast."), heard("end")]
    assert (await line.hears(*events))[2:] == [
        "start",
        "final Suite.",
        "interim With breakfast.",
        "final With breakfast.",
        "end",
    ]
    await line.hears(heard("start"), heard("final", "And breakfast."))
    failures = [record for record in caplog.records if record.getMessage() == "filter_failed"]
    assert len(failures) == 1
    assert "breakfast" not in caplog.text
    await line.listener.stop()


@virtually
async def test_a_tick_that_fails_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stream goes on."""
    line = Line()
    await settle()

    def fail(_self: SessionFilter) -> list[Decision]:
        raise RuntimeError("broken")

    monkeypatch.setattr(SessionFilter, "due", fail)
    line.agent.expect_answer()
    assert await line.hears(*utterance("Suite.")) == ["start", "final Suite.", "end"]
    await line.listener.stop()


@virtually
async def test_a_filter_that_can_not_be_made_lets_speech_through(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And says so; the recogniser is closed as ever."""

    def fail(*_: object) -> SessionFilter:
        raise RuntimeError("no filter")

    monkeypatch.setattr(SessionFilter, "of", fail)
    line = Line()
    line.session.speak()
    assert await line.hears(*utterance("Mhm."), None) == ["start", "final Mhm.", "end"]
    await line.listener.task
    assert line.recogniser.closed
    assert [record.getMessage() for record in caplog.records] == ["filter_unavailable"]


# -- observers ------------------------------------------------------------------------------------


@virtually
async def test_each_decision_is_told_to_the_agent_whose_stream_it_is() -> None:
    """And to no agent that has left."""
    line = Line()
    await line.hears(*utterance("Suite."))
    assert [each.action for each in line.agent.decisions] == [Action.PASS] * 3
    await line.listener.stop()
    recogniser = Recogniser()
    second = Filtered(line.session, recogniser.events)
    listener = Listener(second)
    recogniser.send(*utterance("Breakfast."))
    await settle()
    assert len(line.agent.decisions) == 3
    assert second.finals(Action.PASS) == ["Breakfast."]
    await listener.stop()


@virtually
async def test_observing_is_optional() -> None:
    """The mixin's own observer does nothing."""

    class Silent(BackchannelSTTFilterMixin, FakeAgent):
        pass

    recogniser = Recogniser()
    listener = Listener(Silent(FakeSession(), recogniser.events))
    recogniser.send(*utterance("Suite."), None)
    await listener.task
    assert listener.seen == ["start", "final Suite.", "end"]


# -- mixing ---------------------------------------------------------------------------------------


class Shouting:
    """Another mixin that overrides `stt_node`."""

    async def stt_node(self, audio: Any, model_settings: Any) -> AsyncGenerator[Any, None]:
        """Passes everything on, and a note of its own."""
        node = super().stt_node(audio, model_settings)  # type: ignore[misc]
        async for event in node:
            yield event
        yield "loud"


class ShoutingOutside(Shouting, BackchannelSTTFilterMixin, FakeAgent):
    """The other mixin sees what the filter lets through."""


class ShoutingInside(BackchannelSTTFilterMixin, Shouting, FakeAgent):
    """The filter sees what the other mixin yields."""


@pytest.mark.parametrize("kind", [ShoutingOutside, ShoutingInside])
def test_it_composes_with_other_mixins_in_either_order(
    kind: type[ShoutingOutside | ShoutingInside],
) -> None:
    """Each calls the next one's `stt_node`."""

    @virtually
    async def run() -> None:
        session, recogniser = FakeSession(), Recogniser()
        listener = Listener(kind(session, recogniser.events))
        session.speak()
        recogniser.send(*utterance("Mhm."), None)
        await listener.task
        assert listener.seen == ["start", "end", "loud"]

    run()


# -- configuration --------------------------------------------------------------------------------

CLINIC = """\
domain: clinic
extends: [en]
commands: {add: [front desk]}
"""


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    """A domain's file."""
    path = tmp_path / "clinic.yaml"
    path.write_text(CLINIC, encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", ["path", "path as text", "name", "object", "none"])
def test_the_configuration_may_be_given_in_several_ways(
    kind: str, clinic: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name is looked up where the environment says."""
    monkeypatch.setenv("LIVEKIT_FILTERS_CONFIG_DIR", str(clinic.parent))
    configured: dict[str, FilterConfig | str | Path | None] = {
        "path": clinic,
        "path as text": str(clinic),
        "name": "clinic",
        "object": config_of(),
        "none": None,
    }

    class Agent(BackchannelSTTFilterMixin, FakeAgent):
        filter_config = configured[kind]

    session = FakeSession()
    agent = Agent(session)
    name = {"object": "test", "none": "default"}.get(kind, "clinic")
    agent.expect_answer()
    assert SessionFilter.of(session.real).config.name == name


def test_a_faulty_configuration_is_an_error_on_construction() -> None:
    """Not in mid-call."""

    class Agent(BackchannelSTTFilterMixin, FakeAgent):
        filter_config = "no_such_domain"

    with pytest.raises(ConfigError, match="no_such_domain"):
        Agent()


def test_a_subclass_that_skips_the_mixins_constructor_is_filtered() -> None:
    """`Agent.__init__(self, ...)` instead of `super().__init__(...)`: the class's own config."""

    class Agent(BackchannelSTTFilterMixin, FakeAgent):
        filter_config = config_of(mode="shadow")

        def __init__(self, session: FakeSession) -> None:
            FakeAgent.__init__(self, session)

    session = FakeSession()
    Agent(session).expect_answer()
    assert SessionFilter.of(session.real).config.mode == "shadow"


def test_the_sessions_configuration_comes_before_the_classs() -> None:
    """One call configures every agent of the session."""
    session = FakeSession()
    config = config_of(hold_s=1.0)
    session_filter = SessionFilter.of(session.real, config)
    Filtered(session, hold_s=2.0).expect_answer()
    assert SessionFilter.of(session.real) is session_filter
    assert session_filter.config is config


def test_expecting_an_answer_takes_a_session() -> None:
    """LiveKit says so."""
    with pytest.raises(RuntimeError, match="not running"):
        Filtered().expect_answer()


@virtually
async def test_an_expected_answer_is_delivered() -> None:
    """Though what the agent said asks for none."""
    line = Line()
    line.session.speak()
    line.agent.expect_answer()
    await line.hears(*utterance("Okay."))
    line.session.finish()
    await asyncio.sleep(1.0)
    assert line.listener.seen == ["start", "end", "final Okay.", "end"]
    await line.listener.stop()


def test_agent_before_the_mixin_is_refused_when_the_class_is_made() -> None:
    """Its stt_node would never be called, and nobody would notice."""
    with pytest.raises(TypeError, match="BackchannelSTTFilterMixin, Agent"):
        type("Backwards", (Agent, BackchannelSTTFilterMixin), {})

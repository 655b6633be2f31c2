"""What an AgentSession reports, as the policy's events."""

from __future__ import annotations

import asyncio
import gc
import logging
import weakref
from typing import TYPE_CHECKING, Any, cast

import pytest
from livekit.agents import AgentSession, SpeechCreatedEvent, llm

from filters.calls import CallLog
from filters.livekit.session_events import SessionEvents, uses_realtime_model
from filters.policy import AgentState, AgentText, Ended, Event, SessionStarted, Speech
from tests.fake_session import FakeAudio, FakeSession, FakeSpeech, config_of
from tests.virtual_time import settle, virtually

if TYPE_CHECKING:
    from livekit.agents.voice import SpeechHandle


class Report:
    """What was reported, and by whom."""

    def __init__(self, session: FakeSession | None = None) -> None:
        self.session = session or FakeSession()
        self.session.agent = "receptionist"
        self.events: list[Event] = []
        self.log = CallLog(config_of())
        self.source = SessionEvents(self.session.real, self.events.append, self.log)
        self.events.clear()

    def told(self) -> list[str]:
        """What was reported since this was last asked."""
        told = [name for event in self.events if (name := _name(event))]
        self.events.clear()
        return told

    def create(self, name: str, *, scheduled: bool = True) -> FakeSpeech:
        """LiveKit makes a speech, and is about to schedule it."""
        speech = FakeSpeech(name)
        speech.scheduled = False
        self.session.emit("speech_created", created(speech))
        speech.scheduled = scheduled
        return speech


def created(speech: FakeSpeech) -> SpeechCreatedEvent:
    """LiveKit's word of it."""
    handle = cast("SpeechHandle", speech)
    return SpeechCreatedEvent.model_construct(
        user_initiated=True, source="say", speech_handle=handle
    )


def _name(event: Event) -> str:
    if isinstance(event, AgentState):
        return event.state
    if isinstance(event, Speech):
        return f"{event.id} {event.state.value}{'' if event.interruptible else ' protected'}"
    if isinstance(event, AgentText):
        return f"said {event.text}"
    return {Ended: "ended", SessionStarted: "started"}.get(type(event), "")


def started(session: FakeSession) -> SessionStarted:
    """What a session is reported to be like."""
    events: list[Event] = []
    SessionEvents(session.real, events.append, CallLog(config_of()))
    (found,) = (event for event in events if isinstance(event, SessionStarted))
    return found


# -- the session ----------------------------------------------------------------------------------


def test_a_session_is_reported_as_it_is() -> None:
    """And again only when it changes."""
    report = Report()
    report.session.options.interruption["min_words"] = 3
    report.source.sync()
    report.source.sync()
    assert [event.min_words for event in report.events if isinstance(event, SessionStarted)] == [3]


async def test_a_real_session_can_be_read_before_it_starts() -> None:
    """Nothing private is needed for it."""
    session: AgentSession[None] = AgentSession(
        vad=None, turn_handling={"turn_detection": "stt", "interruption": {"min_words": 4}}
    )
    events: list[Event] = []
    SessionEvents(session, events.append, CallLog(config_of()))
    first = events[0]
    assert isinstance(first, SessionStarted)
    assert (first.min_words, first.vad, first.turn_detection) == (4, False, "stt")
    assert not first.pausable
    assert [event.state for event in events if isinstance(event, AgentState)] == ["initializing"]


@pytest.mark.parametrize(
    ("change", "pausable"),
    [
        ({}, True),
        ({"audio": None}, False),
        ({"audio": FakeAudio(can_pause=False)}, False),
        ({"audio_enabled": False}, False),
        ({"resume_false_interruption": False}, False),
        ({"false_interruption_timeout": None}, False),
    ],
    ids=str,
)
def test_an_output_is_pausable_where_livekit_would_pause_it(
    change: dict[str, Any], *, pausable: bool
) -> None:
    """The output can, and the session is told to."""
    session = FakeSession()
    for name, value in change.items():
        if name in ("audio", "audio_enabled"):
            setattr(session.output, name, value)
        else:
            session.options.interruption[name] = value
    assert started(session).pausable is pausable


class Detector:
    """A turn detection model."""

    async def predict_end_of_turn(self, context: object) -> float:
        """Predicts."""
        raise NotImplementedError


class Owner:
    """An agent with settings of its own."""

    def __init__(self, *, turn_detection: object = None, model: object = None) -> None:
        self.turn_detection = turn_detection
        self.llm = model


class HearingModel(llm.RealtimeModel):
    """A model that hears the caller itself."""

    def __init__(self, *, turn_detection: bool) -> None:
        capabilities = llm.RealtimeCapabilities(
            message_truncation=False,
            turn_detection=turn_detection,
            user_transcription=False,
            auto_tool_reply_generation=False,
            audio_output=True,
            manual_function_calls=False,
        )
        super().__init__(capabilities=capabilities)

    def session(self, **options: Any) -> Any:
        """None is ever opened."""
        raise NotImplementedError

    async def aclose(self) -> None:
        """Nothing to close."""


class ReadingModel(llm.LLM[Any]):
    """A model that reads what the caller said."""

    def chat(self, **options: Any) -> Any:
        """Nobody is ever asked."""
        raise NotImplementedError


@pytest.mark.parametrize(
    ("of_session", "of_agent", "mode"),
    [
        ("vad", None, "vad"),
        ("vad", Owner(), "vad"),
        ("vad", Owner(turn_detection="manual"), "manual"),
        (Detector(), None, "Detector"),
        ("stt", Owner(turn_detection=Detector()), "Detector"),
        (None, None, "auto"),
        (object(), Owner(turn_detection=object()), "auto"),
        ("stt", Owner(model=HearingModel(turn_detection=True)), "realtime_llm"),
        ("stt", Owner(model=HearingModel(turn_detection=False)), "stt"),
        ("stt", Owner(model=ReadingModel()), "stt"),
    ],
)
def test_the_turn_detection_in_force_is_the_agents_own_or_the_sessions(
    of_session: object, of_agent: Owner | None, mode: str
) -> None:
    """A model that detects turns itself does so without being told to."""
    session = FakeSession(turn_detection=of_session)
    session.agent = of_agent
    assert started(session).turn_detection == mode


def test_the_agents_model_comes_before_the_sessions() -> None:
    """An agent that reads, in a session whose model hears."""
    session = FakeSession()
    session.llm = HearingModel(turn_detection=True)
    assert uses_realtime_model(session.real)
    session.agent = Owner(model=ReadingModel())
    assert not uses_realtime_model(session.real)


# -- the floor ------------------------------------------------------------------------------------


@virtually
async def test_a_speech_is_there_before_it_is_heard_and_gone_after() -> None:
    """So that the floor is held for all of it."""
    report = Report()
    report.session.speak("s1")
    assert report.told() == ["s1 created", "speaking"]
    report.session.finish("It has a balcony.")
    assert report.told() == ["said It has a balcony.", "listening", "s1 done"]


@virtually
async def test_a_scheduled_speech_holds_the_floor_before_it_is_current() -> None:
    """It is scheduled just after the event that tells of it."""
    report = Report()
    report.create("s1")
    assert report.told() == []
    await asyncio.sleep(0.01)
    assert report.told() == ["s1 created"]


@virtually
async def test_a_speech_that_is_never_scheduled_is_none() -> None:
    """As a preemptive reply that was cancelled."""
    report = Report()
    speech = report.create("s1", scheduled=False)
    await asyncio.sleep(0.01)
    speech.finish()
    report.source.sync()
    assert report.told() == []
    assert report.source.running_handles() == []


@virtually
async def test_a_speech_interrupted_before_it_was_current_is_over_when_it_is_done() -> None:
    """It was queued behind another."""
    report = Report()
    report.session.speak("s1")
    queued = report.create("s2")
    await asyncio.sleep(0.01)
    assert report.told() == ["s1 created", "speaking", "s2 created"]
    queued.interrupt()
    report.source.sync()
    assert report.told() == []
    queued.finish()
    assert report.told() == ["s2 done"]
    report.session.finish("")
    assert report.told()[-1] == "s1 done"


@virtually
async def test_a_speech_that_is_done_holds_the_floor_until_the_session_lets_go_of_it() -> None:
    """A turn committed a moment earlier would be refused."""
    report = Report()
    speech = report.session.speak("s1")
    report.told()
    speech.finish()
    assert report.told() == []
    await asyncio.sleep(0.05)
    assert report.told() == []
    report.session.current_speech = None
    await asyncio.sleep(0.02)
    assert report.told() == ["s1 done"]


@virtually
async def test_a_speech_that_is_not_done_and_not_current_runs_a_tool() -> None:
    """There is no current speech meanwhile."""
    report = Report()
    speech = report.session.speak("s1")
    report.session.current_speech = None
    report.session.become("thinking")
    assert report.told() == ["s1 created", "speaking", "s1 tool", "thinking"]
    assert [handle.id for handle in report.source.running_handles()] == ["s1"]
    report.session.current_speech = speech
    report.session.become("speaking")
    assert report.told() == ["s1 created", "speaking"]


@virtually
async def test_a_tool_is_recognised_though_no_state_changed() -> None:
    """Any item of the conversation is an occasion to look."""
    report = Report()
    speech = report.create("s1")
    report.session.current_speech = speech
    report.session.add_item("user", "Any rooms left?")
    report.session.current_speech = None
    report.source.sync()
    assert report.told() == ["s1 created", "s1 tool"]
    await asyncio.sleep(0.01)


@virtually
async def test_a_speech_of_an_agent_that_has_left_counts_only_while_it_is_heard() -> None:
    """A hand-off: the session lets it finish, and runs no more of it."""
    report = Report()
    speech = report.session.speak("s1")
    report.told()
    report.session.agent = "colleague"
    report.source.sync()
    assert report.told() == []
    report.session.current_speech = None
    report.source.sync()
    assert report.told() == ["s1 done"]
    speech.finish()
    assert report.told() == []


@virtually
async def test_a_speech_whose_agent_leaves_is_over_after_the_state_it_leaves_behind() -> None:
    """As any speech: gone after it is no longer heard."""
    report = Report()
    report.session.speak("s1")
    report.told()
    report.session.agent, report.session.current_speech = "colleague", None
    report.session.become("listening")
    assert report.told() == ["listening", "s1 done"]


@virtually
async def test_the_next_agents_greeting_waits_for_its_turn() -> None:
    """It is made while the one before still speaks; the floor is never free between them."""
    report = Report()
    last = report.session.speak("goodbye")
    report.session.agent = "colleague"
    greeting = report.create("hello")
    await asyncio.sleep(0.01)
    assert report.told() == ["goodbye created", "speaking", "hello created"]
    report.session.current_speech = greeting
    last.finish()
    assert report.told() == ["goodbye done"]
    report.session.finish("Hello.")
    assert report.told() == ["said Hello.", "listening", "hello done"]


@virtually
async def test_a_task_suspends_the_speech_that_awaits_it() -> None:
    """The caller talks to the task; back with its agent, the tool still runs."""
    report = Report()
    report.session.speak("s1")
    report.session.current_speech = None
    report.source.sync()
    report.told()
    report.session.agent = "task"
    report.source.sync()
    assert report.told() == ["s1 done"]
    assert report.source.running_handles() == []
    report.session.agent = "receptionist"
    report.source.sync()
    assert report.told() == ["s1 tool"]


@virtually
async def test_a_speech_that_becomes_protected_is_reported_again() -> None:
    """An application may change its mind in mid-speech."""
    report = Report()
    speech = report.session.speak("s1")
    report.told()
    speech.allow_interruptions = False
    report.source.sync()
    assert report.told() == ["s1 created protected"]


@virtually
async def test_what_the_agent_did_not_say_is_no_text_of_its_turn() -> None:
    """Messages of the caller, hand-offs, empty replies."""
    report = Report()
    report.session.add_item("user", "Suite.")
    report.session.add_item("assistant", "")
    assert report.told() == []


@virtually
async def test_a_policy_that_starts_anew_is_told_how_things_stand() -> None:
    """The session, what runs, and the state; nothing that is over."""
    report = Report()
    report.session.speak("s1")
    report.session.finish("")
    report.session.speak("s2")
    report.create("never", scheduled=False)
    snapshot = [_name(event) for event in report.source.snapshot()]
    assert snapshot == ["started", "s2 created", "speaking"]
    await settle()


@virtually
async def test_speeches_that_are_over_are_forgotten() -> None:
    """A long call keeps nothing of them."""
    report = Report()
    for number in range(100):
        report.session.speak(f"s{number}")
        report.session.finish("")
    handle = weakref.ref(report.session.speak("last"))
    report.session.finish("")
    gc.collect()
    assert handle() is None


# -- the end --------------------------------------------------------------------------------------


@virtually
async def test_after_the_end_nothing_is_reported() -> None:
    """Whatever is still said and done."""
    report = Report()
    speech = report.session.speak("s1")
    report.create("s2")
    report.told()
    report.session.close()
    report.session.close()
    speech.finish()
    await asyncio.sleep(0.1)
    report.source.sync()
    assert report.told() == ["ended"]
    assert report.source.snapshot() == []


@virtually
async def test_a_session_that_starts_again_is_reported_again() -> None:
    """From its first state on."""
    report = Report()
    report.session.become("listening")
    report.session.close()
    report.told()
    report.session.become("listening")
    assert report.told() == ["started", "listening"]


@virtually
async def test_a_stream_that_opens_means_the_session_runs() -> None:
    """Before any change of its state."""
    report = Report()
    report.session.close()
    report.told()
    report.source.report_session()
    assert report.told() == ["started", "initializing"]


def test_the_session_is_not_kept_alive() -> None:
    """Without it, nothing is reported."""
    session = FakeSession()
    events: list[Event] = []
    source = SessionEvents(session.real, events.append, CallLog(config_of()))
    events.clear()
    listener = source._on_speech_created  # noqa: SLF001 - as LiveKit calls it
    reference = weakref.ref(session)
    del session
    gc.collect()
    assert reference() is None
    source.sync()
    source.report_session()
    listener(created(FakeSpeech()))
    assert events == []


def test_a_session_that_can_not_be_understood_raises_nothing_into_livekit(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Its emitter lets a TypeError through; the failure is logged once."""
    report = Report()
    report.session.options.interruption = None  # type: ignore[assignment]
    caplog.set_level(logging.DEBUG)
    report.session.become("speaking")
    report.session.become("listening")
    assert [record.getMessage() for record in caplog.records] == ["session_not_understood"]
    assert vars(caplog.records[0])["error"] == "TypeError"

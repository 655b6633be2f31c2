"""The private names of LiveKit: that they are there, and what happens where one is not."""

from __future__ import annotations

import importlib
import inspect
import sys
from typing import Any, cast

import pytest
from livekit.agents import Agent, AgentSession
from livekit.plugins import assemblyai, silero

from filters.livekit._livekit_private import (
    PLUGIN_SETUP_NAMES,
    SETUP_NAMES,
    TURN_BUFFER_NAMES,
    UNREADABLE,
    TurnBuffers,
    endpointing_of,
    listeners_of,
    missing_recogniser_options,
    missing_setup_names,
    missing_transcription_mark,
    missing_turn_buffers,
    noise_cancellation_of,
    options_of,
    recogniser_option,
)
from tests.fake_session import FakeSession

((_, _, (ACTIVITY,)), (_, _, (RECOGNITION, CANCEL)), (_, _, (FINAL, INTERIM, PREFLIGHT))) = (
    TURN_BUFFER_NAMES
)


class FakeRecognition:
    """The words of a turn."""

    def __init__(self) -> None:
        for name, text in ((FINAL, "I want"), (INTERIM, "break"), (PREFLIGHT, "I want break")):
            setattr(self, name, text)


class FakeActivity:
    """An agent at work."""

    def __init__(self, agent: object) -> None:
        self.agent = agent
        self.cancelled = 0
        setattr(self, RECOGNITION, FakeRecognition())
        setattr(self, CANCEL, self._cancel)

    def _cancel(self) -> None:
        self.cancelled += 1


@pytest.fixture
def session() -> FakeSession:
    """A session with an agent at work."""
    made = FakeSession()
    made.agent = object()
    setattr(made, ACTIVITY, FakeActivity(made.agent))
    return made


def activity_of(session: FakeSession) -> Any:
    """The agent's work."""
    return getattr(session, ACTIVITY)


def test_every_name_is_there() -> None:
    """On the LiveKit installed; CI runs this on each that is supported."""
    assert missing_turn_buffers() == []


@pytest.mark.parametrize("entry", TURN_BUFFER_NAMES, ids=lambda entry: entry[1])
def test_a_class_that_sets_no_such_attribute_is_named(
    entry: tuple[str, str, tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With each attribute that it lacks."""
    module, class_name, names = entry

    class Renamed:
        def __init__(self) -> None:
            self.renamed = True

    monkeypatch.setattr(importlib.import_module(module), class_name, Renamed)
    assert missing_turn_buffers() == [f"{class_name}.{name}" for name in names]


@pytest.mark.parametrize("entry", TURN_BUFFER_NAMES, ids=lambda entry: entry[1])
def test_a_class_without_a_constructor_of_its_own_is_named(
    entry: tuple[str, str, tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`object.__init__` has no code to look at."""
    module, class_name, names = entry
    monkeypatch.setattr(importlib.import_module(module), class_name, type(class_name, (), {}))
    assert missing_turn_buffers() == [f"{class_name}.{name}" for name in names]


@pytest.mark.parametrize("entry", TURN_BUFFER_NAMES, ids=lambda entry: entry[1])
def test_a_class_that_is_gone_is_named(
    entry: tuple[str, str, tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With all its attributes."""
    module, class_name, names = entry
    monkeypatch.delattr(importlib.import_module(module), class_name)
    assert missing_turn_buffers() == [f"{class_name}.{name}" for name in names]


@pytest.mark.parametrize("entry", TURN_BUFFER_NAMES, ids=lambda entry: entry[1])
def test_a_module_that_is_gone_is_no_error(
    entry: tuple[str, str, tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its names are missing, no more."""
    gone, class_name, names = entry
    import_module = importlib.import_module

    def find(module: str) -> object:
        if module == gone:
            raise ModuleNotFoundError(f"No module named {module!r}", name=module)
        return import_module(module)

    monkeypatch.setattr(importlib, "import_module", find)
    assert missing_turn_buffers() == [f"{class_name}.{name}" for name in names]


def test_a_mark_that_livekit_needs_and_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only where there is a timeout to be told of: from 1.8."""
    assert missing_transcription_mark() == []
    module, class_name, _ = TURN_BUFFER_NAMES[2]
    monkeypatch.delattr(importlib.import_module(module), class_name)
    has_timeout = "transcription_timeout" in inspect.signature(AgentSession).parameters
    assert len(missing_transcription_mark()) == has_timeout
    import_module = importlib.import_module

    def find(name: str) -> object:
        if name == module:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return import_module(name)

    monkeypatch.setattr(importlib, "import_module", find)
    assert len(missing_transcription_mark()) == has_timeout


@pytest.mark.parametrize("names", [names for _, _, names in TURN_BUFFER_NAMES[1:]])
def test_attributes_of_a_class_count_too(
    names: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """LiveKit may turn one into a property."""
    entry = next(entry for entry in TURN_BUFFER_NAMES if entry[2] == names)
    with_properties = type(entry[1], (), dict.fromkeys(names, property(id)))
    monkeypatch.setattr(importlib.import_module(entry[0]), entry[1], with_properties)
    assert missing_turn_buffers() == []


def test_the_words_of_a_turn_are_read_and_replaced(session: FakeSession) -> None:
    """With the interim goes what was made of it."""
    buffers = TurnBuffers(session.real)
    assert buffers.there
    assert (buffers.final, buffers.interim) == ("I want", "break")
    buffers.final, buffers.interim = "I", "want a"
    recognition = getattr(activity_of(session), RECOGNITION)
    words = [getattr(recognition, name) for name in (FINAL, INTERIM, PREFLIGHT)]
    assert words == ["I", "want a", ""]


def test_a_preemptive_reply_is_cancelled(session: FakeSession) -> None:
    """By LiveKit's own means."""
    TurnBuffers(session.real).cancel_preemptive_reply()
    assert activity_of(session).cancelled == 1


async def test_a_session_that_has_not_started_has_no_words() -> None:
    """A real one: nothing is read, and nothing raised."""
    session: AgentSession[None] = AgentSession(vad=None)
    buffers = TurnBuffers(session)
    buffers.final = buffers.interim = "lost"
    buffers.cancel_preemptive_reply()
    assert not buffers.there
    assert (buffers.final, buffers.interim) == ("", "")


@pytest.mark.parametrize("name", [RECOGNITION, FINAL, INTERIM, PREFLIGHT, CANCEL])
def test_an_attribute_that_is_gone_on_the_way_down_is_no_error(
    name: str, session: FakeSession
) -> None:
    """There are then no words to be found there."""
    activity = activity_of(session)
    recognition = getattr(activity, RECOGNITION)
    delattr(activity if hasattr(activity, name) else recognition, name)
    buffers = TurnBuffers(session.real)
    read = {FINAL: buffers.final, INTERIM: buffers.interim}
    assert read.get(name, "") == ""
    buffers.cancel_preemptive_reply()
    assert buffers.there is (name != RECOGNITION)


def test_during_a_hand_off_no_turn_is_there(session: FakeSession) -> None:
    """The agent at work is not the session's any more."""
    session.agent = object()
    assert not TurnBuffers(session.real).there


def test_the_session_is_not_kept_alive() -> None:
    """And without it there is nothing."""
    session = FakeSession()
    buffers = TurnBuffers(session.real)
    del session
    assert not buffers.there
    assert buffers.final == ""


# -- what a session is set up with ----------------------------------------------------------------


def test_every_name_of_the_setup_is_there() -> None:
    """On the LiveKit and the plugins installed."""
    assert missing_setup_names() == []


@pytest.mark.parametrize(
    "entry", [*SETUP_NAMES, *PLUGIN_SETUP_NAMES], ids=lambda entry: f"{entry[0]}.{entry[1]}"
)
def test_a_name_of_the_setup_that_is_gone_is_named(
    entry: tuple[str, str, tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing else."""
    module, class_name, names = entry

    class Renamed:
        def __init__(self) -> None:
            self.renamed = True

    monkeypatch.setattr(importlib.import_module(module), class_name, Renamed)
    assert missing_setup_names() == [f"{class_name}.{name}" for name in names]


def test_a_plugin_that_is_not_used_is_not_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its options are nobody's."""
    for module, class_name, _ in PLUGIN_SETUP_NAMES:
        monkeypatch.delattr(sys.modules[module], class_name)
        monkeypatch.delitem(sys.modules, module)
    assert missing_setup_names() == []


async def test_the_options_of_recogniser_and_vad_are_seen() -> None:
    """Those that were given, and the plugin's own; what was left out is left out."""
    recogniser = assemblyai.STT(api_key="none", model="u3-rt-pro", vad_threshold=0.4)
    options = options_of(recogniser)
    assert options["vad_threshold"] == 0.4
    assert options["min_turn_silence"] == 100
    assert "max_turn_silence" not in options
    assert options_of(silero.VAD.load(activation_threshold=0.3))["activation_threshold"] == 0.3


def test_options_that_cant_be_seen_are_none() -> None:
    """Another vendor's, or nothing at all."""
    for component in (None, object(), FakeSession()):
        assert options_of(component) == {}


async def test_an_agents_own_endpointing_is_seen() -> None:
    """What it says, and no more."""
    own = Agent(instructions="Test.", turn_handling={"endpointing": {"min_delay": 0.7}})
    assert endpointing_of(own) == {"min_delay": 0.7}
    for nothing in (Agent(instructions="Test."), object(), None):
        assert endpointing_of(nothing) == {}


async def test_the_listeners_of_an_event_are_seen() -> None:
    """Of an event that nobody listens to there are none."""
    session: AgentSession[None] = AgentSession(vad=None)
    session.on("close", print)
    session.on("close", repr)
    assert set(listeners_of(session, "close")) == {print, repr}
    assert listeners_of(session, "error") == []
    assert listeners_of(cast("AgentSession[None]", object()), "close") == []


async def test_without_a_room_there_is_no_noise_cancellation() -> None:
    """With one, tests/livekit/checks/test_turn_findings.py sees it."""
    assert noise_cancellation_of(AgentSession(vad=None)) is None
    assert noise_cancellation_of(FakeSession().real) is None


# -- the recogniser's options ----------------------------------------------------------------------


def test_an_option_of_the_plugin_is_read_as_it_is_now() -> None:
    """None where it was never set; the terms that were given, without the session's own."""
    assemblyai = pytest.importorskip("livekit.plugins.assemblyai")
    recogniser = assemblyai.STT(api_key="none", model="u3-rt-pro", min_turn_silence=200)
    assert recogniser_option(recogniser, "min_turn_silence") == 200
    assert recogniser_option(recogniser, "prompt") is None
    assert recogniser_option(recogniser, "mode") is None
    recogniser.update_options(min_turn_silence=300, keyterms_prompt=["Lee"])
    assert recogniser_option(recogniser, "min_turn_silence") == 300
    if hasattr(recogniser, "_update_session_keyterms"):  # 1.6.5
        recogniser._update_session_keyterms(["Okafor"])  # noqa: SLF001 - LiveKit does it
    assert recogniser_option(recogniser, "keyterms_prompt") == ["Lee"]


def test_another_recogniser_s_options_are_not_read() -> None:
    """Whatever it keeps under the plugin's names."""

    class Other:
        _opts = {"min_turn_silence": 200}  # noqa: RUF012

    assert recogniser_option(Other(), "min_turn_silence") is UNREADABLE
    assert recogniser_option(object(), "prompt") is UNREADABLE


def test_a_plugin_without_these_names_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is imported; where it isn't, nothing is missing."""
    pytest.importorskip("livekit.plugins.assemblyai")
    assert missing_recogniser_options() == []

    class Changed:
        def __init__(self) -> None:
            self.options: dict[str, object] = {}

    plugin = sys.modules["livekit.plugins.assemblyai"]
    monkeypatch.setattr(plugin, "STT", Changed)
    assert missing_recogniser_options() == ["assemblyai.STT._opts"]
    monkeypatch.delitem(sys.modules, "livekit.plugins.assemblyai")
    assert missing_recogniser_options() == []

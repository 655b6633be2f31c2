"""The private names of LiveKit: that they are there, and what happens where one is not."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import pytest
from livekit.agents import AgentSession

from filters._livekit_private import (
    TURN_BUFFER_NAMES,
    TurnBuffers,
    missing_transcription_mark,
    missing_turn_buffers,
)

from .fake_session import FakeSession

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

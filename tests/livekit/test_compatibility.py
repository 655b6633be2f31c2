"""A LiveKit that lacks a name costs the part that needs it and a line in the log, and no call."""

from __future__ import annotations

import asyncio
import inspect
import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import livekit.agents
import pytest
from livekit.agents import Agent, AgentSession, llm, stt
from livekit.agents.voice import SpeechHandle, io

from filters import install
from filters.calls import LOGGER_NAME
from filters.configuration import FilterConfig
from filters.livekit import SessionFilter, _livekit_private, compatibility
from filters.livekit.compatibility import CONSEQUENCES, NEEDS, OPTIONS, VERIFIED, Part, look_up
from filters.policy import Action
from tests.fake_session import FakeSession, Filtered, Listener, Recogniser, heard, utterance

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A process that has not looked yet."""
    monkeypatch.setattr(compatibility, "_found", None)
    with caplog.at_level(logging.INFO, logger=LOGGER_NAME):
        yield


def lines(caplog: pytest.LogCaptureFixture, event: str) -> list[dict[str, Any]]:
    """The facts of each log line of that event."""
    return [vars(record) for record in caplog.records if record.msg == event]


def without(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
    """Takes a name from a class of LiveKit, or of its base."""
    home = next(each for each in owner.__mro__ if name in vars(each))
    monkeypatch.delattr(home, name)


def test_the_livekit_installed_has_all() -> None:
    """Nothing is switched off, and nothing said."""
    found = look_up(FakeSession().real)
    assert not any(found.missing.values())
    assert all(found.has(part) for part in Part)
    assert found.livekit == livekit.agents.__version__


def test_every_part_has_its_consequence() -> None:
    """What is said when it is switched off."""
    assert set(CONSEQUENCES) == set(Part)


OWNERS: dict[str, Any] = {
    "AgentSession": AgentSession,
    "SpeechHandle": SpeechHandle,
    "AgentOutput": io.AgentOutput,
    "AudioOutput": io.AudioOutput,
    "Agent": Agent,
    "ChatContext": llm.ChatContext,
}
REMOVABLE = [
    (need.part, OWNERS[need.owner], name)
    for need in NEEDS
    if need.owner in OWNERS
    for name in need.names
]


@pytest.mark.parametrize(
    ("part", "owner", "name"),
    [pytest.param(*row, id=f"{row[1].__name__}.{row[2]}") for row in REMOVABLE],
)
def test_a_name_that_went_missing_is_found(
    part: Part, owner: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it is a property, a method or an attribute of a base class."""
    without(monkeypatch, owner, name)
    assert f"{owner.__name__}.{name}" in look_up(FakeSession().real).missing[part]


@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_that_went_missing_is_found(option: str) -> None:
    """The session's options are looked at as they are."""
    session = FakeSession()
    del session.options.interruption[option]
    missing = look_up(session.real).missing[Part.FILTER]
    assert missing == (f"AgentSession.options.interruption[{option!r}]",)


def test_options_of_another_kind_are_found() -> None:
    """No crash where the whole of them moved."""
    session = FakeSession()
    session.options = None  # type: ignore[assignment]
    assert len(look_up(session.real).missing[Part.FILTER]) == len(OPTIONS)


def test_an_event_that_is_not_emitted_any_more_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """LiveKit lists its events."""
    monkeypatch.setattr(compatibility, "_event_names", lambda: frozenset({"close"}))
    missing = look_up(FakeSession().real).missing
    assert "the event user_input_transcribed" in missing[Part.HOOK]
    assert "the event speech_created" in missing[Part.FILTER]
    assert "the event close" not in missing[Part.FILTER]


def test_an_event_type_with_another_value_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The filter tells what it hears by the values."""
    monkeypatch.setattr(stt.SpeechEventType.FINAL_TRANSCRIPT, "_value_", "final")
    missing = look_up(FakeSession().real).missing[Part.FILTER]
    assert missing == ("SpeechEventType.FINAL_TRANSCRIPT",)


def test_a_class_or_module_that_is_gone_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is raised."""
    needs = (
        compatibility.Need(Part.NOTES, "livekit.agents.nowhere", "Notes", ("write",)),
        compatibility.Need(Part.NOTES, "livekit.agents", "Notes", ("write",)),
    )
    monkeypatch.setattr(compatibility, "NEEDS", needs)
    assert look_up(FakeSession().real).missing[Part.NOTES] == ("Notes", "Notes")


def test_private_names_that_went_missing_switch_the_hook_off(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The mixin goes on; one warning a process, however many calls there are."""
    monkeypatch.setattr(
        _livekit_private, "missing_turn_buffers", lambda: ["AgentSession._activity"]
    )
    installed = [install(FakeSession().real) for _ in range(3)]
    assert [each.short_utterance_filter.active for each in installed] == [False] * 3
    [warning] = lines(caplog, "livekit_incompatible")
    assert warning["levelname"] == "WARNING"
    assert warning["livekit_agents"] == livekit.agents.__version__
    assert warning["missing"] == ["AgentSession._activity"]
    assert warning["consequence"] == CONSEQUENCES[Part.HOOK]
    assert VERIFIED[-1] in warning["fix"]


@pytest.mark.parametrize("name", ["current_speech", "interrupt", "options"])
async def test_without_a_name_it_needs_the_mixin_passes_everything(
    name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Mode off, one warning, and every event as it came, for all calls of the process."""
    without(monkeypatch, AgentSession, name)
    for _ in range(2):
        session, recogniser = FakeSession(), Recogniser()
        vars(session).pop(name, None)
        agent = Filtered(session, recogniser.events)
        listener = Listener(agent)
        session.become("speaking")
        events = [heard("start"), heard("interim", "mhm"), *utterance("Mhm.")]
        recogniser.send(*events, None)
        await asyncio.wait_for(listener.task, 1)
        assert listener.error is None
        assert listener.events == events
        assert agent.decisions == []
        assert SessionFilter.of(session.real).config.mode == "off"
        session.close()
    [warning] = lines(caplog, "livekit_incompatible")
    assert warning["switched_off"] == "filter"
    assert f"AgentSession.{name}" in warning["missing"]
    assert [record.msg for record in caplog.records if record.levelno >= logging.WARNING] == [
        "livekit_incompatible"
    ]


def test_install_does_no_harm_where_nothing_works(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even with a `min_words` of its own to compare."""
    session = FakeSession()
    session.options = None  # type: ignore[assignment]
    without(monkeypatch, AgentSession, "current_speech")
    config = FilterConfig.from_mapping({"domain": "test", "min_words": 3})
    installed = install(session.real, config)
    assert not installed.short_utterance_filter.active
    session.transcribe("Mhm.", final=True)
    session.close()
    installed.remove()
    assert len(lines(caplog, "livekit_incompatible")) == 1


async def test_without_a_history_words_too_old_are_not_noted(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """All else goes on."""
    without(monkeypatch, llm.ChatContext, "insert")
    session, recogniser = FakeSession(), Recogniser()
    agent = Filtered(session, recogniser.events, hold_s=0.05)
    listener = Listener(agent)
    session.speak()
    recogniser.send(*utterance("Suite."))
    await asyncio.sleep(0.15)
    assert agent.finals(Action.NOTE) == ["Suite."]
    assert session.said == []
    await listener.stop()
    [warning] = lines(caplog, "livekit_incompatible")
    assert warning["switched_off"] == "notes"
    assert lines(caplog, "noting_failed") == []


def test_a_newer_livekit_is_said_to_be_unverified_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """For information, not as a warning, however many calls there are."""
    monkeypatch.setattr(livekit.agents, "__version__", "1.99.0.dev1")
    for _ in range(3):
        install(FakeSession().real)
    [line] = lines(caplog, "livekit_unverified")
    assert line["levelname"] == "INFO"
    assert (line["livekit_agents"], line["newest_verified"]) == ("1.99.0.dev1", VERIFIED[-1])


@pytest.mark.parametrize("version", [*VERIFIED, "1.5.3", "1.8.9rc1"])
def test_a_livekit_up_to_the_newest_verified_is_not_remarked_on(
    version: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing to say."""
    monkeypatch.setattr(livekit.agents, "__version__", version)
    compatibility.compatibility(FakeSession().real)
    assert caplog.records == []


@pytest.mark.parametrize("version", [None, "", "unknown"])
def test_a_livekit_without_a_version_is_no_obstacle(
    version: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is raised."""
    monkeypatch.setattr(livekit.agents, "__version__", version)
    assert compatibility.compatibility(FakeSession().real).has(Part.FILTER)


# -- what the lists of versions say ---------------------------------------------------------------


def numbers(version: str) -> tuple[int, ...]:
    """A version that can be compared."""
    return tuple(int(part) for part in version.split("."))


def test_verified_releases_are_in_order_and_in_range() -> None:
    """Oldest first; pyproject.toml allows them, and nothing before the first."""
    assert sorted(VERIFIED, key=numbers) == list(VERIFIED)
    pyproject = (ROOT / "pyproject.toml").read_text("utf-8")
    [(oldest, below)] = re.findall(r'"livekit-agents>=([\d.]+),<([\d.]+)"', pyproject)
    assert numbers(VERIFIED[0])[: len(numbers(oldest))] == numbers(oldest)
    assert numbers(VERIFIED[-1]) < numbers(below)
    [pinned] = re.findall(
        r"^livekit-agents==([\d.]+)", (ROOT / "constraints.txt").read_text("utf-8"), re.MULTILINE
    )
    assert numbers(pinned) <= numbers(VERIFIED[-1])


def test_the_pages_table_has_the_verified_releases() -> None:
    """No other, in their order."""
    page = (ROOT / "docs" / "compatibility.md").read_text("utf-8")
    [found] = re.findall(r"<!-- compat -->\n(.*?)<!-- /compat -->", page, flags=re.DOTALL)
    releases = re.findall(r"^\| (\d[\d.]*) \|", found, flags=re.MULTILINE)
    assert releases == list(VERIFIED)


def test_the_private_mark_is_only_missed_where_there_is_a_timeout(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """LiveKit before 1.6.10 may have neither."""
    has_timeout = "transcription_timeout" in inspect.signature(AgentSession).parameters
    module = pytest.importorskip("livekit.agents.voice.audio_recognition")
    name = "_mark_turn_transcribed"
    if has_timeout:
        monkeypatch.delattr(module.AudioRecognition, name)
    expected = [f"AudioRecognition.{name}"] if has_timeout else []
    assert _livekit_private.missing_transcription_mark() == expected

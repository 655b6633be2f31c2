"""What a session keeps the filter from is said once a process, with the fix."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import pytest

from filters.calls import LOGGER_NAME
from filters.livekit import SessionFilter
from filters.livekit.checks import session_checks
from tests.fake_session import FakeSession, Filtered, Listener, Recogniser, config_of, utterance

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A process that has said nothing yet."""
    monkeypatch.setattr(session_checks, "_said", set())
    with caplog.at_level(logging.INFO, logger=LOGGER_NAME):
        yield


def said(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """Level and name of each line."""
    return [(record.levelname, record.getMessage()) for record in caplog.records]


def session_of(**attributes: Any) -> FakeSession:
    """A session that is started, with these attributes."""
    options = {name: attributes.pop(name) for name in ("min_words",) if name in attributes}
    session = FakeSession(**options)
    for name, value in attributes.items():
        setattr(session, name, value)
    return session


class FakeAgent:
    """An agent with whatever a test gives it."""

    def __init__(self, **attributes: Any) -> None:
        vars(self).update(attributes)


def test_a_session_as_it_should_be_is_not_remarked_on(caplog: pytest.LogCaptureFixture) -> None:
    """No VAD; or one, and words that count."""
    session_checks.check(session_of(stt=object()).real)
    session_checks.check(session_of(stt=object(), vad=object(), min_words=2).real)
    assert said(caplog) == []


def test_a_vad_that_pauses_on_any_sound_is_named_once(caplog: pytest.LogCaptureFixture) -> None:
    """However many calls there are; the fix is code."""
    for _ in range(3):
        session_checks.check(session_of(stt=object(), vad=object(), min_words=0).real)
    assert said(caplog) == [("WARNING", "vad_pauses_on_any_sound")]
    assert "min_words" in vars(caplog.records[0])["fix"]


def test_without_a_vad_too_few_words_are_still_too_few(caplog: pytest.LogCaptureFixture) -> None:
    """Then transcripts alone decide, and any word will do."""
    session_checks.check(session_of(stt=object(), min_words=0).real)
    assert said(caplog) == [("WARNING", "min_words_too_low")]


@pytest.mark.parametrize(
    ("own", "expected"),
    [({"vad": object()}, "vad_pauses_on_any_sound"), ({"vad": None}, "min_words_too_low")],
    ids=["its own", "none"],
)
def test_an_agents_own_vad_comes_before_the_sessions(
    own: dict[str, Any], expected: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Which may be none."""
    others = None if own["vad"] else object()
    session = session_of(stt=object(), vad=others, min_words=0, agent=FakeAgent(**own))
    session_checks.check(session.real)
    assert said(caplog) == [("WARNING", expected)]


def test_an_echo_warm_up_is_named_once(caplog: pytest.LogCaptureFixture) -> None:
    """The recogniser hears nothing meanwhile, so no filter can help."""
    for _ in range(2):
        session = session_of(stt=object())
        session.options.aec_warmup_duration = 3.0  # type: ignore[attr-defined]
        session_checks.check(session.real)
    assert said(caplog) == [("WARNING", "echo_warm_up_deafens")]
    assert "aec_warmup_duration=None" in vars(caplog.records[0])["fix"]


@pytest.mark.parametrize("mode", ["manual", "realtime_llm"])
def test_turns_that_are_not_livekits_are_said_to_be_unfiltered(
    mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    """For information; nothing else about the session matters then."""
    session = session_of(stt=object(), vad=object(), min_words=0, turn_detection=mode)
    session_checks.check(session.real)
    session_checks.check(session.real)
    assert said(caplog) == [("INFO", "speech_not_filtered")]
    assert mode in vars(caplog.records[0])["reason"]


@pytest.mark.parametrize(
    ("session", "agent", "listens"),
    [
        (None, {}, False),
        ("stt", {}, True),
        (None, {"stt": "stt"}, True),
        ("stt", {"stt": None}, False),
    ],
)
def test_a_recogniser_is_the_agents_or_the_sessions(
    session: object, agent: dict[str, Any], listens: bool
) -> None:
    """An agent may also go without."""
    fake = session_of(stt=session, agent=FakeAgent(**agent))
    assert session_checks.listens(fake.real) is listens


def test_a_finding_is_logged_with_all_that_it_says(caplog: pytest.LogCaptureFixture) -> None:
    """What is set, what it does, and the change; another value of it is another line."""
    for min_words in (0, 1, 1):
        session_checks.check(session_of(stt=object(), min_words=min_words).real)
    assert said(caplog) == [("WARNING", "min_words_too_low")] * 2
    facts = vars(caplog.records[1])
    assert facts["reason"] == "min_words is 1"
    assert "one word" in facts["consequence"]
    assert facts["fix"].startswith("AgentSession(turn_handling=")


@pytest.mark.parametrize(("mode", "count"), [("enforce", 1), ("shadow", 1), ("off", 0)])
async def test_an_installed_session_is_checked_when_it_starts(
    mode: str, count: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Before anybody speaks, whoever the agent is; not where the filter is off."""
    session = session_of(stt=object(), min_words=0)
    session_filter = SessionFilter.of(session.real, config_of(mode=mode))
    assert said(caplog) == []
    for state in ("listening", "speaking"):
        session.become(state)
    assert said(caplog) == [("WARNING", "min_words_too_low")] * count
    assert session_filter.config.mode == mode


async def test_a_stream_is_checked_when_it_begins(caplog: pytest.LogCaptureFixture) -> None:
    """Before the first word."""
    session, recogniser = session_of(stt=object(), vad=object(), min_words=0), Recogniser()
    listener = Listener(Filtered(session, recogniser.events))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert said(caplog) == [("WARNING", "vad_pauses_on_any_sound")]
    await listener.stop()


async def test_a_node_that_is_none_is_named_once(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing to filter, and nothing goes wrong."""
    for node in (lambda: None, lambda: None, _coroutine_of_none):
        listener = Listener(Filtered(session_of(stt=None), node))
        await asyncio.wait_for(listener.task, 1)
        assert (listener.events, listener.error) == ([], None)
    assert said(caplog) == [("INFO", "speech_not_filtered")]


async def _coroutine_of_none() -> None:
    return None


async def test_checks_that_fail_keep_no_stream_from_running() -> None:
    """A session that says nothing about itself is filtered all the same."""

    class Silent(FakeSession):
        @property
        def turn_detection(self) -> object:
            raise RuntimeError("broken on purpose")

        @turn_detection.setter
        def turn_detection(self, value: object) -> None:
            pass

    recogniser = Recogniser()
    listener = Listener(Filtered(Silent(), recogniser.events))
    events = utterance("Good morning.")
    recogniser.send(*events, None)
    await asyncio.wait_for(listener.task, 1)
    assert listener.error is None
    assert listener.events == events

"""One call that wires everything into a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from livekit.agents import AgentSession

from filters.documents import ConfigError
from filters.livekit import SessionFilter, install
from filters.livekit.agent_context import AgentContextAction
from tests.fake_session import FakeSession, Filtered, config_of

if TYPE_CHECKING:
    from pathlib import Path


def session_of(min_words: int = 2) -> AgentSession[None]:
    """A session that was never started."""
    return AgentSession(vad=None, turn_handling={"interruption": {"min_words": min_words}})


async def test_everything_is_installed() -> None:
    """Configuration, hook and bridge."""
    session = session_of()
    config = config_of(agent_context="off")
    installed = install(session, config)
    assert installed.config is config
    assert installed.short_utterance_filter.active
    assert installed.agent_context_bridge.status.action is AgentContextAction.OFF
    filtered = SessionFilter.installed(session)
    assert filtered is not None
    assert filtered.config is config


async def test_the_configuration_may_be_a_name_a_path_or_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in the mixin."""
    path = tmp_path / "clinic.yaml"
    path.write_text("domain: clinic\n", encoding="utf-8")
    monkeypatch.setenv("LIVEKIT_FILTERS_CONFIG_DIR", str(tmp_path))
    for given, name in (("clinic", "clinic"), (path, "clinic"), (None, "default")):
        assert install(session_of(), given).config.name == name


def test_it_comes_before_what_an_agents_class_says() -> None:
    """Every mixin in the session uses it."""
    session = FakeSession()
    config = config_of()
    install(session.real, config)
    Filtered(session, hold_s=1.0).expect_answer()
    assert SessionFilter.of(session.real).config is config


async def test_min_words_that_disagree_are_an_error_that_names_both() -> None:
    """And nothing is installed, so that it can be put right."""
    session = session_of(3)
    with pytest.raises(ConfigError) as raised:
        install(session, config_of(min_words=2))
    message = str(raised.value)
    assert "min_words" in message
    assert "2 here, but 3 in the session's interruption options" in message
    assert SessionFilter.installed(session) is None
    assert install(session, config_of(min_words=3)).config.min_words == 3


async def test_a_faulty_configuration_is_an_error() -> None:
    """The same that the file gets elsewhere."""
    session = session_of()
    with pytest.raises(ConfigError, match="no_such_domain"):
        install(session, "no_such_domain")
    assert SessionFilter.installed(session) is None


async def test_installing_twice_is_an_error() -> None:
    """One of the two would not count."""
    session = session_of()
    install(session)
    with pytest.raises(RuntimeError, match="has a filter already"):
        install(session)


async def test_removing_takes_hook_and_bridge_off() -> None:
    """Agents with the mixin stay filtered."""
    session = session_of()
    installed = install(session)
    installed.remove()
    installed.remove()
    assert not installed.short_utterance_filter.active
    assert installed.agent_context_bridge.status.action is AgentContextAction.CLOSED
    assert SessionFilter.installed(session) is not None

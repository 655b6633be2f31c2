"""Wires the filter into a session in one call: configuration, hook and bridge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from filters.configuration import FilterConfig, load_config
from filters.documents import ConfigError, Problem

from .agent_context import AgentContextBridge, install_agent_context_bridge
from .compatibility import min_words_of
from .languages import default_for
from .session_filter import SessionFilter
from .short_utterance_buffer import ShortUtteranceFilter, install_short_utterance_filter

if TYPE_CHECKING:
    import os

    from livekit.agents import AgentSession

    from filters.calls import Judge


@dataclass(frozen=True, slots=True)
class Installation:
    """What `install` put into a session.

    Attributes:
        config: The configuration that every agent of the session is filtered by.
        short_utterance_filter: The hook for agents without the mixin.
        agent_context_bridge: The bridge to the recogniser.
    """

    config: FilterConfig
    short_utterance_filter: ShortUtteranceFilter
    agent_context_bridge: AgentContextBridge

    def remove(self) -> None:
        """Takes hook and bridge off; agents with the mixin stay filtered."""
        self.short_utterance_filter.remove()
        self.agent_context_bridge.close()


def install(
    session: AgentSession[Any],
    config: FilterConfig | str | os.PathLike[str] | None = None,
    *,
    judge: Judge | None = None,
) -> Installation:
    """Filters all agents of a session by one configuration, and tells the recogniser what they say.

    Call it once, before `session.start`.

    Args:
        session: The session.
        config: A `FilterConfig`, the name of a domain YAML, or a path; None is the default, with
            the words of the languages that the recogniser was made for.
        judge: Says what words over the agent are, as `BackchannelSTTFilterMixin.judge` does; an
            agent's own comes before it. For agents without the mixin it must be plain, without
            `audio`: there, nothing can wait.

    Raises:
        ConfigError: The configuration is faulty, or its `min_words` is not the session's.
        RuntimeError: The session has a filter already.
    """
    if config is None:
        loaded = default_for(session)
    else:
        loaded = config if isinstance(config, FilterConfig) else load_config(config)
    min_words = min_words_of(session)
    if min_words is not None and loaded.min_words not in (None, min_words):
        raise ConfigError(
            [
                Problem(
                    loaded.name,
                    "min_words",
                    f"{loaded.min_words} here, but {min_words} in the session's interruption "
                    "options",
                    "Make them agree, or leave it out here: the session's counts",
                )
            ]
        )
    if SessionFilter.installed(session) is not None:
        raise RuntimeError("the session has a filter already; call install() once, before start()")
    loaded.compile()  # now, not at the caller's first word
    SessionFilter.of(session, loaded).judge = judge
    return Installation(
        loaded,
        install_short_utterance_filter(session),
        install_agent_context_bridge(session, mode=loaded.agent_context),
    )

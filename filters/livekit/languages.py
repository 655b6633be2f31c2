"""Which languages a recogniser hears, and whether the filter has words for them. Reads only."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from filters.configuration import FilterConfig, default_config

from ._livekit_private import options_of
from .context_targets import context_targets, outer_recogniser

if TYPE_CHECKING:
    from collections.abc import Mapping

    from livekit.agents import Agent, AgentSession

_configs: weakref.WeakKeyDictionary[Any, FilterConfig] = weakref.WeakKeyDictionary()


def filtered_by(session: AgentSession[Any], config: FilterConfig) -> None:
    """Keeps in mind by what a session is filtered."""
    _configs[session] = config


def filter_languages(session: AgentSession[Any]) -> tuple[str, ...] | None:
    """The languages that a session's filter has words for; None where there is no filter yet."""
    config = _configs.get(session)
    return None if config is None else config.lexicon.languages


def default_for(session: AgentSession[Any], agent: Agent | None = None) -> FilterConfig:
    """The default configuration, with the words of the languages that the recogniser hears."""
    if outer_recogniser(session, agent) is None:
        return default_config()
    heard: list[str] = []
    for target in context_targets(session, agent):
        if target.recogniser is not None:
            heard += languages_heard(options_of(target.recogniser))
    return default_config(heard)


def languages_heard(options: Mapping[str, Any]) -> tuple[str, ...]:
    """The languages that a recogniser was made for, by its options; empty where it doesn't say.

    Args:
        options: `language_codes` counts before `language`.
    """
    codes = options.get("language_codes") or options.get("language")
    if isinstance(codes, str):
        return (codes,)
    return tuple(map(str, codes)) if isinstance(codes, (list, tuple)) else ()

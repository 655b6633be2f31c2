"""An interruption filter for LiveKit Agents.

Talk on through "mhm", stop at "stop", never lose an answer.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .agent_context import (
        AgentContextBridge,
        install_agent_context_bridge,
        seed_agent_context,
    )
    from .backchannel_stt import BackchannelSTTFilterMixin
    from .config import FilterConfig, load_config
    from .config_problems import ConfigError
    from .events import Action, Decision, Reason
    from .findings import Finding
    from .installation import Installation, install
    from .session_checks import check_session
    from .short_utterance_buffer import ShortUtteranceFilter, install_short_utterance_filter
    from .stages import StageVisit, stage
    from .turn_handling import turn_handling_for

# Imported when asked for: policy, lexicon, config and timeline serve without LiveKit.
_HOMES = {
    "Action": "events",
    "AgentContextBridge": "agent_context",
    "BackchannelSTTFilterMixin": "backchannel_stt",
    "ConfigError": "config_problems",
    "Decision": "events",
    "FilterConfig": "config",
    "Finding": "findings",
    "Installation": "installation",
    "Reason": "events",
    "ShortUtteranceFilter": "short_utterance_buffer",
    "StageVisit": "stages",
    "check_session": "session_checks",
    "install": "installation",
    "install_agent_context_bridge": "agent_context",
    "install_short_utterance_filter": "short_utterance_buffer",
    "load_config": "config",
    "seed_agent_context": "agent_context",
    "stage": "stages",
    "turn_handling_for": "turn_handling",
}

__all__ = [
    "Action",
    "AgentContextBridge",
    "BackchannelSTTFilterMixin",
    "ConfigError",
    "Decision",
    "FilterConfig",
    "Finding",
    "Installation",
    "Reason",
    "ShortUtteranceFilter",
    "StageVisit",
    "check_session",
    "install",
    "install_agent_context_bridge",
    "install_short_utterance_filter",
    "load_config",
    "seed_agent_context",
    "stage",
    "turn_handling_for",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

"""An interruption filter for LiveKit Agents.

Talk on through "mhm", stop at "stop", never lose an answer.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .calls import drop_below, only_speaker, text_classifier
    from .configuration import FilterConfig, load_config
    from .documents import ConfigError
    from .livekit import (
        AgentContextBridge,
        BackchannelSTTFilterMixin,
        Finding,
        Installation,
        ShortUtteranceFilter,
        StageVisit,
        check_session,
        install,
        install_agent_context_bridge,
        install_short_utterance_filter,
        seed_agent_context,
        stage,
        turn_handling_for,
    )
    from .policy import Action, Decision, Judgement, Overlap, Reason

# Imported when asked for: the rooms below the frameworks serve without either.
_HOMES = {
    "Action": "policy",
    "AgentContextBridge": "livekit",
    "BackchannelSTTFilterMixin": "livekit",
    "ConfigError": "documents",
    "Decision": "policy",
    "FilterConfig": "configuration",
    "Finding": "livekit",
    "Installation": "livekit",
    "Judgement": "policy",
    "Overlap": "policy",
    "Reason": "policy",
    "ShortUtteranceFilter": "livekit",
    "StageVisit": "livekit",
    "check_session": "livekit",
    "drop_below": "calls",
    "install": "livekit",
    "install_agent_context_bridge": "livekit",
    "install_short_utterance_filter": "livekit",
    "load_config": "configuration",
    "only_speaker": "calls",
    "seed_agent_context": "livekit",
    "stage": "livekit",
    "text_classifier": "calls",
    "turn_handling_for": "livekit",
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
    "Judgement",
    "Overlap",
    "Reason",
    "ShortUtteranceFilter",
    "StageVisit",
    "check_session",
    "drop_below",
    "install",
    "install_agent_context_bridge",
    "install_short_utterance_filter",
    "load_config",
    "only_speaker",
    "seed_agent_context",
    "stage",
    "text_classifier",
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

"""All that knows LiveKit: the mixin, the hook, the bridge, the session, and what checks it.

Uses every room below it, and never `pipecat`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .agent_context import AgentContextBridge, install_agent_context_bridge, seed_agent_context
    from .backchannel_stt import BackchannelSTTFilterMixin
    from .checks.findings import Finding
    from .checks.session_checks import check_session
    from .checks.turn_handling import turn_handling_for
    from .compatibility import VERIFIED
    from .installation import Installation, install
    from .session_filter import SessionFilter
    from .short_utterance_buffer import ShortUtteranceFilter, install_short_utterance_filter
    from .stages import StageVisit, stage

# Imported when asked for: a part of the room, and not LiveKit where that part needs none.
_HOMES = {
    "AgentContextBridge": "agent_context",
    "BackchannelSTTFilterMixin": "backchannel_stt",
    "Finding": "checks.findings",
    "Installation": "installation",
    "SessionFilter": "session_filter",
    "ShortUtteranceFilter": "short_utterance_buffer",
    "StageVisit": "stages",
    "VERIFIED": "compatibility",
    "check_session": "checks.session_checks",
    "install": "installation",
    "install_agent_context_bridge": "agent_context",
    "install_short_utterance_filter": "short_utterance_buffer",
    "seed_agent_context": "agent_context",
    "stage": "stages",
    "turn_handling_for": "checks.turn_handling",
}

__all__ = [
    "VERIFIED",
    "AgentContextBridge",
    "BackchannelSTTFilterMixin",
    "Finding",
    "Installation",
    "SessionFilter",
    "ShortUtteranceFilter",
    "StageVisit",
    "check_session",
    "install",
    "install_agent_context_bridge",
    "install_short_utterance_filter",
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

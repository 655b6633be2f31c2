"""The import path of the bridge, which is in the room `livekit`."""

from __future__ import annotations

from .livekit.agent_context import (
    DEFAULT_MAX_CHARS,
    SERVER_MAX_CHARS,
    AgentContextAction,
    AgentContextBridge,
    AgentContextMode,
    AgentContextStatus,
    install_agent_context_bridge,
    installed_bridge,
    seed_agent_context,
)

__all__ = [
    "DEFAULT_MAX_CHARS",
    "SERVER_MAX_CHARS",
    "AgentContextAction",
    "AgentContextBridge",
    "AgentContextMode",
    "AgentContextStatus",
    "install_agent_context_bridge",
    "installed_bridge",
    "seed_agent_context",
]

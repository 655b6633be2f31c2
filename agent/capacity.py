"""Says how busy a worker is by the calls it has, where a deployment sets a limit to them.

LiveKit measures the processor instead: right on a machine of the worker's own, and misleading on
one that has other work to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from livekit.agents import AgentServer

FULL = 0.7
"""The load from which on LiveKit offers a worker no more calls (`AgentServer.load_threshold`)."""


def load_by_calls(max_calls: int) -> Callable[[AgentServer], float]:
    """Makes what LiveKit asks for a worker's load.

    Args:
        max_calls: Calls at which the worker is full.
    """

    def load(server: AgentServer) -> float:
        return FULL * min(len(server.active_jobs) / max_calls, 1.0)

    return load

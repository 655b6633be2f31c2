"""The filter in a Pipecat pipeline: a processor and a turn start strategy that work as a pair.

Uses `calls` and the rooms below it; alone knows Pipecat (extra `pipecat`, Python 3.11 or newer).
"""

from __future__ import annotations

from .pair import InterruptionFilter, interruption_filter
from .placement import PlacementError

__all__ = ["InterruptionFilter", "PlacementError", "interruption_filter"]

"""Events and time go in, and decisions whether speech interrupts the agent come out.

Uses `words` and the rooms below it; reads no clock, does no I/O and knows no framework.
"""

from __future__ import annotations

from .events import (
    Action,
    AgentSaying,
    AgentState,
    AgentText,
    Decision,
    Ended,
    Event,
    ExpectAnswer,
    Heard,
    Judgement,
    Reason,
    SessionStarted,
    Speech,
    SpeechState,
    SpeechType,
    StageChanged,
    StreamClosed,
)
from .floor import Activity, Turn
from .interruption import UNFILTERED_TURN_DETECTION, InterruptionPolicy
from .judging import Overlap
from .replies import Asks
from .settings import PolicySettings

__all__ = [
    "UNFILTERED_TURN_DETECTION",
    "Action",
    "Activity",
    "AgentSaying",
    "AgentState",
    "AgentText",
    "Asks",
    "Decision",
    "Ended",
    "Event",
    "ExpectAnswer",
    "Heard",
    "InterruptionPolicy",
    "Judgement",
    "Overlap",
    "PolicySettings",
    "Reason",
    "SessionStarted",
    "Speech",
    "SpeechState",
    "SpeechType",
    "StageChanged",
    "StreamClosed",
    "Turn",
]

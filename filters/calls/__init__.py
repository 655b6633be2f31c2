"""What a call leaves behind: its timeline, its recording, its log and its metrics, on one clock.

Uses `configuration` and the rooms below it.
"""

from __future__ import annotations

from . import clock
from .call_log import CallLog, facts_of
from .driver import PolicyDriver
from .log import LOGGER_NAME, get_logger
from .metrics import CallMetrics
from .recording import PREFIX, SUFFIX, Tape, Writer, open_tape, writer_of
from .replaying import Replay, replay
from .rows import decision_row, dump_row, event_row
from .stages import CallStages, StageVisit
from .timeline import TRANSCRIPTS, TimelineError, read_timeline

__all__ = [
    "LOGGER_NAME",
    "PREFIX",
    "SUFFIX",
    "TRANSCRIPTS",
    "CallLog",
    "CallMetrics",
    "CallStages",
    "PolicyDriver",
    "Replay",
    "StageVisit",
    "Tape",
    "TimelineError",
    "Writer",
    "clock",
    "decision_row",
    "dump_row",
    "event_row",
    "facts_of",
    "get_logger",
    "open_tape",
    "read_timeline",
    "replay",
    "writer_of",
]

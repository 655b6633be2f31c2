"""What a call leaves behind, on one clock, and whom it asks: the application's judge.

Uses `configuration` and the rooms below it.
"""

from __future__ import annotations

from . import clock
from .asking_judge import Answer, AskedJudge, Judge
from .call_log import CallLog, facts_of
from .driver import PolicyDriver
from .judges import drop_below, only_speaker, text_classifier
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
    "Answer",
    "AskedJudge",
    "CallLog",
    "CallMetrics",
    "CallStages",
    "Judge",
    "PolicyDriver",
    "Replay",
    "StageVisit",
    "Tape",
    "TimelineError",
    "Writer",
    "clock",
    "decision_row",
    "drop_below",
    "dump_row",
    "event_row",
    "facts_of",
    "get_logger",
    "only_speaker",
    "open_tape",
    "read_timeline",
    "replay",
    "text_classifier",
    "writer_of",
]

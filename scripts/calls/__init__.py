"""Recorded calls, for the tools that look back: reads them, decides them again, and compares."""

from __future__ import annotations

from .call import Call, Outcome, Said, Span, Told, Utterance
from .reading import call_of, read_calls
from .replaying import replay_file

__all__ = [
    "Call",
    "Outcome",
    "Said",
    "Span",
    "Told",
    "Utterance",
    "call_of",
    "read_calls",
    "replay_file",
]

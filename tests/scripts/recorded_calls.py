"""Calls on paper, recorded for the tests of the tools that look back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from filters.configuration import FilterConfig
from filters.policy import (
    AgentState,
    AgentText,
    Ended,
    Event,
    Heard,
    SessionStarted,
    Speech,
    SpeechState,
    SpeechType,
)
from tests.recorded import recorded

if TYPE_CHECKING:
    from pathlib import Path


def spoken(t: float, text: str, *, name: str = "s", until: float) -> list[Event]:
    """A speech of the agent that nobody stops."""
    return [
        Speech(t, name, SpeechState.CREATED),
        AgentState(t, "speaking"),
        AgentText(until, text),
        AgentState(until, "listening"),
        Speech(until, name, SpeechState.DONE),
    ]


def cut_off(t: float, *, name: str = "s", at: float) -> list[Event]:
    """A speech of the agent that is stopped."""
    return [
        Speech(t, name, SpeechState.CREATED),
        AgentState(t, "speaking"),
        AgentState(at, "listening"),
        AgentText(at + 0.1, "The sea view"),
        Speech(at + 0.1, name, SpeechState.DONE, interrupted=True),
    ]


def uttered(t: float, text: str) -> list[Event]:
    """Half a second of the caller's speech."""
    return [
        Heard(t, SpeechType.START_OF_SPEECH, speech_start_time=t - 0.2),
        Heard(t + 0.3, SpeechType.FINAL, text, "en"),
        Heard(t + 0.3, SpeechType.END_OF_SPEECH),
    ]


def record(
    directory: Path, *events: list[Event], until: float = 20.0, words: bool = True, **config: Any
) -> Path:
    """Records a call of these events, decided as they come."""
    recording = {"mode": "words" if words else "redacted", "directory": str(directory)}
    loaded = FilterConfig.from_mapping({"domain": "clinic", "recording": recording, **config})
    heard = sorted((event for each in events for event in each), key=lambda event: event.t)
    return recorded(loaded, [SessionStarted(0.0), *heard, Ended(until)])

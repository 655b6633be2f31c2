"""Writes events and decisions as rows of a timeline. Pure: no clock, no LiveKit."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from filters.policy import (
    AgentSaying,
    AgentState,
    AgentText,
    Ended,
    ExpectAnswer,
    Heard,
    SessionStarted,
    Speech,
    StageChanged,
    StreamClosed,
)

from .timeline import TRANSCRIPTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from filters.policy import Decision, Event


def dump_row(row: Mapping[str, Any]) -> bytes:
    """One line of a timeline, its newline included."""
    # a lone surrogate has no UTF-8; its backslash form is a JSON escape
    return json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


def event_row(session: str, event: Event, **more: Any) -> dict[str, Any]:
    """The row of an event.

    Args:
        session: The session's name.
        event: What happened.
        **more: Further fields, for people: "config" and versions on a session row, "agent" on a
            speech.
    """
    name, fields = _WRITERS[type(event)]
    return {"session": session, "t": _rounded(event.t), "event": name, **fields(event), **more}


def _session_fields(started: SessionStarted) -> dict[str, Any]:
    return {
        "min_words": started.min_words,
        "vad": started.vad,
        "turn_detection": started.turn_detection,
        "pausable": started.pausable,
    }


def _speech_fields(speech: Speech) -> dict[str, Any]:
    fields = {
        "id": speech.id,
        "state": speech.state.value,
        "interruptible": speech.interruptible,
    }
    return {**fields, "interrupted": True} if speech.interrupted else fields


def _heard_fields(heard: Heard) -> dict[str, Any]:
    onset = heard.speech_start_time
    optional = {
        "text": heard.text if heard.type in TRANSCRIPTS else None,
        "language": heard.language or None,
        "confidence": heard.confidence,
        "speech_start_time": None if onset is None else _rounded(onset),
        "speaker": heard.speaker or None,
        "judged": None if heard.judged is None else heard.judged.value,
    }
    return {"type": heard.type.value, **{k: v for k, v in optional.items() if v is not None}}


_WRITERS: dict[type[Event], tuple[str, Callable[[Any], dict[str, Any]]]] = {
    SessionStarted: ("session", _session_fields),
    AgentState: ("agent_state", lambda event: {"state": event.state}),
    Speech: ("speech", _speech_fields),
    AgentSaying: ("agent_saying", lambda event: {"text": event.text}),
    AgentText: ("agent_text", lambda event: {"text": event.text}),
    ExpectAnswer: ("expect_answer", lambda _: {}),
    StageChanged: ("stage", lambda event: {"stages": list(event.stages)}),
    Heard: ("stt", _heard_fields),
    StreamClosed: ("stream_closed", lambda _: {}),
    Ended: ("end", lambda _: {}),
}


def decision_row(session: str, decision: Decision) -> dict[str, Any]:
    """The row of a decision."""
    heard = decision.heard
    row = {
        "session": session,
        "t": _rounded(decision.t),
        "event": "decision",
        "action": decision.action.value,
        "reason": decision.reason.value,
        "type": heard.type.value,
        "text": heard.text,
        "final": decision.final,
    }
    return row if decision.adds is None else {**row, "adds": decision.adds}


def _rounded(t: float) -> float:
    return round(t, 6)

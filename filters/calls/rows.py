"""Writes events and decisions as rows of a timeline. Pure: no clock, no LiveKit."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from filters.policy import (
    AgentSaying,
    AgentState,
    AgentText,
    ExpectAnswer,
    Heard,
    SessionStarted,
    Speech,
    StageChanged,
    StreamClosed,
)

from .timeline import TRANSCRIPTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from filters.policy import Decision, Event


def dump_row(row: Mapping[str, Any]) -> bytes:
    """One line of a timeline, its newline included."""
    # a lone surrogate has no UTF-8; its backslash form is a JSON escape
    return json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


_TEXTS = {AgentText: "agent_text", AgentSaying: "agent_saying"}


def event_row(session: str, event: Event, **more: Any) -> dict[str, Any]:
    """The row of an event.

    Args:
        session: The session's name.
        event: What happened.
        **more: Further fields, for people: "config" and versions on a session row, "agent" on a
            speech.
    """
    row: dict[str, Any] = {"session": session, "t": _rounded(event.t)}
    if isinstance(event, SessionStarted):
        row.update(
            event="session",
            min_words=event.min_words,
            vad=event.vad,
            turn_detection=event.turn_detection,
            pausable=event.pausable,
        )
    elif isinstance(event, AgentState):
        row.update(event="agent_state", state=event.state)
    elif isinstance(event, Speech):
        row.update(
            event="speech", id=event.id, state=event.state.value, interruptible=event.interruptible
        )
        if event.interrupted:
            row.update(interrupted=True)
    elif isinstance(event, (AgentText, AgentSaying)):
        row.update(event=_TEXTS[type(event)], text=event.text)
    elif isinstance(event, ExpectAnswer):
        row.update(event="expect_answer")
    elif isinstance(event, StageChanged):
        row.update(event="stage", stages=list(event.stages))
    elif isinstance(event, Heard):
        row.update(event="stt", **_heard_fields(event))
    elif isinstance(event, StreamClosed):
        row.update(event="stream_closed")
    else:
        row.update(event="end")
    row.update(more)
    return row


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

"""Rows of timelines as tests write them, and what is read and decided of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from filters.calls import read_timeline, replay
from tests.policy_call import new_policy

if TYPE_CHECKING:
    from filters.policy import Event

RawRow = dict[str, Any]


def row(t: float, event: str, session: str = "a", **fields: object) -> RawRow:
    """A row as it stands in a file."""
    return {"session": session, "t": t, "event": event, **fields}


def stt(t: float, kind: str, text: str | None = None, **fields: object) -> RawRow:
    """A row of the recogniser."""
    said: RawRow = {} if text is None else {"text": text, "language": "en"}
    return {**row(t, "stt", type=kind), **said, **fields}


def state(t: float, name: str) -> RawRow:
    """A row of the agent's state."""
    return row(t, "agent_state", state=name)


def speech(t: float, name: str, kind: str) -> RawRow:
    """A row of one of the agent's speeches."""
    return row(t, "speech", id=name, state=kind)


def events(*rows: RawRow) -> list[Event]:
    """The events read from rows."""
    return [event for _, event in read_timeline([json.dumps(raw) for raw in rows])]


def decide(*rows: RawRow) -> list[RawRow]:
    """The decisions of a replay."""
    return list(replay(read_timeline([json.dumps(raw) for raw in rows]), new_policy))


def told(decisions: list[RawRow]) -> list[tuple[float, str, str]]:
    """What was decided when about which text; speech boundaries left out."""
    return [(d["t"], d["action"], d["text"]) for d in decisions if d["text"]]

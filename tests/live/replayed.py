"""The law of recordings: a call with words, replayed by its own configuration, is decided alike."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from filters.calls import Tape, read_timeline, replay, writer_of
from filters.configuration import policy_of

if TYPE_CHECKING:
    from pathlib import Path

    from filters.configuration import FilterConfig

TOLERANCE_S = 1e-4
"""Times in a file are rounded to microseconds."""


def recording_tape(config: FilterConfig, directory: Path) -> Tape | None:
    """A tape that records words, whatever the configuration says of recordings."""
    if config.mode == "off":
        return None
    recording = config.recording.model_copy(update={"mode": "words", "directory": str(directory)})
    return Tape(config.model_copy(update={"recording": recording}), writer_of(os.getpid()))


def rows_of(path: Path) -> list[dict[str, Any]]:
    """All rows of a recording, once they are written."""
    assert writer_of(os.getpid()).flush(10.0)
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def check_replay(path: Path, config: FilterConfig) -> None:
    """Fails where a replay decides anything but what was decided in the call."""
    rows = rows_of(path)
    recorded = [
        row for row in rows if row["event"] == "decision" and not row.get("undelivered", False)
    ]
    if any(row["reason"] == "filter_failed" for row in recorded):
        return  # broken on purpose
    lines = path.read_bytes().splitlines(keepends=True)
    again = list(replay(read_timeline(lines, str(path)), lambda: policy_of(config)))
    assert list(map(_told, again)) == list(map(_told, recorded)), path
    for one, other in zip(again, recorded, strict=True):
        assert abs(one["t"] - other["t"]) < TOLERANCE_S, (path, one, other)
    assert rows[0]["event"] == "session", path
    assert rows[-1]["event"] == "end", path


def _told(row: dict[str, Any]) -> tuple[str, ...]:
    return row["action"], row["reason"], row["type"], row["text"]

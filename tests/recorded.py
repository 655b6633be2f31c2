"""Recordings of written calls, decided as they come."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from filters.calls import Tape, Writer
from filters.configuration import policy_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from filters.configuration import FilterConfig
    from filters.policy import Event


def recorded(config: FilterConfig, events: Iterable[Event]) -> Path:
    """The file of a call, recorded as the configuration says."""
    writer = Writer()
    tape = Tape(config, writer)
    policy = policy_of(config)
    for event in events:
        tape.fed(event, policy.feed(event))
    tape.close()
    assert writer.flush(5.0)
    assert tape.path is not None
    return tape.path


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The rows of a file."""
    return [json.loads(line) for line in path.read_bytes().splitlines()]

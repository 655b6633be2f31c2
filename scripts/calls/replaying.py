"""Decides recorded calls again, by another configuration."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from filters.calls import dump_row, read_timeline, replay
from filters.configuration import policy_of
from scripts.files import STANDARD, open_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.progress import Progress

    from filters.configuration import FilterConfig

RawRow = dict[str, Any]

_REPORT_EVERY_LINES = 1000


def replay_file(path: str, config: FilterConfig, output: BinaryIO, progress: Progress) -> int:
    """Replays one timeline and writes its decisions.

    Returns:
        How many decisions there were.

    Raises:
        TimelineError: A row can't be read; what was decided before it has been written.
    """
    written = 0
    with open_bytes(path) as (content, raw):
        size = None if path == STANDARD else Path(path).stat().st_size
        task = progress.add_task(path, total=size)

        def lines() -> Iterator[bytes]:
            for number, line in enumerate(content):
                if size and number % _REPORT_EVERY_LINES == 0:
                    progress.update(task, completed=raw.tell())
                yield line

        for row in replay(read_timeline(lines(), path), lambda: policy_of(config)):
            output.write(dump_row(row))
            written += 1
        progress.update(task, total=size or 1, completed=size or 1)
    return written


def decided_again(rows: Sequence[RawRow], path: str, config: FilterConfig) -> list[RawRow]:
    """The decisions of a replay of one call."""
    lines = (json.dumps(row) for row in rows)
    return list(replay(read_timeline(lines, path), lambda: policy_of(config)))

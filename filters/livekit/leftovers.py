"""Finds another `filters` package on the import path: one copied from a guide, and in the way."""

from __future__ import annotations

import sys
from functools import lru_cache
from pathlib import Path

from filters.calls import get_logger

log = get_logger(__name__)

COPIED = ("backchannel_stt.py", "short_utterance_buffer.py")
"""The files a project would have copied."""


def leftover_packages() -> list[Path]:
    """Directories named `filters`, other than this one, that hold one of the copied files."""
    ours = Path(__file__).resolve().parents[1]
    found: dict[Path, None] = {}
    for entry in sys.path:
        try:
            package = Path(entry or ".").resolve() / ours.name
            if package != ours and any((package / name).is_file() for name in COPIED):
                found[package] = None
        except (OSError, RuntimeError):  # not to be read, or a loop of links: not imported either
            continue
    return list(found)


@lru_cache(maxsize=1)
def warn_of_leftovers() -> None:
    """Says once which other `filters` an import may find instead of this one."""
    for package in leftover_packages():
        log.warning(
            "leftover_filters_package",
            path=str(package),
            consequence="it may be imported instead of the installed filters package",
            fix="Delete it: its two files are part of livekit-interruption-filters.",
        )

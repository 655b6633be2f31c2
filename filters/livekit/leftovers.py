"""Finds another `filters` package on the import path: one copied from a guide, and in the way."""

from __future__ import annotations

import sys
from pathlib import Path

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

"""The files that tools read and write: packed or not, or standard input and output."""

from __future__ import annotations

import gzip
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

STANDARD = "-"
"""Standard input, or output."""


@contextmanager
def open_bytes(path: str) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """Opens a file to read, or standard input for "-"; what ends in .gz is unpacked.

    Yields:
        The content; and the file itself, whose position says how much of it has been read.
    """
    if path == STANDARD:
        yield sys.stdin.buffer, sys.stdin.buffer
        return
    with Path(path).open("rb") as raw:
        if not path.endswith(".gz"):
            yield raw, raw
            return
        with gzip.open(raw, "rb") as unpacked:
            yield cast("BinaryIO", unpacked), raw


@contextmanager
def open_output(path: str) -> Iterator[BinaryIO]:
    """Opens a file to write, or standard output for "-"; what ends in .gz is packed."""
    if path == STANDARD:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    elif path.endswith(".gz"):
        with gzip.open(path, "wb") as packed:
            yield cast("BinaryIO", packed)
    else:
        with Path(path).open("wb") as raw:
            yield raw

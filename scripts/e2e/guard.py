"""Ends what a run has started, should the run itself be killed before it can.

    python -m scripts.e2e.guard

Reads process groups from standard input, one a line. When the other end is gone, however it ended,
whatever is left of them is killed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys


def main() -> None:
    """Waits for the end of standard input; Ctrl-C is for the run, which then closes it."""
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    groups = [int(line) for line in sys.stdin]
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()

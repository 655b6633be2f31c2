"""Runs Python as a person does who has this checkout and nothing set up."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
OFFLINE_WORKER = {
    "AGENT_OFFLINE": "1",
    "LIVEKIT_URL": "ws://127.0.0.1:9",
    "LIVEKIT_API_KEY": "none",
    "LIVEKIT_API_SECRET": "none",
}
"""All that a worker needs that reaches nobody."""


def run_python(
    directory: Path, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Runs it where there is no .env but the test's own, with none of this machine's variables."""
    passed = ("HOME", "LD_LIBRARY_PATH", "PATH", "SYSTEMROOT", "TMPDIR")
    inherited = {name: os.environ[name] for name in passed if name in os.environ}
    paths = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.run(  # noqa: S603 - this Python, with arguments of these tests
        [sys.executable, *arguments],
        cwd=directory,
        env={**inherited, "PYTHONPATH": paths, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def run(directory: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the sample agent's command line in the same way."""
    return run_python(directory, "-m", "agent", *arguments, **environment)

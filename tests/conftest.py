"""What every test shares: how Hypothesis behaves on a busy machine and in CI; who passed late."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest
from hypothesis import settings

# No deadline: a slow moment of the machine is not a failure.
settings.register_profile("local", deadline=None)
# The same examples every time, so that a red run can be run again.
settings.register_profile("ci", parent=settings.get_profile("local"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest) -> dict[str, str | None]:
    """Plays the scenarios of the module's board that were selected, side by side."""
    board = request.module.board
    return asyncio.run(board.run(board.selected(request)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Names the live scenarios that passed only when they were played alone."""
    board = sys.modules.get("tests.live.board")
    for name in board.repeated if board is not None else ():
        terminalreporter.write_line(f"PASSED ALONE, not beside other calls: {name}")

"""Says what is left out where Pipecat isn't installed."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

LEFT_OUT = sorted(path.stem for path in Path(__file__).parent.glob("test_[!n]*.py"))


@pytest.mark.skipif(
    importlib.util.find_spec("pipecat") is None,
    reason=f"Pipecat isn't installed here, so that {', '.join(LEFT_OUT)} are left out: "
    "`make pipecat-test` runs them in an environment of their own",
)
def test_pipecat_is_installed() -> None:
    """Then everything here runs."""
    assert LEFT_OUT

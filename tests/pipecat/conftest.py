"""Leaves these tests out where Pipecat isn't installed; `test_needs_pipecat.py` says so."""

from __future__ import annotations

import importlib.util

if importlib.util.find_spec("pipecat") is None:
    collect_ignore_glob = ["test_[!n]*.py"]

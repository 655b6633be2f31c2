"""What the processes of calls are forked with."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import pytest
from livekit.agents import AgentServer

from .running import OFFLINE_WORKER, run_python

if TYPE_CHECKING:
    from pathlib import Path

_COUNT = """
import sys
import agent.preload
from agent.domains import domain_config
from filters.words.lexicon import _compiled
at_first = _compiled.cache_info().misses
domain_config("one"), domain_config("two")
print("agent.server" in sys.modules, at_first, _compiled.cache_info().misses)
"""


def preloaded(directory: Path, code: str) -> str:
    """What a program says that runs in an environment with these domains."""
    variables = {**OFFLINE_WORKER, "LIVEKIT_FILTERS_CONFIG_DIR": str(directory)}
    ran = run_python(directory, "-c", code, **variables)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


@pytest.mark.slow
def test_a_process_finds_the_server_loaded_and_words_compiled(tmp_path: Path) -> None:
    """Once for both; a file with a fault is left to the first call, which says what is wrong."""
    (tmp_path / "one.yaml").write_text("domain: one\nbackchannels: {add: [marvellous]}\n", "utf-8")
    (tmp_path / "two.yaml").write_text("domain: two\nbackchannels: {add: [splendid]}\n", "utf-8")
    (tmp_path / "faulty.yaml").write_text("domain: faulty\nbackchanels: {}\n", "utf-8")
    assert preloaded(tmp_path, _COUNT) == "True 1 1"


@pytest.mark.slow
def test_the_worker_says_so_to_livekit_where_that_is_possible(tmp_path: Path) -> None:
    """1.8 takes modules to preload; before that, every process loads for itself."""
    takes_them = "preload_modules" in inspect.signature(AgentServer).parameters
    said = preloaded(
        tmp_path, "import agent.server as s; print(s._options().get('preload_modules'))"
    )
    assert said == str(["agent.preload"] if takes_them else None)

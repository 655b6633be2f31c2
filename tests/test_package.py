"""The package: its public names, and what can be used without LiveKit."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import filters
import filters.livekit

ROOT = Path(str(filters.__file__)).parents[1]

ROOMS = ("documents", "words", "policy", "configuration", "calls", "livekit")

WITHOUT_LIVEKIT = """
import sys

class NoLiveKit:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "livekit":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, NoLiveKit())
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    """Runs code in an interpreter of its own, in which LiveKit can't be imported."""
    return subprocess.run(  # noqa: S603 - our own interpreter, our own code
        [sys.executable, "-c", WITHOUT_LIVEKIT + code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def modules_after(code: str) -> set[str]:
    """The top-level modules that code imports, in an interpreter of its own."""
    tell = "\nimport sys\nprint(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run(  # noqa: S603 - our own interpreter, our own code
        [sys.executable, "-c", code + tell],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("name", filters.__all__)
def test_each_public_name_is_there(name: str) -> None:
    """And is told by dir()."""
    assert getattr(filters, name).__name__ == name
    assert name in dir(filters)


def test_the_public_names_are_sorted_and_have_a_home_each() -> None:
    """The list is read by people."""
    assert filters.__all__ == sorted(filters.__all__)
    assert len(set(filters.__all__)) == len(filters.__all__)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    """As in any module."""
    with pytest.raises(AttributeError, match="module 'filters' has no attribute 'nothing'"):
        _ = filters.nothing


@pytest.mark.parametrize(
    "module",
    [
        *("policy.interruption", "words.lexicon", "configuration.config"),
        *("calls.timeline", "calls.rows", "calls.replaying"),
        *("policy.events", "words.asking", "livekit.checks.findings"),
        *("livekit.checks.turn_findings", "livekit.checks.recogniser_findings"),
    ],
)
def test_the_pure_modules_need_no_livekit(module: str) -> None:
    """They can serve another framework."""
    done = run(f"import filters.{module}")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("room", ["documents", "words", "policy", "configuration", "calls"])
def test_the_rooms_below_the_frameworks_need_no_livekit(room: str) -> None:
    """Nor do they import it where it is there."""
    done = run(f"import filters.{room}")
    assert done.returncode == 0, done.stderr
    assert "livekit" not in modules_after(f"import filters.{room}")


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_exports_what_it_says(room: str) -> None:
    """Each name is there, once, and told by dir()."""
    module = importlib.import_module(f"filters.{room}")
    assert len(set(module.__all__)) == len(module.__all__)
    assert set(module.__all__) <= set(dir(module))
    assert all(hasattr(module, name) for name in module.__all__)


def test_a_name_that_a_room_does_not_export_is_an_attribute_error() -> None:
    """Rooms whose names are imported when asked for are no exception."""
    message = "module 'filters.livekit' has no attribute 'nothing'"
    with pytest.raises(AttributeError, match=message):
        _ = filters.livekit.nothing


@pytest.mark.parametrize("door", ["backchannel_stt", "short_utterance_buffer", "agent_context"])
def test_the_guides_import_paths_lead_to_what_the_room_has(door: str) -> None:
    """They define nothing of their own."""
    outside = importlib.import_module(f"filters.{door}")
    inside = importlib.import_module(f"filters.livekit.{door}")
    assert all(getattr(outside, name) is getattr(inside, name) for name in outside.__all__)


def test_the_public_names_of_pure_modules_need_no_livekit() -> None:
    """Each name is imported when it is asked for."""
    done = run("from filters import Action, ConfigError, Decision, FilterConfig, load_config")
    assert done.returncode == 0, done.stderr


def test_the_mixin_needs_livekit_and_the_error_says_so() -> None:
    """No attribute error that hides it."""
    done = run("import filters\nfilters.BackchannelSTTFilterMixin")
    assert done.returncode == 1
    assert "ModuleNotFoundError: No module named 'livekit'" in done.stderr

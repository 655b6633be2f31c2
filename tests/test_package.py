"""The package: its public names, and what can be used without LiveKit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import filters

ROOT = Path(str(filters.__file__)).parents[1]

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
        *("policy", "lexicon", "config", "timeline", "events", "asking"),
        *("findings", "turn_findings", "recogniser_findings"),
    ],
)
def test_the_pure_modules_need_no_livekit(module: str) -> None:
    """They can serve another framework."""
    done = run(f"import filters.{module}")
    assert done.returncode == 0, done.stderr


def test_the_public_names_of_pure_modules_need_no_livekit() -> None:
    """Each name is imported when it is asked for."""
    done = run("from filters import Action, ConfigError, Decision, FilterConfig, load_config")
    assert done.returncode == 0, done.stderr


def test_the_mixin_needs_livekit_and_the_error_says_so() -> None:
    """No attribute error that hides it."""
    done = run("import filters\nfilters.BackchannelSTTFilterMixin")
    assert done.returncode == 1
    assert "ModuleNotFoundError: No module named 'livekit'" in done.stderr

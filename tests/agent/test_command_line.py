"""`python -m agent`, as a person starts it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.__main__ import check
from agent.settings import LIVEKIT_VARIABLES, SettingsError
from filters import ConfigError

from .running import run

if TYPE_CHECKING:
    from pathlib import Path

OFFLINE = {"AGENT_OFFLINE": "1", "AGENT_DOMAIN": "default"}


def test_start_without_keys_says_what_is_missing(tmp_path: Path) -> None:
    """Sentences and status 2, no traceback."""
    done = run(tmp_path, "start")
    assert done.returncode == 2
    missing = (*LIVEKIT_VARIABLES, "ASSEMBLYAI_API_KEY", "OPENAI_API_KEY")
    assert done.stderr.splitlines() == [
        f"{name} is not set. Put it into .env (see .env.example)." for name in missing
    ]
    assert not done.stdout


def test_keys_are_taken_from_dotenv(tmp_path: Path) -> None:
    """What .env sets is no longer missing; what the shell sets comes before it."""
    dotenv = "ASSEMBLYAI_API_KEY=aai\nOPENAI_API_KEY=oai\nLIVEKIT_URL=ws://127.0.0.1:9\n"
    (tmp_path / ".env").write_text(dotenv + "AGENT_VAD=wrong\n", "utf-8")
    done = run(tmp_path, "start", AGENT_VAD="none")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"{name} is not set. Put it into .env (see .env.example)."
        for name in ("LIVEKIT_API_KEY", "LIVEKIT_API_SECRET")
    ]


def test_help_needs_no_key(tmp_path: Path) -> None:
    """It is LiveKit's own."""
    done = run(tmp_path, "--help")
    assert done.returncode == 0, done.stderr
    for command in ("console", "start", "dev", "download-files"):
        assert command in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [(), ("--help",), ("start", "--help"), ("console", "--list-devices"), ("download-files",)],
)
def test_what_starts_no_call_needs_no_key(arguments: tuple[str, ...]) -> None:
    """Help, devices and downloads are for those who have no keys yet."""
    check(arguments, {})


@pytest.mark.parametrize("command", ["console", "dev", "start", "connect"])
def test_what_starts_calls_needs_keys(command: str) -> None:
    """Options before the command don't hide it."""
    with pytest.raises(SettingsError, match="ASSEMBLYAI_API_KEY is not set"):
        check(["--quiet", command], {})


def test_an_option_stands_for_its_variable() -> None:
    """`--url` says what LIVEKIT_URL would; only what neither says is missing."""
    with pytest.raises(SettingsError) as caught:
        check(["dev", "--url=ws://127.0.0.1:9", "--api-key", "devkey"], OFFLINE)
    assert [problem.split()[0] for problem in caught.value.problems] == ["LIVEKIT_API_SECRET"]


def test_the_default_domain_is_looked_at_before_any_call(tmp_path: Path) -> None:
    """A name without a file is an error at the start, not in the first call."""
    variables = dict.fromkeys(LIVEKIT_VARIABLES, "given")
    with pytest.raises(ConfigError, match="does not exist"):
        check(["start"], {**variables, **OFFLINE, "AGENT_DOMAIN": "no_such_domain"})
    with pytest.raises(ValueError, match="names no domain"):
        check(["start"], {**variables, **OFFLINE, "AGENT_DOMAIN": f"{tmp_path}/x.yaml"})


def test_a_model_that_is_not_known_is_said_at_once() -> None:
    """Before the worker starts, not when a caller is waiting."""
    variables = dict.fromkeys(LIVEKIT_VARIABLES, "given")
    with pytest.raises(SettingsError, match="ASSEMBLYAI_MODEL"):
        check(["start"], {**variables, **OFFLINE, "ASSEMBLYAI_MODEL": "universal-9-pro"})


def test_nothing_is_wrong_offline() -> None:
    """With LiveKit's variables and AGENT_OFFLINE=1 there is nothing to complain about."""
    check(["start"], {**dict.fromkeys(LIVEKIT_VARIABLES, "given"), **OFFLINE})

"""`python -m agent check`: what is wrong with a deployment, before any call."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, NoReturn

import pytest

from agent.check import main

from .running import ROOT, run

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = ROOT / "config"
OFFLINE = {"AGENT_OFFLINE": "1"}


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever connects fails; the shipped domains are found."""

    def refuse(*_: object) -> NoReturn:
        raise AssertionError("connects")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setenv("LIVEKIT_FILTERS_CONFIG_DIR", str(CONFIG))


@pytest.fixture
def lax(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A domain by which any word stops the agent; recorded, if there were a call."""
    lines = ("domain: lax", "min_words: 1", f"recording: {{mode: words, directory: {tmp_path}/r}}")
    (tmp_path / "lax.yaml").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setenv("LIVEKIT_FILTERS_CONFIG_DIR", str(tmp_path))
    return "lax"


@pytest.mark.parametrize("domain", sorted(path.stem for path in CONFIG.glob("*.yaml")))
@pytest.mark.parametrize("variables", [{}, {"AGENT_VAD": "silero", "AGENT_TELEPHONY": "1"}])
def test_the_sample_deployment_has_nothing_to_change(
    domain: str, variables: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """With each domain that is shipped, with a VAD and without."""
    assert main(["--domain", domain], {**OFFLINE, **variables}) == 0
    output = capsys.readouterr()
    assert output.out.startswith(f"{domain}: nothing to change (livekit-agents ")
    assert not output.err


def test_what_is_wrong_is_printed_with_its_change(
    lax: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line for each, and the status that stops a pipeline; nothing is recorded."""
    assert main([], {**OFFLINE, "AGENT_DOMAIN": lax}) == 1
    finding, summary = capsys.readouterr().out.splitlines()
    assert finding.startswith("min_words_too_low: min_words is 1. Any one word ")
    assert "Fix: AgentSession(turn_handling=" in finding
    assert summary.startswith("lax: 1 to change (")
    assert not (tmp_path / "r").exists()


def test_missing_keys_are_sentences_and_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    """A pipeline has no keys, and needs none: nothing is connected to."""
    assert main([], {}) == 0
    assert capsys.readouterr().err.splitlines() == [
        f"{name} is not set. Put it into .env (see .env.example)."
        for name in ("ASSEMBLYAI_API_KEY", "OPENAI_API_KEY")
    ]


@pytest.mark.parametrize(
    ("arguments", "variables", "sentence"),
    [
        ([], {"AGENT_VAD": "wrong"}, 'AGENT_VAD is "wrong". Set it to none or silero.'),
        ([], {"ASSEMBLYAI_MODEL": "universal-9-pro"}, 'ASSEMBLYAI_MODEL is "universal-9-pro".'),
        (["--domain", "no_such"], {}, f"{CONFIG / 'no_such.yaml'}: does not exist."),
        (["--domain", "../x"], {}, "'../x' names no domain."),
    ],
)
def test_what_keeps_a_call_from_being_set_up_is_a_sentence(
    arguments: list[str],
    variables: dict[str, str],
    sentence: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """And status 1."""
    assert main(arguments, {**OFFLINE, **variables}) == 1
    output = capsys.readouterr()
    assert output.err.startswith(sentence)
    assert not output.out


def test_it_is_a_command_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """LiveKit's command line doesn't see it; .env is read."""
    monkeypatch.undo()
    (tmp_path / ".env").write_text("AGENT_OFFLINE=1\nAGENT_DOMAIN=ivr\n", encoding="utf-8")
    done = run(tmp_path, "check", LIVEKIT_FILTERS_CONFIG_DIR=str(CONFIG))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("ivr: nothing to change (")
    helped = run(tmp_path, "check", "--help")
    assert helped.returncode == 0, helped.stderr
    assert "--domain NAME" in helped.stdout

"""The call that voicebench plays: what it says, and what it wants to come of it."""

from __future__ import annotations

import wave
from typing import TYPE_CHECKING

import pytest
import yaml
from typer.testing import CliRunner

from agent.rehearsal import codebook
from scripts.outside.__main__ import app
from scripts.outside.scenario import RATE, TURNS

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Where the command has written the scenario."""
    arguments = ["--voicebench", "none", "--out", str(tmp_path), "--scenario-only"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return tmp_path


def test_each_turn_has_a_sound_that_the_agent_knows(directory: Path) -> None:
    """As the codebook makes it, which is alike in every process."""
    scenario = yaml.safe_load((directory / "front-desk.yaml").read_text("utf-8"))
    assert [turn["id"] for turn in scenario["turns"]] == [name for name, *_ in TURNS]
    known = codebook()
    said = [phrase.text for phrase in known]
    for (_, text, expect, _), turn in zip(TURNS, scenario["turns"], strict=True):
        assert text in said
        assert turn["expect"] == expect
        with wave.open(str(directory / turn["audio"]["file"])) as file:
            assert file.getframerate() == RATE
            sound = known.render(known.phrase(text), RATE)
            assert file.readframes(file.getnframes()) == sound.tobytes()


def test_it_has_all_that_a_listener_says() -> None:
    """Listening aloud is ignored, a stop is obeyed, and what ends a turn is answered."""
    wanted = {name: expect for name, _, expect, _ in TURNS}
    assert wanted["mhm"] == wanted["yeah"] == "ignore"
    assert wanted["stop"] == "stop"
    assert wanted["okay-at-its-end"] == wanted["yeah-at-its-end"] == "respond"

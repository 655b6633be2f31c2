"""What the filter does when it only watches, what it records, and what it says."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from typing import TYPE_CHECKING, Any

import prometheus_client
import pytest
from pipecat.frames.frames import InterimTranscriptionFrame, TranscriptionFrame

from agent.offline.script import ToolCall
from filters.calls import read_timeline, replay, writer_of
from filters.configuration import Recording, policy_of
from tests.virtual_time import virtually

from .fakes import FakeSTT
from .line import STATEMENT, Line, config, texts

if TYPE_CHECKING:
    from pathlib import Path

    from filters.configuration import FilterConfig


@virtually
@pytest.mark.parametrize("mode", ["shadow", "off"])
async def test_without_enforcing_turns_start_as_pipecats_do(mode: str) -> None:
    """With any sound; and all words go on."""
    async with Line(config(mode=mode)).running() as line:
        await line.speak()
        await line.voice()
        await asyncio.sleep(0.1)
        assert not line.ear.speaking
        await line.interim("Mm")
        await line.final("Mhm.")
        await line.silence()
        await line.quiet()
        assert line.asked == ["Mhm."]
        assert texts(line.of_kind(InterimTranscriptionFrame)) == ["Mm"]
        assert texts(line.of_kind(TranscriptionFrame)) == ["Mhm."]
        assert bool(line.decisions) is (mode == "shadow")


def recorded(directory: Path, mode: str = "words", **changes: Any) -> FilterConfig:
    """A configuration that records."""
    recording = Recording.model_validate({"mode": mode, "directory": str(directory)})
    return config(**changes).model_copy(update={"recording": recording})


def rows_of(directory: Path) -> list[dict[str, Any]]:
    """The rows of the one call recorded."""
    assert writer_of(os.getpid()).flush(5.0)
    (path,) = directory.glob("call-*.jsonl")
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


async def a_call(settings: FilterConfig) -> None:
    """Some of everything."""
    script = (("free", ToolCall("look_up", then=STATEMENT)),)
    async with Line(settings, script).running() as line:
        await line.speak(for_s=0.5)
        await line.utter("Mhm.")
        await line.utter("Breakfast.")
        await asyncio.sleep(0.5)
        await line.utter("What is free tonight?")
        await asyncio.sleep(1.5)
        await line.utter("Mhm.")
        await asyncio.sleep(4.0)
        await line.utter("Suite.")
        await line.quiet()
        await line.speak("Is that right?", for_s=0.5)
        await line.utter("Yeah.")
        await line.quiet()


def test_a_recorded_call_replays_to_the_same_decisions(tmp_path: Path) -> None:
    """Event for event, releases included."""
    settings = recorded(tmp_path)
    virtually(a_call)(settings)
    rows = rows_of(tmp_path)
    made = [row for row in rows if row["event"] == "decision"]
    (path,) = tmp_path.glob("call-*.jsonl")
    with path.open(encoding="utf-8") as lines:
        again = list(replay(read_timeline(lines, str(path)), lambda: policy_of(settings)))
    told = ("action", "reason", "type", "text")
    assert [[row.get(key) for key in told] for row in again] == [
        [row.get(key) for key in told] for row in made
    ]
    assert {row["action"] for row in made} >= {"pass", "hold", "release", "interrupt", "discard"}


def test_a_recording_says_what_the_bot_did(tmp_path: Path) -> None:
    """When it held the floor, what it was saying, and with which release of Pipecat."""
    virtually(a_call)(recorded(tmp_path))
    rows = rows_of(tmp_path)
    assert rows[0]["event"] == "session"
    assert rows[0]["pausable"] is False
    assert "pipecat-ai" in rows[0]["versions"]
    states = [row["state"] for row in rows if row["event"] == "agent_state"]
    assert states[:3] == ["listening", "thinking", "speaking"]
    assert "tool" in [row["state"] for row in rows if row["event"] == "speech"]
    said = [row["text"] for row in rows if row["event"] == "agent_text"]
    assert STATEMENT.startswith(said[0])
    assert said[0] != STATEMENT
    assert STATEMENT in said
    assert rows[-1]["event"] == "end"


def test_a_redacted_recording_has_no_words(tmp_path: Path) -> None:
    """Neither the caller's nor the bot's."""
    virtually(a_call)(recorded(tmp_path, "redacted"))
    written = json.dumps(rows_of(tmp_path))
    assert "Breakfast" not in written
    assert "suite" not in written


@pytest.mark.parametrize("logged", [False, True])
def test_the_callers_words_are_logged_only_where_that_is_asked_for(
    logged: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """What is logged besides has no words in it."""
    caplog.set_level(logging.DEBUG, logger="livekit.agents.filters")
    virtually(a_call)(config(log_words=logged))
    said = [str(vars(record)) for record in caplog.records]
    assert {record.message for record in caplog.records} >= {
        "words_held",
        "words_released",
        "agent_interrupted",
        "call_summary",
    }
    assert any("Breakfast" in each for each in said) is logged


def test_decisions_are_counted() -> None:
    """In the registry that an application serves."""

    def counted() -> float:
        labels = {"config": "test", "mode": "enforce", "action": "release", "reason": "floor_free"}
        name = "livekit_filters_decisions_total"
        return prometheus_client.REGISTRY.get_sample_value(name, labels) or 0.0

    before = counted()
    virtually(a_call)(config())
    assert counted() > before


@virtually
async def test_a_stage_changes_the_words_and_the_recognisers_settings() -> None:
    """And leaving it puts both back."""
    stages = {
        "confirmation": {
            "backchannels": {"remove": ["mhm"]},
            "stt": {"min_turn_silence": 400, "max_turn_silence": 3000},
        }
    }
    stt = FakeSTT()
    async with Line(config(stages=stages), before=[stt]).running() as line:
        await line.speak(for_s=0.5)
        async with line.filter.stage("confirmation"):
            await asyncio.sleep(0.1)
            assert stt.told == [(400, 3000)]
            await line.utter("Mhm.")
            await asyncio.sleep(0.2)
        await asyncio.sleep(0.1)
        assert stt.told == [(400, 3000), (100, 1000)]
        await line.quiet()
        assert line.asked == ["Mhm."]
        await line.speak(for_s=0.5)
        await line.utter("Mhm.")
        await line.quiet()
        assert line.asked == ["Mhm."]

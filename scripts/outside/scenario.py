"""Writes a call as voicebench plays it: a scenario, and its phrases as WAV files.

agent    |== greeting ==|        |===== about the hotel ====x   |= what? =|
caller                    |about|    |mhm|   |yeah|    |stop|
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from agent.offline.recording import write_wav
from agent.rehearsal import codebook

if TYPE_CHECKING:
    from pathlib import Path

RATE = 16_000
STOPS_WITHIN_MS = 2000
"""How soon after "stop" the agent has to be silent, where one machine runs all of it."""

_AFTER = {"after": "agent_speech_end", "delay_ms": 500}
_AT_THE_END = {"after": "agent_speech_end", "delay_ms": 0}
_DURING = {"after": "agent_speech_start", "delay_ms": 1500}
_THEN = {"after": "previous_turn_end", "delay_ms": 1200}
_WHEN_ALL_IS_SAID = {"after": "previous_turn_end", "delay_ms": 8000}  # stopped, and its reply done

TURNS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("statement", "Tell me about the hotel.", "respond", _AFTER),
    ("mhm", "Mhm.", "ignore", _DURING),
    ("yeah", "Yeah.", "ignore", _THEN),
    ("stop", "Stop.", "stop", _THEN),
    ("statement-again", "Tell me about the hotel.", "respond", _WHEN_ALL_IS_SAID),
    ("okay-at-its-end", "Okay.", "respond", _AT_THE_END),
    ("question", "The suite, please.", "respond", _AFTER),
    ("yeah-at-its-end", "Yeah.", "respond", _AT_THE_END),
)
"""What the caller says: its name, the phrase, what is to come of it, and when."""


def write_scenario(directory: Path) -> Path:
    """Writes the call into a directory.

    Args:
        directory: Where it goes; it is made if it is not there.

    Returns:
        The scenario's file.
    """
    directory.mkdir(parents=True, exist_ok=True)
    sounds = codebook()
    turns = []
    for name, text, expect, start in TURNS:
        wav = directory / f"{name}.wav"
        write_wav(wav, [sounds.render(sounds.phrase(text), RATE)], RATE)
        audio = {"file": wav.name}
        turns.append({"id": name, "audio": audio, "start": dict(start), "expect": expect})
    scenario = {
        "name": "front-desk",
        "description": "Listens aloud, stops the desk, and answers it.",
        "sample_rate": RATE,
        "adapter": {"type": "livekit", "options": {"wait_for_agent_s": 60}},
        "defaults": {"max_stop_ms": STOPS_WITHIN_MS},
        "turns": turns,
        "assert": {
            "max_missed_responses": 0,
            "max_false_barge_ins": 0,
            "min_barge_in_success_rate": 1.0,
        },
    }
    file = directory / "front-desk.yaml"
    file.write_text(yaml.safe_dump(scenario, sort_keys=False), "utf-8")
    return file

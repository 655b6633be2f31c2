"""A call with stages in a file: a row for each change, by which a replay changes the words."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any

import pytest

from filters.calls import TimelineError, dump_row, event_row, read_timeline, replay
from filters.configuration import FilterConfig, policy_of
from filters.policy import (
    AgentState,
    AgentText,
    Ended,
    Event,
    Heard,
    SessionStarted,
    SpeechType,
    StageChanged,
)
from scripts.calls import read_calls
from tests.recorded import recorded, rows_of

if TYPE_CHECKING:
    from pathlib import Path

STAGES: dict[str, Any] = {
    "confirmation": {"backchannels": {"remove": ["okay"]}, "answer_prompts": ["as i said"]}
}


def config_for(directory: Path, mode: str = "words", **values: Any) -> FilterConfig:
    """A configuration with a stage, which records."""
    recording = {"mode": mode, "directory": str(directory)}
    given = {"domain": "clinic", "stages": STAGES, "recording": recording, **values}
    return FilterConfig.from_mapping(given)


def conversation() -> list[Event]:
    """ "Okay" over the agent, in a stage in which it is an answer and out of it."""
    events: list[Event] = [SessionStarted(0.0), AgentState(1.0, "speaking")]
    for t, stages in ((2.0, ("confirmation",)), (4.0, ())):
        events.append(StageChanged(t, stages))
        events.append(Heard(t + 0.5, SpeechType.START_OF_SPEECH, speech_start_time=t + 0.2))
        events.append(Heard(t + 0.8, SpeechType.FINAL, "Okay.", "en"))
        events.append(Heard(t + 0.9, SpeechType.END_OF_SPEECH))
    return [
        *events,
        AgentText(7.0, "It is late as I said."),
        AgentState(7.0, "listening"),
        Ended(9.0),
    ]


def reasons(decided: list[dict[str, Any]]) -> list[str]:
    """Why each final met its fate."""
    return [f"{row['action']} {row['reason']}" for row in decided if row["final"]]


WITH_STAGE = ["hold too_few_words", "hold possible_answer", "release floor_free"]


@pytest.mark.parametrize("stages", [(), ("confirmation",), ("names", "dictation")])
def test_a_row_holds_all_stages_that_the_call_is_in(stages: tuple[str, ...]) -> None:
    """Written and read again they are the same, in their order."""
    event = StageChanged(1.5, stages)
    written = event_row("a", event)
    assert written == {"session": "a", "t": 1.5, "event": "stage", "stages": list(stages)}
    assert [event for _, event in read_timeline([dump_row(written)])] == [event]


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({}, '"stages" is missing. Give it a list of names'),
        ({"stages": "confirmation"}, '"stages" is "confirmation". Make it a list of names'),
        ({"stages": [1]}, '"stages" is [1]. Make it a list of names'),
    ],
)
def test_a_faulty_row_is_named(fields: dict[str, Any], fault: str) -> None:
    """With its line."""
    line = json.dumps({"session": "a", "t": 1.0, "event": "stage", **fields})
    with pytest.raises(TimelineError) as caught:
        list(read_timeline([line], "call.jsonl"))
    assert str(caught.value) == f"call.jsonl:1: {fault}."


def test_a_recorded_call_with_stages_is_replayed_alike(tmp_path: Path) -> None:
    """Law 9."""
    config = config_for(tmp_path)
    path = recorded(config, conversation())
    told = [row for row in rows_of(path) if row["event"] == "decision"]
    assert reasons(told)[:2] == WITH_STAGE[:2]
    again = list(replay(read_timeline(path.read_bytes().splitlines()), lambda: policy_of(config)))
    assert reasons(again) == reasons(told)


def test_another_configuration_decides_by_its_own_stage_of_that_name(tmp_path: Path) -> None:
    """Or as outside of all stages, where it has none."""
    path = recorded(config_for(tmp_path), conversation())
    plain = FilterConfig.from_mapping({"domain": "clinic"})
    other = FilterConfig.from_mapping(
        {"domain": "clinic", "stages": {"confirmation": {"commands": {"add": ["okay"]}}}}
    )
    lines = path.read_bytes().splitlines()
    decided = [
        reasons(list(replay(read_timeline(lines), functools.partial(policy_of, config))))
        for config in (plain, other)
    ]
    assert decided[0][0] == "hold possible_answer"
    assert decided[1][0] == "interrupt command"


def test_a_recording_without_words_has_their_class_in_the_stage(tmp_path: Path) -> None:
    """What it was to the filter then."""
    shapes = [
        row["redacted"]["class"]
        for row in rows_of(recorded(config_for(tmp_path, "redacted"), conversation()))
        if row["event"] == "stt" and "redacted" in row
    ]
    assert shapes == ["content", "backchannel"]


def test_the_tools_that_look_back_read_such_a_call(tmp_path: Path) -> None:
    """Decided as on the day, or again."""
    config = config_for(tmp_path)
    path = str(recorded(config, conversation()))
    for decide_by in (None, config):
        [call] = read_calls([path], decide_by)
        assert [utterance.text for utterance in call.utterances] == ["Okay.", "Okay."]
        assert call.utterances[0].decisions[0].reason == "too_few_words"

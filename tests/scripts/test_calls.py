"""A call is put together from its rows, with the decisions about each utterance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from filters.calls import TimelineError
from filters.configuration import FilterConfig
from scripts.calls import Outcome, call_of, read_calls
from tests.recorded import rows_of

from .recorded_calls import cut_off, record, spoken, uttered

if TYPE_CHECKING:
    from pathlib import Path


def test_every_utterance_has_its_decisions_and_its_outcome(tmp_path: Path) -> None:
    """What stopped the agent, what was left out, what was answered later."""
    path = record(
        tmp_path,
        spoken(1, "The sea view suite has a balcony.", until=6),
        uttered(2, "Mhm."),
        uttered(4.5, "Suite."),
        cut_off(10, name="t", at=12.3),
        uttered(12, "Stop."),
    )
    [call] = read_calls([str(path)])
    assert [(each.text, each.over_agent, each.outcome) for each in call.utterances] == [
        ("Mhm.", True, Outcome.DISCARDED),
        ("Suite.", True, Outcome.RELEASED),
        ("Stop.", True, Outcome.STOPPED),
    ]
    assert [(told.action, told.reason) for told in call.utterances[1].decisions] == [
        ("hold", "too_few_words"),
        ("release", "floor_free"),
    ]
    assert call.stops == [12.3]
    assert [(span.start, span.end, span.paused) for span in call.agent] == [
        (1, 6, False),
        (10, 12.3, False),
    ]
    assert call.agent[0].text == "The sea view suite has a balcony."
    assert call.config.startswith("clinic ")


def test_the_same_words_twice_have_each_their_own_fate(tmp_path: Path) -> None:
    """One waits too long and is noted, the other is released."""
    path = record(
        tmp_path,
        spoken(0.5, "A long story.", until=9),
        uttered(1, "Suite."),
        uttered(7, "Suite."),
    )
    [call] = read_calls([str(path)])
    assert [each.outcome for each in call.utterances] == [Outcome.NOTED, Outcome.RELEASED]


def test_calls_may_be_decided_again(tmp_path: Path) -> None:
    """By another configuration."""
    path = record(tmp_path, spoken(1, "A story.", until=6), uttered(2, "Suite."))
    config = FilterConfig.from_mapping({"domain": "x", "commands": {"add": ["suite"]}})
    [call] = read_calls([str(path)], config)
    assert call.utterances[0].outcome is Outcome.STOPPED
    [call] = read_calls([str(path)])
    assert call.utterances[0].outcome is Outcome.RELEASED


def test_without_words_class_and_length_are_shown(tmp_path: Path) -> None:
    """And nothing can be decided again."""
    path = record(
        tmp_path, spoken(1, "A story.", until=6), uttered(2, "Suite, please."), words=False
    )
    [call] = read_calls([str(path)])
    assert [each.text for each in call.utterances] == ["[content, 2 words]"]
    assert call.agent[0].text == "[2 words]"
    assert call.utterances[0].outcome is Outcome.STOPPED
    config = FilterConfig.from_mapping({"domain": "x"})
    with pytest.raises(TimelineError, match="the words were left out"):
        list(read_calls([str(path)], config))


def test_a_file_that_breaks_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    """The last line may be a part of one; a bad one before it is an error."""
    path = record(tmp_path, spoken(1, "A story.", until=6), uttered(2, "Mhm."))
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    [call] = read_calls([str(path)])
    assert len(call.utterances) == 1
    path.write_bytes(b"{\n" + whole)
    with pytest.raises(TimelineError, match=r":1: not JSON"):
        list(read_calls([str(path)]))


def test_a_call_without_speech_rows_has_no_pauses(tmp_path: Path) -> None:
    """Its states alone don't tell a pause from an end."""
    path = record(
        tmp_path, spoken(1, "One.", until=3), spoken(5, "Two.", name="t", until=7), until=9
    )
    rows = [row for row in rows_of(path) if row["event"] != "speech"]
    call = call_of(rows)
    assert [(span.start, span.paused) for span in call.agent] == [(1, False), (5, False)]

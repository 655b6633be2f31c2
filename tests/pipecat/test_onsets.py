"""When the caller began to speak."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from filters.pipecat.onsets import Onsets


@dataclass
class Word:
    """As AssemblyAI times it, in milliseconds of its stream."""

    start: int
    end: int


@dataclass
class Result:
    """What a transcript came with."""

    words: list[Word]


def listening(until: float = 110.0, audio_s: float = 10.0) -> Onsets:
    """Onsets of a call that has heard so much audio."""
    onsets = Onsets()
    onsets.audio(until, audio_s)
    return onsets


def test_a_detector_knows_best() -> None:
    """It is sure after it has heard a voice for some time."""
    onsets = listening()
    assert onsets.vad_started(50.0, 0.2) == 49.8
    assert onsets.of_transcript(110.0, Result([Word(8000, 8500)])) is None


def test_without_one_the_words_tell() -> None:
    """Their stream began when the audio did."""
    assert listening().of_transcript(110.0, Result([Word(8000, 8300), Word(8400, 8900)])) == 108.0


@pytest.mark.parametrize("result", [None, Result([]), Result([Word(0, 400)]), {"words": 1}, "text"])
def test_nobody_knows_where_no_time_makes_sense(result: Any) -> None:
    """As after the recogniser has connected anew, and counts from there."""
    assert listening().of_transcript(110.0, result) is None


def test_nobody_knows_before_any_audio() -> None:
    """A service may be fed past the pipeline."""
    assert Onsets().of_transcript(1.0, Result([Word(0, 400)])) is None

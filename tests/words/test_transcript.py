"""What nobody said is no speech, and what was said stays as it was."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.words import speaker_pattern
from filters.words.transcript import MAX_LABEL_CHARACTERS, said


@pytest.mark.parametrize(
    "text",
    [
        "(beeps) (computerized voice)",
        "[UPBEAT MUSIC PLAYING]",
        "*door closes*",
        "♪ la la la ♪",
        "（笑）",
        "【音楽】",
        "［拍手］",
        "〔موسيقى〕",
        "<noise>",
        "{laughter}",
        "(laughs (loudly))",
        "(a [b) c]",
        "[00:01:02]",
        "[Speaker S1]",
        "<S1></S1>",
        "Speaker A:",
        "spk_0: (coughs)",
        "SPEAKER_00:",
        "Speaker 1: Speaker S2:",
        "話者1：",
        "S1:",
    ],
)
def test_sounds_and_labels_are_no_speech(text: str) -> None:
    """Whatever the words, in any script's brackets."""
    assert not said(text).strip()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("(coughs) I need a taxi.", "I need a taxi."),
        ("[Speaker S1] Okay.", "Okay."),
        ("<S1>Okay.</S1> <S2>No.</S2>", "Okay. No."),
        ("Speaker A: Hi. Speaker B: Hello.", "Hi. Hello."),
        ("♪♪ la ♪♪ hello", "hello"),
        ("【音楽】はい", "はい"),
    ],
)
def test_what_is_left_was_said(text: str, left: str) -> None:
    """Beside a sound, or after a label."""
    assert said(text).split() == left.split()


@pytest.mark.parametrize(
    "text",
    [
        "(unclosed",
        "a) b (c",
        "f*** you, **** that",
        "2 * 3 * 4",
        "5 < 6 and 7 > 3",
        "「はい」",
        "《книга》",
        "(415) 555-0199",
        "♪",
        "The speaker is: late",
        "at 7:30",
        "Note: a suite",
    ],
)
def test_words_stay(text: str) -> None:
    """A bracket that is never closed, quotations, numbers and masked words are speech."""
    assert said(text) == text


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("{speaker_id}: {text}", "S1: okay"),
        ("{speaker}: {text}", "A: okay"),
        ("<{speaker_id}>{text}</{speaker_id}>", "<S1>okay</S1>"),
        ("[Speaker {speaker_id}] {text}", "[Speaker S1] okay"),
        ("@{speaker_id} - {text}", "@guest_1 -okay"),
        ("{text} /{speaker_id}/", "okay /A/"),
        ("|{speaker_id}|", "|A| okay"),
    ],
)
def test_a_label_may_be_of_any_format(label: str, text: str) -> None:
    """As the recogniser was told to write it."""
    assert said(text, speaker_pattern(label)).split() == ["okay"]


@pytest.mark.parametrize(
    ("label", "fault"),
    [
        ("{text}", "holds no {speaker_id}"),
        ("{speaker_id} {text}", "no sign"),
        ("{speaker_id}: {txt}", "{txt}"),
        ("{speaker_id}: {text}{text}", "more than once"),
        ("{speaker_id}:" + "-" * MAX_LABEL_CHARACTERS, "longer"),
    ],
)
def test_what_is_no_format_of_labels_is_refused(label: str, fault: str) -> None:
    """Every word would be a label, or none."""
    with pytest.raises(ValueError, match=re.escape(fault)):
        speaker_pattern(label)


@given(st.text(alphabet="ab1 ()[]<>*♪（）:S", max_size=40))
def test_nothing_is_added_and_nothing_is_left_to_take(text: str) -> None:
    """What is left is part of what came, in order."""
    rest = iter(text)
    assert all(char in rest for char in said(text) if not char.isspace())


@pytest.mark.parametrize("piece", ["(", "()", "([", "*a", "*", "<a", "♪a", "a:", "S1:", "(1", "a-"])
def test_no_text_takes_long(piece: str) -> None:
    """A hundred thousand characters of the worst are gone through in a moment."""
    label = speaker_pattern("{speaker_id}: {text}")
    began = time.process_time()
    said(piece * (100_000 // len(piece)), label)
    assert time.process_time() - began < 2

"""Words count as they are spoken: what is one to the eye is several to whoever says it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from livekit.agents.tokenize.basic import split_words

from filters.words.spoken_words import more_words


def spoken(text: str) -> int:
    """Words as LiveKit counts them, and those more that are spoken."""
    return len(split_words(text, split_character=True)) + more_words(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("7", 1),
        ("42", 1),
        ("4471.", 2),
        ("007", 3),
        ("415-555-0199.", 7),
        ("(415) 555", 4),
        ("4539 1488 0343 6467", 9),
        ("٤٤٧١", 2),
        ("john.doe@example.com", 7),
        ("www.example.com/abc", 7),
        ("example.com", 3),
        ("$50", 2),
        ("50%", 2),
        ("3,50€", 3),
        ("1,000", 2),
        ("7:30", 2),
        ("7pm", 2),
        ("12/25", 2),
        ("1st", 1),
        ("the 21st", 2),
        ("A-B-C", 3),
        ("B. M. W.", 3),
        ("B.M.W.", 3),
        ("B2", 2),
        ("I-I", 1),
        ("mm-hmm", 1),
        ("T-shirt", 1),
        ("forty-two", 1),
        ("that's", 1),
    ],
)
def test_words_count_as_they_are_spoken(text: str, words: int) -> None:
    """Numbers in pairs of digits, addresses with their dots, spelled letters one each."""
    assert spoken(text) == words


@given(st.text(alphabet="abcé ,!?'日本はいกข", max_size=60))
def test_words_of_letters_count_as_livekit_counts_them(text: str) -> None:
    """`min_words` means the same here and in the session."""
    assert more_words(text) == 0


@given(st.text(max_size=80))
def test_no_text_has_fewer_words_than_livekit_counts(text: str) -> None:
    """Whatever it holds."""
    assert more_words(text) >= 0


@pytest.mark.parametrize("piece", ["0", "1", "a.b", "a@", "1-", "a-", "x.yy", "a.", "1 "])
def test_no_text_takes_long(piece: str) -> None:
    """A hundred thousand characters of the worst are counted in a moment."""
    began = time.process_time()
    more_words(piece * (100_000 // len(piece)))
    assert time.process_time() - began < 2

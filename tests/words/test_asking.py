"""What asks in a turn of the agent, and where the asking sentence begins."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.words import AskingTurn

ASKS = AskingTurn(["please confirm", "tell me (when|which)"])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("We have a suite. Shall I book it?", "Shall I book it?"),
        ("Shall I book it? It has a view.", "Shall I book it? It has a view."),
        ("It is late. Shall I book it? Or not?", "Shall I book it? Or not?"),
        ("It is late. Please confirm. Thank you.", "Please confirm. Thank you."),
        (
            'He asked: "Which one?" Tell me when you know',
            'He asked: "Which one?" Tell me when you know',
        ),
        ("部屋があります。予約しますか？", "予約しますか？"),
        ("غرفة. هل أحجزها؟", "هل أحجزها؟"),
        ("It costs 3.5 thousand, doesn't it? ", "It costs 3.5 thousand, doesn't it? "),
        ("Which?", "Which?"),
    ],
)
def test_the_asking_sentence_begins_with_the_earlier_of_the_last_two_that_asks(
    text: str, sentence: str
) -> None:
    """Its first character is a word's, or the quotation mark before it."""
    begins_at = ASKS.begins_at(text)
    assert ASKS(text)
    assert begins_at is not None
    assert text[begins_at:].lstrip('"') == sentence.lstrip('"')


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("", False),
        ("It has a view.", False),
        ("Which one? We have two. Both are free.", False),
        ("Please confirm. We have two. Both are free.", True),
        ("Please. Confirm it is.", True),  # a prompt may cross the end of a sentence
        ("...", False),
    ],
)
def test_no_sentence_asks_where_neither_of_the_last_two_does(text: str, asks: bool) -> None:
    """A prompt asks wherever it stands; a question mark only at the end."""
    assert ASKS.begins_at(text) is None
    assert ASKS(text) is asks


@given(st.text(alphabet='ab ?!.。？\n"', max_size=40))
def test_what_begins_asks(text: str) -> None:
    """There is an asking sentence only in a turn that asks, and it lies within its text."""
    begins_at = AskingTurn().begins_at(text)
    assert (begins_at is not None) is AskingTurn()(text)
    assert begins_at is None or 0 <= begins_at < len(text)

"""Phrases are spelled out at a bounded cost, and every faulty one is named."""

from __future__ import annotations

import itertools
import time

import pytest

from filters.documents import Faults
from filters.words.patterns import MAX_EXPANSIONS
from filters.words.phrases import MAX_PATTERN_CHARACTERS, MAX_PHRASES, read_phrases


@pytest.mark.parametrize(
    "patterns",
    [
        ["(a|b)" * 14 + " c" * 10] * 1_000,
        ["(" * MAX_PATTERN_CHARACTERS],
        ["(" * 400 + "a" + ")" * 400],
        ["x" * 100_000],
        [f"{a}{b}{c}" for a, b, c in itertools.product("bcdfghjklnpqrstvwxyz", repeat=3)] * 20,
        ["(a|b|c|d|e|f|g|h)" * 20],
    ],
    ids=["wide", "unclosed", "nested", "long", "many", "explosive"],
)
def test_costly_patterns_are_refused_or_bounded(patterns: list[str]) -> None:
    """No list costs more than seconds to read, nor stands for more than it may."""
    faults = Faults("words.yaml")
    entries = [(("commands", index), pattern) for index, pattern in enumerate(patterns)]
    began = time.process_time()
    phrases = read_phrases("commands", entries, faults)
    assert time.process_time() - began < 30  # five, but for what measures coverage
    assert len(phrases) <= MAX_PHRASES + MAX_EXPANSIONS


def test_a_list_that_stands_for_too_many_phrases_is_refused() -> None:
    """The bound is an error, not a silent cut."""
    faults = Faults("words.yaml")
    pattern = "(a|b|c|d|e|f|g|h|i|j)" * 4
    entries = [(("commands", index), f"{pattern} {index}") for index in range(5)]
    read_phrases("commands", entries, faults)
    assert str(faults.error()) == (
        f"words.yaml: commands[4]: the list stands for more than {MAX_PHRASES} phrases. "
        "Shorten its patterns."
    )

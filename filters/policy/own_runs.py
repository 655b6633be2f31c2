"""Which tokens of a text the runs of the agent's words in it cover. Pure: no clock, no LiveKit."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

MOSTLY = 0.6
"""What share of a transcript, on a line that echoes, is the agent's if all of it is."""
MISHEARD = 3
"""Words between two runs of the agent's words that may be its own, heard wrong."""


class Step(NamedTuple):
    """Tokens of the caller's text that are words of the agent."""

    first: int  # of the caller's tokens
    last: int
    word: int  # of the agent's
    last_word: int


class Run(NamedTuple):
    """A stretch of the caller's tokens that is the agent's, and where in its words."""

    begin: int
    end: int
    word: int
    end_word: int


def mostly(runs: Sequence[Run], size: int) -> bool:
    """Whether so much of a text is in the runs that all of it is the agent's."""
    return sum(run.end - run.begin for run in runs) >= MOSTLY * size


def walked_of(path: Sequence[Step], size: int) -> list[bool]:
    """The tokens on a walk."""
    marked = [False] * size
    for step in path:
        marked[step.first : step.last + 1] = [True] * (step.last + 1 - step.first)
    return marked


def longest_gap(marked: Sequence[bool]) -> int:
    """How many tokens in a row are not marked, at most."""
    gaps = (len(list(gap)) for own, gap in itertools.groupby(marked) if not own)
    return max(gaps, default=0)


def strict(runs: Sequence[Run], size: int) -> list[bool]:
    """The tokens in the runs alone."""
    marked = [False] * size
    for run in runs:
        marked[run.begin : run.end] = [True] * (run.end - run.begin)
    return marked


def loose(runs: Sequence[Run], size: int, end: int) -> list[bool]:
    """Those, with what was probably heard wrong between two runs or beside one."""
    marked = strict(runs, size)
    for before, after in itertools.pairwise(runs):
        between, unheard = after.begin - before.end, after.word - before.end_word
        if between <= MISHEARD and 0 < unheard <= MISHEARD + 2:
            marked[before.end : after.begin] = [True] * between
    if runs[0].begin == 1:
        marked[0] = True
    if runs[-1].end == size - 1 and runs[-1].end_word < end:
        marked[-1] = True
    return marked

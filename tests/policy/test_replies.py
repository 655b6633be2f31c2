"""The law of the turn's end, on turns that were heard to their end."""

from __future__ import annotations

import pytest

from filters.policy import PolicySettings
from filters.policy.floor import Turn
from filters.policy.replies import Reply, asks, reply_to
from filters.words import AskingTurn

STATEMENT = "Your table is on the terrace. We close at eleven."
QUESTION = "Your table is on the terrace. Shall I add a chair?"  # asks from 30 of 50 characters on
NOBODY_KNOWS = ""
ASKS = AskingTurn(())


def turn_of(text: str, *, heard: bool = True, expects: bool = False) -> Turn:
    """A turn of ten seconds that began at 0."""
    turn = Turn(began_at=0.0, expects_answer=expects)
    if heard:
        turn.audible.mark(0.0, on=True)
        turn.audible.mark(10.0, on=False)
    if text:
        turn.add_text(text)
    turn.ended_at = 10.0
    return turn


N, E, P = Reply.NONE, Reply.EARLY, Reply.PROMPT
TABLE = [
    # the turn        5.0 6.5 8.1 8.9 9.1 10.2 12.5 s: when the backchannel began
    (STATEMENT,    0, (N, N, N, N, P, P, P)),
    (QUESTION,     0, (N, E, E, E, P, P, P)),
    (NOBODY_KNOWS, 0, (N, N, E, E, P, P, P)),
    (STATEMENT,    1, (N, N, E, E, P, P, P)),
]  # fmt: skip
NO_YIELD = [
    (STATEMENT,    0, (N, N, N, N, N, N, N)),
    (QUESTION,     0, (N, E, E, E, P, P, P)),
    (NOBODY_KNOWS, 0, (N, N, E, E, P, P, N)),
]  # fmt: skip
MOMENTS = (5.0, 6.5, 8.1, 8.9, 9.1, 10.2, 12.5)


@pytest.mark.parametrize("moment", range(len(MOMENTS)))
@pytest.mark.parametrize(("text", "expects", "row"), TABLE)
def test_table(text: str, expects: int, row: tuple[Reply, ...], moment: int) -> None:
    """When it began decides, and in a turn that asks where that asks."""
    turn = turn_of(text, expects=bool(expects))
    assert reply_to(turn, MOMENTS[moment], ASKS, PolicySettings()) is row[moment]


@pytest.mark.parametrize("moment", range(len(MOMENTS)))
@pytest.mark.parametrize(("text", "expects", "row"), NO_YIELD)
def test_without_a_yield_only_a_turn_that_asks_takes_a_reply(
    text: str, expects: int, row: tuple[Reply, ...], moment: int
) -> None:
    """`yield_s: 0` is the guide's rule."""
    turn = turn_of(text, expects=bool(expects))
    assert reply_to(turn, MOMENTS[moment], ASKS, PolicySettings(yield_s=0.0)) is row[moment]


def test_an_agent_that_said_nothing_is_not_answered() -> None:
    """Before the first turn nothing is a reply."""
    assert reply_to(None, 1.0, ASKS, PolicySettings()) is Reply.NONE


def test_a_turn_that_was_not_heard_yet_is_not_answered() -> None:
    """Said while the agent thought, an "okay" was said to nobody."""
    turn = Turn(began_at=0.0)
    turn.audible.mark(9.5, on=True)
    turn.audible.mark(10.0, on=False)
    turn.add_text(QUESTION)
    turn.ended_at = 10.0
    assert reply_to(turn, 9.2, ASKS, PolicySettings()) is Reply.NONE
    assert reply_to(turn, 9.6, ASKS, PolicySettings()) is Reply.PROMPT


def test_a_pause_does_not_bring_the_end_closer() -> None:
    """The last second is one that could be heard."""
    turn = turn_of(STATEMENT)
    turn.paused.mark(8.5, on=True)
    turn.paused.mark(9.5, on=False)
    assert reply_to(turn, 8.2, ASKS, PolicySettings()) is Reply.PROMPT


@pytest.mark.parametrize(
    ("text", "expects", "asking"),
    [
        (STATEMENT, False, False),
        (QUESTION, False, True),
        ("", False, True),
        (STATEMENT, True, True),
    ],
)
def test_what_asks(text: str, expects: bool, asking: bool) -> None:
    """A question, one that the application expects an answer to, and one that nobody knows."""
    assert asks(turn_of(text, expects=expects), ASKS) is asking


def test_a_turn_goes_on_asking_in_another_stage() -> None:
    """What told that it asks may belong to the stage before."""
    turn = turn_of("Please confirm the terrace.")
    assert not asks(turn, ASKS)
    turn.asked_by.append(AskingTurn(("please confirm",)))
    assert asks(turn, ASKS)

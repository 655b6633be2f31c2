"""Who holds the floor, and for how long what has gone on in a turn."""

from __future__ import annotations

import pytest

from filters.policy import AgentState, Speech, SpeechState
from filters.policy.floor import MAX_SPELLS, Floor, Spells, Turn


def spells(*stretches: tuple[float, float], since: float | None = None) -> Spells:
    """Stretches of time, the last of them still going on or not."""
    made = Spells()
    for start, end in stretches:
        made.mark(start, on=True)
        made.mark(end, on=False)
    if since is not None:
        made.mark(since, on=True)
    return made


TWICE = ((1.0, 3.0), (5.0, 6.0))


@pytest.mark.parametrize(
    ("t", "seconds"), [(0.0, 0.0), (1.0, 0.0), (2.5, 1.5), (4.0, 2.0), (5.5, 2.5), (9.0, 3.0)]
)
def test_spells_add_up_to_a_moment(t: float, seconds: float) -> None:
    """The gaps between them don't count."""
    assert spells(*TWICE).until(t) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("seconds", "t"), [(0.0, 1.0), (1.5, 2.5), (2.0, 3.0), (2.5, 5.5), (3.0, 6.0)]
)
def test_the_moment_at_which_spells_add_up(seconds: float, t: float) -> None:
    """The inverse."""
    assert spells(*TWICE).after(seconds) == pytest.approx(t)


def test_a_spell_goes_on_until_it_ends() -> None:
    """What is still going on counts to now, and from then on."""
    going_on = spells((1.0, 2.0), since=4.0)
    assert going_on.until(6.0) == pytest.approx(3.0)
    assert going_on.after(2.5) == pytest.approx(5.5)
    going_on.mark(5.0, on=True)  # said again
    assert going_on.until(6.0) == pytest.approx(3.0)


def test_nothing_has_gone_on_before_the_first_spell() -> None:
    """It is at infinity where there is none."""
    assert spells().first == float("inf")
    assert spells().until(9.0) == 0.0
    assert spells(since=2.0).first == 2.0


@pytest.mark.parametrize(
    ("t", "seconds", "back"), [(8.0, 1.0, 7.0), (8.0, 3.0, 4.0), (8.0, 5.0, 0.0), (5.5, 1.0, 4.5)]
)
def test_time_is_counted_back_over_spells(t: float, seconds: float, back: float) -> None:
    """So many seconds before a moment, the spells left out."""
    assert spells(*TWICE).back_from(t, seconds) == pytest.approx(back)


def test_spells_are_bounded() -> None:
    """The oldest two count as one."""
    many = spells(*((2.0 * n, 2.0 * n + 1.0) for n in range(10 * MAX_SPELLS)))
    assert len(many._spells) == MAX_SPELLS  # noqa: SLF001 - the bound is what is tested
    assert many.first == 0.0


def test_a_character_was_spoken_at_its_share_of_the_audible_time() -> None:
    """Thinking before it and pauses in it left out."""
    turn = Turn(began_at=0.0)
    turn.audible = spells((2.0, 4.0), (6.0, 8.0))
    turn.ended_at = 8.0
    turn.add_text("0123456789")
    assert turn.when_said(0) == pytest.approx(2.0, abs=0.5)
    assert turn.when_said(8) == pytest.approx(7.2, abs=0.5)


def test_a_turn_ends_with_the_last_of_its_speeches() -> None:
    """Two that follow each other without a gap are one turn."""
    floor = Floor()
    floor.change_speech(Speech(1.0, "a", SpeechState.CREATED))
    floor.change_state(AgentState(1.0, "speaking"))
    floor.change_speech(Speech(2.0, "b", SpeechState.CREATED))
    floor.change_speech(Speech(3.0, "a", SpeechState.DONE))
    assert floor.held
    floor.change_speech(Speech(4.0, "b", SpeechState.DONE))
    assert not floor.held
    assert floor.last_turn is not None
    assert (floor.last_turn.began_at, floor.last_turn.end) == (1.0, 4.0)

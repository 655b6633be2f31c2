"""When to ask LiveKit again about a turn that it may have refused."""

from __future__ import annotations

import pytest

from filters.livekit.refused_turn import RefusedTurn
from filters.policy import PolicySettings, Turn

SETTINGS = PolicySettings(hold_s=5.0, release_quiet_s=0.25)


@pytest.fixture
def refused() -> RefusedTurn:
    """With "Yeah." in LiveKit's hands since 10.0."""
    made = RefusedTurn(SETTINGS)
    made.given("Yeah.", 10.0)
    return made


def spoken(refused: RefusedTurn, began: float, ended: float) -> None:
    """A turn of the agent."""
    refused.floor_is(Turn(began), began)
    refused.floor_is(None, ended)


def test_words_that_no_speech_follows_need_no_asking(refused: RefusedTurn) -> None:
    """LiveKit makes a turn of them."""
    refused.floor_is(None, 11.0)
    assert refused.deadline is None
    assert not refused.due(20.0)


def test_words_overtaken_by_a_speech_are_due_when_it_has_ended(refused: RefusedTurn) -> None:
    """After a moment of quiet, once."""
    refused.floor_is(Turn(10.5), 10.5)
    assert refused.deadline is None
    refused.floor_is(None, 12.0)
    assert refused.deadline == 12.25
    assert not refused.due(12.2)
    assert refused.due(12.25)
    assert refused.deadline is None
    assert not refused.due(13.0)


def test_a_speech_that_follows_at_once_is_waited_for(refused: RefusedTurn) -> None:
    """The floor must be free."""
    spoken(refused, 10.5, 12.0)
    spoken(refused, 12.1, 13.0)
    assert refused.deadline == 13.25


def test_each_speech_that_comes_between_is_a_reason_to_ask(refused: RefusedTurn) -> None:
    """The next one may have been too early as well."""
    spoken(refused, 10.5, 12.0)
    assert refused.due(12.25)
    spoken(refused, 12.5, 13.0)
    assert refused.due(13.25)


def test_a_speech_that_had_begun_before_the_words_is_none(refused: RefusedTurn) -> None:
    """They passed over it, and stopped it."""
    spoken(refused, 9.0, 10.2)
    assert refused.deadline is None


def test_words_that_are_in_the_history_are_done_with(refused: RefusedTurn) -> None:
    """LiveKit has made a message of them."""
    refused.floor_is(Turn(10.5), 10.5)
    refused.committed("Well. Yeah.")
    refused.floor_is(None, 12.0)
    assert refused.deadline is None
    refused.committed("Yeah.")
    refused.look_again()


def test_other_messages_of_the_caller_change_nothing(refused: RefusedTurn) -> None:
    """Text that the application put in, say."""
    refused.floor_is(Turn(10.5), 10.5)
    refused.committed("typed")
    refused.floor_is(None, 12.0)
    assert refused.deadline == 12.25


def test_words_too_old_are_left_alone(refused: RefusedTurn) -> None:
    """They begin the next turn."""
    spoken(refused, 10.5, 15.1)
    assert refused.deadline is None
    assert not refused.due(20.0)


def test_a_caller_who_speaks_has_livekit_look_again_itself(refused: RefusedTurn) -> None:
    """At the end of that speech; unless the agent speaks again by then."""
    spoken(refused, 10.5, 12.0)
    refused.look_again()
    assert refused.deadline is None
    spoken(refused, 12.5, 13.0)
    assert refused.deadline == 13.25

"""When the bot holds the floor, without a pipeline."""

from __future__ import annotations

from filters.pipecat.bot_floor import STUCK_S, TOOL_GAP_S, BotFloor


def test_a_reply_holds_the_floor_from_the_context_to_its_last_sound() -> None:
    """Through thinking, the first sound, and a gap between two sentences."""
    floor = BotFloor()
    assert not floor.held
    floor.context_pushed(1.0)
    assert floor.held
    floor.reply_begun(1.1)
    floor.voice_begun(2.0)
    floor.started(2.1)
    floor.stopped(3.0)
    floor.voice_played(3.0)
    assert floor.held  # the model goes on
    floor.voice_begun(3.2)
    floor.reply_made(3.3)
    floor.started(3.4)
    floor.reply_played(3.5)  # the words come before their sound ends
    assert floor.held
    floor.stopped(4.0)
    assert floor.held
    floor.voice_played(4.0)
    assert not floor.held


def test_two_things_to_say_hold_the_floor_together() -> None:
    """The second has begun when the first ends."""
    floor = BotFloor()
    floor.voice_begun(1.0)
    floor.started(1.1)
    floor.voice_begun(1.2)
    floor.stopped(3.0)
    floor.voice_played(3.0)
    assert floor.held
    floor.started(3.1)
    floor.stopped(4.0)
    floor.voice_played(4.0)
    assert not floor.held


def test_a_tool_holds_the_floor_and_is_told_from_a_reply() -> None:
    """Until the model has had the time to go on with its result."""
    floor = BotFloor()
    floor.reply_begun(1.0)
    floor.tools_begun(1.1, "a", "b")
    assert not floor.tool_alone
    floor.reply_made(1.2)
    floor.reply_played(1.2)
    assert floor.tool_alone
    floor.tool_ended(2.0, "a")
    assert floor.tool_alone
    floor.tool_ended(3.0, "b")
    assert floor.held
    assert not floor.tool_alone
    assert floor.deadline == 3.0 + TOOL_GAP_S
    floor.expire(3.0 + TOOL_GAP_S)
    assert not floor.held
    assert floor.deadline is None


def test_a_result_nobody_waited_for_changes_nothing() -> None:
    """As of a call that was cancelled."""
    floor = BotFloor()
    floor.tool_ended(1.0, "a")
    assert not floor.held


def test_an_interruption_drops_all_that_was_to_be_said() -> None:
    """What is heard right now ends when the output says so."""
    floor = BotFloor()
    floor.reply_begun(1.0)
    floor.voice_begun(1.0)
    floor.tools_begun(1.0, "a")
    floor.started(1.1)
    floor.interrupted(2.0)
    assert floor.held
    floor.stopped(2.1)
    assert not floor.held


def test_what_is_never_heard_does_not_hold_the_floor_for_ever() -> None:
    """The end of a reply may get lost in somebody's processor."""
    floor = BotFloor()
    floor.reply_begun(1.0)
    assert floor.deadline is None  # a model may think for long
    floor.voice_begun(1.1)
    floor.reply_made(2.0)
    assert floor.deadline == 2.0 + STUCK_S
    floor.expire(2.0 + STUCK_S - 0.1)
    assert floor.held
    floor.expire(2.0 + STUCK_S)
    assert not floor.held

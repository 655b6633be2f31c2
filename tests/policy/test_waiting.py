"""What waits goes when its time has come, whatever waits before it."""

from __future__ import annotations

from filters.policy import Action, Heard, PolicySettings, SpeechType
from filters.policy.waiting import Waiting


def final(t: float, text: str) -> Heard:
    """A final that arrived then."""
    return Heard(t, SpeechType.FINAL, text, "en")


def test_a_possible_answer_goes_though_a_later_one_was_heard_before_it() -> None:
    """A final may come late: what is next due is not always what came first."""
    waiting = Waiting(PolicySettings(answer_window_s=2.0))
    waiting.keep_answer(final(3.2, "Yeah."), 3.0, 3.2, hesitation=False)
    waiting.keep_answer(final(3.4, "Mhm."), 1.0, 3.4, hesitation=False)
    assert waiting.due(paused=False) == 3.0
    gone = waiting.expire(3.4, paused=False)
    assert [(each.action, each.heard.text) for each in gone] == [(Action.DISCARD, "Mhm.")]
    assert waiting.due(paused=False) == 5.0


def test_content_goes_though_newer_content_waits_before_it() -> None:
    """Each is noted after `hold_s` of its own."""
    waiting = Waiting(PolicySettings(hold_s=5.0))
    waiting.hold(final(2.0, "Suite."), 1, 2.0)
    waiting.hold(final(1.0, "Breakfast."), 1, 2.0)
    assert waiting.due(paused=False) == 6.0
    gone = waiting.expire(6.0, paused=False)
    assert [(each.action, each.heard.text) for each in gone] == [(Action.NOTE, "Breakfast.")]
    assert [heard.text for heard in waiting.content] == ["Suite."]


def test_a_pause_stops_the_clock_of_possible_answers() -> None:
    """The end of the turn moves on with it."""
    waiting = Waiting(PolicySettings(answer_window_s=2.0))
    waiting.keep_answer(final(3.2, "Yeah."), 3.0, 3.2, hesitation=False)
    assert waiting.due(paused=True) is None
    assert waiting.expire(10.0, paused=True) == []
    waiting.shift_answers(7.0)
    assert waiting.due(paused=False) == 12.0

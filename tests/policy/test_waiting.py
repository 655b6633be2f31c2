"""What waits goes when its time has come, whatever waits before it."""

from __future__ import annotations

from filters.policy import Action, Heard, PolicySettings, SpeechType
from filters.policy.utterances import Utterance
from filters.policy.waiting import Kept, Waiting, Waits


def kept(t: float, text: str, waits: Waits, *, hesitation: bool = False) -> Kept:
    """A final that arrived then, of an utterance of its own."""
    heard = Heard(t, SpeechType.FINAL, text, "en")
    return Kept(heard, Utterance(t, t, overlaps=True, bounded=True), waits, 1, None, hesitation)


def test_content_goes_though_newer_content_waits_before_it() -> None:
    """Each is noted after `hold_s` of its own."""
    waiting = Waiting(PolicySettings(hold_s=5.0))
    waiting.keep(kept(2.0, "Suite.", Waits.FLOOR), 2.0)
    waiting.keep(kept(1.0, "Breakfast.", Waits.FLOOR), 2.0)
    assert waiting.due == 6.0
    gone = waiting.expire(6.0)
    assert [(each.action, each.heard.text) for each in gone] == [(Action.NOTE, "Breakfast.")]
    assert [heard.text for heard in waiting.content] == ["Suite."]


def test_a_possible_reply_waits_as_long_as_the_turn() -> None:
    """However long it is, no time is due for it."""
    waiting = Waiting(PolicySettings(hold_s=5.0))
    waiting.keep(kept(1.0, "Yeah.", Waits.TURN_END), 1.0)
    assert waiting.due is None
    assert waiting.expire(1000.0) == []
    assert [each.action for each in waiting.discard(1000.0)] == [Action.DISCARD]
    assert not waiting


def test_a_hesitation_never_becomes_a_reply() -> None:
    """The end of the turn settles the others."""
    waiting = Waiting(PolicySettings())
    waiting.keep(kept(1.0, "Um.", Waits.TURN_END, hesitation=True), 1.0)
    waiting.keep(kept(1.5, "Yeah.", Waits.TURN_END), 1.5)
    waiting.settle(lambda _: Waits.FLOOR)
    assert waiting.replies()
    assert [heard.text for heard in waiting.content] == ["Yeah."]


def test_what_is_taken_comes_in_the_order_it_was_said() -> None:
    """Whenever it was kept."""
    waiting = Waiting(PolicySettings())
    for t in (3.0, 1.0, 2.0):
        waiting.keep(kept(t, str(t), Waits.FLOOR), 3.0)
    assert [each.heard.text for each in waiting.take(lambda _: True)] == ["1.0", "2.0", "3.0"]


def test_only_early_answers_wait_for_silence() -> None:
    """Once the agent has the floor they wait for that instead."""
    waiting = Waiting(PolicySettings(hold_s=5.0))
    waiting.keep(kept(1.0, "Yeah.", Waits.SILENCE), 1.0)
    assert waiting.only_early
    assert waiting.due is None
    waiting.hold_answers()
    assert not waiting.only_early
    assert waiting.due == 6.0

"""What of a transcript is new, and the caller's."""

from __future__ import annotations

import pytest

from filters.policy import AgentState, Heard, InterruptionPolicy, SpeechType
from filters.policy.said import new_words
from filters.policy.utterances import Utterance
from tests.policy_call import PaperCall, actions, told


@pytest.mark.parametrize(
    ("before", "after", "same", "new"),
    [
        ("What does it cost?", "What does it cost? Mhm.", False, "Mhm."),
        ("What does it cost?", "what does it cost mhm", False, "mhm"),
        ("Mhm.", "Mhm. Okay.", True, "Okay."),
        ("Mhm.", "Mhm. Okay.", False, None),  # two words may be said twice
        ("Mhm.", "Mhm.", True, None),
        ("Room", "Rooms for two.", True, None),
        ("It's", "It's-a me.", True, None),
        ("What does it cost?", "What does breakfast cost?", False, None),
    ],
)
def test_of_a_repeated_final_only_what_it_adds_is_new(
    before: str, after: str, same: bool, new: str | None
) -> None:
    """At the head of the same utterance, or three words and more at that of the next."""
    utterance = Utterance(2.0, 2.0, overlaps=True, bounded=True)
    utterance.final_at = 2.5 if same else None
    earlier = Heard(2.5, SpeechType.FINAL, before)
    said = new_words(Heard(4.0, SpeechType.FINAL, after), utterance, earlier)
    assert said.adds == new
    assert said.text == (after if new is None else new)


def test_a_final_long_ago_is_said_again() -> None:
    """Somebody who repeats the question after a while repeats it."""
    utterance = Utterance(30.0, 30.0, overlaps=True, bounded=True)
    earlier = Heard(2.5, SpeechType.FINAL, "What does it cost?")
    again = Heard(31.0, SpeechType.FINAL, "What does it cost? Tell me.")
    assert new_words(again, utterance, earlier).adds is None


def test_a_repeated_final_with_a_backchannel_does_not_stop_the_agent() -> None:
    """The recogniser puts the caller's turn before at the head of their "mhm"."""
    call = PaperCall()
    call.utter(1.0, "I want a suite.")
    call.speak(2.0)
    assert told(call.utter(5.0, "I want a suite. Mhm.")) == [("hold", "possible_answer")]


def test_pieces_are_judged_together() -> None:
    """ "I" and "see." are a backchannel, "hold" and "on." a command, however they are cut."""
    for pieces, fates in (
        (("I", "see."), ["hold", "hold"]),
        (("hold", "on."), ["hold", "interrupt"]),
        (("that's", "right.", "Mhm."), ["hold", "hold", "hold"]),
    ):
        call = PaperCall()
        call.speak(0.0)
        made = [call.final(1.0 + 0.5 * n, piece)[-1] for n, piece in enumerate(pieces)]
        assert actions(made) == fates


def test_pieces_that_make_a_backchannel_go_with_the_turns_midst() -> None:
    """None of them is left behind as content."""
    call = PaperCall()
    call.speak(0.0)
    call.final(1.0, "I")
    call.final(1.5, "see.")
    call.finish(6.0)
    assert actions(call.advance(7.0)) == ["discard", "discard"]


def test_the_callers_words_after_an_echo_count_alone() -> None:
    """What is passed on is the whole event; what it adds is the caller's."""
    call = PaperCall()
    call.speak(0.0)
    call.say(0.0, "Breakfast is served on the terrace from seven until ten.")
    call.start(2.0, onset=1.0)
    [made] = call.final(3.5, "Breakfast is served on the terrace, I want tea.")
    assert (made.action.value, made.adds) == ("interrupt", "I want tea.")


def test_an_echo_and_a_backchannel_are_a_backchannel() -> None:
    """It is kept back like any other."""
    call = PaperCall()
    call.speak(0.0)
    call.say(0.0, "Breakfast is served on the terrace from seven until ten.")
    call.start(2.0, onset=1.0)
    [made] = call.final(3.5, "Breakfast is served on the terrace, mhm.")
    assert (made.action.value, made.adds) == ("hold", "mhm.")


def test_nothing_is_the_agents_where_nobody_knows_what_it_says() -> None:
    """Without `agent_saying` a text counts as it stands."""
    policy: InterruptionPolicy = PaperCall().policy
    policy.feed(AgentState(0.0, "speaking"))
    [made] = policy.feed(Heard(2.0, SpeechType.FINAL, "Breakfast is served on the terrace."))
    assert (made.action.value, made.adds) == ("interrupt", None)

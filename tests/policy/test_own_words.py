"""The agent's own words, come back as an echo."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.policy import Action, Decision, PolicySettings, SpeechType
from tests.policy.echoes import TURNS, Line, echoed_call
from tests.policy_call import PaperCall, actions, new_policy, told

SAID = "You can book a tour, ask about our opening hours, or leave a message after the tone."
DELIVERED = (Action.PASS, Action.INTERRUPT, Action.RELEASE, Action.NOTE, Action.RETRACT)


def talking(said: str = SAID, **settings: int) -> PaperCall:
    """A call in which the agent says it, at fifteen characters a second."""
    call = PaperCall(new_policy(PolicySettings(**settings)))
    call.speak(0.0)
    call.say(0.0, said)
    return call


@pytest.mark.parametrize(
    "heard",
    [
        "Book a tour, ask about",
        "book a tour ask about our opening",
        "can book a tour, ask a bout",  # a word split
        "book atour, ask about our",  # two joined
        "Look a tour, ask about our",  # the first one wrong
        "book a tour, tusk about our opening",  # one in the midst wrong
        "book a tour about our opening",  # one missing
        "book a the tour, ask about our",  # one too many
    ],
)
def test_an_echo_is_suppressed(heard: str) -> None:
    """Word for word or nearly so."""
    call = talking()
    call.start(2.2, onset=1.4)
    assert told(call.final(4.0, heard)) == [("suppress", "own_words")]


@pytest.mark.parametrize(
    "heard",
    [
        "A tour on Sunday?",
        "Your opening hours, please.",
        "Book me a tour on Sunday.",
        "I want to leave a complaint.",
    ],
)
def test_a_caller_who_takes_up_the_agents_words_is_a_caller(heard: str) -> None:
    """A word or three of them are no echo."""
    call = talking()
    call.start(2.6, onset=2.2)
    assert actions(call.final(4.0, heard)) == ["interrupt"]


def test_words_that_the_agent_has_yet_to_say_are_the_callers() -> None:
    """A sentence that comes ten seconds later is no echo now."""
    call = talking("First of all, let me tell you a little about our house. " * 3 + SAID)
    call.start(1.5, onset=1.0)
    assert actions(call.final(2.5, "Leave a message after the tone.")) == ["interrupt"]


def test_words_that_the_agent_said_long_ago_are_the_callers() -> None:
    """A minute later they are a quotation."""
    call = talking(SAID + " And now the weather for the coming week in the whole county." * 8)
    call.start(30.0, onset=29.0)
    assert actions(call.final(31.0, "You can book a tour, ask about.")) == ["interrupt"]


def test_the_first_words_of_an_echo_are_held_for_one_event() -> None:
    """Then what comes tells."""
    call = talking()
    call.start(2.2, onset=1.4)
    assert told(call.interim(2.2, "book a")) == [("hold", "may_be_own_words")]
    assert told(call.interim(2.8, "book a tour ask")) == [("suppress", "own_words")]


def test_an_interruption_in_the_agents_words_waits_for_its_final_at_most() -> None:
    """Of so few words nobody can tell sooner."""
    for more in ("Book a?", "Book a taxi, please."):
        call = talking()
        call.start(2.2, onset=1.4)
        assert actions(call.interim(2.2, "book a")) == ["hold"]
        assert actions(call.final(2.8, more)) == ["interrupt"]


def test_without_a_number_of_own_words_nothing_is_an_echo() -> None:
    """`own_words: 0` switches it off."""
    call = talking(own_words=0)
    call.start(2.2, onset=1.4)
    assert actions(call.final(4.0, "book a tour ask about our opening")) == ["interrupt"]


def test_more_words_in_a_row_may_be_asked_for() -> None:
    """Five are an echo where six are needed only if nothing else is."""
    for needed, fate in ((4, "suppress"), (8, "interrupt")):
        call = talking(own_words=needed)
        call.start(2.2, onset=1.4)
        assert actions(call.final(4.0, "book a tour, ask about")) == [fate]


def test_a_command_in_an_echo_of_another_text_is_one() -> None:
    """The agent did not say "stop"."""
    call = talking()
    call.start(2.2, onset=1.4)
    [made] = call.final(4.0, "Book a tour, ask about. Stop!")
    assert (made.action.value, made.adds) == ("interrupt", "Stop!")


def test_an_echo_of_the_agents_end_is_no_reply_to_it() -> None:
    """Though it is heard when nobody speaks."""
    call = talking("Your table is booked. Thank you very much, and goodbye.")
    call.start(3.4, onset=2.9)
    call.finish(3.7, "Your table is booked. Thank you very much, and goodbye.")
    assert told(call.final(4.3, "Thank you very much and goodbye.")) == [("suppress", "own_words")]


def test_words_are_matched_where_they_are_told_piece_by_piece() -> None:
    """As a model streams them, a word in two pieces among them."""
    call = PaperCall()
    call.speak(0.0)
    for piece in ("You can ", "book a to", "ur, ask ", "about our ", "opening hours."):
        call.say(0.0, piece)
    call.start(2.2, onset=1.4)
    assert told(call.final(4.0, "book a tour ask about our")) == [("suppress", "own_words")]


@given(
    st.floats(12.0, 20.0),
    st.floats(0.4, 1.2),
    st.booleans(),
    st.booleans(),
    st.sampled_from([0, 3, 5]),
    st.integers(10, 16),
    st.booleans(),
    st.integers(0, 2**32),
)
def test_law_12_a_late_echo_never_stops_the_agent_nor_becomes_a_turn(
    rate: float,
    late_s: float,
    onset: bool,
    bounds: bool,
    interims: int,
    words: int,
    pieces: bool,
    seed: int,
) -> None:
    """Over four turns, the greeting among them, with one word in eight wrong or missing."""
    line = Line(rate, late_s, onset, bounds, interims, words, pieces)
    assert [d for d in _delivered(line, random.Random(seed)) if d.heard.text] == []


def _delivered(line: Line, chance: random.Random) -> list[Decision]:
    policy = new_policy()
    decisions = [d for event in echoed_call(line, chance) for d in policy.feed(event)]
    return [d for d in decisions if d.action in DELIVERED]


def test_a_caller_in_the_midst_of_the_echo_is_heard() -> None:
    """What the echo has done to the guard does not make it deaf."""
    policy = new_policy()
    for event in echoed_call(Line(), random.Random(1), TURNS[:2]):
        policy.feed(event)
    call = PaperCall(policy)
    call.speak(40.0, speech="next")
    call.say(40.0, SAID)
    call.start(42.2, onset=41.4)
    assert actions(call.interim(42.2, "book a tour ask")) == ["suppress"]
    call.start(43.5, onset=43.0)
    assert actions(call.interim(44.0, "what about children")) == ["interrupt"]


OTHER = ["suite", "breakfast", "no", "stop", "mhm", "yeah", "okay", "um", "I", "see", "tomorrow"]


@given(
    st.lists(st.sampled_from([*OTHER, "tour", "hours", "message"]), min_size=1, max_size=8),
    st.floats(0.5, 5.0),
    st.booleans(),
)
def test_law_12_words_that_are_not_the_agents_are_decided_as_if_it_were_not_known(
    words: list[str], onset: float, streamed: bool
) -> None:
    """No two of the agent's in a row: the same decisions, with and without `agent_saying`."""
    agents = ("tour", "hours", "message")
    words = [
        word if word not in agents or not index or words[index - 1] not in agents else "suite"
        for index, word in enumerate(words)
    ]
    fates = []
    for told_of in (True, False):
        call = PaperCall()
        call.speak(0.0)
        if told_of:
            call.say(0.0, SAID)
        call.start(onset + 0.3, onset=onset)
        if streamed and len(words) > 1 and words[0] not in agents:
            call.interim(onset + 0.8, " ".join(words[: len(words) // 2]))
        call.final(onset + 1.5, " ".join(words))
        call.end(onset + 1.5)
        call.finish(9.0, SAID)
        call.advance(20.0)
        fates.append([(d.t, d.action, d.adds) for d in call.decisions])
    assert fates[0] == fates[1]


def test_the_guard_forgets() -> None:
    """An hour of talk leaves the words of two turns."""
    call = PaperCall()
    for minute in range(200):
        call.speak(60.0 * minute, speech=f"s{minute}")
        for _ in range(40):
            call.say(60.0 * minute, f"{SAID} ")
        call.finish(60.0 * minute + 50, SAID, speech=f"s{minute}")
    tracks = call.policy._call.own_words._tracks  # noqa: SLF001 - the bound is what is tested
    assert len(tracks) <= 2
    assert all(len(track.tokens) <= 2_000 for track in tracks)
    assert call.decisions == [d for d in call.decisions if d.heard.type is SpeechType.FINAL]

"""The policy: its table cell by cell, then each law by example."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from filters.policy import (
    Action,
    AgentState,
    AgentText,
    ExpectAnswer,
    PolicySettings,
    Speech,
    SpeechState,
    StreamClosed,
)
from filters.policy.waiting import MAX_WAITING
from tests.policy_call import QUESTION, STATEMENT, PaperCall, actions, new_policy, told

if TYPE_CHECKING:
    from collections.abc import Callable


def audible(call: PaperCall) -> None:
    """The agent is heard."""
    call.speak(0.0)


def paused(call: PaperCall) -> None:
    """The agent has paused."""
    call.speak(0.0)
    call.pause(0.5)


def pending(call: PaperCall) -> None:
    """A reply is being made."""
    call.think(0.0)


def tool(call: PaperCall) -> None:
    """A tool runs."""
    call.think(0.0)
    call.run_tool(0.5)


def protected(call: PaperCall) -> None:
    """The agent's speech disallows interruptions."""
    call.speak(0.0, interruptible=False)


def free(call: PaperCall) -> None:
    """The agent made a statement, and the caller's onset fell into its end."""
    call.speak(0.0)
    call.finish(0.8)


COLUMNS: tuple[Callable[[PaperCall], None], ...] = (audible, paused, pending, tool, protected, free)

S, H, X, P = "suppress", "hold", "interrupt", "pass"
TABLE = [
    # said           final   audible  paused  pending  tool  protected  free
    ("Mm-hmm.",        False, (S,       S,      S,       S,    S,         S)),
    ("um",             False, (S,       S,      S,       S,    S,         S)),
    ("Yeah, okay.",    True,  (H,       S,      H,       H,    H,         P)),
    ("Um.",            True,  (H,       S,      H,       H,    H,         S)),
    ("I",              False, (H,       H,      H,       H,    H,         H)),
    ("yeah that's",    False, (H,       H,      H,       H,    H,         H)),
    ("no",             False, (H,       H,      H,       H,    H,         H)),
    ("No.",            True,  (X,       X,      X,       X,    H,         P)),
    ("stop",           False, (X,       X,      X,       X,    H,         P)),
    ("Hold on.",       True,  (X,       X,      X,       X,    H,         P)),
    ("the suite",      False, (X,       P,      P,       P,    H,         P)),
    ("The suite.",     True,  (X,       P,      P,       P,    H,         P)),
    ("yeah suite",     False, (X,       P,      P,       P,    H,         P)),
    ("um suite",       False, (H,       H,      X,       H,    H,         P)),
    ("suite",          False, (H,       H,      X,       H,    H,         P)),
    ("Suite.",         True,  (H,       H,      X,       H,    H,         P)),
    ("That's.",        True,  (H,       H,      X,       H,    H,         P)),
    ("[Silence]",      True,  (S,       S,      S,       S,    S,         S)),
    ("... !",          False, (S,       S,      S,       S,    S,         S)),
    ("",               True,  (S,       S,      S,       S,    S,         S)),
    ("Right?",         True,  (X,       X,      X,       X,    H,         P)),
    ("Right.",         True,  (H,       S,      H,       H,    H,         P)),
    ("Um, yeah.",      True,  (H,       S,      H,       H,    H,         P)),
    ("hello",          False, (H,       H,      H,       H,    H,         H)),
    ("Hello?",         True,  (X,       X,      H,       H,    H,         P)),
    ("are you there",  False, (X,       X,      H,       H,    H,         P)),
    ("Are you there?", True,  (X,       X,      H,       H,    H,         P)),
    ("hello the suite", False, (X,      P,      P,       P,    H,         P)),
]  # fmt: skip


@pytest.mark.parametrize("column", range(len(COLUMNS)), ids=[c.__name__ for c in COLUMNS])
@pytest.mark.parametrize(("said", "final", "row"), TABLE, ids=[f"{r[0]}-{r[1]}" for r in TABLE])
def test_table(said: str, final: bool, row: tuple[str, ...], column: int) -> None:
    """What is said and what the agent does decide the fate."""
    call = PaperCall()
    COLUMNS[column](call)
    call.start(1.1, onset=0.8)
    made = call.final(1.1, said) if final else call.interim(1.1, said)
    assert actions(made) == [row[column]]


# -- law 1 ----------------------------------------------------------------------------------------


def test_speech_to_a_silent_agent_passes_whatever_it_is() -> None:
    """With nobody to talk over, nothing is filtered."""
    call = PaperCall()
    assert told(call.utter(1.0, "Mhm.")) == [("pass", "no_overlap")]
    assert told(call.utter(2.0, "[Silence]")) == [("pass", "no_overlap")]


def test_an_utterance_after_the_echo_window_is_no_overlap() -> None:
    """Said 0.4 s after the agent's end, a backchannel passes as it comes."""
    for onset, fate in ((2.4, "pass"), (2.2, "suppress")):
        call = PaperCall()
        call.speak(0.0)
        call.finish(2.0)
        call.start(2.8, onset=onset)
        assert actions(call.interim(2.8, "okay")) == [fate]
        assert actions(call.final(3.0, "Okay.")) == ["pass"]


def test_without_an_onset_the_grace_counts_from_the_floors_end() -> None:
    """Where the recogniser gives no onset, arrival within grace_s is overlap."""
    for after, fate in ((0.9, "suppress"), (1.1, "pass")):
        call = PaperCall()
        call.speak(0.0)
        call.finish(2.0)
        assert actions(call.interim(2.0 + after, "okay")) == [fate]


def test_a_caller_who_was_talking_already_takes_the_floor_back() -> None:
    """Words begun before the agent's speech stop it, few as they are."""
    call = PaperCall()
    call.start(0.2, onset=0.0)
    call.interim(0.5, "I")
    call.speak(1.0)
    made = call.interim(1.2, "suite")
    assert told(made) == [("interrupt", "began_before_agent")]
    assert not made[0].recoverable
    assert actions(call.final(1.5, "Suite.")) == ["pass"]


def test_a_turn_that_began_before_a_protected_speech_passes_without_a_stop() -> None:
    """Nothing interrupts a speech that disallows it."""
    call = PaperCall()
    call.start(0.2, onset=0.0)
    call.speak(1.0, interruptible=False)
    assert actions(call.interim(1.2, "I want breakfast")) == ["pass"]


# -- laws 2 and 6 ---------------------------------------------------------------------------------


def test_a_backchannel_over_a_statement_is_discarded() -> None:
    """It is kept until the turn ends, and dropped when the end turns out to have been far."""
    call = PaperCall()
    call.speak(0.0)
    assert told(call.utter(1.0, "Yeah.")) == [("hold", "possible_answer")]
    assert call.policy.next_deadline is None
    call.finish(2.0)
    assert call.policy.next_deadline == pytest.approx(2.25)
    assert told(call.advance(2.25)) == [("discard", "not_an_answer")]


@pytest.mark.parametrize(
    ("text", "prompts", "onset", "due"),
    [
        (STATEMENT, (), 4.1, 5.25),
        (QUESTION, (), 4.1, 5.25),
        (QUESTION, (), 3.8, 6.5),
        ("Please confirm your date of birth.", ("please confirm",), 1.0, 6.5),
    ],
)
def test_a_backchannel_on_the_turns_end_is_released(
    text: str, prompts: tuple[str, ...], onset: float, due: float
) -> None:
    """Within yield_s as soon as the floor is free; a question's early answer after silence."""
    call = PaperCall(new_policy(None, *prompts))
    call.speak(0.0)
    call.utter(4.5, "Yeah.", onset=onset)
    call.finish(5.0, text)
    assert [(d.t, d.action) for d in call.advance(9.0)] == [(due, Action.RELEASE)]


def test_an_answer_to_a_question_that_had_not_begun_is_none() -> None:
    """A "yes" to the sentence before it consents to nothing."""
    call = PaperCall()
    call.speak(0.0)
    call.utter(3.8, "Yeah.", onset=3.5)  # the question begins at 34 of 50 characters: 3.4 s
    call.finish(5.0, QUESTION)
    assert actions(call.advance(9.0)) == ["discard"]


def test_an_early_answer_gives_way_to_one_that_is_given_again() -> None:
    """Whoever still answers, answers."""
    call = PaperCall()
    call.speak(0.0)
    call.utter(4.2, "Yeah.", onset=3.8)
    call.finish(5.0, QUESTION)
    call.start(5.8, onset=5.5)
    made = call.final(6.4, "No, the other one.")
    assert told(made) == [("release", "joined"), ("pass", "no_overlap")] or told(made) == [
        ("pass", "no_overlap")
    ]


def test_an_answer_whose_final_comes_after_the_question_passes_at_once() -> None:
    """Nothing is gained by holding what can already be judged."""
    call = PaperCall()
    call.speak(0.0)
    call.start(4.9, onset=4.7)
    assert actions(call.interim(4.9, "yeah")) == ["suppress"]
    call.finish(5.0, QUESTION)
    assert told(call.final(5.4, "Yeah.")) == [("pass", "answer")]


def test_a_hesitation_is_no_answer() -> None:
    """ "Um" on a question's end is the caller thinking."""
    call = PaperCall()
    call.speak(0.0)
    call.utter(4.5, "Um.", onset=4.3)
    call.finish(5.0, QUESTION)
    assert actions(call.advance(6.0)) == ["discard"]


def test_the_application_may_expect_an_answer() -> None:
    """expect_answer() makes a plain statement ask, from answer_window_s before its end."""
    for onset, fate in ((3.1, "release"), (2.9, "discard")):
        call = PaperCall()
        call.speak(0.0)
        call.feed(ExpectAnswer(1.0))
        call.utter(3.5, "Mhm.", onset=onset)
        call.finish(5.0, STATEMENT)
        assert actions(call.advance(7.0)) == [fate]


def test_expecting_an_answer_before_the_speech_marks_the_next_turn_alone() -> None:
    """Called between turns it counts for the one to come, and not for the one after."""
    call = PaperCall()
    call.feed(ExpectAnswer(0.0))
    call.speak(1.0)
    call.utter(4.0, "Mhm.", onset=3.8)
    call.finish(5.0)
    assert actions(call.advance(7.0)) == ["release"]
    call.speak(10.0, speech="s2")
    call.utter(14.0, "Mhm.", onset=13.8)
    call.finish(15.0, speech="s2")
    assert actions(call.advance(17.0)) == ["discard"]


def test_expecting_an_answer_just_after_the_speech_marks_that_too() -> None:
    """`await session.say(...)` and then `expect_answer()`."""
    call = PaperCall()
    call.speak(0.0)
    call.utter(4.0, "Mhm.", onset=3.8)
    call.finish(5.0)
    call.feed(ExpectAnswer(5.1))
    assert actions(call.advance(7.0)) == ["release"]


def test_an_answer_takes_the_floor_back_from_a_second_speech() -> None:
    """Two speeches in a row: the answer to the first is answered before the second goes on."""
    call = PaperCall()
    call.speak(0.0)
    call.utter(4.9, "Yeah.", onset=4.6)
    call.finish(5.0, QUESTION)
    made = call.feed(Speech(5.1, "s2", SpeechState.CREATED))
    assert told(made) == [("interrupt", "answer")]
    assert not made[0].recoverable


def test_going_on_is_the_reply_to_a_backchannel_over_a_statement() -> None:
    """Two speeches in a row are not torn apart by an "okay" over the first one's end."""
    call = PaperCall()
    call.speak(0.0)
    call.utter(4.9, "Okay.", onset=4.6)
    call.finish(5.0, STATEMENT)
    assert told(call.feed(Speech(5.1, "s2", SpeechState.CREATED))) == [("discard", "not_an_answer")]


def test_an_answer_heard_during_the_next_speech_takes_the_floor_back() -> None:
    """The final of an answer to the turn before comes when the next has begun."""
    call = PaperCall()
    call.speak(0.0)
    call.start(4.9, onset=4.8)
    call.finish(5.0, QUESTION)
    call.speak(5.1, speech="s2")
    assert told(call.final(5.4, "Yeah.")) == [("interrupt", "answer")]


def test_an_answer_heard_during_a_protected_speech_is_held_for_its_end() -> None:
    """What can't be interrupted is waited out."""
    call = PaperCall()
    call.speak(0.0)
    call.start(4.9, onset=4.8)
    call.finish(5.0, QUESTION)
    call.speak(5.1, speech="s2", interruptible=False)
    assert told(call.final(5.4, "Yeah.")) == [("hold", "answer")]
    call.finish(7.0, "One moment.", speech="s2")
    assert actions(call.advance(8.0)) == ["release"]


@pytest.mark.parametrize(("text", "fate"), [(QUESTION, "release"), (STATEMENT, "discard")])
def test_what_the_agent_said_may_become_known_late(text: str, fate: str) -> None:
    """A final right after the end waits for the text of the turn."""
    call = PaperCall()
    call.speak(0.0)
    call.start(4.9, onset=3.8)
    call.feed(AgentState(5.0, "listening"))
    call.feed(Speech(5.0, "s1", SpeechState.DONE))
    assert actions(call.final(5.05, "Yeah.")) == ["hold"]
    call.end(5.05)
    call.feed(AgentText(5.15, text))
    assert actions(call.advance(7.0)) == [fate]


# -- law 3 ----------------------------------------------------------------------------------------


def test_a_command_stops_the_agent_for_good_whatever_min_words() -> None:
    """One word does, at the first event that has it."""
    call = PaperCall()
    call.session(min_words=5)
    call.speak(0.0)
    call.start(1.0, onset=0.5)
    made = call.interim(1.0, "please stop")
    assert told(made) == [("interrupt", "command")]
    assert not made[0].recoverable


def test_a_standalone_command_waits_for_the_final() -> None:
    """ "No" may still become "no problem"."""
    call = PaperCall()
    call.speak(0.0)
    call.start(1.0, onset=0.5)
    assert told(call.interim(1.0, "no")) == [("hold", "may_become_command")]
    assert told(call.final(1.5, "No.")) == [("interrupt", "command")]


# -- law 4 ----------------------------------------------------------------------------------------


def test_hesitations_do_not_count_as_words() -> None:
    """ "Um, suite" is one word."""
    call = PaperCall()
    call.speak(0.0)
    call.start(1.0, onset=0.5)
    assert actions(call.interim(1.0, "um uh suite")) == ["hold"]
    made = call.interim(1.2, "um uh suite please")
    assert told(made) == [("interrupt", "enough_words")]
    assert made[0].recoverable


@pytest.mark.parametrize(("min_words", "fate"), [(0, "interrupt"), (1, "interrupt"), (3, "hold")])
def test_min_words_is_the_sessions(min_words: int, fate: str) -> None:
    """One content word stops the agent where the session says that one is enough."""
    call = PaperCall()
    call.session(min_words=min_words)
    call.speak(0.0)
    call.start(1.0, onset=0.5)
    text = "suite" if min_words < 2 else "suite please"
    assert actions(call.interim(1.0, text)) == [fate]


# -- law 5 ----------------------------------------------------------------------------------------


def test_a_short_word_is_released_after_the_speech() -> None:
    """It becomes a turn of its own once the floor is free and quiet."""
    call = PaperCall()
    call.speak(0.0)
    call.utter(3.0, "Suite.")
    call.finish(5.0)
    assert [(d.t, d.action) for d in call.advance(9.0)] == [(5.25, Action.RELEASE)]


def test_a_short_word_too_old_is_noted() -> None:
    """After hold_s it would answer something else."""
    call = PaperCall()
    call.speak(0.0)
    call.utter(3.0, "Suite.")
    assert [(d.t, d.action) for d in call.advance(9.0)] == [(8.0, Action.NOTE)]


def test_a_short_word_joins_what_takes_the_floor() -> None:
    """It goes first, so that the words are in order."""
    call = PaperCall()
    call.speak(0.0)
    call.utter(1.0, "Suite.")
    call.start(2.0, onset=1.5)
    made = call.interim(2.0, "with breakfast")
    assert told(made) == [("release", "joined"), ("interrupt", "enough_words")]
    assert made[0].heard.text == "Suite."


def test_a_word_said_again_counts() -> None:
    """Twice "suite" within hold_s are two words."""
    call = PaperCall()
    call.speak(0.0)
    call.utter(1.0, "Suite.")
    assert actions(call.utter(3.0, "Suite.")) == ["release", "interrupt"]


def test_an_old_word_does_not_count() -> None:
    """After hold_s it starts anew."""
    call = PaperCall()
    call.speak(0.0)
    call.utter(1.0, "Suite.")
    assert actions(call.utter(6.5, "Suite.")) == ["hold"]
    assert call.delivered() == ["Suite."]  # the first, as a note


def test_words_held_in_a_protected_speech_are_released_after_it() -> None:
    """Commands too: what can't stop the agent is answered later."""
    call = PaperCall()
    call.speak(0.0, interruptible=False)
    assert told(call.utter(1.0, "Stop.")) == [("hold", "protected_speech")]
    assert told(call.utter(2.0, "I want breakfast.")) == [("hold", "protected_speech")]
    call.finish(4.0)
    assert [d.heard.text for d in call.advance(5.0)] == ["Stop.", "I want breakfast."]


def test_held_words_of_a_call_that_ends_are_noted() -> None:
    """Hanging up loses nothing."""
    call = PaperCall()
    call.speak(0.0)
    call.utter(1.0, "Suite.")
    call.utter(1.5, "Yeah.")
    assert told(call.hang_up(2.0)) == [("discard", "not_an_answer"), ("note", "call_ended")]


def test_an_answer_to_a_call_that_ends_is_noted() -> None:
    """Also one that was just about to be released."""
    call = PaperCall()
    call.speak(0.0)
    call.utter(1.8, "Yeah.")
    call.finish(2.0, QUESTION)
    assert told(call.hang_up(2.1)) == [("note", "call_ended")]


def test_a_held_word_is_released_before_a_turn_that_passes() -> None:
    """Words after the agent's end do not overtake those held before it."""
    call = PaperCall()
    call.speak(0.0)
    call.utter(1.8, "Suite.")
    call.finish(2.0)
    call.start(2.2, onset=2.1)
    assert told(call.interim(2.2, "with breakfast")) == [
        ("release", "joined"),
        ("pass", "floor_free"),
    ]


def test_what_is_held_is_bounded() -> None:
    """A caller who never stops muttering costs no memory, and still loses nothing."""
    call = PaperCall(new_policy(PolicySettings(hold_s=1e6, answer_window_s=1e6)))
    call.session(min_words=10**6)
    call.speak(0.0)
    for second in range(1, 200):
        call.utter(float(second), f"word{second}")
        call.utter(second + 0.5, "Yeah.")
    assert len(call.policy.held()) == MAX_WAITING
    call.hang_up(300.0)
    assert call.delivered() == [f"word{second}" for second in range(1, 200)]


# -- law 7 ----------------------------------------------------------------------------------------


def test_a_passed_interim_that_was_a_backchannel_is_retracted() -> None:
    """ "yes I" turns out to be "Yeah.": the speech may resume."""
    call = PaperCall()
    call.speak(0.0)
    call.start(1.0, onset=0.5)
    assert actions(call.interim(1.0, "yes I")) == ["interrupt"]
    call.pause(1.05)
    assert told(call.final(1.5, "Yeah.")) == [("retract", "revised")]


def test_nothing_is_retracted_where_the_output_can_not_pause() -> None:
    """The speech is gone, so the words are answered."""
    call = PaperCall()
    call.session(pausable=False)
    call.speak(0.0)
    call.start(1.0, onset=0.5)
    call.interim(1.0, "yes I")
    assert told(call.final(1.5, "Yeah.")) == [("pass", "utterance_passed")]


def test_nothing_is_retracted_after_a_command() -> None:
    """A stop for good can't be taken back."""
    call = PaperCall()
    call.speak(0.0)
    call.start(1.0, onset=0.5)
    call.interim(1.0, "stop")
    assert actions(call.final(1.5, "Yeah.")) == ["pass"]


def test_nothing_is_retracted_after_a_final_of_the_utterance() -> None:
    """The words passed for good with the first final."""
    call = PaperCall()
    call.speak(0.0)
    call.start(1.0, onset=0.5)
    call.final(1.0, "I want breakfast.")
    assert actions(call.final(2.0, "Yeah.")) == ["pass"]


def test_a_retracted_answer_is_still_an_answer() -> None:
    """The pause it caused does not move it away from the question's end."""
    call = PaperCall()
    call.speak(0.0)
    call.start(4.5, onset=4.2)
    call.interim(4.5, "yes I")
    call.pause(4.5)
    call.final(5.0, "Yeah.")
    call.end(5.0)
    call.feed(AgentState(7.0, "speaking"))
    call.finish(8.0, QUESTION)  # 1.3 s of speech after the onset, 3.8 s by the clock
    assert actions(call.advance(9.5)) == ["release"]


def test_preflight_follows_its_utterance() -> None:
    """It has the newest chunk alone and can't be judged by itself."""
    call = PaperCall()
    call.speak(0.0)
    call.start(1.0, onset=0.5)
    call.interim(1.0, "mhm")
    assert actions(call.preflight(1.0, "the suite please")) == ["suppress"]
    call.interim(1.5, "mhm the suite")
    assert actions(call.preflight(1.5, "mhm")) == ["pass"]


def test_a_preflight_that_comes_first_is_judged_as_an_interim() -> None:
    """Some recognisers send nothing before it."""
    call = PaperCall()
    call.speak(0.0)
    assert actions(call.preflight(1.0, "mhm")) == ["suppress"]


def test_finals_of_one_utterance_share_its_fate() -> None:
    """Once the first has passed, a backchannel after it passes."""
    call = PaperCall()
    call.speak(0.0)
    call.start(1.0, onset=0.5)
    call.final(1.0, "I want breakfast.")
    assert actions(call.final(1.5, "Okay.")) == ["pass"]
    call.end(1.6)


def test_an_utterance_without_bounds_ends_with_a_pause_after_its_final() -> None:
    """A recogniser that reports neither start nor end can't keep an utterance open for ever."""
    call = PaperCall()
    call.speak(0.0)
    call.final(1.0, "I want breakfast.")
    assert actions(call.final(1.5, "Okay.")) == ["pass"]
    call.speak(3.0, speech="s2")
    assert actions(call.final(4.0, "Okay.")) == ["hold"]


def test_a_recogniser_that_reports_ends_keeps_the_utterance_open() -> None:
    """Several finals before END_OF_SPEECH are one utterance, however far apart."""
    call = PaperCall()
    call.end(0.0)
    call.speak(0.1)
    call.final(1.0, "I want breakfast.")
    assert actions(call.final(3.0, "Okay.")) == ["pass"]


def test_a_repeated_start_of_speech_does_not_split_an_utterance() -> None:
    """Before the first final it is the same utterance."""
    call = PaperCall()
    call.speak(0.0)
    call.start(1.0, onset=0.5)
    call.interim(1.0, "I want breakfast")
    call.start(1.2)
    assert actions(call.final(1.5, "Okay.")) == ["retract"]


def test_a_late_start_of_speech_tells_the_onset() -> None:
    """Words first, then a START_OF_SPEECH that says they began before the agent."""
    call = PaperCall()
    call.speak(1.0)
    assert actions(call.interim(1.1, "mhm")) == ["suppress"]
    call.start(1.2, onset=0.5)
    assert actions(call.interim(1.3, "mhm the")) == ["interrupt"]


def test_words_without_bounds_do_not_wait_for_a_start_of_speech() -> None:
    """An interim that never got its final is not where the next utterance began."""
    call = PaperCall()
    call.interim(0.0, "mhm")
    call.speak(1.0)
    call.start(6.0, onset=5.5)
    assert actions(call.interim(6.0, "mhm")) == ["suppress"]


def test_an_interim_that_repeats_the_final_counts_once() -> None:
    """A late interim says nothing new; a final that repeats the word does."""
    call = PaperCall()
    call.speak(0.0)
    call.start(1.0)
    assert actions(call.final(1.2, "Suite.")) == ["hold"]
    assert actions(call.interim(1.3, "suite")) == ["hold"]
    assert actions(call.interim(1.4, "suite")) == ["hold"]
    assert actions(call.final(1.6, "Suite!")) == ["release", "interrupt"]
    assert call.delivered() == ["Suite.", "Suite!"]


def test_a_final_after_the_end_of_speech_belongs_to_the_speech() -> None:
    """LiveKit's StreamAdapter transcribes what is over: the onset says what is an overlap."""
    call = PaperCall()
    call.speak(0.0)
    call.start(1.0)
    call.finish(1.2)
    call.end(1.6)
    assert told(call.final(3.5, "Mhm.")) == [("pass", "answer")]
    call.start(5.0)
    call.speak(5.2)
    call.end(5.5)
    assert told(call.final(6.5, "I want breakfast.")) == [("interrupt", "began_before_agent")]


def test_a_final_after_the_end_of_speech_takes_back_what_passed() -> None:
    """A VAD may end the speech between an interim and its final."""
    call = PaperCall()
    call.speak(0.0)
    call.start(1.0)
    assert actions(call.interim(1.2, "yes tomorrow")) == ["interrupt"]
    call.end(1.5)
    assert actions(call.final(1.7, "Yeah.")) == ["retract"]


def test_a_late_final_is_followed_by_speech_of_its_own() -> None:
    """With a START_OF_SPEECH, or a pause, or when it comes too late, words are new speech."""
    call = PaperCall()
    call.speak(0.0)
    call.start(1.0)
    call.end(1.5)
    assert actions(call.final(2.0, "I want breakfast.")) == ["interrupt"]
    call.start(2.2)
    assert actions(call.interim(2.3, "mhm")) == ["suppress"]
    call.end(2.4)
    assert actions(call.interim(2.5, "mhm")) == ["suppress"]
    call.start(2.6)
    call.end(2.7)
    assert actions(call.final(3.0, "I want breakfast.")) == ["interrupt"]
    assert actions(call.final(4.5, "Okay.")) == ["hold"]
    call.start(5.0)
    call.finish(5.1)
    call.end(5.2)
    assert actions(call.final(11.0, "Okay.")) == ["release", "pass"]


# -- laws 8 to 11 and the rest --------------------------------------------------------------------


def test_speech_boundaries_pass_at_once() -> None:
    """Whoever holds the floor."""
    call = PaperCall()
    call.speak(0.0)
    assert told(call.start(1.0)) == [("pass", "speech_boundary")]
    assert told(call.end(2.0)) == [("pass", "speech_boundary")]


@pytest.mark.parametrize("mode", ["manual", "realtime_llm"])
def test_other_turn_detection_is_left_alone(mode: str) -> None:
    """The application, or the model, decides about turns."""
    call = PaperCall()
    call.session(mode=mode)
    call.speak(0.0)
    assert told(call.final(1.0, "Mhm.")) == [("pass", "not_filtered")]


def test_a_stream_that_closes_ends_the_utterance() -> None:
    """What the next stream hears is judged by itself."""
    call = PaperCall()
    call.speak(0.0)
    call.start(1.0, onset=0.5)
    call.interim(1.0, "I want breakfast")
    call.feed(StreamClosed(1.2))
    assert actions(call.interim(1.5, "mhm")) == ["suppress"]


def test_time_never_goes_back() -> None:
    """An event older than the one before it counts as simultaneous."""
    call = PaperCall()
    call.speak(5.0)
    made = call.final(4.0, "Mhm.")
    assert made[-1].t == 5.0


def test_a_caller_who_talks_on_is_heard_by_the_next_speech_too() -> None:
    """Words that took a pending reply's floor stop the speech that began all the same."""
    call = PaperCall()
    call.think(0.0)
    call.start(1.0, onset=0.5)
    assert actions(call.interim(1.0, "I want breakfast")) == ["pass"]
    call.finish(1.1, "", speech="s1")
    call.speak(1.2, speech="s2")
    assert actions(call.interim(1.5, "I want breakfast and tea")) == ["interrupt"]
    assert actions(call.interim(1.6, "I want breakfast and tea please")) == ["pass"]


def test_states_alone_tell_the_floor() -> None:
    """A timeline without speech events: speaking begins a speech, the next state ends it."""
    call = PaperCall()
    call.feed(AgentState(0.0, "speaking"))
    assert actions(call.utter(1.0, "Suite.")) == ["hold"]
    call.feed(AgentText(2.0, STATEMENT))
    call.feed(AgentState(2.0, "listening"))
    assert actions(call.advance(3.0)) == ["release"]


def test_a_hand_off_gives_the_floor_up() -> None:
    """A tool's speech that no longer counts leaves the floor to the next agent's."""
    call = PaperCall()
    tool(call)
    call.finish(1.0, "")
    call.speak(1.5, speech="s2")
    assert actions(call.utter(2.5, "Mhm.")) == ["hold"]


def test_nothing_held_means_nothing_due() -> None:
    """An idle policy asks for no timer."""
    call = PaperCall()
    call.speak(0.0)
    assert call.policy.next_deadline is None
    assert call.advance(100.0) == []

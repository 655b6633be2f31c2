"""What an application can be asked about words over the agent, and what its answers do."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from filters.policy import AgentSaying, Heard, Judgement, Overlap, PolicySettings, SpeechType
from tests.policy_call import QUESTION, STATEMENT, PaperCall, actions, new_policy, told

BACKCHANNEL, CONTENT = Judgement.BACKCHANNEL, Judgement.CONTENT
COMMAND, NO_SPEECH = Judgement.COMMAND, Judgement.NO_SPEECH


def interim(t: float, text: str, **more: Any) -> Heard:
    """An interim in English."""
    return Heard(t, SpeechType.INTERIM, text, "en", **more)


def final(t: float, text: str, **more: Any) -> Heard:
    """A final in English."""
    return Heard(t, SpeechType.FINAL, text, "en", **more)


def over_agent(**settings: Any) -> PaperCall:
    """A call in which the agent speaks from 0 s on, and the caller from 1 s."""
    call = PaperCall(new_policy(PolicySettings(**settings)))
    call.session()
    call.speak(0.0)
    call.start(1.2, onset=1.0)
    return call


def asked(call: PaperCall, heard: Heard) -> Overlap:
    """What there is to ask, which there is."""
    overlap = call.policy.overlap(heard)
    assert overlap is not None
    return overlap


# -- the question ---------------------------------------------------------------------------------


def test_an_overlap_says_what_is_known_of_it() -> None:
    """Of the caller's words, and of the agent's."""
    call = over_agent()
    call.feed(AgentSaying(0.1, "The suite has a balcony. Shall I book it?"))
    heard = interim(1.5, "that's great", confidence=0.8, speaker="B")
    overlap = asked(call, heard)
    assert (overlap.text, overlap.language, overlap.final) == ("that's great", "en", False)
    assert (overlap.onset, overlap.duration_s) == (1.0, 0.5)
    assert (overlap.confidence, overlap.speaker, overlap.first_speaker) == (0.8, "B", "B")
    assert overlap.asks
    assert overlap.words is BACKCHANNEL


def test_a_confidence_of_nothing_is_not_known() -> None:
    """So plugins say that they tell none."""
    assert asked(over_agent(), interim(1.5, "Suite", confidence=0.0)).confidence is None


def test_the_first_speaker_is_who_spoke_first_in_the_call() -> None:
    """Over the agent, or not."""
    call = PaperCall()
    call.feed(final(0.5, "I want a suite.", speaker="A"))
    call.end(0.6)
    call.speak(3.0)
    call.start(4.0, onset=3.8)
    overlap = asked(call, interim(4.1, "Suite", speaker="B"))
    assert (overlap.speaker, overlap.first_speaker) == ("B", "A")


def test_what_the_agent_has_said_and_has_yet_to_say_are_told_apart() -> None:
    """By how long it has been heard: fifteen characters a second, to the end of a word."""
    call = over_agent()
    sentence = "The suite has a balcony and two baths and breakfast."
    call.feed(AgentSaying(0.0, sentence))
    overlap = asked(call, interim(1.2, "wait"))
    assert overlap.said == "The suite has a balcony"
    assert overlap.unsaid == "and two baths and breakfast."
    call.start(1.2)
    later = asked(call, interim(9.0, "wait"))
    assert (later.said, later.unsaid) == (
        "The suite has a balcony and two baths and breakfast.",
        "",
    )


def test_what_the_history_has_was_said() -> None:
    """However fast."""
    call = over_agent()
    call.finish(1.1, STATEMENT)
    overlap = asked(call, final(1.3, "Suite."))
    assert (overlap.said, overlap.unsaid) == (STATEMENT, "")


def test_the_agents_own_words_are_no_part_of_it() -> None:
    """What the caller adds is; an echo alone is nothing to ask about."""
    call = over_agent()
    call.feed(AgentSaying(0.0, "The suite has a balcony and two baths."))
    assert call.policy.overlap(interim(1.5, "the suite has a balcony")) is None
    assert asked(call, interim(1.8, "the suite has a balcony book it")).text == "book it"


def test_the_pieces_of_an_utterance_are_asked_about_together() -> None:
    """As they are judged."""
    call = over_agent()
    call.final(1.5, "I")
    assert asked(call, final(1.7, "see")).text == "I see"


@pytest.mark.parametrize(
    ("text", "is_final", "words"),
    [
        ("mhm", False, BACKCHANNEL),
        ("um", True, BACKCHANNEL),
        ("stop", False, COMMAND),
        ("no", False, None),
        ("no", True, COMMAND),
        ("that's", False, None),
        ("suite", False, CONTENT),
        ("[silence]", True, NO_SPEECH),
    ],
)
def test_the_words_alone_make_something_of_it(
    text: str, is_final: bool, words: Judgement | None
) -> None:
    """But where more words may change it."""
    heard = final(1.5, text) if is_final else interim(1.5, text)
    assert asked(over_agent(), heard).words is words


def test_asking_changes_nothing() -> None:
    """The same is decided as without."""
    call = over_agent()
    call.feed(AgentSaying(0.0, "The suite has a balcony and two baths."))
    twin = copy.deepcopy(call)
    for heard in (
        interim(1.3, "the suite"),
        interim(1.5, "the suite has a balcony"),
        final(1.6, "the suite has a balcony yes"),
        final(4.0, "and a bath"),
    ):
        call.policy.overlap(heard)
        call.policy.overlap(heard)
        assert call.feed(heard) == twin.feed(heard)


# -- when there is nothing to ask -----------------------------------------------------------------


def test_nothing_is_asked_about_what_is_no_transcript() -> None:
    """Boundaries, the newest chunk alone, and no words."""
    call = over_agent()
    for kind in (SpeechType.START_OF_SPEECH, SpeechType.END_OF_SPEECH):
        assert call.policy.overlap(Heard(1.5, kind)) is None
    assert call.policy.overlap(Heard(1.5, SpeechType.PREFLIGHT, "suite", "en")) is None
    assert call.policy.overlap(final(1.5, " ")) is None


def test_nothing_is_asked_about_what_is_no_overlap() -> None:
    """The caller speaks alone, or spoke before the agent did."""
    call = PaperCall()
    assert call.policy.overlap(final(1.0, "Suite.")) is None
    call.start(2.0, onset=1.8)
    call.speak(2.1)
    assert call.policy.overlap(final(2.5, "Suite.")) is None


def test_nothing_is_asked_about_what_has_passed() -> None:
    """Its fate is decided."""
    call = over_agent()
    call.interim(1.5, "the suite")
    assert call.policy.overlap(final(1.7, "the suite please")) is None


def test_nothing_is_asked_about_words_that_come_again() -> None:
    """An interim after its final."""
    call = over_agent()
    call.final(1.5, "Suite.")
    assert call.policy.overlap(interim(1.6, "suite")) is None


@pytest.mark.parametrize("mode", ["manual", "realtime_llm"])
def test_nothing_is_asked_where_everything_passes(mode: str) -> None:
    """The turn detection is somebody else's."""
    call = over_agent()
    call.session(mode=mode)
    assert call.policy.overlap(final(1.5, "Suite.")) is None


# -- the answer -----------------------------------------------------------------------------------

S, H, X = "suppress", "hold", "interrupt"


@pytest.mark.parametrize(
    ("text", "judged", "interims", "finals"),
    [
        ("righto then", None, X, X),
        ("righto then", BACKCHANNEL, S, H),
        ("righto then", COMMAND, X, X),
        ("righto then", NO_SPEECH, S, S),
        ("mhm", CONTENT, H, H),
        ("mhm mhm", CONTENT, X, X),
        ("mhm", COMMAND, X, X),
        ("um", BACKCHANNEL, S, H),
        ("stop", BACKCHANNEL, S, H),
        ("stop", CONTENT, H, H),
        ("stop", NO_SPEECH, S, S),
        ("that's", BACKCHANNEL, S, H),
        ("[silence]", CONTENT, H, H),
    ],
)
def test_an_answer_counts_in_place_of_the_words(
    text: str, judged: Judgement | None, interims: str, finals: str
) -> None:
    """How many words they are, the words tell."""
    assert actions(over_agent().feed(interim(1.5, text, judged=judged))) == [interims]
    assert actions(over_agent().feed(final(1.5, text, judged=judged))) == [finals]


def test_a_reply_at_the_turns_end_is_delivered_whatever_it_is_called() -> None:
    """Law 6."""
    call = over_agent()
    call.feed(final(1.5, "Righto then.", judged=BACKCHANNEL))
    call.end(1.6)
    call.finish(1.8, QUESTION)
    assert told(call.advance(3.0)) == [("release", "floor_free")]


def test_a_hesitation_replies_to_nothing_though_it_is_called_a_backchannel() -> None:
    """What hesitates, the words tell."""
    call = over_agent()
    call.feed(final(1.5, "Um.", judged=BACKCHANNEL))
    call.end(1.6)
    call.finish(1.8, QUESTION)
    assert told(call.advance(3.0)) == [("discard", "not_an_answer")]


def test_protected_speech_is_not_stopped_by_what_is_called_a_command() -> None:
    """It waits."""
    call = PaperCall()
    call.speak(0.0, interruptible=False)
    call.start(1.2, onset=1.0)
    assert told(call.feed(final(1.5, "Righto.", judged=COMMAND))) == [("hold", "protected_speech")]


def test_what_has_passed_stays_passed() -> None:
    """Law 7, whatever an answer says of it."""
    call = over_agent()
    call.session(pausable=True)
    call.interim(1.5, "the suite")
    assert actions(call.feed(final(1.7, "the suite please", judged=BACKCHANNEL))) == ["pass"]


def test_what_is_no_overlap_passes() -> None:
    """Law 1."""
    made = PaperCall().feed(final(1.0, "Suite.", judged=NO_SPEECH))
    assert told(made) == [("pass", "no_overlap")]


def test_an_echo_stays_one() -> None:
    """Law 12."""
    call = over_agent()
    call.feed(AgentSaying(0.0, "The suite has a balcony and two baths."))
    echo = final(1.6, "the suite has a balcony", judged=COMMAND)
    assert told(call.feed(echo)) == [("suppress", "own_words")]


def test_an_answer_goes_with_the_decision() -> None:
    """So that whoever observes can tell."""
    (decision,) = over_agent().feed(final(1.5, "Righto.", judged=NO_SPEECH))
    assert decision.heard.judged is NO_SPEECH
    assert replace(decision.heard, judged=None) == final(1.5, "Righto.")

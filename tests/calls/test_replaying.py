"""A replay closes the loop: what is decided changes what the agent goes on to do."""

from __future__ import annotations

import json

import pytest

from filters.calls import Replay, TimelineError, dump_row, read_timeline
from filters.calls.timeline import Recorded
from filters.policy import (
    Action,
    AgentState,
    AgentText,
    Heard,
    SessionStarted,
    Speech,
    SpeechState,
    SpeechType,
)
from tests.policy_call import new_policy

from .timeline_rows import RawRow, decide, events, row, speech, state, stt, told


def test_every_stt_row_has_its_decision_in_order() -> None:
    """One decision for each event of the recogniser; a deadline between two at its own time."""
    decisions = decide(
        state(0, "speaking"),
        stt(1, "start_of_speech", speech_start_time=0.8),
        stt(1.2, "interim_transcript", "suite"),
        stt(1.5, "final_transcript", "Suite."),
        stt(1.5, "end_of_speech"),
        stt(9, "interim_transcript", "yeah"),
        row(10, "end"),
    )
    assert [(d["t"], d["type"], d["action"]) for d in decisions] == [
        (1.0, "start_of_speech", "pass"),
        (1.2, "interim_transcript", "hold"),
        (1.5, "final_transcript", "hold"),
        (1.5, "end_of_speech", "pass"),
        (6.5, "final_transcript", "note"),
        (9.0, "interim_transcript", "suppress"),
    ]
    assert decisions[4] == {
        "session": "a",
        "t": 6.5,
        "event": "decision",
        "action": "note",
        "reason": "too_old",
        "type": "final_transcript",
        "text": "Suite.",
        "final": True,
    }


def test_what_was_held_comes_before_the_row_that_takes_it_along() -> None:
    """Words that join come first, the row's own decision last."""
    decisions = decide(
        state(0, "speaking"),
        stt(1, "final_transcript", "Suite."),
        stt(1, "end_of_speech"),
        stt(2, "interim_transcript", "with breakfast"),
        row(3, "end"),
    )
    assert told(decisions)[1:] == [(2.0, "release", "Suite."), (2.0, "interrupt", "with breakfast")]


def test_an_interruption_ends_the_speech_of_the_file() -> None:
    """What the file's agent goes on to say is left out: the caller has the floor."""
    decisions = decide(
        state(0, "speaking"),
        stt(1, "interim_transcript", "stop"),
        stt(1.4, "final_transcript", "Stop."),
        stt(1.4, "end_of_speech"),
        stt(4, "start_of_speech", speech_start_time=3.7),
        stt(4.2, "final_transcript", "Okay."),
        stt(4.2, "end_of_speech"),
        row(6, "agent_text", text="Shall I go on?"),
        state(6, "listening"),
        row(9, "end"),
    )
    assert told(decisions) == [
        (1.0, "interrupt", "stop"),
        (1.4, "pass", "Stop."),
        (4.2, "pass", "Okay."),
    ]


def test_the_next_speech_of_the_file_counts_again() -> None:
    """After the speech that was stopped, the agent of the file is heard again."""
    decisions = decide(
        state(0, "speaking"),
        stt(1, "final_transcript", "Stop."),
        stt(1, "end_of_speech"),
        state(2, "thinking"),
        state(3, "speaking"),
        stt(4, "final_transcript", "Yeah."),
        row(9, "end"),
    )
    assert told(decisions)[1] == (4.0, "hold", "Yeah.")


@pytest.mark.parametrize("named", [False, True])
def test_a_retraction_brings_the_speech_back(named: bool) -> None:
    """A stop that was taken back leaves the agent talking: the next "yeah" is one over it."""
    decisions = decide(
        *([speech(0, "s", "created")] if named else []),
        state(0, "speaking"),
        stt(1, "interim_transcript", "that's what"),
        stt(1.2, "final_transcript", "That's great."),
        stt(1.2, "end_of_speech"),
        stt(4, "final_transcript", "Yeah."),
        row(9, "end"),
    )
    assert told(decisions) == [
        (1.0, "interrupt", "that's what"),
        (1.2, "retract", "That's great."),
        (4.0, "hold", "Yeah."),
        (9.0, "discard", "That's great."),  # what could still reply waits as long as the speech
        (9.0, "discard", "Yeah."),
    ]


def test_a_retraction_after_the_end_brings_nothing_back() -> None:
    """Where the file's agent has finished meanwhile, nothing resumes."""
    decisions = decide(
        state(0, "speaking"),
        stt(1, "interim_transcript", "that's what"),
        state(1.1, "listening"),
        stt(1.2, "final_transcript", "That's great."),
        stt(1.2, "end_of_speech"),
        stt(4, "final_transcript", "Suite."),
        row(9, "end"),
    )
    assert told(decisions)[-1] == (4.0, "pass", "Suite.")


def test_named_speeches_pause_and_end_with_the_final() -> None:
    """A stop that could be taken back pauses; the final that passes ends it, as LiveKit does."""
    player = Replay(policy := new_policy())
    for _, event in read_timeline(
        [
            dump_row(speech(0, "s", "created")),
            dump_row(state(0, "speaking")),
            dump_row(stt(1, "interim_transcript", "two words")),
        ]
    ):
        player.feed(event)
    assert policy.activity.value == "paused"
    player.feed(Heard(1.5, SpeechType.FINAL, "Two words."))
    assert policy.activity.value == "free"


@pytest.mark.parametrize(
    ("session", "text"),
    [({"pausable": False}, "two words"), ({"pausable": True}, "stop")],
)
def test_a_stop_for_good_ends_a_named_speech_at_once(session: RawRow, text: str) -> None:
    """A command, or an output that can't pause, leaves nothing to resume."""
    player = Replay(policy := new_policy())
    player.feed(SessionStarted(0.0, **session))
    player.feed(Speech(0.0, "s", SpeechState.CREATED))
    player.feed(AgentState(0.0, "speaking"))
    player.feed(Heard(1.0, SpeechType.INTERIM, text))
    assert policy.activity.value == "free"


def test_a_speech_that_was_stopped_is_no_longer_heard() -> None:
    """Of a stopped speech the policy is told no more but that it is over; a later one is heard."""
    player = Replay(policy := new_policy())
    player.feed(Speech(0.0, "s1", SpeechState.CREATED))
    player.feed(AgentState(0.0, "speaking"))
    player.feed(Heard(1.0, SpeechType.FINAL, "Stop."))
    player.feed(Speech(1.5, "s1", SpeechState.TOOL))
    player.feed(AgentState(1.6, "thinking"))
    player.feed(AgentState(1.7, "speaking"))
    player.feed(AgentText(1.8, "Shall I go on?"))
    assert policy.activity.value == "free"
    player.feed(Speech(2.0, "s2", SpeechState.CREATED))
    activities = [policy.activity.value]
    player.feed(Speech(3.0, "s1", SpeechState.DONE))
    assert [*activities, policy.activity.value] == ["pending", "audible"]


def test_named_speeches_that_nobody_stops_are_followed() -> None:
    """Two speeches stopped together are over one by one; others come and go as the file says."""
    player = Replay(policy := new_policy())
    for name in ("s1", "s2"):
        player.feed(Speech(0.0, name, SpeechState.CREATED))
    player.feed(AgentState(0.0, "speaking"))
    player.feed(Heard(1.0, SpeechType.INTERIM, "two words"))
    player.feed(Speech(1.2, "s1", SpeechState.DONE))
    player.feed(Speech(1.3, "s2", SpeechState.DONE))
    player.feed(AgentState(1.4, "listening"))
    player.feed(Speech(2.0, "s3", SpeechState.CREATED))
    player.feed(AgentState(2.1, "speaking"))
    activities = [policy.activity.value]
    player.feed(AgentState(3.0, "listening"))
    player.feed(Speech(3.0, "s3", SpeechState.DONE))
    assert [*activities, policy.activity.value] == ["audible", "free"]


def test_speech_rows_take_over_from_states() -> None:
    """A file may begin without speech rows; from the first one on they count."""
    player = Replay(policy := new_policy())
    player.feed(AgentState(0.0, "speaking"))
    player.feed(Heard(1.0, SpeechType.FINAL, "Stop."))
    player.feed(Speech(2.0, "s", SpeechState.CREATED))
    player.feed(AgentState(2.0, "speaking"))
    assert policy.activity.value == "audible"


def test_interleaved_sessions_do_not_disturb_each_other() -> None:
    """Sessions may interleave: each has its own policy, and the same decisions as alone."""
    one = [state(0, "speaking"), stt(1, "final_transcript", "Suite."), row(9, "end")]
    two = [{**raw, "session": "b"} for raw in one]
    mixed = decide(one[0], two[0], two[1], one[1], one[2], two[2])
    assert [d for d in mixed if d["session"] == "a"] == decide(*one)
    assert [d for d in mixed if d["session"] == "b"] == decide(*two)


def test_a_session_without_an_end_is_ended_with_its_last_row() -> None:
    """A recording that breaks off loses no words: they are noted."""
    decisions = decide(state(0, "speaking"), stt(1, "final_transcript", "Suite."))
    assert told(decisions) == [(1.0, "hold", "Suite."), (1.0, "note", "Suite.")]


def test_the_session_row_decides_how_many_words_stop_the_agent() -> None:
    """With `min_words` 3 two words are held."""
    rows = [state(0, "speaking"), stt(1, "interim_transcript", "two words"), row(2, "end")]
    assert decide(*rows)[0]["action"] == "interrupt"
    assert decide(row(0, "session", min_words=3), *rows)[0]["action"] == "hold"


def test_decisions_read_again_change_nothing() -> None:
    """A replay of a recording with its decisions decides the same: those it reads are skipped."""
    rows = [state(0, "speaking"), stt(1, "final_transcript", "Stop."), row(2, "end")]
    decisions = decide(*rows)
    assert decide(rows[0], *decisions, *rows[1:]) == decisions


# -- recordings ------------------------------------------------------------------------------------


def recorded(about: RawRow, action: str) -> RawRow:
    """The decision that a recording has about a row of the recogniser."""
    text = about.get("text", "")
    return row(about["t"], "decision", action=action, type=about["type"], text=text)


STOP = stt(1, "interim_transcript", "two words")
PAUSED_AND_RESUMED = [
    state(1.1, "listening"),
    stt(1.4, "end_of_speech"),
    state(1.9, "speaking"),
    stt(3, "final_transcript", "Suite."),
    stt(3, "end_of_speech"),
    row(4, "agent_text", text="That is all."),
    state(4, "listening"),
    speech(4, "s", "done"),
    row(9, "end"),
]


def test_a_stop_that_was_recorded_is_told_as_it_was() -> None:
    """The agent paused, resumed and finished: the replay ends nothing before its time."""
    rows = [speech(0, "s", "created"), state(0, "speaking"), STOP, recorded(STOP, "interrupt")]
    assert told(decide(*rows, *PAUSED_AND_RESUMED)) == [
        (1.0, "interrupt", "two words"),
        (3.0, "hold", "Suite."),
        (4.25, "release", "Suite."),
    ]


def test_a_stop_that_was_not_recorded_closes_the_loop() -> None:
    """Where another decision was made then, what the agent went on to do is left out."""
    final = stt(1, "final_transcript", "Two words.")
    rows = [speech(0, "s", "created"), state(0, "speaking"), final, recorded(final, "hold")]
    assert told(decide(*rows, *PAUSED_AND_RESUMED))[-1] == (3.0, "pass", "Suite.")


def test_only_the_decision_about_a_row_counts_as_its_own() -> None:
    """Words released meanwhile are in between; another text, or session, is another matter."""
    release = row(1, "decision", action="release", type="interim_transcript", text="two words")
    other = row(1, "decision", action="interrupt", type="interim_transcript", text="stop")
    elsewhere = {**recorded(STOP, "interrupt"), "session": "b"}
    odd = row(1, "decision", action="sing", type="interim_transcript", text="two words")
    lines = [STOP, release, other, elsewhere, odd, recorded(STOP, "interrupt"), row(9, "end")]
    [heard, _] = events(*lines)
    assert isinstance(heard, Heard)
    assert heard.source == Recorded(Action.INTERRUPT)
    [heard, _] = events(*lines[:5], row(9, "end"))
    assert isinstance(heard, Heard)
    assert heard.source is None


def test_rows_before_a_bad_one_are_read() -> None:
    """The last of the recogniser's, which waits for its decision, included."""
    read = read_timeline([json.dumps(STOP), "{"])
    assert next(read).event == Heard(1.0, SpeechType.INTERIM, "two words", "en")
    with pytest.raises(TimelineError):
        next(read)

"""The timeline: rows in and out, faults named with their place."""

from __future__ import annotations

import gc
import json
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.calls import TimelineError, dump_row, event_row, read_timeline, replay
from filters.policy import (
    AgentState,
    AgentText,
    Ended,
    Event,
    ExpectAnswer,
    Heard,
    Judgement,
    SessionStarted,
    Speech,
    SpeechState,
    SpeechType,
    StreamClosed,
)
from tests.policy_call import new_policy

from .timeline_rows import RawRow, decide, events, row, speech, state, stt, told

if TYPE_CHECKING:
    from collections.abc import Iterator

EVERY_EVENT: list[tuple[RawRow, Event]] = [
    (row(0, "session"), SessionStarted(0.0, 2, True, "stt", False)),
    (
        row(0, "session", min_words=3, vad=True, turn_detection="vad", pausable=False, config="x"),
        SessionStarted(0.0, 3, False, "vad", True),
    ),
    (state(1, "thinking"), AgentState(1.0, "thinking")),
    (speech(1, "s", "created"), Speech(1.0, "s", SpeechState.CREATED)),
    (speech(1, "s", "tool"), Speech(1.0, "s", SpeechState.TOOL)),
    (
        row(1, "speech", id="s", state="done", interruptible=False, agent="A"),
        Speech(1.0, "s", SpeechState.DONE, False),
    ),
    (row(1, "agent_text", text="Hello."), AgentText(1.0, "Hello.")),
    (row(1, "expect_answer"), ExpectAnswer(1.0)),
    (row(1, "stream_closed"), StreamClosed(1.0)),
    (row(1, "end"), Ended(1.0)),
    (
        stt(2.5, "start_of_speech", speech_start_time=2.1),
        Heard(2.5, SpeechType.START_OF_SPEECH, speech_start_time=2.1),
    ),
    (
        stt(2.5, "final_transcript", "Yes.", confidence=0.5),
        Heard(2.5, SpeechType.FINAL, "Yes.", "en", 0.5),
    ),
    (stt(2.5, "interim_transcript", "ye"), Heard(2.5, SpeechType.INTERIM, "ye", "en")),
    (stt(2.5, "preflight_transcript", ""), Heard(2.5, SpeechType.PREFLIGHT, "", "en")),
    (stt(2.5, "end_of_speech", language=None), Heard(2.5, SpeechType.END_OF_SPEECH)),
]


@pytest.mark.parametrize(("raw", "event"), EVERY_EVENT)
def test_every_kind_of_row_is_read_as_its_event(raw: RawRow, event: Event) -> None:
    """A row becomes the event it stands for."""
    assert events(raw) == [event]


@pytest.mark.parametrize("event", [event for _, event in EVERY_EVENT])
def test_what_is_written_is_read_back(event: Event) -> None:
    """Writing an event and reading it again changes nothing."""
    line = dump_row(event_row("a", event, agent="Receptionist"))
    assert list(read_timeline([line])) == [("a", event)]


@given(st.text(), st.floats(0, 1e6), st.none() | st.sampled_from(["en", "es-MX"]))
def test_any_text_survives_being_written(text: str, t: float, language: str | None) -> None:
    """Text of any script, with line breaks or lone surrogates, comes back as it was."""
    line = dump_row(event_row("a", Heard(t, SpeechType.FINAL, text, language)))
    assert line.count(b"\n") == 1
    assert list(read_timeline([line])) == [
        ("a", Heard(round(t, 6), SpeechType.FINAL, text, language))
    ]


def test_decisions_comments_and_empty_lines_are_skipped() -> None:
    """A file may hold decisions, rows that begin with x-, empty lines and a byte order mark."""
    lines = [
        "\ufeff" + json.dumps(state(1, "speaking")),
        "\n",
        json.dumps(row(9, "decision", action="pass")),
        json.dumps({"event": "x-note"}),
        json.dumps(state(2, "listening")),
    ]
    assert [event for _, event in read_timeline(lines)] == [
        AgentState(1.0, "speaking"),
        AgentState(2.0, "listening"),
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "not JSON"),
        (b"\xff\xfe", "not UTF-8"),
        ("[" * 100_000, "JSON"),
        ('{"t": ' + "9" * 5000 + "}", "JSON"),
        ("[]", "not a JSON object"),
        ("{}", '"event" is missing. Give it a string'),
        (json.dumps({"event": "end", "t": 1}), '"session" is missing'),
        (json.dumps({"event": "end", "session": "a"}), '"t" is missing. Give it a finite number'),
        ('{"event": "end", "session": "a", "t": NaN}', '"t" is NaN. Make it a finite number'),
        (json.dumps(row(True, "end")), '"t" is true'),
        (json.dumps(row(10**400, "end")), '"t" is 1000'),
        (json.dumps(row(1, "bye")), 'unknown event "bye". Use session, agent_state'),
        (json.dumps(row(1, "agent_state")), '"state" is missing. Give it one of initializing'),
        (json.dumps(state(1, "asleep")), '"state" is "asleep". Make it one of'),
        (json.dumps(row(1, "agent_state", state=[])), '"state" is []'),
        (json.dumps(speech(1, "s", "over")), "one of created, tool, done"),
        (json.dumps(row(1, "speech", state="done")), '"id" is missing'),
        (json.dumps(row(1, "agent_text")), '"text" is missing'),
        (json.dumps(stt(1, "final")), '"type" is "final". Make it one of start_of_speech'),
        (json.dumps(stt(1, "final_transcript")), '"text" is missing. Give it a string'),
        (json.dumps(stt(1, "end_of_speech", language=4)), '"language" is 4. Make it a string'),
        (json.dumps(stt(1, "end_of_speech", speech_start_time="x")), '"speech_start_time" is "x"'),
        (json.dumps(row(1, "session", min_words=-1)), "a whole number from 0 on"),
        (json.dumps(row(1, "session", min_words=True)), "a whole number from 0 on"),
        (json.dumps(row(1, "session", vad="no")), '"vad" is "no". Make it true or false'),
    ],
)
def test_a_bad_row_is_named_with_its_place_and_the_fix(line: str | bytes, said: str) -> None:
    """The error says file, line, what is wrong and what would be right."""
    with pytest.raises(TimelineError) as error:
        list(read_timeline(["\n", line], "call.jsonl"))
    assert str(error.value).startswith("call.jsonl:2: ")
    assert said in str(error.value)
    assert len(str(error.value)) < 300


def test_time_must_not_go_back_within_a_session() -> None:
    """Rows of a session ascend in time; another session has a clock of its own."""
    lines = [row(5, "end", "b"), state(2, "speaking"), row(1, "end", "b"), state(1.5, "idle")]
    read = read_timeline([json.dumps(line) for line in lines])
    assert [next(read).session for _ in range(3)] == ["b", "a", "b"]
    with pytest.raises(TimelineError, match=r':4: "t" goes back from 2 to 1.5 in session "a"'):
        next(read)


def test_reading_keeps_nothing_of_sessions_that_are_over() -> None:
    """Memory does not grow with the number of calls in a file."""
    kept: list[int] = []

    def calls(count: int) -> Iterator[bytes]:
        for number in range(count):
            name = f"call-{number}"
            yield dump_row(row(0, "agent_state", name, state="speaking"))
            yield dump_row(row(1, "stt", name, type="final_transcript", text="Yeah."))
            yield dump_row(row(9, "end", name))
        gc.collect()
        kept.append(tracemalloc.get_traced_memory()[0])

    for count in (100, 1000):
        tracemalloc.start()
        assert sum(1 for _ in replay(read_timeline(calls(count)), new_policy)) == 2 * count
        tracemalloc.stop()
    assert kept[1] < kept[0] + 10_000  # bytes


# -- what the application said ---------------------------------------------------------------------


def test_a_row_says_who_spoke_and_what_the_application_said() -> None:
    """Where it has that."""
    raw = stt(1.0, "final_transcript", "Righto.", speaker="A", judged="no_speech")
    [heard] = events(raw)
    assert isinstance(heard, Heard)
    assert (heard.speaker, heard.judged) == ("A", Judgement.NO_SPEECH)
    assert event_row("a", heard) == raw


def test_a_judgement_that_is_none_is_an_error() -> None:
    """It names those there are."""
    with pytest.raises(TimelineError, match="one of backchannel, content, command, no_speech"):
        events(stt(1.0, "final_transcript", "Righto.", judged="maybe"))


def test_a_replay_decides_by_what_the_application_said() -> None:
    """As the call did."""
    call = [state(0.0, "speaking"), stt(1.0, "start_of_speech", speech_start_time=0.9)]
    by_words = decide(*call, stt(1.2, "interim_transcript", "righto then"))
    judged = decide(*call, stt(1.2, "interim_transcript", "righto then", judged="no_speech"))
    assert told(by_words)[0] == (1.2, "interrupt", "righto then")
    assert told(judged)[0] == (1.2, "suppress", "righto then")

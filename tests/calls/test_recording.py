"""Recordings: whole, private, bounded, and never in the way of a call."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from filters.calls import TimelineError, read_timeline, recording, replay
from filters.calls.recording import Tape, Writer, open_tape, sweep
from filters.configuration import FilterConfig, load_config, policy_of
from filters.policy import (
    Action,
    AgentState,
    AgentText,
    Decision,
    Ended,
    Event,
    Heard,
    Judgement,
    Reason,
    SessionStarted,
    SpeechType,
)

Warnings = list[str]


def config_for(directory: Path, mode: str = "words", **options: Any) -> FilterConfig:
    """A configuration that records."""
    options = {"mode": mode, "directory": str(directory), **options}
    return FilterConfig.from_mapping({"domain": "clinic", "recording": options})


def conversation(began_at: float = 1000.0) -> list[Event]:
    """A call in which a word is held, and released at the end."""
    return [
        SessionStarted(began_at),
        AgentState(began_at + 1, "speaking"),
        Heard(
            began_at + 2,
            SpeechType.START_OF_SPEECH,
            speech_start_time=began_at + 1.7,
        ),
        Heard(began_at + 2.5, SpeechType.FINAL, "Suite.", "en", source=object()),
        Heard(began_at + 2.5, SpeechType.END_OF_SPEECH),
        AgentText(began_at + 4, "We have two."),
        AgentState(began_at + 4, "listening"),
        AgentState(began_at + 5, "thinking"),
        Ended(began_at + 6),
    ]


def play(tape: Tape, config: FilterConfig, events: list[Event]) -> list[Decision]:
    """Feeds a policy, as a session filter does."""
    policy = policy_of(config)
    made = []
    for event in events:
        decisions = policy.feed(event)
        tape.fed(event, decisions)
        made += decisions
    tape.close()
    return made


def recorded(tape: Tape, writer: Writer) -> list[dict[str, Any]]:
    """The rows of the newest call."""
    assert writer.flush(5.0)
    assert tape.path is not None
    return [json.loads(line) for line in tape.path.read_bytes().splitlines()]


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> Warnings:
    """What was warned of."""
    said: Warnings = []
    monkeypatch.setattr(recording.log, "warning", lambda _, **facts: said.append(facts["error"]))
    return said


def test_nothing_is_recorded_unless_asked_for(tmp_path: Path) -> None:
    """Off by default, and where the filter itself is off."""
    assert open_tape(load_config()) is None
    assert open_tape(config_for(tmp_path).model_copy(update={"mode": "off"})) is None
    assert open_tape(config_for(tmp_path)) is not None
    assert not list(tmp_path.iterdir())


def test_a_call_is_a_timeline_of_its_own_file(tmp_path: Path) -> None:
    """Times count from the call's start, the end is last, a decision follows its event."""
    config, writer = config_for(tmp_path / "calls"), Writer()
    tape = Tape(config, writer)
    play(tape, config, conversation())
    rows = recorded(tape, writer)
    assert [(row["t"], row["event"], row.get("action")) for row in rows] == [
        (0.0, "session", None),
        (1.0, "agent_state", None),
        (2.0, "stt", None),
        (2.0, "decision", "pass"),
        (2.5, "stt", None),
        (2.5, "decision", "hold"),
        (2.5, "stt", None),
        (2.5, "decision", "pass"),
        (4.0, "agent_text", None),
        (4.0, "agent_state", None),
        (4.25, "decision", "release"),
        (5.0, "agent_state", None),
        (6.0, "end", None),
    ]
    assert rows[2]["speech_start_time"] == 1.7
    assert rows[0]["config"] == {"name": "clinic", "fingerprint": config.fingerprint}
    assert (rows[0]["mode"], rows[0]["recorded"]) == ("enforce", "words")
    assert tape.path is not None
    assert tape.path.stat().st_mode & 0o777 == 0o600
    assert tape.path.parent.stat().st_mode & 0o777 == 0o700


def test_a_recording_replays_to_what_was_decided(tmp_path: Path) -> None:
    """Words, order, reasons and times."""
    config, writer = config_for(tmp_path), Writer()
    tape = Tape(config, writer)
    play(tape, config, conversation())
    rows = recorded(tape, writer)
    assert tape.path is not None
    with tape.path.open("rb") as lines:
        again = list(replay(read_timeline(lines), lambda: policy_of(config)))
    told = [
        {key: value for key, value in row.items() if key != "language"}
        for row in rows
        if row["event"] == "decision"
    ]
    assert again == told


def test_a_session_that_is_started_again_is_another_call(tmp_path: Path) -> None:
    """Each in its own file; what comes between the two is in neither."""
    config, writer = config_for(tmp_path), Writer()
    tape = Tape(config, writer)
    play(tape, config, conversation())
    first = tape.path
    tape.fed(AgentState(1007.0, "listening"), [])
    play(tape, config, conversation(2000.0))
    assert first != tape.path
    assert len(recorded(tape, writer)) == 13
    assert len(list(tmp_path.iterdir())) == 2


def test_what_the_driver_decides_is_told_from_the_policy(tmp_path: Path) -> None:
    """Words that nobody came for are noted at the end, before its row."""
    config, writer = config_for(tmp_path), Writer()
    tape = Tape(config, writer)
    heard = Heard(1.0, SpeechType.FINAL, "Suite.", "en")
    tape.fed(SessionStarted(0.0), [])
    tape.fed(Ended(2.0), [])
    tape.decided([Decision(2.0, Action.NOTE, Reason.CALL_ENDED, heard)], undelivered=True)
    tape.close()
    rows = recorded(tape, writer)
    assert [row["event"] for row in rows] == ["session", "decision", "end"]
    assert rows[1]["undelivered"] is True


def test_an_event_that_was_on_its_way_keeps_its_place(tmp_path: Path) -> None:
    """Rows ascend in time, as a reader asks for."""
    config, writer = config_for(tmp_path), Writer()
    tape = Tape(config, writer)
    play(
        tape,
        config,
        [SessionStarted(0.0), AgentState(2.0, "idle"), AgentState(1.9, "listening"), Ended(3.0)],
    )
    assert [row["t"] for row in recorded(tape, writer)] == [0.0, 2.0, 2.0, 3.0]


# -- without words ---------------------------------------------------------------------------------


def test_a_redacted_recording_holds_no_word(tmp_path: Path) -> None:
    """Neither the caller's nor the agent's, which may repeat them; class and length are there."""
    config, writer = config_for(tmp_path, "redacted"), Writer()
    tape = Tape(config, writer)
    play(tape, config, conversation())
    rows = recorded(tape, writer)
    assert tape.path is not None
    content = tape.path.read_text("utf-8").lower()
    assert "suite" not in content
    assert "two" not in content
    assert {"class": "content", "words": 1, "characters": 6} in [
        row.get("redacted") for row in rows
    ]
    [said] = [row for row in rows if row["event"] == "agent_text"]
    assert said["redacted"] == {"words": 3, "characters": 12, "asks": False}


def test_a_redacted_recording_keeps_what_the_application_said(tmp_path: Path) -> None:
    """It is no word of the caller's; who spoke may be a name, and is left out."""
    config, writer = config_for(tmp_path, "redacted"), Writer()
    tape = Tape(config, writer)
    heard = Heard(1.0, SpeechType.FINAL, "Suite.", judged=Judgement.NO_SPEECH, speaker="A")
    play(tape, config, [SessionStarted(0.0), heard, Ended(2.0)])
    [said] = [row for row in recorded(tape, writer) if row["event"] == "stt"]
    assert (said["judged"], said["redacted"]["class"]) == ("no_speech", "content")
    assert "speaker" not in said


def test_a_recording_without_words_is_refused_by_replay(tmp_path: Path) -> None:
    """With a sentence that says why, and what would do."""
    config, writer = config_for(tmp_path, "redacted"), Writer()
    tape = Tape(config, writer)
    play(tape, config, conversation())
    assert recorded(tape, writer)
    assert tape.path is not None
    with tape.path.open("rb") as lines, pytest.raises(TimelineError) as refused:
        list(read_timeline(lines, tape.path.name))
    assert "the words were left out of this recording" in str(refused.value)
    assert "recording: {mode: words}" in str(refused.value)


# -- bounds and faults -----------------------------------------------------------------------------


def old(path: Path, size: int, days: float) -> Path:
    """A file of so many bytes, so many days old."""
    path.write_bytes(b"x" * size)
    at = time.time() - days * 86_400
    os.utime(path, (at, at))
    return path


def test_old_recordings_are_deleted_and_nothing_else(tmp_path: Path) -> None:
    """Those past their age, and the oldest of those that are too much."""
    settings = config_for(tmp_path, max_bytes=10_000, max_age_days=7).recording
    expired = old(tmp_path / "call-a.jsonl", 10, 8)
    oldest = old(tmp_path / "call-b.jsonl", 6000, 3)
    open_one = old(tmp_path / "call-c.jsonl", 3000, 2)
    newest = old(tmp_path / "call-d.jsonl", 6000, 1)
    foreign = old(tmp_path / "notes.jsonl", 50_000, 99)
    sweep(settings, keep={open_one})
    assert [path.exists() for path in (expired, oldest, open_one, newest, foreign)] == [
        False,
        False,
        True,
        True,
        True,
    ]


def test_a_call_that_is_too_long_ends_early(tmp_path: Path, warnings: Warnings) -> None:
    """One file never grows past the bound of all."""
    config, writer = config_for(tmp_path, max_bytes=10_000), Writer()
    tape = Tape(config, writer)
    tape.fed(SessionStarted(0.0), [])
    for number in range(1000):
        tape.fed(AgentText(float(number), "All our suites have a view of the sea."), [])
    tape.close()
    rows = recorded(tape, writer)
    assert tape.path is not None
    assert 9_000 < tape.path.stat().st_size <= 10_000
    assert rows[-1]["event"] == "agent_text"
    assert warnings == ["recording.max_bytes is reached"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_warned_of_once(
    tmp_path: Path, warnings: Warnings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many calls find it full; they go on, unrecorded."""
    real_open = os.open
    monkeypatch.setattr(
        "filters.calls.recording.os.open", lambda *_: real_open("/dev/full", os.O_WRONLY)
    )
    config, writer = config_for(tmp_path), Writer()
    for _ in range(3):
        tape = Tape(config, writer)
        assert play(tape, config, conversation())
    assert writer.flush(5.0)
    assert warnings == ["No space left on device"]


def test_a_line_that_fits_in_part_is_taken_back(
    tmp_path: Path, warnings: Warnings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a disk that fills up leaves behind are whole lines."""
    real_write, written = os.write, 0

    def write(file: int, data: memoryview) -> int:
        nonlocal written
        if written > 400:
            raise OSError(28, "No space left on device")
        count = real_write(file, data[:150])
        written += count
        return count

    monkeypatch.setattr("filters.calls.recording.os.write", write)
    config, writer = config_for(tmp_path), Writer()
    tape = Tape(config, writer)
    play(tape, config, conversation())
    rows = recorded(tape, writer)
    assert rows
    assert rows[-1]["event"] != "end"
    assert warnings == ["No space left on device"]


def test_a_directory_that_can_not_be_made_stops_no_call(tmp_path: Path, warnings: Warnings) -> None:
    """A file is where it should be."""
    (tmp_path / "file").touch()
    config, writer = config_for(tmp_path / "file"), Writer()
    assert play(Tape(config, writer), config, conversation())
    assert writer.flush(5.0)
    assert len(warnings) == 1


def test_a_disk_that_hangs_is_not_waited_for(
    tmp_path: Path, warnings: Warnings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What finds no room in the queue is given up, and the call goes on."""
    config, writer = config_for(tmp_path), Writer(most_waiting=5)
    monkeypatch.setattr(writer, "_run", lambda: None)  # a thread that writes nothing
    tape = Tape(config, writer)
    assert len(play(tape, config, conversation())) == 4
    assert warnings == ["too slow a disk"]


KILLED = """
import sys, time
from pathlib import Path
from tests.calls.test_recording import config_for, conversation
from filters.calls.recording import open_tape
tape = open_tape(config_for(Path(sys.argv[1])))
for event in conversation()[:-1]:
    tape.fed(event, [])
print("said", flush=True)
time.sleep(60)
"""


def test_a_killed_process_leaves_all_it_was_told(tmp_path: Path) -> None:
    """Nothing is kept back for a better moment to write."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(  # noqa: S603 - this interpreter, the code above
        [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, env=environment
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"said\n"
            deadline = time.monotonic() + 5.0
            while _rows_in(tmp_path) != 8 and time.monotonic() < deadline:
                time.sleep(0.01)
        finally:
            process.send_signal(signal.SIGKILL)
    assert _rows_in(tmp_path) == 8
    [path] = tmp_path.iterdir()
    assert [event.t for _, event in read_timeline(path.read_bytes().splitlines())][-1] == 5.0


def _rows_in(directory: Path) -> int:
    return sum(path.read_bytes().count(b"\n") for path in directory.iterdir())


def test_a_packed_recording_is_read_too(tmp_path: Path) -> None:
    """Whoever keeps them for long may pack them."""
    config, writer = config_for(tmp_path), Writer()
    tape = Tape(config, writer)
    play(tape, config, conversation())
    assert recorded(tape, writer)
    assert tape.path is not None
    packed = gzip.compress(tape.path.read_bytes())
    assert len(list(read_timeline(gzip.decompress(packed).splitlines()))) == 9

"""Reads calls from JSON Lines, one event a line. Pure: no clock, no LiveKit.

Timeline, version 1. UTF-8; on every row `session` (string), `t` (seconds, one clock per session,
ascending) and `event`:

    session        min_words, vad, turn_detection, pausable; config, versions and more for people
    agent_state    state: initializing, idle, listening, thinking, speaking
    speech         id; state: created, tool, done; interruptible; interrupted, where it was cut off.
                   A file without such rows is read from the states alone: `speaking` begins a
                   speech, the next other state ends it
    agent_saying   text: what the agent has begun to say, or adds to it, as it is spoken
    agent_text     text: what the agent has just said, as the history has it
    expect_answer  the application waits for an answer
    stage          stages: the names of all the stages that the conversation is in from now on, the
                   one entered last at the end. A configuration without a stage goes on as outside
    stt            type: start_of_speech, interim_transcript, preflight_transcript,
                   final_transcript, end_of_speech; text (on transcripts), language, confidence,
                   speech_start_time, speaker; judged: what the application said it is
                   (backchannel, content, command, no_speech)
    stream_closed  the recogniser's stream ended or failed
    decision       what a policy decided: output. `adds` is what of `text` is the caller's and new,
                   where that is not all of it. After an `stt` row it tells a replay what the
                   recorded agent did about it, and decides nothing
    end            the session is over
    x-...          anything else somebody wants to keep in the file: skipped

Sessions may follow each other or interleave; the state of those that are open is kept in memory.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from filters.policy import (
    Action,
    AgentSaying,
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
    StageChanged,
    StreamClosed,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

AGENT_STATES = ("initializing", "idle", "listening", "thinking", "speaking")
TRANSCRIPTS = frozenset({SpeechType.INTERIM, SpeechType.PREFLIGHT, SpeechType.FINAL})


class TimelineError(ValueError):
    """A row can't be read; the message says file, line, what is wrong and what would be right."""


class Row(NamedTuple):
    """An event and the session it belongs to."""

    session: str
    event: Event


class _Fields:
    """The fields of one row, read with their types."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        self._row = row

    def text(self, name: str) -> str:
        value = self._row.get(name)
        if not isinstance(value, str):
            raise self._wrong(name, "a string")
        return value

    def refuse_redacted(self) -> None:
        if "redacted" in self._row:
            raise ValueError(
                "the words were left out of this recording, and without them nothing can be "
                "decided. Replay one that was made with recording: {mode: words}"
            )

    def optional_text(self, name: str) -> str | None:
        return None if self._row.get(name) is None else self.text(name)

    def one_of(self, name: str, values: Iterable[str]) -> str:
        value = self._row.get(name)
        allowed = tuple(values)
        if value not in allowed:
            raise self._wrong(name, "one of " + ", ".join(allowed))
        return str(value)

    def optional_judgement(self, name: str) -> Judgement | None:
        if self._row.get(name) is None:
            return None
        return Judgement(self.one_of(name, (each.value for each in Judgement)))

    def number(self, name: str) -> float:
        value = self._row.get(name)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            try:
                number = float(value)
            except OverflowError:
                number = math.inf
            if math.isfinite(number):
                return number
        raise self._wrong(name, "a finite number")

    def optional_number(self, name: str) -> float | None:
        return None if self._row.get(name) is None else self.number(name)

    def names(self, name: str) -> tuple[str, ...]:
        value = self._row.get(name)
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise self._wrong(name, "a list of names")
        return tuple(value)

    def flag(self, name: str, default: bool) -> bool:
        value = self._row.get(name, default)
        if not isinstance(value, bool):
            raise self._wrong(name, "true or false")
        return value

    def count(self, name: str, default: int) -> int:
        value = self._row.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self._wrong(name, "a whole number from 0 on")
        return value

    def _wrong(self, name: str, wanted: str) -> ValueError:
        if name not in self._row:
            return ValueError(f'"{name}" is missing. Give it {wanted}')
        shown = json.dumps(self._row[name])
        return ValueError(f'"{name}" is {shown[:60]}. Make it {wanted}')


def _session_started(t: float, fields: _Fields) -> Event:
    return SessionStarted(
        t,
        min_words=fields.count("min_words", 2),
        pausable=fields.flag("pausable", True),
        turn_detection=fields.optional_text("turn_detection") or "stt",
        vad=fields.flag("vad", False),
    )


def _speech(t: float, fields: _Fields) -> Event:
    state = fields.one_of("state", (state.value for state in SpeechState))
    return Speech(
        t,
        fields.text("id"),
        SpeechState(state),
        interruptible=fields.flag("interruptible", True),
        interrupted=fields.flag("interrupted", False),
    )


def _heard(t: float, fields: _Fields) -> Event:
    kind = SpeechType(fields.one_of("type", (kind.value for kind in SpeechType)))
    judged: Judgement | None = None
    if kind in TRANSCRIPTS:
        fields.refuse_redacted()
        judged = fields.optional_judgement("judged")
    return Heard(
        t,
        kind,
        text=fields.text("text") if kind in TRANSCRIPTS else "",
        language=fields.optional_text("language"),
        confidence=fields.optional_number("confidence"),
        speech_start_time=fields.optional_number("speech_start_time"),
        speaker=fields.optional_text("speaker"),
        judged=judged,
    )


def _agent_text(t: float, fields: _Fields) -> Event:
    fields.refuse_redacted()
    return AgentText(t, fields.text("text"))


def _agent_saying(t: float, fields: _Fields) -> Event:
    fields.refuse_redacted()
    return AgentSaying(t, fields.text("text"))


_READERS: dict[str, Callable[[float, _Fields], Event]] = {
    "session": _session_started,
    "agent_state": lambda t, fields: AgentState(t, fields.one_of("state", AGENT_STATES)),
    "speech": _speech,
    "agent_saying": _agent_saying,
    "agent_text": _agent_text,
    "expect_answer": lambda t, _: ExpectAnswer(t),
    "stage": lambda t, fields: StageChanged(t, fields.names("stages")),
    "stt": _heard,
    "stream_closed": lambda t, _: StreamClosed(t),
    "end": lambda t, _: Ended(t),
}


def _parse(line: str | bytes) -> Mapping[str, Any]:
    try:
        if isinstance(line, bytes):
            line = line.decode("utf-8")
        row = json.loads(line.removeprefix("\ufeff"))
    except UnicodeDecodeError:
        raise ValueError("not UTF-8. Convert the file") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON ({error.msg}). Write one object a line") from None
    except (ValueError, RecursionError):
        raise ValueError("JSON beyond what can be read. Write one flat object a line") from None
    if not isinstance(row, dict):
        raise ValueError("not a JSON object. Write one object a line")  # noqa: TRY004 - a fault of the file
    return row


class Recorded(NamedTuple):
    """What a recorded agent did about an event: the `source` of a `Heard` that was read."""

    action: Action


_OF_EARLIER_WORDS = frozenset({Action.RELEASE, Action.NOTE, Action.DISCARD})


def read_timeline(lines: Iterable[str | bytes], name: str = "timeline") -> Iterator[Row]:
    """Reads rows as they come; "x-" rows and empty lines are skipped.

    A row of the recogniser comes with the next one of its session, once the decision about it, if
    the file has one, is known: it is the `source` of its event then.

    Args:
        lines: The lines of a file, or any other source of them.
        name: The file's name, for errors.

    Raises:
        TimelineError: A row can't be read.
    """
    last_t: dict[str, float] = {}
    waiting: dict[str, Heard] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            raw = _parse(line)
            row = _read_row(raw, last_t)
        except ValueError as error:
            yield from (Row(session, heard) for session, heard in waiting.items())
            raise TimelineError(f"{name}:{number}: {error}.") from None
        session = raw.get("session")
        heard = waiting.get(session) if isinstance(session, str) else None
        if row is None:
            if heard is not None and raw["event"] == "decision":
                _note_action(raw, heard, waiting)
            continue
        if heard is not None:
            yield Row(row.session, waiting.pop(row.session))
        if isinstance(row.event, Heard):
            waiting[row.session] = row.event
        else:
            yield row
    yield from (Row(session, heard) for session, heard in waiting.items())


def _note_action(raw: Mapping[str, Any], heard: Heard, waiting: dict[str, Heard]) -> None:
    """Notes what was done about an event, if a decision is the one about it."""
    action = next((each for each in Action if each.value == raw.get("action")), None)
    about = (raw.get("type"), raw.get("text"))
    if action is None or action in _OF_EARLIER_WORDS or heard.source is not None:
        return
    if about == (heard.type.value, heard.text):
        waiting[str(raw["session"])] = replace(heard, source=Recorded(action))


def _read_row(raw: Mapping[str, Any], last_t: dict[str, float]) -> Row | None:
    fields = _Fields(raw)
    name = fields.text("event")
    if name == "decision" or name.startswith("x-"):
        return None
    reader = _READERS.get(name)
    if reader is None:
        known = ", ".join((*_READERS, "decision"))
        raise ValueError(f'unknown event "{name}". Use {known}, or a name that begins with "x-"')
    session, t = fields.text("session"), fields.number("t")
    before = last_t.get(session, t)
    if t < before:
        back = f'from {before:g} to {t:g} in session "{session}"'
        raise ValueError(f'"t" goes back {back}. Sort its rows by "t"')
    last_t[session] = t
    event = reader(t, fields)
    if name == "end":
        del last_t[session]
    return Row(session, event)

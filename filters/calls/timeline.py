"""Reads, writes and replays calls as JSON Lines, one event a line. Pure: no clock, no LiveKit.

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
                   speech_start_time
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
    Decision,
    Ended,
    Event,
    ExpectAnswer,
    Heard,
    SessionStarted,
    Speech,
    SpeechState,
    SpeechType,
    StageChanged,
    StreamClosed,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from filters.policy import InterruptionPolicy

AGENT_STATES = ("initializing", "idle", "listening", "thinking", "speaking")
TRANSCRIPTS = frozenset({SpeechType.INTERIM, SpeechType.PREFLIGHT, SpeechType.FINAL})


class TimelineError(ValueError):
    """A row can't be read; the message says file, line, what is wrong and what would be right."""


class Row(NamedTuple):
    """An event and the session it belongs to."""

    session: str
    event: Event


# -- reading ---------------------------------------------------------------------------------------


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
    if kind in TRANSCRIPTS:
        fields.refuse_redacted()
    return Heard(
        t,
        kind,
        text=fields.text("text") if kind in TRANSCRIPTS else "",
        language=fields.optional_text("language"),
        confidence=fields.optional_number("confidence"),
        speech_start_time=fields.optional_number("speech_start_time"),
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


# -- writing ---------------------------------------------------------------------------------------


def dump_row(row: Mapping[str, Any]) -> bytes:
    """One line of a timeline, its newline included."""
    # a lone surrogate has no UTF-8; its backslash form is a JSON escape
    return json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


def event_row(session: str, event: Event, **more: Any) -> dict[str, Any]:
    """The row of an event.

    Args:
        session: The session's name.
        event: What happened.
        **more: Further fields, for people: "config" and versions on a session row, "agent" on a
            speech.
    """
    row: dict[str, Any] = {"session": session, "t": _rounded(event.t)}
    if isinstance(event, SessionStarted):
        row.update(
            event="session",
            min_words=event.min_words,
            vad=event.vad,
            turn_detection=event.turn_detection,
            pausable=event.pausable,
        )
    elif isinstance(event, AgentState):
        row.update(event="agent_state", state=event.state)
    elif isinstance(event, Speech):
        row.update(
            event="speech", id=event.id, state=event.state.value, interruptible=event.interruptible
        )
        if event.interrupted:
            row.update(interrupted=True)
    elif isinstance(event, AgentText):
        row.update(event="agent_text", text=event.text)
    elif isinstance(event, AgentSaying):
        row.update(event="agent_saying", text=event.text)
    elif isinstance(event, ExpectAnswer):
        row.update(event="expect_answer")
    elif isinstance(event, StageChanged):
        row.update(event="stage", stages=list(event.stages))
    elif isinstance(event, Heard):
        row.update(event="stt", **_heard_fields(event))
    elif isinstance(event, StreamClosed):
        row.update(event="stream_closed")
    else:
        row.update(event="end")
    row.update(more)
    return row


def _heard_fields(heard: Heard) -> dict[str, Any]:
    onset = heard.speech_start_time
    optional = {
        "text": heard.text if heard.type in TRANSCRIPTS else None,
        "language": heard.language or None,
        "confidence": heard.confidence,
        "speech_start_time": None if onset is None else _rounded(onset),
    }
    return {"type": heard.type.value, **{k: v for k, v in optional.items() if v is not None}}


def decision_row(session: str, decision: Decision) -> dict[str, Any]:
    """The row of a decision."""
    heard = decision.heard
    row = {
        "session": session,
        "t": _rounded(decision.t),
        "event": "decision",
        "action": decision.action.value,
        "reason": decision.reason.value,
        "type": heard.type.value,
        "text": heard.text,
        "final": decision.final,
    }
    return row if decision.adds is None else {**row, "adds": decision.adds}


def _rounded(t: float) -> float:
    return round(t, 6)


# -- replaying -------------------------------------------------------------------------------------


class Replay:
    """One session played to a policy, which changes what the agent does.

    Where the file has the decision about an event, and stopped the agent too, its rows show what
    came of it, and are told as they are. Where it stopped the agent and the policy would not have,
    nobody knows what the agent would have gone on to say: its rows are told as they are as well.

    A stop ends the agent's speech: from there on it is heard in the file only. Where the file names
    its speeches and the output pauses, a stop that could still be taken back pauses the speech, and
    the next final that passes ends it, as LiveKit does. A stop that is taken back brings the speech
    back, if the file's agent has not finished it.

    Args:
        policy: A fresh policy.
    """

    def __init__(self, policy: InterruptionPolicy) -> None:
        self._policy = policy
        self._pausable = True
        self._state = "initializing"  # of the agent in the file
        self._speeches: dict[str, Speech] | None = None  # open in the file; None: it names none
        self._cut: set[str] = set()  # of these, the ones that were stopped
        self._cut_unnamed = False  # the same for a file that names none
        self._paused = False  # what was stopped is not over

    def feed(self, event: Event) -> list[Decision]:
        """Takes in a row's event; returns what was due before it, then what it calls for."""
        decisions: list[Decision] = []
        for told in self._as_replayed(event):
            decisions += self._policy.feed(told)
        for decision in decisions:
            if _was_recorded(decision, event):
                continue
            for consequence in self._consequences(decision):
                self._policy.feed(consequence)  # of this very moment, so that nothing is due
        return decisions

    @property
    def _is_cut(self) -> bool:
        return self._cut_unnamed or bool(self._cut)

    def _as_replayed(self, event: Event) -> list[Event]:
        """What the policy is told: of a speech that was stopped, no more than that it is over."""
        if isinstance(event, SessionStarted):
            self._pausable = event.pausable
        elif isinstance(event, Speech):
            return self._speech_as_replayed(event)
        elif isinstance(event, AgentState):
            self._state = event.state
            if event.state == "speaking":
                return [] if self._is_cut else [event]
            self._cut_unnamed = False
        elif isinstance(event, AgentText) and self._state == "speaking" and self._is_cut:
            return []
        return [event]

    def _speech_as_replayed(self, event: Speech) -> list[Event]:
        if self._speeches is None:
            self._speeches = {}
            self._cut_unnamed = False
        if event.state is not SpeechState.DONE:
            self._speeches[event.id] = event
            return [] if event.id in self._cut else [event]
        self._speeches.pop(event.id, None)
        if event.id not in self._cut:
            return [event]
        self._cut.remove(event.id)
        if self._cut:
            return [event]
        self._paused = False
        # if the file's agent is speaking, the speech that waited behind this one has begun
        return [event, AgentState(event.t, self._state)]

    def _consequences(self, decision: Decision) -> list[Event]:
        """What a decision does to the agent, at once."""
        if decision.action is Action.INTERRUPT:
            return self._stop(decision)
        if decision.action is Action.RETRACT:
            return self._bring_back(decision.t)
        if self._paused and decision.final and decision.action in (Action.PASS, Action.RELEASE):
            return self._finish(decision.t)
        return []

    def _stop(self, decision: Decision) -> list[Event]:
        stopped: list[Event] = [AgentState(decision.t, "listening")]
        if self._speeches is None:
            self._cut_unnamed = self._state == "speaking"
            return stopped
        self._cut.update(self._speeches)
        self._paused = True
        if decision.final or not decision.recoverable or not self._pausable:
            stopped += self._finish(decision.t)
        return stopped

    def _finish(self, t: float) -> list[Event]:
        self._paused = False
        return [Speech(t, name, SpeechState.DONE) for name in sorted(self._cut)]

    def _bring_back(self, t: float) -> list[Event]:
        if not self._paused and not self._cut_unnamed:
            return []
        self._cut.clear()
        self._cut_unnamed = self._paused = False
        return [AgentState(t, self._state)]


def _was_recorded(decision: Decision, event: Event) -> bool:
    """Whether the file shows what came of a stop."""
    if decision.heard is not event or decision.action is not Action.INTERRUPT:
        return False
    return bool(decision.heard.source == Recorded(Action.INTERRUPT))


def replay(
    rows: Iterable[Row], policy_factory: Callable[[], InterruptionPolicy]
) -> Iterator[dict[str, Any]]:
    """Plays a timeline to a policy per session and yields a row per decision.

    There is one for each `stt` row, in order, and one for each later release, note or discard, with
    the time it was due. A session that the file leaves open ends with its last row.

    Args:
        rows: What `read_timeline` yields.
        policy_factory: Makes the policy of a session.
    """
    sessions: dict[str, tuple[Replay, float]] = {}
    for session, event in rows:
        known = sessions.get(session)
        player = known[0] if known else Replay(policy_factory())
        sessions[session] = (player, event.t)
        for decision in player.feed(event):
            yield decision_row(session, decision)
        if isinstance(event, Ended):
            del sessions[session]
    for session, (player, last_t) in sessions.items():
        for decision in player.feed(Ended(last_t)):
            yield decision_row(session, decision)

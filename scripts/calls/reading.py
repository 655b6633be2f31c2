"""Reads calls, with what was decided in them, for the tools that look back. No LiveKit.

A call is read from its recording, with the decisions of the day, or with those of a replay. Of a
recording without words the class and length of each utterance are shown in their place.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from filters.calls import TimelineError
from filters.policy import Action
from scripts.files import open_bytes

from .call import Call, Said, Span, Told, Utterance
from .replaying import decided_again

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from filters.configuration import FilterConfig

RawRow = dict[str, Any]

GAP_S = 1.0
"""Silence that ends an utterance of a recogniser that doesn't report its end."""
TRANSCRIPTS = ("interim_transcript", "preflight_transcript", "final_transcript")


def read_calls(
    paths: Iterable[str], config: FilterConfig | None = None, *, by_words: bool = False
) -> Iterator[Call]:
    """Reads the calls in files, one by one.

    Args:
        paths: Timelines, packed with gzip or not.
        config: What to decide by; None: as was decided in the call.
        by_words: Decide without what the application said.

    Raises:
        TimelineError: A file can't be read, or has no words and is to be decided again.
    """
    for path in paths:
        sessions: dict[str, list[RawRow]] = {}
        for raw in _rows(path):
            if by_words:
                raw.pop("judged", None)
            sessions.setdefault(str(raw.get("session", "")), []).append(raw)
        for session, rows in sessions.items():
            decisions = None if config is None else decided_again(rows, path, config)
            yield call_of(rows, decisions, session=session, path=path)


def _rows(path: str) -> Iterator[RawRow]:
    """The rows of a file; a last one that was cut off is none."""
    with open_bytes(path) as (content, _):
        lines = content.readlines()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line.decode("utf-8-sig"))
        except ValueError:
            if number == len(lines):
                return
            raise TimelineError(f"{path}:{number}: not JSON. Write one object a line.") from None
        if not isinstance(row, dict):
            raise TimelineError(f"{path}:{number}: not a JSON object. Write one object a line.")
        yield row


def call_of(
    rows: Sequence[RawRow],
    decisions: Sequence[RawRow] | None = None,
    *,
    session: str = "",
    path: str = "",
) -> Call:
    """Puts a call together from its rows.

    Args:
        rows: The rows of one session.
        decisions: Those to show in place of the rows' own.
        session: Its name.
        path: The file it is in.
    """
    events = [row for row in rows if row.get("event") != "decision"]
    if decisions is None:
        decisions = [row for row in rows if row.get("event") == "decision"]
    facts = next((row for row in events if row.get("event") == "session"), {})
    agent, stops = _agent(events)
    said = _said(events)
    _decide(said, decisions)
    end = max((float(row.get("t", 0.0)) for row in events), default=0.0)
    utterances = [each for each in _utterances(events, said) if each.said]
    for utterance in utterances:
        utterance.over_agent = any(span.start <= utterance.onset <= span.end for span in agent)
    return Call(session, path, facts, end, utterances, agent, stops)


def shown(row: RawRow) -> str:
    """The words of a row, or what a recording has in their place."""
    shape = row.get("redacted")
    if isinstance(shape, dict):
        count = shape.get("words", 0)
        kind = f"{shape['class']}, " if "class" in shape else ""
        return f"[{kind}{count} {'word' if count == 1 else 'words'}]"
    return str(row.get("text") or "")


def _said(events: Sequence[RawRow]) -> list[Said]:
    return [
        Said(
            float(row.get("t", 0.0)), str(row.get("type")), shown(row), str(row.get("judged") or "")
        )
        for row in events
        if row.get("event") == "stt"
    ]


_LATER = (Action.RELEASE.value, Action.NOTE.value, Action.DISCARD.value)


def _decide(said: Sequence[Said], decisions: Sequence[RawRow]) -> None:
    """Gives each decision to what it is about: its own in order, a later one to the words held."""
    at = 0  # of what was said, as far as it has its decision
    held: list[Said] = []
    released: list[Said] = []  # which may have found nobody to take them
    for row in decisions:
        kind, text, action = row.get("type"), shown(row), str(row.get("action"))
        candidates = said[at:]
        if action in _LATER:
            candidates = released if row.get("undelivered") else held
        about = next((each for each in candidates if (each.type, each.text) == (kind, text)), None)
        if about is None:
            continue
        if action not in _LATER:
            at = said.index(about, at) + 1
            if action in (Action.HOLD.value, Action.RETRACT.value):
                held.append(about)
        elif about in held:
            held.remove(about)
            released.append(about)
        about.decisions.append(
            Told(float(row.get("t", 0.0)), action, str(row.get("reason")), about)
        )


def _utterances(events: Sequence[RawRow], said: Sequence[Said]) -> Iterator[Utterance]:
    remaining = iter(said)
    current: Utterance | None = None
    for row in events:
        if row.get("event") == "stream_closed" and current is not None:
            yield current
            current = None
        if row.get("event") != "stt":
            continue
        each = next(remaining)
        kind, t = each.type, each.t
        if kind == "end_of_speech":
            if current is not None:
                current.end = t
                yield current
            current = None
            continue
        quiet = current is not None and not current.bounded and t - current.end > GAP_S
        if current is not None and quiet:
            yield current
            current = None
        if current is None:
            onset = row.get("speech_start_time")
            current = Utterance(min(float(onset), t) if onset is not None else t)
        current.end = t
        if kind in TRANSCRIPTS:
            current.said.append(each)
        else:
            current.bounded = True
    if current is not None:
        yield current


def _agent(events: Sequence[RawRow]) -> tuple[list[Span], list[float]]:
    """What was heard of the agent, from its states, and when it was cut off, from its speeches."""
    spans: list[Span] = []
    stops: list[float] = []
    named = any(row.get("event") == "speech" for row in events)
    since: float | None = None
    silent_since: float | None = None
    texts: list[tuple[float, str]] = []
    last_t = 0.0
    for row in events:
        last_t = t = float(row.get("t", 0.0))
        kind = row.get("event")
        if kind == "agent_text":
            texts.append((t, shown(row)))
        elif kind == "speech" and row.get("state") == "done":
            audible = silent_since if since is None else t
            if row.get("interrupted") and audible is not None:
                stops.append(audible)
            silent_since = None
        elif kind == "agent_state" and row.get("state") == "speaking":
            if silent_since is not None:
                spans.append(Span(silent_since, t, paused=True))
            silent_since, since = None, t if since is None else since
        elif kind == "agent_state" and since is not None:
            spans.append(Span(since, t))
            # thinking comes between two parts of a speech, as for a tool
            paused = named and row.get("state") != "thinking"
            since, silent_since = None, t if paused else None
    if since is not None:
        spans.append(Span(since, last_t))
    return _with_texts(spans, texts), sorted(set(stops))


def _with_texts(spans: list[Span], texts: Sequence[tuple[float, str]]) -> list[Span]:
    """Gives each text to the stretch it ends, and those before it that it was paused in."""
    told: list[Span] = []
    for span in spans:
        after = [text for t, text in texts if t >= span.start - 0.01]
        told.append(Span(span.start, span.end, after[0] if after else "", span.paused))
    return told

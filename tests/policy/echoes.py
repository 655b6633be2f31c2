"""An agent whose own voice comes back to the recogniser: late, and not word for word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from filters.policy import (
    AgentSaying,
    AgentState,
    AgentText,
    Ended,
    Event,
    Heard,
    SessionStarted,
    Speech,
    SpeechState,
    SpeechType,
)

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

TURNS = (
    "Hello and welcome to the harbour museum. How can I help you today?",
    "The guided tour starts every hour, takes about fifty minutes, and ends in the lighthouse.",
    "On Sundays we open an hour later than usual. Would you like me to reserve two places?",
    "Your places are reserved under the number that you are calling from. Please come early.",
)
WRONG = ("pony", "gravel", "seventeen", "or", "the", "mostly", "velvet")


@dataclass(frozen=True)
class Line:
    """How the echo comes about.

    Attributes:
        rate: Characters that the agent speaks in a second.
        late_s: How long after a word its echo is heard.
        onset: The recogniser knows when speech began.
        bounds: It says when speech begins and ends.
        interims: It sends what it has heard so far, every so many words; 0: it doesn't.
        words: Of the longest piece that it makes one final of.
        pieces: What the agent says is told word by word, not at once.
    """

    rate: float = 15.0
    late_s: float = 0.8
    onset: bool = True
    bounds: bool = True
    interims: int = 3
    words: int = 9
    pieces: bool = False


def echoed_call(line: Line, chance: random.Random, turns: tuple[str, ...] = TURNS) -> list[Event]:
    """Turns of the agent, each with its echo."""
    events: list[Event] = [SessionStarted(0.0)]
    t = 0.5
    for number, text in enumerate(turns):
        name = f"s{number}"
        spoken = list(_spoken(text, t, line.rate))
        end = spoken[-1][1]
        events += [Speech(t, name, SpeechState.CREATED), AgentState(t, "speaking")]
        if line.pieces:
            events += [AgentSaying(t, f"{word} ") for word in text.split()]
        else:
            events.append(AgentSaying(t, text))
        events += [AgentText(end, text), AgentState(end, "listening")]
        events.append(Speech(end, name, SpeechState.DONE))
        events += _echo(spoken, line, chance)
        t = end + 4.0
    events.sort(key=lambda event: event.t)
    return [*events, Ended(t + 5.0)]


def _spoken(text: str, t: float, rate: float) -> Iterator[tuple[str, float]]:
    """The words of a text, and when each has been said."""
    said = 0
    for word in text.split():
        said += len(word) + 1
        yield word, t + said / rate


def _echo(spoken: list[tuple[str, float]], line: Line, chance: random.Random) -> Iterator[Event]:
    slip = chance.randrange(8)
    heard: list[tuple[str, float]] = []
    for index, (word, t) in enumerate(spoken):
        if index % 8 == slip:  # one in eight is wrong or missing
            if chance.random() < 0.5:
                heard.append((chance.choice(WRONG), t))
        else:
            heard.append((word, t))
    at, over = 0, 0.0
    while at < len(heard):
        size = chance.randint(line.words - 3, line.words)
        part = heard[at : at + size]
        if len(heard) - at - size < 6:  # a recogniser ends where the voice does
            part = heard[at:]
        at += len(part)
        yield from _utterance(part, line, over)
        over = part[-1][1] + line.late_s + 0.3


def _utterance(part: list[tuple[str, float]], line: Line, since: float) -> Iterator[Event]:
    onset = max(part[0][1] - 0.3 + line.late_s, since)
    if line.bounds:
        start = onset if line.onset else None
        yield Heard(onset + 0.2, SpeechType.START_OF_SPEECH, speech_start_time=start)
    words = [word for word, _ in part]
    if line.interims:
        for size in range(line.interims, len(part), line.interims):
            t = part[size - 1][1] + line.late_s + 0.2
            yield Heard(t, SpeechType.INTERIM, " ".join(words[:size]).lower(), "en")
    over = part[-1][1] + line.late_s + 0.3
    yield Heard(over, SpeechType.FINAL, " ".join(words), "en")
    if line.bounds:
        yield Heard(over, SpeechType.END_OF_SPEECH)

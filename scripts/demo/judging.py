"""Says what became of a row, from its recording, alike for every way. Pure: no clock, no LiveKit.

caller         |== phrase ==|
agent   =============|                                     STOPPED, that long after the onset
        =============|   ...   |==========                 PAUSED, and went on
        ===================================                TALKED_ON
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from enum import Enum

from agent.offline.playback import Span, SpanKind

GAP_S = 0.25
"""A shorter silence within the agent's words is none that a caller would notice."""
DROPPED_S = 0.1
"""Less than this is no word cut off."""
STOP_SLACK_S = 1.0
"""How long after the caller's last sound a stop still is one."""


class Floor(Enum):
    """What became of the agent's words."""

    TALKED_ON = "talked on"
    PAUSED = "paused"
    STOPPED = "stopped"
    NEVER_SPOKE = "never spoke"


class Words(Enum):
    """What became of the caller's words."""

    ANSWERED = "answered"
    LEFT = "left"
    """No turn was made of them."""
    NOTED = "noted"
    """The history has them; nobody was asked to reply."""
    UNANSWERED = "unanswered"
    """They became a turn, and no reply to it was heard."""
    NEXT_TURN = "next turn"
    """They turned up in front of what the caller said next."""
    DEAF = "deaf"
    """What the caller said next was not heard either."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """What the model was asked, and what it was to answer."""

    asked: str
    reply: str


@dataclass(frozen=True, slots=True)
class Recording:
    """What was recorded of a row, played one way.

    Times are seconds from the onset of the caller's phrase.

    Attributes:
        phrase: What the caller said.
        phrase_s: How long it took to say.
        agent_words: What the agent was to say: the speech talked over, or the reply awaited.
        spans: What was heard of the agent, up to what the caller said next.
        user_turns: The caller's turns in the chat history, up to there.
        agent_turns: The agent's.
        exchanges: The requests to the model, up to there.
        next_turn: What the history has of what the caller said next.
        next_phrase: What it was.
        late_s: How late the machine was at worst meanwhile.
    """

    phrase: str
    phrase_s: float
    agent_words: str
    spans: tuple[Span, ...]
    user_turns: tuple[str, ...]
    agent_turns: tuple[str, ...]
    exchanges: tuple[Exchange, ...]
    next_turn: str | None
    next_phrase: str
    late_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row.

    Attributes:
        floor: What became of the agent's words.
        words: What became of the caller's.
        stopped_s: Seconds from the caller's first sound to the agent's silence; `None`: it went on.
        silence_s: How long it was silent, where it went on.
    """

    floor: Floor
    words: Words
    stopped_s: float | None = None
    silence_s: float | None = None


@dataclass(frozen=True, slots=True)
class Want:
    """What is to become of a row; any of these will do."""

    floor: frozenset[Floor]
    words: frozenset[Words]

    def met_by(self, outcome: Outcome, heard_by_s: float) -> bool:
        """Whether an outcome is as wanted, where the recogniser has had it all by then."""
        in_time = outcome.stopped_s is None or 0.0 <= outcome.stopped_s <= heard_by_s + STOP_SLACK_S
        return outcome.floor in self.floor and outcome.words in self.words and in_time

    @property
    def answer(self) -> bool:
        """Whether nothing but an answer will do."""
        return self.words == {Words.ANSWERED}


def outcome_of(recording: Recording) -> Outcome:
    """Measures what became of a row."""
    words = _words(recording)
    spans = _own_spans(recording)
    if not any(span.kind is SpanKind.SPEECH for span in spans):
        return Outcome(Floor.NEVER_SPOKE, words)
    silences = [span for span in spans if span.kind is SpanKind.PAUSED]
    for span in spans:
        if span.dropped_s > DROPPED_S:
            # It was silent from the pause on that led to this, if one did.
            began = next((p.start for p in silences if p.end >= span.start - 0.01), span.start)
            return Outcome(Floor.STOPPED, words, stopped_s=began)
    for silence in silences:
        if silence.end - silence.start > GAP_S:
            return Outcome(Floor.PAUSED, words, silence.start, silence.end - silence.start)
    return Outcome(Floor.TALKED_ON, words)


def _own_spans(recording: Recording) -> list[Span]:
    """What was heard of the words in question; they are the first the agent says, or not said."""
    turns = recording.agent_turns
    if not recording.spans or (turns and not _begins(recording.agent_words, turns[0])):
        return []
    first = recording.spans[0].segment
    return [span for span in recording.spans if span.segment == first]


def _words(recording: Recording) -> Words:
    said = _fold(recording.phrase)
    following = recording.next_turn
    if following is None:
        return Words.DEAF
    if any(
        _contains(_fold(exchange.asked), said)
        and any(_begins(exchange.reply, turn) for turn in recording.agent_turns)
        for exchange in recording.exchanges
    ):
        return Words.ANSWERED
    if _fold(following) != _fold(recording.next_phrase):
        return Words.NEXT_TURN
    if any(_contains(_fold(turn), said) for turn in recording.user_turns):
        asked = any(_contains(_fold(exchange.asked), said) for exchange in recording.exchanges)
        return Words.UNANSWERED if asked else Words.NOTED
    return Words.LEFT


def _begins(text: str, heard: str) -> bool:
    """Whether what was heard is the text, or its beginning."""
    return bool(heard.strip()) and _fold(text)[: len(_fold(heard))] == _fold(heard)


def _fold(text: str) -> list[str]:
    return text.casefold().translate(_NO_PUNCTUATION).split()


_NO_PUNCTUATION = str.maketrans("", "", string.punctuation + "…")


def _contains(words: list[str], part: list[str]) -> bool:
    return any(words[i : i + len(part)] == part for i in range(len(words) - len(part) + 1))

"""How a recogniser sends what the caller says: a case becomes events for the policy."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING

from filters.policy import AgentSaying, AgentState, AgentText, Ended, Event, Heard, SpeechType

if TYPE_CHECKING:
    from .cases import Case

ONSET_S = 0.25
"""From the caller's onset to START_OF_SPEECH, in the profile `words`."""
INTERIM_S = 0.30
"""From the end of a word to the interim that carries it."""
FIRST_PARTIAL_S = 0.80
"""From the onset to START_OF_SPEECH and the first interim, in the profile `sparse`."""
PARTIAL_EVERY_S = 3.0
"""From one interim to the next, in the profile `sparse`."""
FINAL_S = 0.40
"""From the end of the utterance to its final and END_OF_SPEECH."""
AFTER_S = 5.0
"""How long the session goes on after the last event."""


class Profile(str, Enum):
    """How the recogniser sends what it hears."""

    WORDS = "words"
    """An interim a word."""
    SPARSE = "sparse"
    """An interim after 0.8 s and every 3 s; at the end INTERIM, PREFLIGHT and FINAL at once."""
    BOTH = "both"


def events_of(case: Case, profile: Profile, *, saying: bool = False) -> list[Event]:
    """The session of a case, as events in the order of their arrival.

    Args:
        case: The case.
        profile: How the recogniser sends what it hears.
        saying: What the agent is about to say is known when it begins.
    """
    start, end = _ms(case.agent_start), _ms(case.agent_end)
    events: list[Event] = [
        AgentState(start, "speaking"),
        *([AgentSaying(start, case.agent_text)] if saying else []),
        AgentText(end, case.agent_text),
        AgentState(end, "listening"),
        *(replace(heard, t=_ms(heard.t)) for heard in heard_of(case, profile)),
    ]
    # a word may carry a time before the onset; at the same time, the agent comes first
    events.sort(key=lambda event: event.t)
    return [*events, Ended(_ms(max(event.t for event in events) + AFTER_S))]


def heard_of(case: Case, profile: Profile) -> list[Heard]:
    """What the recogniser sends of a case, to the last digit of its times."""
    return _heard_word_by_word(case) if profile is Profile.WORDS else _heard_sparsely(case)


def _heard_word_by_word(case: Case) -> list[Heard]:
    over = case.end + FINAL_S
    heard = [_start(case, case.start + ONSET_S)]
    for count, word in enumerate(case.words, 1):
        text = " ".join(said.text for said in case.words[:count])
        heard.append(_transcript(min(word.end + INTERIM_S, over), SpeechType.INTERIM, text))
    return [*heard, *_end_of_turn(case, over)]


def _heard_sparsely(case: Case) -> list[Heard]:
    over = case.end + FINAL_S
    heard: list[Heard] = []
    at = case.start + FIRST_PARTIAL_S
    while at < over:
        words = [word.text for word in case.words if word.end <= at - INTERIM_S + 0.05]
        if words:
            heard += [] if heard else [_start(case, at)]
            heard.append(_transcript(at, SpeechType.INTERIM, " ".join(words)))
        at += PARTIAL_EVERY_S
    heard += [] if heard else [_start(case, over)]
    heard.append(_transcript(over, SpeechType.INTERIM, case.final))
    heard.append(_transcript(over, SpeechType.PREFLIGHT, case.final))
    return [*heard, *_end_of_turn(case, over)]


def _start(case: Case, t: float) -> Heard:
    return Heard(t, SpeechType.START_OF_SPEECH, speech_start_time=case.start)


def _transcript(t: float, kind: SpeechType, text: str) -> Heard:
    return Heard(t, kind, text=text, language="en")


def _end_of_turn(case: Case, t: float) -> list[Heard]:
    return [
        _transcript(t, SpeechType.FINAL, case.final),
        Heard(t, SpeechType.END_OF_SPEECH),
    ]


def _ms(t: float) -> float:
    return round(t, 3)

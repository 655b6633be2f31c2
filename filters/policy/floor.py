"""Keeps track of who holds the floor, from what the session reports. Pure: no clock, no LiveKit.

    speech  created ...................................... done   the agent holds the floor
            |-- pending --|-- audible --|- paused -|- audible -|
    state   thinking      speaking      listening  speaking    listening

A timeline without `speech` events is read from the states alone: `speaking` begins a speech, the
next other state ends it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from .events import AgentState, Speech, SpeechState

if TYPE_CHECKING:
    from .replies import Asks

MAX_TURN_TEXT = 4_000
"""Characters of the agent's turn that are kept: more than the longest two sentences."""
MAX_SPELLS = 64
"""Spells of a turn that are told apart; of more, the oldest two count as one."""


class Activity(Enum):
    """What the agent does while, or whether, it holds the floor."""

    FREE = "free"
    AUDIBLE = "audible"
    PAUSED = "paused"
    PENDING = "pending"
    TOOL = "tool"


class Spells:
    """When something went on, as stretches of time in seconds, oldest first."""

    def __init__(self) -> None:
        self._spells: list[tuple[float, float]] = []
        self._since: float | None = None

    @property
    def first(self) -> float:
        """When it began for the first time; infinity if it never has."""
        if self._spells:
            return self._spells[0][0]
        return float("inf") if self._since is None else self._since

    def mark(self, t: float, *, on: bool) -> None:
        """It goes on from now, or no longer."""
        if on and self._since is None:
            self._since = t
        elif not on and self._since is not None:
            self._spells.append((self._since, t))
            self._since = None
            if len(self._spells) > MAX_SPELLS:
                (start, _), (_, end), *rest = self._spells
                self._spells = [(start, end), *rest]

    def until(self, t: float) -> float:
        """How long it has gone on by `t`, in seconds."""
        running = 0.0 if self._since is None else max(0.0, t - self._since)
        return running + sum(max(0.0, min(end, t) - start) for start, end in self._spells)

    def after(self, seconds: float) -> float:
        """When it had gone on for so long; when it began last if it never has."""
        at = self.first
        for start, end in self._spells:
            at = start + seconds
            if at <= end:
                return at
            seconds -= end - start
        return at if self._since is None else self._since + seconds

    def back_from(self, t: float, seconds: float) -> float:
        """The moment before `t` from which it did not go on for so long."""
        for start, end in reversed(self._spells):
            if end > t or t - end >= seconds:
                continue
            seconds -= t - end
            t = start
        return t - seconds


@dataclass(slots=True)
class Turn:
    """The agent's floor from when it is taken until it is given up.

    Attributes:
        text: What the agent has said, as the history has it; the last `MAX_TURN_TEXT` characters.
        saying: What it has begun to say since, of which the history knows nothing yet.
        characters: Of all it has said, those that are no longer in `text` included.
        asked_by: What told whether it asks, in stages of the conversation that it outlived.
        audible: When it could be heard.
        paused: When it stood still.
        replied: Words of the caller have gone on to LiveKit over its end, or after it.
    """

    began_at: float
    ended_at: float | None = None
    text: str = ""
    saying: str = ""
    characters: int = 0
    expects_answer: bool = False
    asked_by: list[Asks] = field(default_factory=list)
    audible: Spells = field(default_factory=Spells)
    paused: Spells = field(default_factory=Spells)
    replied: bool = False

    @property
    def end(self) -> float:
        """When it ended, in seconds; infinity while it is under way."""
        return float("inf") if self.ended_at is None else self.ended_at

    @property
    def said(self) -> str:
        """All that is known of what the agent says in it, the newest part of a long turn."""
        return f"{self.text} {self.saying}".strip()

    def add_text(self, text: str) -> None:
        """Appends what the agent has said: no longer what it has merely begun to say."""
        self.characters += len(text) + 1
        self.text = f"{self.text} {text}".strip()[-MAX_TURN_TEXT:]
        self.saying = ""

    def add_saying(self, text: str) -> None:
        """Appends what the agent has begun to say: a sentence, or a piece of one."""
        self.saying = joined(self.saying, text)[-MAX_TURN_TEXT:]

    def before_end(self, seconds: float) -> float:
        """The moment so long before its end, pauses left out; minus infinity while it goes on."""
        return self.paused.back_from(self.end, seconds) if self.ended_at is not None else -self.end

    def when_said(self, index: int) -> float:
        """When the character of `said` with that index was spoken, if all took the same time."""
        unsaid = len(self.said) - index
        everything = max(self.characters + len(self.saying), len(self.said), 1)
        return self.audible.after(self.audible.until(self.end) * (1 - unsaid / everything))


def joined(before: str, text: str) -> str:
    """Pieces as they come: a sentence is kept apart from the one before."""
    apart = before[-1:] in ".!?" and text[:1].isalpha()
    return f"{before} {text}" if before and apart else before + text


class Floor:
    """Who holds the floor, since when, and what the agent does with it."""

    def __init__(self) -> None:
        self._speeches: dict[str, Speech] = {}
        self._speeches_reported = False
        self._state = "initializing"
        self._was_audible = False  # with words left to say, so that not speaking now is a pause
        self._next_expects_answer = False
        self.next_saying = ""
        """What the agent has begun to say before it was known to have the floor."""
        self.turn: Turn | None = None
        """The turn under way."""
        self.last_turn: Turn | None = None
        """The one before it, or the last while nobody speaks."""

    @property
    def held(self) -> bool:
        """Whether the agent holds the floor."""
        return self.turn is not None

    @property
    def interruptible(self) -> bool:
        """Whether the speech that would be interrupted allows it."""
        for speech in self._speeches.values():
            if speech.state is SpeechState.CREATED:
                return speech.interruptible
        return all(speech.interruptible for speech in self._speeches.values())

    @property
    def activity(self) -> Activity:
        """What the agent is doing."""
        if self.turn is None:
            return Activity.FREE
        if self._state == "speaking":
            return Activity.AUDIBLE
        if all(speech.state is SpeechState.TOOL for speech in self._speeches.values()):
            return Activity.TOOL
        return (
            Activity.PAUSED
            if self._was_audible and self._state == "listening"
            else Activity.PENDING
        )

    def change_state(self, event: AgentState) -> None:
        """Takes in a change of the agent's state."""
        self._state = event.state
        if event.state == "speaking":
            self._was_audible = True
        elif event.state == "thinking":
            self._was_audible = False
        if not self._speeches_reported:
            self._settle(event.t, held=event.state == "speaking")
        self._mark(event.t)

    def change_speech(self, event: Speech) -> None:
        """Takes in a change of one of the agent's speeches."""
        if not self._speeches_reported:
            self._speeches_reported = True
            self._settle(event.t, held=False)
        if event.state is SpeechState.DONE:
            self._speeches.pop(event.id, None)
        else:
            self._speeches[event.id] = event
        if event.state is SpeechState.TOOL and self._state != "speaking":
            self._was_audible = False
        self._settle(event.t, held=bool(self._speeches))
        self._mark(event.t)

    def add_text(self, text: str) -> None:
        """Takes in what the agent has just said."""
        turn = self.turn or self.last_turn
        if turn is not None:
            turn.add_text(text)
        if turn is self.turn:
            self._was_audible = False  # all of it was heard: what follows is the end, or a tool

    def add_saying(self, text: str) -> None:
        """Takes in what the agent is about to say."""
        if self.turn is not None:
            self.turn.add_saying(text)
        else:
            self.next_saying = joined(self.next_saying, text)[-MAX_TURN_TEXT:]

    def expect_answer(self, *, since: float) -> None:
        """Marks the turn under way as one that asks; else the next, and the last if that late."""
        if self.turn is not None:
            self.turn.expects_answer = True
            return
        self._next_expects_answer = True
        if self.last_turn is not None and self.last_turn.end >= since:
            self.last_turn.expects_answer = True

    def _settle(self, t: float, *, held: bool) -> None:
        if held and self.turn is None:
            expects, saying = self._next_expects_answer, self.next_saying
            self.turn = Turn(began_at=t, expects_answer=expects, saying=saying)
            self._next_expects_answer, self.next_saying = False, ""
            self._was_audible = self._state == "speaking"
        elif not held and self.turn is not None:
            self._mark(t, over=True)
            self.turn.ended_at = t
            self.last_turn, self.turn = self.turn, None
            self._was_audible = False

    def _mark(self, t: float, *, over: bool = False) -> None:
        if self.turn is not None:
            activity = Activity.FREE if over else self.activity
            self.turn.audible.mark(t, on=activity is Activity.AUDIBLE)
            self.turn.paused.mark(t, on=activity is Activity.PAUSED)

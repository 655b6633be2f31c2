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
    from collections.abc import Callable

MAX_TURN_TEXT = 4_000
"""Characters of the agent's turn that are kept: more than the longest two sentences."""


class Activity(Enum):
    """What the agent does while, or whether, it holds the floor."""

    FREE = "free"
    AUDIBLE = "audible"
    PAUSED = "paused"
    PENDING = "pending"
    TOOL = "tool"


@dataclass(slots=True)
class Turn:
    """The agent's floor from when it is taken until it is given up.

    Attributes:
        asked_by: What told whether it asks, in stages of the conversation that it outlived.
    """

    began_at: float
    ended_at: float | None = None
    text: str = ""
    expects_answer: bool = False
    asked_by: list[Callable[[str], bool]] = field(default_factory=list)

    @property
    def end(self) -> float:
        """When it ended, in seconds; infinity while it is under way."""
        return float("inf") if self.ended_at is None else self.ended_at

    def add_text(self, text: str) -> None:
        """Appends what the agent has said."""
        self.text = f"{self.text} {text}".strip()[-MAX_TURN_TEXT:]


class Floor:
    """Who holds the floor, since when, and what the agent does with it."""

    def __init__(self) -> None:
        self._speeches: dict[str, Speech] = {}
        self._speeches_reported = False
        self._state = "initializing"
        self._was_audible = False  # with words left to say, so that not speaking now is a pause
        self._next_expects_answer = False
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

    def add_text(self, text: str) -> None:
        """Takes in what the agent has just said."""
        turn = self.turn or self.last_turn
        if turn is not None:
            turn.add_text(text)
        if turn is self.turn:
            self._was_audible = False  # all of it was heard: what follows is the end, or a tool

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
            self.turn = Turn(began_at=t, expects_answer=self._next_expects_answer)
            self._next_expects_answer = False
            self._was_audible = self._state == "speaking"
        elif not held and self.turn is not None:
            self.turn.ended_at = t
            self.last_turn, self.turn = self.turn, None
            self._was_audible = False

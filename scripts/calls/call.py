"""A call, and what was decided in it, as the tools that look back see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from filters.policy import Action, Reason

BLAMED_S = 3.0
"""How long after an utterance a stop of the agent is put down to it."""


class Outcome(Enum):
    """What became of an utterance."""

    STOPPED = "stopped the agent"
    TAKEN_BACK = "stopped the agent, then taken back"
    PASSED = "passed"
    JOINED = "joined the words after it"
    RELEASED = "answered after the agent"
    NOTED = "noted in the history"
    DISCARDED = "left out"
    WAITING = "still waiting at the end"
    NOT_SPEECH = "no words"


@dataclass(slots=True, eq=False)
class Told:
    """A decision about something heard.

    Attributes:
        t: When, in seconds of the call.
        action: What.
        reason: Why.
        said: What it was about.
    """

    t: float
    action: str
    reason: str
    said: Said


@dataclass(slots=True, eq=False)
class Said:
    """An event of the recogniser.

    Attributes:
        t: When it came.
        type: As in a timeline.
        text: The words, or their class and length.
        judged: What the application said it is; empty where it wasn't asked, or had no answer.
        decisions: What was decided about it, at once and later.
    """

    t: float
    type: str
    text: str
    judged: str = ""
    decisions: list[Told] = field(default_factory=list)

    @property
    def final(self) -> bool:
        """Whether the recogniser won't change it."""
        return self.type == "final_transcript"


@dataclass(slots=True)
class Utterance:
    """A stretch of the caller's speech.

    Attributes:
        onset: When it began, as far as is known.
        said: What the recogniser sent of it.
        over_agent: The agent was to be heard, or paused, as it began.
        end: When the recogniser said it was over, or sent the last of it.
    """

    onset: float
    said: list[Said] = field(default_factory=list)
    over_agent: bool = False
    end: float = 0.0
    bounded: bool = False

    @property
    def text(self) -> str:
        """Its finals; or the newest interim, where there is none."""
        finals = [said.text for said in self.said if said.final]
        if finals:
            return " ".join(finals)
        return self.said[-1].text if self.said else ""

    @property
    def decisions(self) -> list[Told]:
        """All decisions about it, in order."""
        return sorted((told for said in self.said for told in said.decisions), key=lambda d: d.t)

    @property
    def judged(self) -> str:
        """What the application said it is, of the last event about which it had an answer."""
        return next((said.judged for said in reversed(self.said) if said.judged), "")

    @property
    def stop(self) -> Told | None:
        """The decision that stopped the agent."""
        stops = (told for told in self.decisions if told.action == Action.INTERRUPT.value)
        return next(stops, None)

    @property
    def outcome(self) -> Outcome:
        """What became of it."""
        actions = {told.action for told in self.decisions}
        joined = any(told.reason == Reason.JOINED.value for told in self.decisions)
        for action, outcome in (
            (Action.RETRACT, Outcome.TAKEN_BACK),
            (Action.INTERRUPT, Outcome.STOPPED),
            (Action.PASS, Outcome.PASSED),
            (Action.RELEASE, Outcome.JOINED if joined else Outcome.RELEASED),
            (Action.NOTE, Outcome.NOTED),
            (Action.DISCARD, Outcome.DISCARDED),
            (Action.SUPPRESS, Outcome.DISCARDED),
            (Action.HOLD, Outcome.WAITING),
        ):
            if action.value in actions:
                return outcome
        return Outcome.NOT_SPEECH


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the agent's speech.

    Attributes:
        start: In seconds of the call.
        end: The same.
        text: What it said, where the call has it.
        paused: Silence in the midst of it.
    """

    start: float
    end: float
    text: str = ""
    paused: bool = False


@dataclass(slots=True)
class Call:
    """A call, and what was decided in it.

    Attributes:
        session: Its name.
        path: The file it is in.
        facts: The first row: what the session was like, and its configuration.
        end: When it was over, in seconds.
        utterances: What the caller said.
        agent: What was heard of the agent, and its pauses.
        stops: When the agent was cut off.
    """

    session: str
    path: str
    facts: dict[str, Any]
    end: float
    utterances: list[Utterance]
    agent: list[Span]
    stops: list[float]

    @property
    def mode(self) -> str:
        """Whether its decisions were acted upon: enforce or shadow."""
        return str(self.facts.get("mode", "enforce"))

    @property
    def config(self) -> str:
        """What it was filtered by, by name and fingerprint."""
        config = self.facts.get("config")
        if isinstance(config, dict):
            return f"{config.get('name', '')} {config.get('fingerprint', '')}".strip()
        return str(config or "")

    @property
    def decisions(self) -> list[Told]:
        """All decisions, in the order of their times."""
        told = (decision for utterance in self.utterances for decision in utterance.decisions)
        return sorted(told, key=lambda decision: decision.t)

    def stop_after(self, utterance: Utterance) -> float | None:
        """When the agent was cut off, or paused, with an utterance to blame."""
        silent = [*self.stops, *(span.start for span in self.agent if span.paused)]
        later = [each.onset for each in self.utterances if each.onset > utterance.onset]
        until = min([utterance.end + BLAMED_S, *later])
        blamed = [t for t in silent if utterance.onset <= t <= until]
        return min(blamed, default=None)

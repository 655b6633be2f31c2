"""A call on paper: events at given times into the policy, decisions out."""

from __future__ import annotations

from dataclasses import dataclass, field

from filters.policy import (
    Action,
    AgentSaying,
    AgentState,
    AgentText,
    Decision,
    Ended,
    Event,
    Heard,
    InterruptionPolicy,
    PolicySettings,
    SessionStarted,
    Speech,
    SpeechState,
    SpeechType,
)
from filters.words import AskingTurn, Lexicon, WordLists

WORDS = WordLists(
    backchannels=("yeah", "okay", "mm-hmm", "mhm", "right", "I see", "that's (right|great)"),
    hesitations=("um", "uh"),
    commands=("stop", "hold on"),
    standalone_commands=("no", "but", "sorry?", "right?"),
    presence_checks=("hello", "are you there"),
)
LEXICON = Lexicon({"en": WORDS})

STATEMENT = "The suite has a view of the sea. Breakfast is included."
QUESTION = "The suite has a view of the sea. Shall I book it?"


def new_policy(settings: PolicySettings | None = None, *prompts: str) -> InterruptionPolicy:
    """A policy with the few words above."""
    return InterruptionPolicy(LEXICON, AskingTurn(prompts), settings or PolicySettings())


@dataclass
class PaperCall:
    """One call: each method feeds an event at time `t` and returns what was decided."""

    policy: InterruptionPolicy = field(default_factory=new_policy)
    decisions: list[Decision] = field(default_factory=list)

    def feed(self, event: Event) -> list[Decision]:
        """Feeds any event."""
        made = self.policy.feed(event)
        self.decisions += made
        return made

    def session(self, *, min_words: int = 2, pausable: bool = True, mode: str = "stt") -> None:
        """What the session is like."""
        self.feed(SessionStarted(0.0, min_words, pausable, mode))

    def say(self, t: float, text: str) -> None:
        """The agent is about to say a text, or goes on with it."""
        self.feed(AgentSaying(t, text))

    def speak(self, t: float, *, interruptible: bool = True, speech: str = "s1") -> None:
        """The agent begins a speech that is heard at once."""
        self.feed(Speech(t, speech, SpeechState.CREATED, interruptible))
        self.feed(AgentState(t, "speaking"))

    def think(self, t: float, *, speech: str = "s1") -> None:
        """A reply is pending."""
        self.feed(Speech(t, speech, SpeechState.CREATED))
        self.feed(AgentState(t, "thinking"))

    def pause(self, t: float) -> None:
        """The output pauses in mid-speech."""
        self.feed(AgentState(t, "listening"))

    def run_tool(self, t: float, *, speech: str = "s1") -> None:
        """A tool of the speech runs."""
        self.feed(AgentState(t, "thinking"))
        self.feed(Speech(t, speech, SpeechState.TOOL))

    def finish(self, t: float, text: str = STATEMENT, *, speech: str = "s1") -> None:
        """The agent has said it all."""
        self.feed(AgentText(t, text))
        self.feed(AgentState(t, "listening"))
        self.feed(Speech(t, speech, SpeechState.DONE))

    def start(self, t: float, onset: float | None = None) -> list[Decision]:
        """START_OF_SPEECH."""
        return self.feed(Heard(t, SpeechType.START_OF_SPEECH, speech_start_time=onset))

    def interim(self, t: float, text: str) -> list[Decision]:
        """INTERIM_TRANSCRIPT."""
        return self.feed(Heard(t, SpeechType.INTERIM, text, "en"))

    def preflight(self, t: float, text: str) -> list[Decision]:
        """PREFLIGHT_TRANSCRIPT."""
        return self.feed(Heard(t, SpeechType.PREFLIGHT, text, "en"))

    def final(self, t: float, text: str) -> list[Decision]:
        """FINAL_TRANSCRIPT."""
        return self.feed(Heard(t, SpeechType.FINAL, text, "en"))

    def end(self, t: float) -> list[Decision]:
        """END_OF_SPEECH."""
        return self.feed(Heard(t, SpeechType.END_OF_SPEECH))

    def utter(self, t: float, text: str, *, onset: float | None = None) -> list[Decision]:
        """A whole utterance at once; what was decided about its final."""
        self.start(t, t - 0.5 if onset is None else onset)
        made = self.final(t, text)
        self.end(t)
        return made

    def advance(self, t: float) -> list[Decision]:
        """Time passes."""
        made = self.policy.advance(t)
        self.decisions += made
        return made

    def hang_up(self, t: float) -> list[Decision]:
        """The session ends."""
        return self.feed(Ended(t))

    def delivered(self) -> list[str]:
        """Finals that reached the pipeline or the history, in that order."""
        reached = (Action.PASS, Action.INTERRUPT, Action.RELEASE, Action.NOTE)
        return [d.heard.text for d in self.decisions if d.final and d.action in reached]


def told(decisions: list[Decision]) -> list[tuple[str, str]]:
    """Decisions as (action, reason)."""
    return [(decision.action.value, decision.reason.value) for decision in decisions]


def actions(decisions: list[Decision]) -> list[str]:
    """Decisions as actions."""
    return [decision.action.value for decision in decisions]

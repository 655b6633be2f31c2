"""The vocabulary of the policy: what a call is made of, and what is decided about it. Data only.

Every event carries `t`, in seconds on one ascending clock per session. Nothing here knows LiveKit.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias


class SpeechType(Enum):
    """What a recogniser's event is; values as in the timeline format."""

    START_OF_SPEECH = "start_of_speech"
    INTERIM = "interim_transcript"
    PREFLIGHT = "preflight_transcript"
    FINAL = "final_transcript"
    END_OF_SPEECH = "end_of_speech"


class Action(Enum):
    """What becomes of an event, or of words held earlier."""

    PASS = "pass"  # noqa: S105 - a word of the timeline format
    SUPPRESS = "suppress"
    HOLD = "hold"
    RELEASE = "release"
    """Words held earlier go to the pipeline."""
    INTERRUPT = "interrupt"
    """The agent stops and the event passes."""
    RETRACT = "retract"
    """Interims that passed are taken back, so that the agent resumes."""
    NOTE = "note"
    """Words held earlier go into the chat history, without a turn of their own."""
    DISCARD = "discard"
    """A possible reply held earlier turned out to be a mere backchannel."""


class Reason(Enum):
    """Why."""

    SPEECH_BOUNDARY = "speech_boundary"
    NOT_FILTERED = "not_filtered"
    """The session's turn detection is the application's or the model's."""
    NO_OVERLAP = "no_overlap"
    BEGAN_BEFORE_AGENT = "began_before_agent"
    """The caller was talking when the agent took the floor, and takes it back."""
    UTTERANCE_PASSED = "utterance_passed"
    """Earlier words of the same utterance have passed."""
    NOT_SPEECH = "not_speech"
    BACKCHANNEL = "backchannel"
    HESITATION = "hesitation"
    MAY_BECOME_BACKCHANNEL = "may_become_backchannel"
    COMMAND = "command"
    PRESENCE_CHECK = "presence_check"
    """"Hello?" asks for a sign of life: the agent stops for it, or its reply is the answer."""
    MAY_BECOME_COMMAND = "may_become_command"
    """A command if it stands alone, which only the final tells."""
    ENOUGH_WORDS = "enough_words"
    TOO_FEW_WORDS = "too_few_words"
    REPLY_PENDING = "reply_pending"
    """Content that comes before the agent's reply is heard replaces it."""
    PROTECTED_SPEECH = "protected_speech"
    """The agent's speech disallows interruptions."""
    FLOOR_FREE = "floor_free"
    """The agent has finished."""
    REVISED = "revised"
    """The recogniser took back what had passed: it was a backchannel."""
    OWN_WORDS = "own_words"
    """What the agent says itself came back to the recogniser."""
    MAY_BE_OWN_WORDS = "may_be_own_words"
    POSSIBLE_ANSWER = "possible_answer"
    """It replies if the agent's turn ends here, or asks; only its end tells."""
    EARLY_ANSWER = "early_answer"
    """It was said well before the turn's end: whoever answers again by then, answers."""
    ANSWER = "answer"
    """It is the caller's turn: it was said at the end of the agent's."""
    NOT_AN_ANSWER = "not_an_answer"
    JOINED = "joined"
    """Held words go ahead of the words that take the floor."""
    TOO_OLD = "too_old"
    CALL_ENDED = "call_ended"
    FILTER_FAILED = "filter_failed"


class Judgement(Enum):
    """What an application says that words over the agent are; values as in the timeline format."""

    BACKCHANNEL = "backchannel"
    CONTENT = "content"
    COMMAND = "command"
    NO_SPEECH = "no_speech"


@dataclass(frozen=True, slots=True)
class SessionStarted:
    """What the session is like; sent again when it changes.

    Attributes:
        min_words: Words that stop the agent (the session's `interruption.min_words`).
        pausable: The audio output can pause, so a stop can be taken back.
        turn_detection: "stt", "vad", "manual", "realtime_llm" or the name of a model.
        vad: The session runs a voice activity detector of its own.
    """

    t: float
    min_words: int = 2
    pausable: bool = True
    turn_detection: str = "stt"
    vad: bool = False


@dataclass(frozen=True, slots=True)
class AgentState:
    """The agent's state: initializing, idle, listening, thinking or speaking."""

    t: float
    state: str


class SpeechState(Enum):
    """Where a speech of the agent stands."""

    CREATED = "created"
    """It is, or is about to be, the session's current speech."""
    TOOL = "tool"
    """A tool of it runs; there is no current speech meanwhile."""
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Speech:
    """A speech of the agent changed its state.

    Attributes:
        interrupted: It is done because it was cut off; for people, no part of any decision.
    """

    t: float
    id: str
    state: SpeechState
    interruptible: bool = True
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class AgentText:
    """What the agent has just said, as the history has it."""

    t: float
    text: str


@dataclass(frozen=True, slots=True)
class AgentSaying:
    """What the agent has begun to say, or adds to it, as it is spoken; not what ended up heard."""

    t: float
    text: str


@dataclass(frozen=True, slots=True)
class ExpectAnswer:
    """The application waits for an answer to the agent's turn under way, or to its next one."""

    t: float


@dataclass(frozen=True, slots=True)
class StageChanged:
    """The conversation came to other stages.

    Attributes:
        stages: All that it is in now by their names, the one entered last at the end.
    """

    t: float
    stages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """An event of the recogniser.

    Attributes:
        speech_start_time: Onset of the utterance on the same clock, where known.
        speaker: The recogniser's name for who speaks, where it tells speakers apart.
        judged: What the application says it is; None: the words tell.
        source: The event as it came, for whoever has to pass it on; no part of any decision.
    """

    t: float
    type: SpeechType
    text: str = ""
    language: str | None = None
    confidence: float | None = None
    speech_start_time: float | None = None
    speaker: str | None = None
    judged: Judgement | None = None
    source: Any = None


@dataclass(frozen=True, slots=True)
class StreamClosed:
    """The recogniser's stream ended or failed; what was being said has no end of its own."""

    t: float


@dataclass(frozen=True, slots=True)
class Ended:
    """The session is over."""

    t: float


Event: TypeAlias = (
    SessionStarted
    | AgentState
    | Speech
    | AgentText
    | AgentSaying
    | ExpectAnswer
    | StageChanged
    | Heard
    | StreamClosed
    | Ended
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, when, why, and with which event of the recogniser.

    Attributes:
        recoverable: For `INTERRUPT`: stop so that the speech could still resume.
        adds: What of the event's text is the caller's and new, where that is not all of it: the
            rest is the agent's own words, or repeats the final before. None: all of it.
    """

    t: float
    action: Action
    reason: Reason
    heard: Heard
    recoverable: bool = True
    adds: str | None = None

    @property
    def text(self) -> str:
        """What the caller has said with the event."""
        return self.heard.text if self.adds is None else self.adds

    @property
    def final(self) -> bool:
        """Whether the event concerned is a final transcript."""
        return self.heard.type is SpeechType.FINAL

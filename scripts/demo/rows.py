"""What is played: what the agent does, what the caller says, and what is to become of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from agent.offline.script import Reply, ToolCall
from agent.offline.sounds import Codebook, Partial, Segment, time_words

from .judging import Floor, Want, Words

if TYPE_CHECKING:
    from collections.abc import Iterable

WORD_S = 0.25
TOOL_S = 2.5
"""How long the tool runs."""
THINKING_S = 3.5
"""How long the model thinks, where it is spoken to meanwhile."""

STATEMENT = "Our sea view suite has a balcony, two bathrooms and breakfast in bed."  # 4.6 s
QUESTION = "Shall I book the sea view suite for tomorrow night?"  # 3.4 s
PROMPT = "Please confirm that you would like the suite for two nights."  # 4.0 s
READ_BACK = "That is the sea view suite for two nights, with breakfast, for Ms Lee."  # 4.7 s
NEXT_PHRASE = "Is there a pool?"
"""What the caller says when all is quiet: is it heard, and heard alone?"""
_BREAKFAST = "Breakfast at eight it is, with coffee and fresh rolls."
_FREE_SUITES = "Two suites are free tonight, both with a balcony."

SCRIPT: tuple[tuple[str, Reply], ...] = (
    ("pool", "The pool is on the roof."),
    ("breakfast", _BREAKFAST),
    ("which suites", ToolCall("free_suites", then=_FREE_SUITES)),
    ("suite", "The suite it is."),
    ("stop", "All right, I'll stop there."),
    ("yeah yeah", "Go on, I'm listening."),
    ("yeah", "Wonderful, it is booked."),
    ("okay", "Wonderful, it is booked."),
)
DEFAULT_REPLY = "I'm sorry, what was that?"


CONFIRMATION = "confirmation"
"""The stage of the conversation in which "okay" is an answer."""


class Moment(Enum):
    """What the agent is doing when the caller speaks; the sections of the table."""

    STATEMENT = "while it explains"
    END = "as its statement ends"
    QUESTION = "over its question's end"
    THINKING = "while it thinks"
    TOOL = "while a tool runs"
    OVER = "1.5 s after it is done"


_ONSET_S = {
    Moment.STATEMENT: 1.2,  # after the agent's first sound
    Moment.END: -0.6,  # before its last
    Moment.QUESTION: -1.0,  # the same
    Moment.THINKING: 0.1,
    Moment.TOOL: 0.4,
    Moment.OVER: 1.5,
}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table.

    Attributes:
        name: What `--row` calls it.
        moment: What the agent is doing.
        phrase: What the caller says.
        want: What is to become of it.
        agent_words: What the agent says, or is about to say.
        opening: What the caller says before, where the agent is to think or to run a tool.
        shown: What the table shows for the phrase; else the phrase.
        segments: The phrase's sounds, where it is more than words said one after another.
        in_guide: Whether the guide's table of what to expect has it.
        in_stage: The stage of the conversation that the agent has come to, where it matters.
        at_s: When the caller speaks, where that is not as the moment has it.
    """

    name: str
    moment: Moment
    phrase: str
    want: Want
    agent_words: str = STATEMENT
    opening: str = ""
    shown: str = ""
    segments: tuple[Segment, ...] = ()
    in_guide: bool = False
    in_stage: str = ""
    at_s: float | None = None

    @property
    def onset_s(self) -> float:
        """When the caller speaks: seconds from what the moment begins with."""
        return _ONSET_S[self.moment] if self.at_s is None else self.at_s

    @property
    def label(self) -> str:
        """What the table shows."""
        return self.shown or self.phrase


def codebook(rows: Iterable[Row]) -> Codebook:
    """The sounds of all that callers say."""
    sounds = Codebook()
    for row in rows:
        sounds.add(row.phrase, word_durations_s=WORD_S, segments=row.segments or None)
        if row.opening:
            sounds.add(row.opening, word_durations_s=WORD_S)
    sounds.add(NEXT_PHRASE, word_durations_s=WORD_S)
    return sounds


_TALK_ON = Want(frozenset({Floor.TALKED_ON}), frozenset({Words.LEFT}))
_ANSWER_AFTER = Want(frozenset({Floor.TALKED_ON}), frozenset({Words.ANSWERED}))
_STOP = Want(frozenset({Floor.STOPPED}), frozenset({Words.ANSWERED}))
# It may be nothing, and it may be something: both will do, but not that it spoils the next turn.
_TALK_ON_ANYWAY = Want(frozenset({Floor.TALKED_ON}), frozenset({Words.LEFT, Words.ANSWERED}))
# Words that stop the agent and are then taken back: the pause can't be undone, the rest can.
_GO_ON = Want(frozenset({Floor.TALKED_ON, Floor.PAUSED}), frozenset({Words.LEFT}))
# Whoever asks for a sign of life gets one: the reply that is being made.
_REPLY = Want(frozenset({Floor.TALKED_ON}), frozenset({Words.LEFT, Words.NOTED}))

_UM = Segment("Um...", words=time_words("Um...", 0.2), pause_after_s=0.18)
_LIKE = Segment("I'd like the suite.", words=time_words("I'd like the suite.", 0.2))
_REVISED = Segment("Mm-hm.", words=time_words("Mm-hm.", 0.6), partials=(Partial(0.4, "I want to"),))
_I = Segment("I", words=time_words("I", WORD_S), pause_after_s=0.3)
_SEE = Segment("see.", words=time_words("see.", WORD_S))
_YES = Segment("Yes.", words=time_words("Yes.", WORD_S), pause_after_s=0.4)
_OKAY = Segment("Okay.", words=time_words("Okay.", WORD_S))
_ECHO = "Our sea view suite has the balcony, bathrooms and breakfast in bed."
_HEARD_BACK = Segment(_ECHO, words=time_words(_ECHO, 0.38))

ROWS: tuple[Row, ...] = (
    Row("mhm", Moment.STATEMENT, "Mhm.", _TALK_ON, in_guide=True),
    Row("um", Moment.STATEMENT, "Um.", _TALK_ON, in_guide=True),
    Row("yeah-yeah", Moment.STATEMENT, "Yeah yeah.", _TALK_ON, in_guide=True),
    Row(
        "unknown",
        Moment.STATEMENT,
        "Prego.",
        _TALK_ON_ANYWAY,
        shown="Prego. (in no list)",
        in_guide=True,
    ),
    Row(
        "revised",
        Moment.STATEMENT,
        "Mm-hm.",
        _GO_ON,
        segments=(_REVISED,),
        shown="“I want to” → Mm-hm.",
    ),
    Row(
        "i-see",
        Moment.STATEMENT,
        "I see.",
        _TALK_ON,
        shown="“I” / “see.”",
        segments=(_I, _SEE),
    ),
    Row("suite-please", Moment.STATEMENT, "Suite please.", _STOP, in_guide=True),
    Row("yeah-suite", Moment.STATEMENT, "Yeah I'd like the suite.", _STOP, in_guide=True),
    Row(
        "um-suite",
        Moment.STATEMENT,
        "Um... I'd like the suite.",
        _STOP,
        shown="Um… I'd like the suite.",
        segments=(_UM, _LIKE),
    ),
    Row("stop", Moment.STATEMENT, "Stop.", _STOP),
    Row("suite", Moment.STATEMENT, "Suite.", _ANSWER_AFTER),
    Row("okay", Moment.STATEMENT, "Okay.", _TALK_ON),
    Row(
        "read-back",
        Moment.STATEMENT,
        "Okay.",
        _ANSWER_AFTER,
        agent_words=READ_BACK,
        shown="Okay. (to a read-back)",
        in_stage=CONFIRMATION,
    ),
    Row(
        "echo",
        Moment.STATEMENT,
        _ECHO,
        _TALK_ON,
        shown="(its own echo)",
        segments=(_HEARD_BACK,),
        at_s=0.5,
    ),
    Row("okay-end", Moment.END, "Okay.", _ANSWER_AFTER),
    Row("okay-after", Moment.END, "Okay.", _ANSWER_AFTER, shown="Okay. (just after it)", at_s=0.2),
    Row("answer", Moment.QUESTION, "Yeah.", _ANSWER_AFTER, agent_words=QUESTION),
    Row("confirm", Moment.QUESTION, "Okay.", _ANSWER_AFTER, agent_words=PROMPT),
    Row(
        "twice",
        Moment.QUESTION,
        "Yes. Okay.",
        _ANSWER_AFTER,
        agent_words=QUESTION,
        segments=(_YES, _OKAY),
    ),
    Row(
        "thinking",
        Moment.THINKING,
        "Mhm.",
        _TALK_ON,
        agent_words=_BREAKFAST,
        opening="I'd like breakfast at eight.",
    ),
    Row(
        "hello",
        Moment.THINKING,
        "Hello?",
        _REPLY,
        agent_words=_BREAKFAST,
        opening="I'd like breakfast at eight.",
        at_s=0.5,
    ),
    Row(
        "tool",
        Moment.TOOL,
        "Mhm.",
        _TALK_ON,
        agent_words=_FREE_SUITES,
        opening="Which suites are free tonight?",
    ),
    Row("after", Moment.OVER, "Mhm.", _ANSWER_AFTER, in_guide=True),
)

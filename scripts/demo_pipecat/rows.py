"""What is played: what the bot does, what the caller says, and what is to become of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from agent.offline.script import Reply, ToolCall
from agent.offline.sounds import Codebook, Partial, Segment, time_words
from scripts.demo.judging import Floor, Want, Words

WORD_S = 0.25
TOOL_S = 2.5
"""How long the tool runs."""
THINKING_S = 3.5
"""How long the model thinks, where it is spoken to meanwhile."""

STATEMENT = "Our sea view suite has a balcony, two bathrooms and breakfast in bed."  # 4.6 s
QUESTION = "Shall I book the sea view suite for tomorrow night?"  # 3.4 s
NEXT_PHRASE = "Is there a pool?"
"""What the caller says when all is quiet: is it heard, and heard alone?"""
_BREAKFAST = "Breakfast at eight it is, with coffee and fresh rolls."
_FREE_SUITES = "Two suites are free tonight, both with a balcony."

SCRIPT: tuple[tuple[str, Reply], ...] = (
    ("pool", "The pool is on the roof."),
    ("which suites", ToolCall("free_suites", then=_FREE_SUITES)),
    ("stop", "All right, I'll stop there."),
    ("breakfast", _BREAKFAST),
    ("suite", "The suite it is."),
    ("yeah", "Wonderful, it is booked."),
    ("okay", "Wonderful, anything else?"),
    ("hello", "Yes, I am still here."),
)
DEFAULT_REPLY = "I'm sorry, what was that?"


class Moment(Enum):
    """What the bot is doing when the caller speaks; the sections of the table."""

    STATEMENT = "while it explains"
    QUESTION = "over its question's end"
    ENDING = "as its statement ends"
    ENDED = "just after its statement"
    THINKING = "while it thinks"
    TOOL = "while a tool runs"
    OVER = "1.5 s after it is done"


ONSET_S = {
    Moment.STATEMENT: 1.2,  # after the bot's first sound
    Moment.QUESTION: -1.0,  # before its last
    Moment.ENDING: -0.5,
    Moment.ENDED: 0.15,
    Moment.THINKING: 0.5,
    Moment.TOOL: 0.4,
    Moment.OVER: 1.5,
}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table.

    Attributes:
        name: What `--row` calls it.
        moment: What the bot is doing.
        phrase: What the caller says.
        want: What is to become of it.
        agent_words: What the bot says, or is about to say.
        opening: What the caller says before, where the bot is to think or to run a tool.
        shown: What the table shows for the phrase; else the phrase.
        segments: The phrase's sounds, where it is more than words said one after another.
        matters: The part of the phrase that must not be lost; else all of it.
    """

    name: str
    moment: Moment
    phrase: str
    want: Want
    agent_words: str = STATEMENT
    opening: str = ""
    shown: str = ""
    segments: tuple[Segment, ...] = ()
    matters: str = ""

    @property
    def label(self) -> str:
        """What the table shows."""
        return self.shown or self.phrase


def codebook() -> Codebook:
    """The sounds of all that callers say."""
    sounds = Codebook()
    for row in ROWS:
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
# The reply that is on its way is the answer; the words may be in the history.
_REPLY_COMES = Want(frozenset({Floor.TALKED_ON}), frozenset({Words.LEFT, Words.NOTED}))

_UM = Segment("Um...", words=time_words("Um...", 0.2), pause_after_s=0.18)
_LIKE = Segment("I'd like the suite.", words=time_words("I'd like the suite.", 0.2))
_REVISED = Segment("Mm-hm.", words=time_words("Mm-hm.", 0.6), partials=(Partial(0.4, "I want to"),))
_OPENING, _WHICH = "I'd like breakfast at eight.", "Which suites are free tonight?"

ROWS: tuple[Row, ...] = (
    Row("mhm", Moment.STATEMENT, "Mhm.", _TALK_ON),
    Row("um", Moment.STATEMENT, "Um.", _TALK_ON),
    Row("yeah-yeah", Moment.STATEMENT, "Yeah yeah.", _TALK_ON),
    Row("unknown", Moment.STATEMENT, "Prego.", _TALK_ON_ANYWAY, shown="Prego. (in no list)"),
    Row("breakfast", Moment.STATEMENT, "Breakfast.", _ANSWER_AFTER),
    Row("stop", Moment.STATEMENT, "Stop.", _STOP),
    Row("suite-please", Moment.STATEMENT, "Suite please.", _STOP),
    Row("yeah-suite", Moment.STATEMENT, "Yeah I'd like the suite.", _STOP),
    Row(
        "um-suite",
        Moment.STATEMENT,
        "Um... I'd like the suite.",
        _STOP,
        shown="Um… I'd like the suite.",
        segments=(_UM, _LIKE),
        matters="I'd like the suite.",
    ),
    Row(
        # nothing can be taken back: it stops at "I want to", and answers what there was
        "revised",
        Moment.STATEMENT,
        "Mm-hm.",
        _STOP,
        segments=(_REVISED,),
        shown="“I want to” → Mm-hm.",
    ),
    Row("echo", Moment.STATEMENT, "Sea view suite has a.", _TALK_ON, shown="(its own words)"),
    Row("answer", Moment.QUESTION, "Yeah.", _ANSWER_AFTER, agent_words=QUESTION),
    Row("ending", Moment.ENDING, "Okay.", _ANSWER_AFTER),
    Row("ended", Moment.ENDED, "Okay.", _ANSWER_AFTER),
    Row("thinking", Moment.THINKING, "Mhm.", _TALK_ON, agent_words=_BREAKFAST, opening=_OPENING),
    Row("hello", Moment.THINKING, "Hello?", _REPLY_COMES, agent_words=_BREAKFAST, opening=_OPENING),
    Row("tool", Moment.TOOL, "Mhm.", _TALK_ON, agent_words=_FREE_SUITES, opening=_WHICH),
    Row(
        "hello-tool",
        Moment.TOOL,
        "Hello?",
        _REPLY_COMES,
        agent_words=_FREE_SUITES,
        opening=_WHICH,
    ),
    Row("after", Moment.OVER, "Mhm.", _ANSWER_AFTER),
)

"""The calls that are measured: what the caller says over the agent, and what must follow. Data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from agent.front_desk import GREETING

ABOUT = (
    "The hotel stands by the old harbour. Breakfast is served from seven to ten, and the "
    "ferry to the islands leaves from our own quay."
)
ROOMS = "Single rooms face the garden, and the suite has two balconies. Which would you like?"
SUITE = "The suite looks over the harbour. Shall I book it for two nights?"
BOOKED = "The suite is booked for 2 nights."
STOPPED = "Of course. What would you like to know?"
GOODBYE = "Goodbye, and have a good journey."

FAREWELL = "Thank you, goodbye."
"""What every caller says in the end. A word that was left over goes before it, and is answered."""

MAX_GAP_S = 0.2
"""The longest silence within a statement that is heard as one."""
MAX_STOP_S = 1.5
"""The longest that a stop may take, from the caller's first sound to the agent's last."""
MAX_REPLY_S = 2.5
"""The longest that a reply may take, from the end of what it follows."""

ALLOWED_LATE_S = 0.5
"""How much longer than that a machine whose timers are late may make stops and replies, at most."""


class Way(Enum):
    """How a call is filtered: the domain of its job's metadata."""

    STOCK = "stock"
    TWO_WORDS = "two_words"
    OURS = "default"


DOMAINS = {
    Way.STOCK: "domain: stock\nmode: 'off'\nmin_words: 0\n",
    Way.TWO_WORDS: "domain: two_words\nmode: 'off'\nmin_words: 2\n",
}
"""The files of the ways that are none of this project's."""


class Want(Enum):
    """What the agent has to do."""

    TALK_ON = "talk on"
    STOP = "stop and reply"
    REPLY = "reply after it"


@dataclass(frozen=True, slots=True)
class Words:
    """What the caller says over the agent.

    Attributes:
        text: A phrase.
        at_s: Seconds from the statement's first sound; negative: from its end.
    """

    text: str
    at_s: float


@dataclass(frozen=True, slots=True)
class Row:
    """A call: the caller asks, the agent answers with a statement, the caller speaks over it.

    Attributes:
        name: What it is called up by.
        label: What the table calls it.
        asks: What the caller says after the greeting; empty: the statement is the greeting.
        statement: What the agent then says.
        words: What the caller says over it.
        want: What the agent has to do.
        reply: What the agent has to say next; empty: nothing.
    """

    name: str
    label: str
    asks: str
    statement: str
    words: tuple[Words, ...]
    want: Want
    reply: str = ""


ROWS = (
    Row(
        "mhm",
        "“mhm”, then “yeah”, over a long statement",
        "Tell me about the hotel.",
        ABOUT,
        (Words("Mhm.", 1.5), Words("Yeah.", 4.0)),
        Want.TALK_ON,
    ),
    Row(
        "stop",
        "“stop” over a long statement",
        "Tell me about the hotel.",
        ABOUT,
        (Words("Stop.", 2.0),),
        Want.STOP,
        STOPPED,
    ),
    Row(
        "request",
        "“what rooms do you have?” over it",
        "Tell me about the hotel.",
        ABOUT,
        (Words("What rooms do you have?", 2.0),),
        Want.STOP,
        ROOMS,
    ),
    Row(
        "answer",
        "“yeah” on the last 200 ms of a question",
        "The suite, please.",
        SUITE,
        (Words("Yeah.", -0.2),),
        Want.REPLY,
        BOOKED,
    ),
    Row(
        "suite",
        "“suite” near the end of a statement",
        "Tell me about the hotel.",
        ABOUT,
        (Words("Suite.", -1.5),),
        Want.REPLY,
        SUITE,
    ),
    Row(
        "okay",
        "“okay” 0.6 s before a statement's last sound",
        "Tell me about the hotel.",
        ABOUT,
        (Words("Okay.", -0.6),),
        Want.REPLY,
        BOOKED,
    ),
    Row(
        "okay-late",
        "“okay” 0.2 s before it",
        "Tell me about the hotel.",
        ABOUT,
        (Words("Okay.", -0.2),),
        Want.REPLY,
        BOOKED,
    ),
    Row(
        "speakerphone",
        "its own words, 0.3 s late",
        "Tell me about the hotel.",
        ABOUT,
        (Words(ABOUT, 0.3),),
        Want.TALK_ON,
    ),
)

STATEMENTS = (GREETING, ABOUT, ROOMS, SUITE, BOOKED, STOPPED, GOODBYE)


def row(name: str) -> Row:
    """The row of that name."""
    return next(row for row in ROWS if row.name == name)

"""What callers say to the hotel's desk offline, and what it answers. Knows no framework."""

from __future__ import annotations

from .offline.script import Reply, ToolCall

CALLER_PHRASES = (
    "Mhm.",
    "Yeah.",
    "Stop.",
    "What rooms do you have?",
    "The suite, please.",
    "I'd like to book the suite for two nights.",
    "Thank you, goodbye.",
    "Tell me about the hotel.",
    "Suite.",
    "Please read my booking back.",
    "Okay.",
)
"""What callers can say; the order makes the sounds, so add at the end."""

# The first that is part of what the caller said.
SCRIPT: tuple[tuple[str, Reply], ...] = (
    ("booking back", ToolCall("read_back", {"room": "suite", "nights": 2}, then="{output}")),
    (
        "book the suite",
        ToolCall("book_room", {"room": "suite", "nights": 2}, then="{output} Anything else?"),
    ),
    ("suite", "The suite looks over the harbour. Shall I book it for two nights?"),
    ("yeah", ToolCall("book_room", {"room": "suite", "nights": 2}, then="{output}")),
    ("okay", ToolCall("book_room", {"room": "suite", "nights": 2}, then="{output}")),
    (
        "what rooms",
        "Single rooms face the garden, and the suite has two balconies. Which would you like?",
    ),
    # about eight seconds without a question: room for a caller who listens aloud
    (
        "the hotel",
        (
            "The hotel stands by the old harbour. Breakfast is served from seven to ten, and the "
            "ferry to the islands leaves from our own quay."
        ),
    ),
    ("stop", "Of course. What would you like to know?"),
    ("goodbye", "Goodbye, and have a good journey."),
)
DEFAULT_REPLY = "I am afraid I know no answer to that."

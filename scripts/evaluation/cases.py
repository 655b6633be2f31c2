"""Labelled cases of overlapping speech, one in a line of JSON.

Someone holds the floor (the agent) and someone speaks over them, or right at their end (the
caller). Times are in seconds, on one clock.

    id     its name
    kind   backchannel: only shows that one listens. interruption: says something. answer: replies
           to the question that the agent is asking, or has just asked
    agent  start, end and text of the agent's speech
    user   start, end, words: [[start, end, word], ...], final: the text as a recogniser prints it
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

KINDS = ("backchannel", "interruption", "answer")


class CaseError(ValueError):
    """A case can't be read; the message says which, and what is wrong."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the caller and when it was said, in seconds."""

    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class Case:
    """One stretch of overlapping speech."""

    id: str
    kind: str
    agent_start: float
    agent_end: float
    agent_text: str
    start: float
    end: float
    words: tuple[Word, ...]
    final: str

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Case:
        """Reads a case.

        Raises:
            KeyError, TypeError, ValueError: It isn't one.
        """
        agent, user = raw["agent"], raw["user"]
        words = tuple(Word(float(a), float(b), str(text)) for a, b, text in user["words"])
        if raw["kind"] not in KINDS:
            raise ValueError(f"kind {raw['kind']!r} is none of {', '.join(KINDS)}")
        return cls(
            str(raw["id"]),
            raw["kind"],
            float(agent["start"]),
            float(agent["end"]),
            str(agent["text"]),
            float(user["start"]),
            float(user["end"]),
            words,
            str(user["final"]),
        )

    @property
    def before_end_s(self) -> float:
        """How long before the agent's end the caller began; negative: after it."""
        return self.agent_end - self.start

    @property
    def time_left_s(self) -> float:
        """How long the agent would have gone on after the caller."""
        return self.agent_end - self.end


def read_cases(lines: Iterable[str | bytes], name: str) -> Iterator[Case]:
    """Reads cases, one a line.

    Raises:
        CaseError: A line is none.
    """
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield Case.from_json(json.loads(line))
        except (KeyError, TypeError, ValueError) as error:
            what = f"lacks {error}" if isinstance(error, KeyError) else str(error)
            where = f"{name}:{number}"
            raise CaseError(
                f"{where}: {what}. scripts/evaluation/cases.py describes a case."
            ) from None

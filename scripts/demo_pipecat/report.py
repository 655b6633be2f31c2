"""Shows results: as a table for people, as JSON for programs."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from scripts.demo.judging import Floor, Outcome, Recording, Words, outcome_of

from .rows import Moment, Row
from .ways import TITLES, Way

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_WIDTHS = (34, 26, 26, 26)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a row, played one way.

    Attributes:
        row: What was played.
        way: How.
        recording: What was recorded; None where the call broke off.
        problem: Why it broke off.
    """

    row: Row
    way: Way
    recording: Recording | None
    problem: str = ""

    @property
    def outcome(self) -> Outcome | None:
        """What became of it."""
        return None if self.recording is None else outcome_of(self.recording)

    @property
    def as_wanted(self) -> bool:
        """Whether that is what should."""
        recording, outcome = self.recording, self.outcome
        if recording is None or outcome is None:
            return False
        return self.row.want.met_by(outcome, recording.phrase_s + recording.late_s)


def describe(row: Row, outcome: Outcome | None) -> str:
    """What the bot did, in three or four words."""
    if outcome is None:
        return "broke off"
    floor, words = outcome.floor, outcome.words
    if floor is Floor.NEVER_SPOKE and words is Words.ANSWERED:
        return "answered this instead"
    pending = row.moment in (Moment.THINKING, Moment.TOOL)
    did = {
        Floor.TALKED_ON: "gave its reply" if pending else "talked on",
        Floor.PAUSED: f"paused {outcome.silence_s or 0.0:.1f}s",
        Floor.STOPPED: f"stopped {outcome.stopped_s or 0.0:.1f}s",
        Floor.NEVER_SPOKE: "fell silent",
    }[floor]
    said = {
        Words.ANSWERED: "replied",
        Words.LEFT: "no reply" if row.want.answer or floor is Floor.STOPPED else "",
        Words.UNANSWERED: "no reply",
        Words.NOTED: "in the history",
        Words.NEXT_TURN: "left over",
        Words.DEAF: "went deaf",
    }[words]
    if row.moment is Moment.OVER:
        did = "" if floor is Floor.TALKED_ON else did
    return ", ".join(part for part in (did, said) if part) or "nothing"


def table(results: Sequence[Result]) -> Iterator[str]:
    """The lines of the table."""
    ways = [way for way in Way if any(result.way is way for result in results)]
    yield _line("the caller says", *(TITLES[way] for way in ways))
    moment: Moment | None = None
    for row in {result.row.name: result.row for result in results}.values():
        if row.moment is not moment:
            moment = row.moment
            yield ""
            yield moment.value
        cells = [
            f"{'✓' if result.as_wanted else '✗'} {describe(row, result.outcome)}"
            for result in results
            if result.row is row
        ]
        yield _line(f"  {row.label}", *cells)
    yield ""
    count = len({result.row.name for result in results})
    right = ", ".join(
        f"{TITLES[way]} {sum(r.as_wanted for r in results if r.way is way)} of {count}"
        for way in reversed(ways)
    )
    yield f"As wanted: {right}."


def markdown(results: Sequence[Result]) -> Iterator[str]:
    """The same table for a page."""
    ways = [way for way in Way if any(result.way is way for result in results)]
    yield f"| the caller says | {' | '.join(TITLES[way] for way in ways)} |"
    yield f"|---|{'---|' * len(ways)}"
    moment: Moment | None = None
    for row in {result.row.name: result.row for result in results}.values():
        if row.moment is not moment:
            moment = row.moment
            yield f"| *{moment.value}* |{' |' * len(ways)}"
        cells = [
            f"{'✓' if result.as_wanted else '✗'} {describe(row, result.outcome)}"
            for result in results
            if result.row is row
        ]
        yield f"| {row.label} | {' | '.join(cells)} |"


def misses(results: Sequence[Result]) -> Iterator[str]:
    """The rows that this project got wrong, and what happened instead."""
    for result in results:
        if result.way is Way.OURS and not result.as_wanted:
            row = result.row
            turns = [] if result.recording is None else list(result.recording.user_turns)
            happened = result.problem or describe(row, result.outcome)
            yield f"{row.name}: {row.label!r} {row.moment.value}: {happened}; turns {turns}"


def as_json(results: Sequence[Result]) -> list[dict[str, Any]]:
    """All results with what was recorded; times in seconds from the caller's first sound."""
    return [
        {
            "row": result.row.name,
            "way": result.way.value,
            "bot": result.row.moment.value,
            "caller": result.row.phrase,
            "as_wanted": result.as_wanted,
            "did": describe(result.row, result.outcome),
            "problem": result.problem or None,
            "recording": _plain(result.recording),
        }
        for result in results
    ]


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {field.name: _plain(getattr(value, field.name)) for field in fields}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    return round(value, 3) if isinstance(value, float) else value


def _line(*cells: str) -> str:
    return " ".join(cell.ljust(width) for cell, width in zip(cells, _WIDTHS, strict=False)).rstrip()

"""Shows results: as a table for people, as JSON for programs."""

from __future__ import annotations

import dataclasses
from enum import Enum
from typing import TYPE_CHECKING, Any

from livekit.agents import __version__ as livekit_version
from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from .judging import Floor, Outcome, Words
from .rows import NEXT_PHRASE, Moment, Row
from .ways import Way

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .run import Result, Run

TITLES = {
    Way.STOCK: "stock LiveKit",
    Way.GUIDE: "the guide's rules",
    Way.OURS: "this project",
}
_INSTEAD = "answered this instead"
_LEFT_OVER = "left over"
_NO_REPLY = "no reply"
_BROKE_OFF = "broke off"


def describe(row: Row, outcome: Outcome | None) -> str:
    """What the agent did, in three or four words."""
    if outcome is None:
        return _BROKE_OFF
    floor, words = outcome.floor, outcome.words
    pending = row.moment in (Moment.THINKING, Moment.TOOL)
    if floor is Floor.NEVER_SPOKE and words is Words.ANSWERED:
        return _INSTEAD
    left = ""
    if row.want.answer or floor is Floor.STOPPED:
        left = _NO_REPLY
    elif floor is Floor.PAUSED:
        left = "went on"
    talked_on = "talked on"
    if pending:
        talked_on = "gave its reply" if words is Words.LEFT else "gave reply"
    parts = [
        {
            Floor.TALKED_ON: "" if row.moment is Moment.OVER else talked_on,
            Floor.PAUSED: f"paused {outcome.silence_s or 0.0:.1f}s",
            Floor.STOPPED: f"stopped {outcome.stopped_s or 0.0:.1f}s",
            Floor.NEVER_SPOKE: "fell silent",
        }[floor],
        {
            Words.ANSWERED: "replied",
            Words.LEFT: left,
            Words.NOTED: left or "noted",
            Words.UNANSWERED: _NO_REPLY,
            Words.NEXT_TURN: _LEFT_OVER,
            Words.DEAF: "went deaf",
        }[words],
    ]
    return ", ".join(part for part in parts if part) or "nothing"


def report(run: Run, *, width: int) -> RenderableType:
    """The table, what its words mean, and how many rows each way got right; for so many columns."""
    lines = [*_legend(run), *_faults(run)]
    return Group(
        Text(f"Real calls, livekit-agents {livekit_version}, measured at the caller's ear", "bold"),
        Text(),
        _fitting_table(run, width),
        Text(),
        *(Padding(line, (0, 0, 0, 1)) for line in lines),
        Text(),
        _summary(run),
    )


def _fitting_table(run: Run, width: int) -> Table:
    """A line a row, or two where the terminal is too narrow."""
    table = _table(run, narrow=False)
    if Console(width=1000).measure(table).maximum > width:
        return _table(run, narrow=True)
    return table


def _table(run: Run, *, narrow: bool) -> Table:
    ways = ways_of(run)
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), header_style="bold")
    table.show_edge = table.pad_edge = False
    table.add_column("the caller says")
    for way in ways:
        table.add_column(TITLES[way])
    moment: Moment | None = None
    for row in _rows(run):
        if row.moment is not moment:
            moment = row.moment
            table.add_row()
            table.add_row(Text(moment.value, "bold cyan"))
        cells = [_cell(result, narrow=narrow) for result in run.results if result.row is row]
        table.add_row(Text(f" {row.label}"), *cells)
    return table


def _cell(result: Result, *, narrow: bool) -> Text:
    said = describe(result.row, result.outcome)
    if narrow:
        said = said.replace(", ", ",\n  ").replace(" instead", "\n  instead")
    if result.as_wanted:
        return Text.assemble(("✓ ", "green"), said)
    note = "¹" if _beyond_the_guide(result) else ""
    return Text.assemble(("✗ ", "bold red"), (said + note, "red"))


def _beyond_the_guide(result: Result) -> bool:
    """The agent does what the guide's table says, and more than that."""
    outcome = result.outcome
    return (
        result.row.in_guide
        and result.way is Way.GUIDE
        and outcome is not None
        and outcome.floor is Floor.TALKED_ON
        and outcome.words is Words.NEXT_TURN
    )


def _legend(run: Run) -> Iterator[Text]:
    shown = [(result, describe(result.row, result.outcome)) for result in run.results]
    yield Text("✓ as wanted, ✗ not.", "dim")
    if Way.GUIDE in ways_of(run):
        yield _explained(TITLES[Way.GUIDE], "a word list, as AssemblyAI's guide to LiveKit has it.")
    if any(said.startswith("stopped") for _, said in shown):
        yield _explained(
            "stopped", "that long after the caller's first sound the agent was silent."
        )
    if any(said.startswith("paused") for _, said in shown):
        yield _explained(
            "paused", "for that long, as the recogniser took back the words it had stopped for."
        )
    for result, said in shown:
        if _LEFT_OVER in said and result.recording is not None:
            heard = result.recording.next_turn
            yield _explained(_LEFT_OVER, f"not answered, but put before what came next: “{heard}”")
            break
    if any(said == _INSTEAD for _, said in shown):
        yield _explained(_INSTEAD, "and never gave the reply that the caller was waiting for.")
    if any(_NO_REPLY in said for _, said in shown):
        yield _explained(_NO_REPLY, "the caller has said something, and hears nothing back.")
    if any(_beyond_the_guide(result) for result in run.results):
        yield Text(
            "¹ The guide says that the agent continues, and it does. But the word stays in "
            "LiveKit's buffer: it is put there after the guide's rule has emptied it.",
            "dim",
        )


def _explained(words: str, meaning: str) -> Text:
    return Text.assemble((words, "italic"), f": {meaning}", style="dim")


def _faults(run: Run) -> Iterator[Text]:
    if run.late_s > 0.3:
        yield Text(f"The machine was busy: times are up to {run.late_s:.1f} s off.", "yellow")
    for result in run.results:
        if result.problem:
            yield Text(f"{result.row.name}, {TITLES[result.way]}: {result.problem}", "red")


def _summary(run: Run) -> Text:
    count = len(_rows(run))
    text = Text("As wanted: ", "bold")
    for way in reversed(ways_of(run)):
        right = right_ones(run, way)
        style = "bold green" if right == count else "bold"
        text.append(f"{TITLES[way]} {right} of {count}", style)
        text.append(", " if way is not ways_of(run)[0] else ".")
    return text


def misses(run: Run) -> Iterator[str]:
    """The rows that this project got wrong, and what happened instead."""
    for result in run.results:
        if result.way is Way.OURS and not result.as_wanted:
            row = result.row
            floors = " or ".join(sorted(floor.value for floor in row.want.floor))
            fates = " or ".join(sorted(words.value for words in row.want.words))
            happened = describe(row, result.outcome)
            if result.recording is not None:
                happened += f" (turns of the caller: {list(result.recording.user_turns)})"
            yield (
                f"{row.name}: {row.label!r} {row.moment.value} should be {floors}, and its words "
                f"{fates}; instead: {result.problem or happened}"
            )


def right_ones(run: Run, way: Way) -> int:
    """How many rows a way got right."""
    return sum(result.as_wanted for result in run.results if result.way is way)


def as_json(run: Run) -> dict[str, Any]:
    """All results with what was recorded; times in seconds from the caller's first sound."""
    return {
        "livekit_agents": livekit_version,
        "next_phrase": NEXT_PHRASE,
        "late_s": round(run.late_s, 3),
        "as_wanted": {way.value: right_ones(run, way) for way in ways_of(run)},
        "rows": len(_rows(run)),
        "results": [
            {
                "row": result.row.name,
                "way": result.way.value,
                "agent": result.row.moment.value,
                "caller": result.row.phrase,
                "as_wanted": result.as_wanted,
                "did": describe(result.row, result.outcome),
                "outcome": _plain(result.outcome),
                "problem": result.problem or None,
                "recording": _plain(result.recording),
            }
            for result in run.results
        ],
    }


def _plain(value: Any) -> Any:
    """Dataclasses, enums and tuples as JSON has them."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {field.name: _plain(getattr(value, field.name)) for field in fields}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    return round(value, 3) if isinstance(value, float) else value


def _rows(run: Run) -> Sequence[Row]:
    return list({result.row.name: result.row for result in run.results}.values())


def ways_of(run: Run) -> Sequence[Way]:
    """The ways that were played, in their order."""
    return [way for way in Way if any(result.way is way for result in run.results)]

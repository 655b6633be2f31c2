"""Shows a run: what callers heard as a table, then what must be true and is or isn't."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livekit.agents import __version__ as livekit_version
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from .rows import MAX_GAP_S, Way

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .batch import Played
    from .judging import Outcome
    from .run import Run

TITLES = {
    Way.STOCK: "stock LiveKit",
    Way.TWO_WORDS: "stock, min_words 2",
    Way.OURS: "this project",
}
_BY_TELEPHONE = "by telephone"


def describe(outcome: Outcome | None) -> str:
    """What was heard, in a few words: gaps, stops and replies."""
    if outcome is None:
        return "broke off"
    if outcome.stopped_s is not None:
        parts = [f"silent after {outcome.stopped_s:.2f} s"]
    elif outcome.gap_s > MAX_GAP_S:
        parts = [f"paused {outcome.gap_s:.2f} s"]
    else:
        parts = [f"talked on, longest gap {outcome.gap_s:.2f} s"]
    if outcome.reply_s is not None:
        parts.append(f"replied {outcome.reply_s:.2f} s later")
    elif outcome.replies:
        parts.append("replied over it")
    else:
        parts.append("no reply")
    if outcome.left_over == "nothing":
        parts.append("went deaf")
    elif outcome.left_over is not None:
        parts.append("the word left over")
    return ", ".join(parts)


def table(played: Sequence[Played]) -> Table:
    """One line a row, one column a way; ✓ where it is as it has to be."""
    columns = [
        *((title, way.value, False) for way, title in TITLES.items()),
        (_BY_TELEPHONE, Way.OURS.value, True),
    ]
    cells = {
        (each.order.row.label, each.order.domain, each.order.telephone): each for each in played
    }
    shown = [column for column in columns if any(key[1:] == column[1:] for key in cells)]
    result = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), header_style="bold", show_lines=True)
    result.add_column("the caller says", ratio=2)
    for title, *_ in shown:
        result.add_column(title, ratio=3)
    for label in dict.fromkeys(key[0] for key in cells):
        result.add_row(label, *(_cell(cells.get((label, *column[1:]))) for column in shown))
    return result


def _cell(played: Played | None) -> Text:
    if played is None:
        return Text("")
    said = describe(played.outcome)
    if played.problems:
        return Text.assemble(("✗ ", "bold red"), (said, "red"))
    return Text.assemble(("✓ ", "green"), said)


def report(run: Run) -> RenderableType:
    """The table, the checks, and how many of them are true."""
    played, checks = run.played, run.checks
    lines: list[RenderableType] = []
    if played:
        lines += [
            Text(f"Real calls over WebRTC, livekit-agents {livekit_version}", "bold"),
            table(played),
            Text(
                "silent: from the caller's first sound to the agent's last. replied: from the end "
                "of the statement, or of the caller's words. left over: it was put before what the "
                "caller said next, and answered instead.",
                "dim",
            ),
            Text(),
        ]
    part = None
    for each in checks:
        if each.part is not part:
            part = each.part
            lines.append(Text(part.value, "bold cyan"))
        mark = ("✓ ", "green") if each.passed else ("✗ ", "bold red")
        lines.append(
            Text.assemble(mark, each.what, (f" ({each.measured})" * bool(each.measured), "dim"))
        )
        lines += [Text(f"    {problem}", "red") for problem in each.problems]
    lines.append(Text())
    if run.played_again:
        lines.append(
            Text(
                f"The machine was busy, timers were up to {run.late_s:.2f} s late. What was tried "
                "again, since this was wrong with it:",
                "yellow",
            )
        )
        lines += [Text(f"    {each}", "yellow") for each in run.played_again]
    if run.broke_off:
        lines.append(Text(f"It did not come to its end: {run.broke_off}", "bold red"))
    passed = sum(each.passed for each in checks)
    style = "bold green" if passed == len(checks) else "bold red"
    lines.append(Text(f"{passed} of {len(checks)} are true.", style))
    return Group(*lines)

"""Shows what came of the tests on each LiveKit release: a table for people, Markdown, JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .environments import Target
    from .group_runs import Group, Outcome

_MESSAGE_LINES = 12


@dataclass(frozen=True, slots=True)
class Skip:
    """A test that was left out on a release, and why."""

    livekit: str
    group: str
    test: str
    reason: str


@dataclass(slots=True)
class Report:
    """What came of everything.

    Attributes:
        targets: The releases, oldest first.
        groups: The groups that this checkout has.
        outcomes: By target's name and group's name.
        seconds: How long all of it took.
    """

    targets: Sequence[Target]
    groups: Sequence[Group]
    outcomes: dict[tuple[str, str], Outcome] = field(default_factory=dict)
    seconds: float = 0.0

    def of(self, target: Target, group: Group) -> Outcome:
        """What came of a group on a release."""
        return self.outcomes[target.name, group.name]

    def total(self, group: Group) -> int:
        """How many tests a group has: as many as on the release that has most."""
        return max(self.of(target, group).total for target in self.targets)

    def good(self, target: Target, group: Group) -> bool:
        """Whether every test passed, or was left out with a reason."""
        outcome = self.of(target, group)
        whole = outcome.total == self.total(group) > 0
        return whole and not outcome.failed and not outcome.problem

    def skips(self) -> list[Skip]:
        """All that was left out."""
        return [
            Skip(target.livekit, group.name, test, reason)
            for target in self.targets
            for group in self.groups
            for test, reason in self.of(target, group).skipped
        ]

    def shortfalls(self) -> Iterator[str]:
        """What fell short, in words; nothing when all is well."""
        for target in self.targets:
            for group in self.groups:
                outcome, total = self.of(target, group), self.total(group)
                where = f"{target.name}, {group.name}"
                if outcome.problem:
                    yield f"{where} broke off: {outcome.problem}"
                elif outcome.total < total or not total:
                    yield f"{where}: {outcome.total} tests, {total} elsewhere"
                for test, message in outcome.failed:
                    yield f"{where}: {test}\n{_end_of(message)}"


def as_table(report: Report) -> Table:
    """Releases and groups: passed of total."""
    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("livekit-agents", "Python", *(group.name for group in report.groups)):
        table.add_column(heading)
    for target in report.targets:
        cells = []
        for group in report.groups:
            mark, style = ("✓", "green") if report.good(target, group) else ("✗", "bold red")
            cells.append(f"[{style}]{mark} {_count(report, target, group)}[/]")
        table.add_row(target.livekit, target.python, *cells)
    return table


def skip_lines(report: Report) -> Iterator[str]:
    """What was left out, by reason: how many tests, and on which releases."""
    skips: dict[str, list[Skip]] = {}
    for skip in report.skips():
        skips.setdefault(skip.reason, []).append(skip)
    for reason, left_out in skips.items():
        tests = list(dict.fromkeys(skip.test for skip in left_out))
        what = _short(tests[0]) if len(tests) == 1 else f"{len(tests)} tests"
        releases = dict.fromkeys(skip.livekit for skip in left_out)
        yield f"skipped on {', '.join(releases)}: {what}: {reason}"


def retry_lines(report: Report) -> Iterator[str]:
    """Each test that passed at the second try."""
    for target in report.targets:
        for group in report.groups:
            for test in report.of(target, group).retried:
                yield f"passed at the second try on {target.livekit}: {_short(test)}"


def as_markdown(report: Report) -> str:
    """The table as docs/compatibility.md has it, with why some were left out."""
    headings = ["livekit-agents", "Python", *(group.name for group in report.groups)]
    rows = [headings, ["---"] * len(headings)]
    for target in report.targets:
        cells = [_count(report, target, group) for group in report.groups]
        rows.append([target.livekit, target.python, *cells])
    lines = [f"| {' | '.join(row)} |" for row in rows]
    reasons = dict.fromkeys(skip.reason for skip in report.skips())
    if reasons:
        lines += ["", f"Skipped: {'; '.join(sorted(reasons))}."]
    return "\n".join(lines)


def as_json(report: Report) -> dict[str, Any]:
    """All of it."""
    return {
        "seconds": round(report.seconds, 1),
        "results": [
            {
                "livekit_agents": target.livekit,
                "python": target.python,
                "note": target.note or None,
                "group": group.name,
                "passed": outcome.passed,
                "total": outcome.total,
                "seconds": outcome.seconds,
                "skipped": [{"test": test, "reason": why} for test, why in outcome.skipped],
                "retried": list(outcome.retried),
                "failed": [{"test": test, "message": why} for test, why in outcome.failed],
                "problem": outcome.problem or None,
            }
            for target in report.targets
            for group in report.groups
            for outcome in (report.of(target, group),)
        ],
    }


def _count(report: Report, target: Target, group: Group) -> str:
    outcome = report.of(target, group)
    left_out = f", {len(outcome.skipped)} skipped" if outcome.skipped else ""
    return f"{outcome.passed} of {report.total(group)}{left_out}"


def _short(test: str) -> str:
    return test.partition("::")[2]


def _end_of(message: str) -> str:
    return "\n".join(f"    {line}" for line in message.splitlines()[-_MESSAGE_LINES:])

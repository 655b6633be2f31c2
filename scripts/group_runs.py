"""Runs a group of tests in an environment: how many passed, which were left out, and why."""

from __future__ import annotations

import dataclasses
import json
import tempfile
import xml.etree.ElementTree as ET  # our own pytest wrote it
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .environments import ROOT, run_command

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from .environments import Target

LIMIT_S = 480.0
"""The longest a group may take."""
MOST_TO_RETRY = 12
"""Failures that may be the machine's; more are not."""
_OUTPUT_LINES = 15


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a group.

    Attributes:
        passed: How many did.
        skipped: Name and reason of those that were left out.
        failed: Name and message of those that failed.
        retried: Names of those that passed at the second try: they measure time, and the machine
            may have had other things to do.
        seconds: How long it took.
        problem: Why it broke off; empty where it didn't.
    """

    passed: int
    skipped: tuple[tuple[str, str], ...] = ()
    failed: tuple[tuple[str, str], ...] = ()
    retried: tuple[str, ...] = ()
    seconds: float = 0.0
    problem: str = ""

    @property
    def total(self) -> int:
        """How many there are."""
        return self.passed + len(self.skipped) + len(self.failed)


@dataclass(frozen=True, slots=True)
class Group:
    """Tests that belong together.

    Attributes:
        name: What the table calls it.
        paths: The tests, or the tool, from the checkout's root; the first is what it takes.
        run: Runs it.
    """

    name: str
    paths: tuple[str, ...]
    run: Callable[[Target, Sequence[str], Path], Awaitable[Outcome]]

    @property
    def exists(self) -> bool:
        """Whether this checkout has it."""
        return (ROOT / self.paths[0]).exists()

    async def play(self, target: Target) -> Outcome:
        """Runs it in a target's environment."""
        with tempfile.TemporaryDirectory(prefix="compat-") as scratch:
            return await self.run(target, self.paths, Path(scratch) / "report")


async def _pytest(target: Target, paths: Sequence[str], report: Path) -> Outcome:
    outcome = await _run_tests(target, paths, report)
    if not outcome.failed or outcome.problem or len(outcome.failed) > MOST_TO_RETRY:
        return outcome
    again = await _run_tests(target, [_node(name) for name, _ in outcome.failed], report)
    if again.problem or again.total != len(outcome.failed):
        return outcome
    still = {name for name, _ in again.failed}
    return dataclasses.replace(
        outcome,
        passed=outcome.passed + again.passed,
        failed=again.failed,
        retried=tuple(name for name, _ in outcome.failed if name not in still),
        seconds=outcome.seconds + again.seconds,
    )


async def _run_tests(target: Target, tests: Sequence[str], report: Path) -> Outcome:
    options = ("-q", "-p", "no:cacheprovider", "--tb=short", f"--junitxml={report}")
    status, output = await run_command(
        str(target.executable), "-m", "pytest", *tests, *options, limit_s=LIMIT_S
    )
    outcome = read_junit(report)
    if status in (0, 1) and outcome.total and bool(status) == bool(outcome.failed):
        return outcome
    return _broken(outcome, f"exit status {status}", output)


def _node(name: str) -> str:
    """The test of a name in a report, as pytest is asked for it."""
    module, _, test = name.partition("::")
    return f"{module.replace('.', '/')}.py::{test}"


async def _demo(target: Target, paths: Sequence[str], report: Path) -> Outcome:
    module = paths[0].replace("/", ".")
    status, output = await run_command(
        str(target.executable), "-m", module, "--json", str(report), limit_s=LIMIT_S
    )
    outcome = read_demo(report)
    if status in (0, 1) and outcome.total:
        return outcome
    return _broken(outcome, f"exit status {status}", output)


def read_junit(report: Path) -> Outcome:
    """Reads the JUnit report of pytest; nothing where it left none."""
    if not report.is_file():
        return Outcome(0)
    passed, seconds = 0, 0.0
    skipped: list[tuple[str, str]] = []
    failed: list[tuple[str, str]] = []
    for case in ET.parse(report).getroot().iter("testcase"):  # noqa: S314 - our own file
        name = f"{case.get('classname')}::{case.get('name')}"
        seconds += float(case.get("time", "0"))
        bad = [fault for kind in ("failure", "error") for fault in case.findall(kind)]
        left_out = case.find("skipped")
        if bad:
            failed.append((name, f"{bad[0].get('message') or ''}\n{bad[0].text or ''}".strip()))
        elif left_out is not None:
            skipped.append((name, left_out.get("message") or "no reason given"))
        else:
            passed += 1
    return Outcome(passed, tuple(skipped), tuple(failed), seconds=round(seconds, 1))


def read_demo(report: Path) -> Outcome:
    """Reads the demo's JSON: rows this project got right. A call that broke off has failed."""
    if not report.is_file():
        return Outcome(0)
    results: Mapping[str, Any] = json.loads(report.read_text("utf-8"))
    passed = 0
    failed = []
    for result in results["results"]:
        name = f"{result['row']} ({result['way']})"
        if result["problem"]:
            failed.append((name, str(result["problem"])))
        elif result["way"] == "ours" and not result["as_wanted"]:
            failed.append((name, f"the agent {result['did']}"))
        elif result["way"] == "ours":
            passed += 1
    return Outcome(passed, failed=tuple(failed))


def _broken(outcome: Outcome, what: str, output: str) -> Outcome:
    end = "\n".join(output.strip().splitlines()[-_OUTPUT_LINES:])
    return dataclasses.replace(outcome, problem=f"{what}\n{end}")


_BY_RELEASE = (
    "tests/livekit/test_compatibility.py",
    "tests/livekit/test_context_targets.py",
    "tests/livekit/test_agent_context.py",
)
"""Unit tests of what differs from release to release."""

GROUPS: Sequence[Group] = (
    Group("live sessions", ("tests/live",), _pytest),
    Group("contract", ("tests/contract", *_BY_RELEASE), _pytest),
    Group("agent", ("tests/agent",), _pytest),
    Group("demo", ("scripts/demo",), _demo),
)

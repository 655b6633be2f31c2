"""The table of releases: what is run where, what counts, and what is said of a shortfall."""

from __future__ import annotations

import json
import platform
from pathlib import Path
from typing import Any

import pytest

from filters.livekit import VERIFIED
from scripts import compat, environments, group_runs
from scripts.compat import OLDEST_PYTHON, target_of, versions
from scripts.compat_report import (
    Report,
    as_json,
    as_markdown,
    as_table,
    retry_lines,
    skip_lines,
)
from scripts.environments import Target, release, requirements
from scripts.group_runs import GROUPS, Group, Outcome, read_demo, read_junit

HERE = ".".join(platform.python_version_tuple()[:2])
NEWEST = VERIFIED[-1]


# -- what is run where ----------------------------------------------------------------------------


def test_all_releases_are_run_on_and_the_newest() -> None:
    """In order, each once."""
    assert versions((), NEWEST) == list(VERIFIED)
    assert versions((), "1.99.0") == [*VERIFIED, "1.99.0"]


def test_releases_may_be_asked_for_by_number_or_by_name() -> None:
    """In order of age, whatever the order asked for."""
    assert versions(("newest", "oldest"), "1.99.0") == [VERIFIED[0], "1.99.0"]
    assert versions(("1.6.10", "1.6.5", "1.6.10"), NEWEST) == ["1.6.5", "1.6.10"]


@pytest.fixture
def pythons(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The Pythons there are; empty at first."""
    found: set[str] = set()

    def find_python(version: str, *, needs_pip: bool) -> Path | None:  # noqa: ARG001
        return Path(f"/python{version}") if version in found else None

    monkeypatch.setattr(compat, "find_python", find_python)
    monkeypatch.setattr(platform, "python_version_tuple", lambda: ("3", "11", "7"))
    return found


def test_the_edges_of_the_range_run_on_the_edges_of_python(pythons: set[str]) -> None:
    """The oldest release on the oldest Python, the newest on the newest, the others on this one."""
    pythons |= {"3.10", "3.12", "3.13"}
    assert target_of(VERIFIED[0], NEWEST, uv=None).interpreter == Path("/python3.10")
    assert target_of(NEWEST, NEWEST, uv=None).interpreter == Path("/python3.13")
    assert target_of("1.6.5", NEWEST, uv=None).python == "3.11"
    assert target_of("1.6.5", NEWEST, uv=None).note == ""


def test_a_python_that_is_not_there_is_said_so(pythons: set[str]) -> None:
    """The next newest serves, or the one this runs on."""
    assert target_of(VERIFIED[0], NEWEST, uv=None).python == "3.11"
    assert target_of(VERIFIED[0], NEWEST, uv=None).note == f"there is no Python {OLDEST_PYTHON}"
    pythons.add("3.12")
    newest = target_of(NEWEST, NEWEST, uv=None)
    assert (newest.python, newest.note) == ("3.12", "there is no Python 3.13")


def test_pythons_are_found_or_not() -> None:
    """The one this runs on may be anywhere; none is that old."""
    assert environments.find_python("2.4", needs_pip=False) is None


# -- what is installed ----------------------------------------------------------------------------


def target(livekit: str = "1.6.5", python: str = "3.11") -> Target:
    """A release, on no Python in particular."""
    return Target(livekit, python, Path("/python"))


@pytest.mark.parametrize(
    ("livekit", "expected"), [("1.5.0", True), ("1.6.5", True), ("1.6.10", False), (NEWEST, False)]
)
def test_old_releases_get_the_openai_they_can_be_imported_with(
    livekit: str, expected: bool
) -> None:
    """Plugins are of the release's own version."""
    wanted = requirements(target(livekit))
    assert ("openai<3" in wanted) is expected
    assert f"livekit-agents=={livekit}" in wanted
    assert f"livekit-plugins-silero=={livekit}" in wanted


def test_test_tools_are_those_of_the_constraints() -> None:
    """Each with an exact version."""
    wanted = [line for line in requirements(target()) if not line.startswith(("livekit", "openai"))]
    assert {line.partition("==")[0] for line in wanted} == set(environments.TEST_TOOLS)
    assert all("==" in line for line in wanted)


async def test_an_environment_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And anew when what it is made of changes."""
    commands: list[tuple[str, ...]] = []

    async def run_command(*arguments: str, limit_s: float) -> tuple[int, str]:  # noqa: ARG001
        commands.append(arguments)
        one.executable.parent.mkdir(parents=True, exist_ok=True)
        one.executable.touch()
        return 0, ""

    monkeypatch.setattr(environments, "DIRECTORY", tmp_path)
    monkeypatch.setattr(environments, "run_command", run_command)
    one = target()
    assert await environments.make(one, "uv")
    assert not await environments.make(one, "uv")
    assert len(commands) == 2
    monkeypatch.setattr(environments, "PLUGINS", ("openai",))
    assert await environments.make(one, None)
    assert commands[2][1:3] == ("-m", "venv")
    assert commands[3][1:4] == ("-m", "pip", "install")


async def test_an_environment_that_can_not_be_made_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the end of what the installer said."""

    async def run_command(*_: str, limit_s: float) -> tuple[int, str]:  # noqa: ARG001
        return 1, "resolving\nno such release"

    monkeypatch.setattr(environments, "DIRECTORY", tmp_path)
    monkeypatch.setattr(environments, "run_command", run_command)
    with pytest.raises(environments.NotInstallableError, match="no such release"):
        await environments.make(target(), "uv")


async def test_a_command_that_takes_too_long_is_ended() -> None:
    """With all that it started."""
    status, output = await environments.run_command("sh", "-c", "sleep 60 & wait", limit_s=0.2)
    assert status == 124
    assert "took longer" in output
    assert await environments.run_command("sh", "-c", "echo hello; exit 3", limit_s=10) == (
        3,
        "hello\n",
    )


def test_releases_are_compared_by_their_numbers() -> None:
    """1.6.10 is after 1.6.5."""
    assert release("1.6.10") > release("1.6.5")
    with pytest.raises(ValueError, match="invalid literal"):
        release("latest")


# -- what counts ----------------------------------------------------------------------------------

JUNIT = """<testsuites><testsuite>
<testcase classname="tests.live.test_a" name="test_live[one[x]]" time="1.5"/>
<testcase classname="tests.live.test_a" name="test_live[two]" time="0.5">
  <skipped message="this release can't"/></testcase>
<testcase classname="tests.live.test_a" name="test_live[three]">
  <failure message="assert 1">trace</failure></testcase>
<testcase classname="tests.live.test_a" name="test_live[four]">
  <error message="fixture">trace</error></testcase>
</testsuite></testsuites>"""


def test_a_report_of_pytest_is_read(tmp_path: Path) -> None:
    """Errors count as failures, and skips have their reason."""
    report = tmp_path / "junit.xml"
    assert read_junit(report) == Outcome(0)
    report.write_text(JUNIT, "utf-8")
    outcome = read_junit(report)
    assert (outcome.passed, outcome.total, outcome.seconds) == (1, 4, 2.0)
    assert outcome.skipped == (("tests.live.test_a::test_live[two]", "this release can't"),)
    assert [name for name, _ in outcome.failed] == [
        "tests.live.test_a::test_live[three]",
        "tests.live.test_a::test_live[four]",
    ]
    assert outcome.failed[0][1] == "assert 1\ntrace"


def test_a_report_of_the_demo_is_read(tmp_path: Path) -> None:
    """This project's rows count; of other ways only that they could be played."""
    report = tmp_path / "demo.json"
    assert read_demo(report) == Outcome(0)
    row = {"row": "mhm", "did": "stopped", "problem": None}
    results = [
        {**row, "way": "ours", "as_wanted": True},
        {**row, "way": "ours", "as_wanted": False},
        {**row, "way": "stock", "as_wanted": False},
        {**row, "way": "stock", "as_wanted": False, "problem": "TimeoutError"},
    ]
    report.write_text(json.dumps({"results": results}), "utf-8")
    outcome = read_demo(report)
    assert (outcome.passed, outcome.total) == (1, 3)
    assert outcome.failed == (("mhm (ours)", "the agent stopped"), ("mhm (stock)", "TimeoutError"))


def write_junit(report: Path, results: dict[str, bool]) -> None:
    """A report of pytest: which tests passed."""
    cases = [
        f'<testcase classname="tests.test_a" name="{name}">'
        + ("" if passes else '<failure message="no"/>')
        + "</testcase>"
        for name, passes in results.items()
    ]
    report.write_text(f"<testsuites>{''.join(cases)}</testsuites>", "utf-8")


class Runner:
    """Stands for pytest: leaves a report of what fails, run by run."""

    def __init__(self, *runs: dict[str, bool], status: int | None = None) -> None:
        self.runs = list(runs)
        self.status = status
        self.asked: list[list[str]] = []

    async def __call__(self, *arguments: str, limit_s: float) -> tuple[int, str]:
        """Runs the next."""
        assert limit_s > 0
        self.asked.append([each for each in arguments[3:] if not each.startswith(("-", "no:"))])
        results = self.runs.pop(0)
        [report] = [each for each in arguments if each.startswith("--junitxml=")]
        write_junit(Path(report.partition("=")[2]), results)
        status = int(not all(results.values()))
        return (status if self.status is None else self.status), "output"


async def play(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> Outcome:
    """A group, run by that runner."""
    monkeypatch.setattr(group_runs, "run_command", runner)
    [group] = [group for group in GROUPS if group.name == "live sessions"]
    return await group.play(target())


async def test_what_fails_gets_a_second_try(monkeypatch: pytest.MonkeyPatch) -> None:
    """By itself; that it took one is not hidden."""
    runner = Runner({"a": True, "b[x]": False, "c": False}, {"b[x]": True, "c": False})
    outcome = await play(runner, monkeypatch)
    assert runner.asked == [["tests/live"], ["tests/test_a.py::b[x]", "tests/test_a.py::c"]]
    assert (outcome.passed, outcome.total) == (2, 3)
    assert outcome.retried == ("tests.test_a::b[x]",)
    assert [name for name, _ in outcome.failed] == ["tests.test_a::c"]


async def test_many_failures_are_not_the_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    """No second try then."""
    runner = Runner({str(number): False for number in range(group_runs.MOST_TO_RETRY + 1)})
    outcome = await play(runner, monkeypatch)
    assert len(outcome.failed) == group_runs.MOST_TO_RETRY + 1


@pytest.mark.parametrize(
    ("results", "status"), [({}, 5), ({"a": True}, 1), ({"a": False}, 0), ({"a": True}, 124)]
)
async def test_a_run_that_breaks_off_is_no_success(
    results: dict[str, bool], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No tests, or a status that doesn't fit the report."""
    outcome = await play(Runner(results, status=status), monkeypatch)
    assert outcome.problem == f"exit status {status}\noutput"


# -- what is said ---------------------------------------------------------------------------------

OLD, NEW = target("1.5.0", "3.10"), target("1.8.9", "3.13")
LIVE, DEMO = (Group(name, (name,), group_runs.GROUPS[0].run) for name in ("live", "demo"))


def report_of(**outcomes: Outcome) -> Report:
    """Two releases, two groups; all that is not given passes."""
    report = Report([OLD, NEW], [LIVE, DEMO])
    for one in report.targets:
        for group in report.groups:
            key = f"{'old' if one is OLD else 'new'}_{group.name}"
            report.outcomes[one.name, group.name] = outcomes.get(key, Outcome(3))
    return report


def test_all_passed_is_no_shortfall() -> None:
    """Nor is what was left out for a reason."""
    report = report_of(old_live=Outcome(2, skipped=(("tests.test_a::b", "too old"),)))
    assert list(report.shortfalls()) == []
    assert all(report.good(one, group) for one in report.targets for group in report.groups)
    assert list(skip_lines(report)) == ["skipped on 1.5.0: b: too old"]


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (Outcome(2), "2 tests, 3 elsewhere"),
        (Outcome(2, failed=(("tests.test_a::b", "assert 1"),)), "tests.test_a::b"),
        (Outcome(3, problem="exit status 2"), "broke off: exit status 2"),
        (Outcome(0), "0 tests, 3 elsewhere"),
    ],
)
def test_whatever_falls_short_is_said(outcome: Outcome, said: str) -> None:
    """Where, and what."""
    report = report_of(old_live=outcome)
    [shortfall] = report.shortfalls()
    assert shortfall.startswith("1.5.0-py3.10, live")
    assert said in shortfall
    assert not report.good(OLD, LIVE)
    assert report.good(NEW, LIVE) or outcome.total > 3


def test_a_group_without_any_test_falls_short() -> None:
    """On every release: nothing was tested."""
    report = report_of(old_live=Outcome(0), new_live=Outcome(0))
    assert len(list(report.shortfalls())) == 2


def test_many_skips_are_summed_up() -> None:
    """By their reason."""
    skipped = tuple((f"tests.test_a::{name}", "no VAD") for name in "bc")
    report = report_of(old_live=Outcome(1, skipped=skipped), new_live=Outcome(1, skipped=skipped))
    assert list(skip_lines(report)) == ["skipped on 1.5.0, 1.8.9: 2 tests: no VAD"]


def test_second_tries_are_named() -> None:
    """Each."""
    report = report_of(old_live=Outcome(3, retried=("tests.test_a::b",)))
    assert list(retry_lines(report)) == ["passed at the second try on 1.5.0: b"]


def test_the_table_for_the_readme_is_markdown() -> None:
    """A row for each release, and why some tests are left out."""
    report = report_of(old_demo=Outcome(2, skipped=(("tests.test_a::b", "too old"),)))
    assert as_markdown(report).splitlines() == [
        "| livekit-agents | Python | live | demo |",
        "| --- | --- | --- | --- |",
        "| 1.5.0 | 3.10 | 3 of 3 | 2 of 3, 1 skipped |",
        "| 1.8.9 | 3.13 | 3 of 3 | 3 of 3 |",
        "",
        "Skipped: too old.",
    ]


def test_the_table_for_people_has_a_row_for_each_release() -> None:
    """And a column for each group."""
    table = as_table(report_of(old_demo=Outcome(2)))
    assert table.row_count == 2
    assert [str(column.header) for column in table.columns] == [
        "livekit-agents",
        "Python",
        "live",
        "demo",
    ]


def test_json_has_all_of_it() -> None:
    """For programs."""
    failed = (("tests.test_a::b", "assert 1"),)
    results: list[dict[str, Any]] = as_json(report_of(new_demo=Outcome(2, failed=failed)))[
        "results"
    ]
    assert len(results) == 4
    assert results[3]["failed"] == [{"test": "tests.test_a::b", "message": "assert 1"}]
    assert (results[3]["livekit_agents"], results[3]["group"]) == ("1.8.9", "demo")


async def test_groups_run_on_every_release(monkeypatch: pytest.MonkeyPatch) -> None:
    """And a release that can't be installed doesn't keep the others from running."""

    async def make(one: Target, uv: str | None) -> bool:  # noqa: ARG001
        if one is OLD:
            raise environments.NotInstallableError("no such release")
        return True

    async def passes(one: Target, paths: Any, report: Path) -> Outcome:  # noqa: ARG001
        return Outcome(1)

    monkeypatch.setattr(compat, "make", make)
    report = Report([OLD, NEW], [Group("live", ("tests",), passes)])
    told: list[str] = []
    await compat.run(report, uv=None, at_once=1, tell=told.append)
    assert report.outcomes[OLD.name, "live"].problem == "no such release"
    assert report.outcomes[NEW.name, "live"] == Outcome(1)
    assert told == [
        "1.5.0-py3.10: can't be installed",
        "1.8.9-py3.13: environment made",
        "1.8.9-py3.13, live: 1 of 1",
    ]

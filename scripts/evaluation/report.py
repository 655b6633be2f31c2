"""Tells in words how a run went: its figures, and the cases that were decided wrongly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from filters.calls import TRANSCRIPTS

from .baselines import WAYS
from .figures import figures
from .results import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .cases import Case
    from .figures import Figure
    from .profiles import Profile
    from .results import Result

_TITLES = {
    Fault.FALSE_INTERRUPTIONS: "backchannels that stopped the agent",
    Fault.STALE: "stale replies to backchannels",
    Fault.DEAD: "dead air after backchannels at the end",
    Fault.LOST: "interruptions whose words were lost",
    Fault.MISSED: "interruptions that did not stop the agent",
    Fault.ANSWERS: "answers lost",
    Fault.LATE: "interruptions delivered late",
    Fault.ALTERED: "cases with words altered",
}


def _percent(figure: Figure) -> str:
    if figure.value is None or figure.low is None or figure.high is None:
        return f"{'-':>8}{'':19}of 0"
    interval = f"({100 * figure.low:.2f} to {100 * figure.high:.2f})"
    return f"{100 * figure.value:6.2f} % {interval:18} {figure.count} of {figure.n}"


def _seconds(figure: Figure) -> str:
    if figure.value is None:
        return f"{'-':>8}{'':19}of 0"
    interval = f"({figure.low:.2f} to {figure.high:.2f})"
    return f"{figure.value:6.2f} s {interval:18} {figure.count} of {figure.n}"


def report(profile: Profile, found: Mapping[str, Figure]) -> Iterator[str]:
    """The figures as lines of text."""
    yield f"{profile.value}: share (95 % interval), cases"
    for fault, title in _TITLES.items():
        yield f"  {title:44}{_percent(found[fault.value])}"
    title = "median from the caller's onset to the stop"
    yield f"  {title:44}{_seconds(found['onset_to_stop_s'])}"


def compare(cases: Sequence[Case], profile: Profile) -> Iterator[str]:
    """The same figures without this filter, and with a plain word list."""
    for name, way in WAYS.items():
        yield f"  -- {name}"
        _, *lines = report(profile, figures([way(case, profile) for case in cases]))
        yield from lines


def explain_all(
    fault: Fault, profile: Profile, results: Sequence[Result], limit: int
) -> Iterator[str]:
    """The cases that a fault is found with, up to a limit."""
    wrong = [result for result in results if result.has(fault)]
    yield f"{fault.value}, {profile.value}: {min(limit, len(wrong))} of {len(wrong)}"
    for result in wrong[:limit]:
        yield from explain(result)


def explain(result: Result) -> Iterator[str]:
    """A case decided wrongly: who said what when, and what was decided."""
    case = result.case
    yield f"  {case.id}: {case.kind} {case.final!r} from {case.start:.2f} to {case.end:.2f} s"
    yield f"    agent until {case.agent_end:.2f} s: ...{case.agent_text[-70:]!r}"
    for decision in result.decisions:
        heard = decision.heard
        if heard.type in TRANSCRIPTS:
            what = f"{decision.action.value} ({decision.reason.value})"
            yield f"    {decision.t:8.2f} {heard.type.value:21} {what:40} {heard.text[:60]!r}"

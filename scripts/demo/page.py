"""Draws the demo's results as a page: for each row what was heard of the agent, way by way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livekit.agents import __version__ as livekit_version

from agent.offline.playback import Span, SpanKind
from scripts.picture import Bar, Lane, Mark, heading, page, paragraph, picture, tiles

from .report import TITLES, describe, right_ones, ways_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .rows import Moment
    from .run import Result, Run

_LEGEND = (
    '<p class="legend"><span class="agent">agent</span><span class="pause">paused</span>'
    '<span class="caller">caller</span><span class="cutoff">✕ the rest is never heard</span>'
    "Seconds from the caller's first sound, at the caller's ear. Point at anything for more.</p>"
)


def demo_page(run: Run) -> str:
    """A page of all results, the ways of a row below each other on one scale."""
    return page("What the caller hears", _parts(run))


def _parts(run: Run) -> Iterator[str]:
    rows = {result.row.name: result.row for result in run.results}
    ways = ways_of(run)
    yield paragraph(f"The same calls, one way after another, on livekit-agents {livekit_version}.")
    yield tiles([(TITLES[way], f"{right_ones(run, way)} of {len(rows)} right") for way in ways])
    yield _LEGEND
    moment: Moment | None = None
    for row in rows.values():
        if row.moment is not moment:
            moment = row.moment
            yield heading(moment.value[0].upper() + moment.value[1:])
        label = row.label if row.label.startswith("“") else f"“{row.label}”"
        yield heading(label, level=3)
        results = [result for result in run.results if result.row is row]
        yield picture([*_caller(results), *map(_agent, results)])


def _caller(results: Sequence[Result]) -> Iterator[Lane]:
    recorded = [result.recording for result in results if result.recording is not None]
    if recorded:
        said = recorded[0]
        detail = f"{said.phrase}\n{said.phrase_s:.2f} s"
        yield Lane("the caller", [Bar(0.0, said.phrase_s, "caller", said.phrase, detail)])


def _agent(result: Result) -> Lane:
    recording = result.recording
    note = describe(result.row, result.outcome)
    if recording is None:
        return Lane(TITLES[result.way], note=result.problem or note, good=False)
    bars = [_bar(span, recording.agent_turns) for span in recording.spans if span.end > span.start]
    cuts = [
        Mark(span.start, "cut", detail=f"{span.dropped_s:.2f} s of the agent's words are dropped")
        for span in recording.spans
        if span.kind is SpanKind.CLEARED and span.dropped_s > 0
    ]
    return Lane(TITLES[result.way], bars, cuts, note=note, good=result.as_wanted)


def _bar(span: Span, turns: Sequence[str]) -> Bar:
    paused = span.kind is SpanKind.PAUSED
    text = turns[span.segment] if span.segment < len(turns) else ""
    what = "paused" if paused else "agent"
    detail = f"{what} {span.start:.2f} to {span.end:.2f} s\n{text}"
    return Bar(
        span.start, span.end, "pause" if paused else "agent", what if paused else text, detail
    )

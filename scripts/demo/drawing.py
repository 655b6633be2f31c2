"""Draws the demo's results as one SVG file, for a page: row by row, way by way.

“Stop.” while it explains
the caller                 |= Stop. =|
stock LiveKit    =====================================   ✗ talked on
this filter      ============ x                          ✓ stopped 0.4 s
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.offline.playback import Span, SpanKind
from scripts.picture import escaped

from .report import describe
from .ways import Way

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .judging import Recording
    from .rows import Row
    from .run import Result, Run

TITLES = {
    Way.STOCK: "stock LiveKit",
    Way.GUIDE: "the guide’s rules",
    Way.OURS: "this filter",
}
BEFORE_S, AFTER_S = 2.5, 3.6
"""What is drawn, in seconds around the caller's first sound."""

_LEFT, _PIXELS_PER_S, _RIGHT = 128.0, 88.0, 178.0
_WIDTH = _LEFT + (BEFORE_S + AFTER_S) * _PIXELS_PER_S + _RIGHT
_HEAD, _LANE, _BAR, _GAP, _PAD = 30.0, 30.0, 22.0, 16.0, 14.0

_STYLE = (
    "svg{color-scheme:light dark;--bg:#fff;--fg:#1c2024;--soft:#5f6770;--line:#d5dae0;"
    "--agent:#cfe3ff;--caller:#ffe3b8;--good:#1a7f43;--bad:#c81e2b}"
    "@media (prefers-color-scheme:dark){svg{--bg:#15181c;--fg:#e7eaee;--soft:#a2abb5;"
    "--line:#30363d;--agent:#1f4276;--caller:#6a4a12;--good:#55cc82;--bad:#ff6b74}}"
    "text{font:13px system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;"
    "fill:var(--fg)}.page{fill:var(--bg)}.head{font-weight:600;font-size:14px}"
    ".way,.time{fill:var(--soft)}.ours{fill:var(--fg);font-weight:600}.bar{stroke:var(--line)}"
    ".agent{fill:var(--agent)}.caller{fill:var(--caller)}.said{font-size:11px}"
    ".pause{fill:none;stroke:var(--soft);stroke-dasharray:4 3}.good{fill:var(--good)}"
    ".bad{fill:var(--bad)}.cut{stroke:var(--bad);stroke-width:2.2;fill:none}"
    ".onset{stroke:var(--soft);stroke-dasharray:2 3}.rule{stroke:var(--line)}"
)


def drawing(run: Run) -> str:
    """All results, as a file of its own: it fetches nothing, and fits light and dark pages."""
    rows = list({result.row.name: result.row for result in run.results}.values())
    parts: list[str] = []
    y = _PAD
    for row in rows:
        results = [result for result in run.results if result.row is row]
        parts += _panel(row, results, y)
        y += _HEAD + _LANE * (len(results) + 1) + _GAP
    height = y - _GAP + _PAD / 2
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH:.0f} {height:.0f}" '
        f'width="{_WIDTH:.0f}" height="{height:.0f}" role="img">'
        f"<title>The same calls, {len(TITLES)} ways</title><style>{_STYLE}</style>"
        f'<rect class="page" width="100%" height="100%" rx="8"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _x(t: float) -> float:
    return _LEFT + (min(max(t, -BEFORE_S), AFTER_S) + BEFORE_S) * _PIXELS_PER_S


def _panel(row: Row, results: Sequence[Result], y: float) -> Iterator[str]:
    title = f"“{row.phrase.rstrip('.')}”, {row.moment.value}"
    yield f'<text class="head" x="{_PAD:.0f}" y="{y + 17:.0f}">{escaped(title)}</text>'
    top, bottom = y + _HEAD, y + _HEAD + _LANE * (len(results) + 1) - 6
    yield f'<path class="onset" d="M{_x(0):.1f} {top:.0f}V{bottom:.0f}"/>'
    said = next(result.recording for result in results if result.recording is not None)
    yield from _caller(said, top)
    for number, result in enumerate(results, 1):
        yield from _way(result, top + number * _LANE)


def _caller(said: Recording, y: float) -> Iterator[str]:
    yield _label("the caller", "way", y)
    yield _bar("caller", 0.0, said.phrase_s, y)
    x = _x(said.phrase_s) + 6
    yield f'<text class="said" x="{x:.1f}" y="{y + 15:.0f}">{escaped(said.phrase)}</text>'


def _way(result: Result, y: float) -> Iterator[str]:
    ours = result.way is Way.OURS
    yield _label(TITLES[result.way], "way ours" if ours else "way", y)
    recording = result.recording
    for span in recording.spans if recording is not None else ():
        yield from _span(span, recording.agent_turns if recording is not None else (), y)
    verdict, mark = ("good", "✓") if result.as_wanted else ("bad", "✗")
    what = describe(result.row, result.outcome).replace("left over", "no reply")
    yield (
        f'<text class="{verdict}" x="{_WIDTH - _RIGHT + 12:.0f}" y="{y + 16:.0f}">'
        f"{mark} {escaped(what)}</text>"
    )


def _span(span: Span, turns: Sequence[str], y: float) -> Iterator[str]:
    if span.kind is SpanKind.CLEARED:
        if span.dropped_s > 0:
            x = _x(span.start)
            yield f'<path class="cut" d="M{x - 4:.1f} {y + 7:.0f}l8 8m0 -8l-8 8"/>'
        return
    if span.end - span.start < 0.02:
        return
    paused = span.kind is SpanKind.PAUSED
    yield _bar("pause" if paused else "agent", span.start, span.end, y)
    text = turns[span.segment] if span.segment < len(turns) and not paused else ""
    if text:
        x, width = _x(span.start), _x(span.end) - _x(span.start)
        yield (
            f'<svg x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{_BAR:.0f}">'
            f'<text class="said" x="6" y="15">{escaped(text)}</text></svg>'
        )


def _bar(kind: str, start: float, end: float, y: float) -> str:
    width = max(_x(end) - _x(start), 3.0)
    return (
        f'<rect class="bar {kind}" x="{_x(start):.1f}" y="{y:.1f}" width="{width:.1f}" '
        f'height="{_BAR:.0f}" rx="4"/>'
    )


def _label(text: str, kind: str, y: float) -> str:
    return f'<text class="{kind}" x="{_PAD:.0f}" y="{y + 16:.0f}">{escaped(text)}</text>'

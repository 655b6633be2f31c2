"""Draws lanes of time as a page that opens from disk: inline SVG, no script, no network. Pure.

    0 s        1          2          3
agent    |=================|:::paused:::|=====
caller             |=== mhm ===|
decided            o suppress · backchannel
"""

from __future__ import annotations

import html
import math
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

PIXELS_PER_S = 90.0
MOST_PIXELS = 60_000
"""Browsers draw nothing much wider; a longer call is drawn on a smaller scale."""
LEAST_PIXELS = 560

_LABEL_PX = 6.3
"""A character of a mark's label, about."""
_BAR, _ROW, _GAP, _AXIS, _PAD = 26, 17, 14, 22, 10
_MOST_ROWS = 8
_TITLE_PX = 17


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time.

    Attributes:
        start: In seconds.
        end: The same.
        kind: How it looks: agent, pause, caller, other.
        text: What is written in it.
        detail: What is told when it is pointed at.
    """

    start: float
    end: float
    kind: str
    text: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """An instant.

    Attributes:
        t: In seconds.
        kind: How it looks: the name of an action, or `cut`.
        label: What is written beside it.
        detail: What is told when it is pointed at.
        strong: It is to catch the eye.
    """

    t: float
    kind: str
    label: str = ""
    detail: str = ""
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Lane:
    """What happened on one side.

    Attributes:
        title: Whose side.
        bars: Stretches of time.
        marks: Instants.
        note: What came of it.
        good: Whether that is as it should be; None where nobody says.
    """

    title: str
    bars: Sequence[Bar] = ()
    marks: Sequence[Mark] = ()
    note: str = ""
    good: bool | None = None


@dataclass(slots=True)
class _Scale:
    start: float
    end: float
    pixels_per_s: float = PIXELS_PER_S
    width: float = field(init=False)

    def __post_init__(self) -> None:
        seconds = max(self.end - self.start, 0.1)
        self.pixels_per_s = min(self.pixels_per_s, MOST_PIXELS / seconds)
        self.width = max(seconds * self.pixels_per_s, LEAST_PIXELS) + 2 * _PAD

    def x(self, t: float) -> float:
        return _PAD + (t - self.start) * self.pixels_per_s

    def step_s(self) -> float:
        for step in (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0):
            if step * self.pixels_per_s >= 45:
                return step
        return 300.0


def escaped(text: str) -> str:
    """Text for a page: no markup, no control characters but line breaks."""
    plain = "".join(
        char if char in "\n\t" or unicodedata.category(char)[0] != "C" else "\ufffd"
        for char in text
    )
    return html.escape(plain)


def picture(lanes: Sequence[Lane], *, start: float | None = None, end: float | None = None) -> str:
    """Lanes, one below the other, on one scale, as markup.

    Args:
        lanes: What to draw.
        start: Where the picture begins, in seconds; else with what is first.
        end: Where it ends; else with what is last.
    """
    times = [t for lane in lanes for bar in lane.bars for t in (bar.start, bar.end)]
    times += [mark.t for lane in lanes for mark in lane.marks]
    scale = _Scale(
        min(times, default=0.0) if start is None else start,
        max(times, default=1.0) if end is None else end,
    )
    labels = {id(mark): _label_px(mark) for lane in lanes for mark in lane.marks}
    reach = max((scale.x(m.t) + labels[id(m)] for la in lanes for m in la.marks), default=0.0)
    scale.width = max(scale.width, reach + _PAD)
    titles: list[str] = []
    drawn: list[str] = []
    y = float(_AXIS)
    for lane in lanes:
        body, height = _lane(lane, scale, y)
        note = f'<span class="note">{escaped(lane.note)}</span>' if lane.note else ""
        verdict = {True: " good", False: " bad", None: ""}[lane.good]
        titles.append(
            f'<div class="lane{verdict}" style="top:{y:.0f}px"><b>{escaped(lane.title)}</b>'
            f"{note}</div>"
        )
        drawn.append(body)
        y += height + _GAP
    axis = "".join(_axis(scale, y))
    return (
        f'<div class="picture" style="height:{y + 22:.0f}px"><div class="lanes">{"".join(titles)}'
        f'</div><div class="scroll" tabindex="0"><svg width="{scale.width:.0f}" height="{y:.0f}" '
        f'viewBox="0 0 {scale.width:.0f} {y:.0f}" role="img" aria-label="What happened when">'
        f"{axis}{''.join(drawn)}</svg></div></div>"
    )


def _axis(scale: _Scale, height: float) -> Iterator[str]:
    step = scale.step_s()
    tick = math.ceil(scale.start / step) * step
    while tick <= scale.start + (scale.width - 2 * _PAD) / scale.pixels_per_s:
        x = scale.x(tick)
        yield f'<path class="tick" d="M{x:.1f} {_AXIS - 6}V{height:.0f}"/>'
        yield f'<text class="time" x="{x:.1f}" y="{_AXIS - 9}">{tick:g} s</text>'
        tick += step


def _lane(lane: Lane, scale: _Scale, y: float) -> tuple[str, float]:
    following = [*(bar.start for bar in lane.bars), math.inf][1:]
    drawn = [_bar(bar, scale, y, start) for bar, start in zip(lane.bars, following, strict=False)]
    height = float(_BAR if lane.bars or not lane.marks else 0)
    rows: list[float] = []
    top = y + (_BAR + 4 if lane.bars else 0)
    for mark in sorted(lane.marks, key=lambda mark: mark.t):
        if mark.kind == "cut":
            drawn.append(_cut(mark, scale, y))
            continue
        x = scale.x(mark.t)
        free = next((row for row, until in enumerate(rows) if until <= x - 4), len(rows))
        row = min(free, _MOST_ROWS - 1)
        if row == len(rows):
            rows.append(0.0)
        rows[row] = x + _label_px(mark)
        drawn.append(_mark(mark, x, top + row * _ROW + _ROW / 2))
    if rows:
        height = top - y + len(rows) * _ROW
    return "".join(drawn), max(height, _TITLE_PX * (2 if lane.note else 1))


def _label_px(mark: Mark) -> float:
    return 0.0 if mark.kind == "cut" else 14 + len(mark.label) * _LABEL_PX


def _bar(bar: Bar, scale: _Scale, y: float, next_start: float) -> str:
    x, width = scale.x(bar.start), max((bar.end - bar.start) * scale.pixels_per_s, 3.0)
    room = width
    if bar.kind == "caller":  # what was said is said in full; of the agent's words a part was heard
        room = max(width, min(scale.x(next_start), scale.width) - x - 2)
    text = ""
    if bar.text:
        text = (
            f'<svg x="{x:.1f}" y="{y:.1f}" width="{room:.1f}" height="{_BAR}">'
            f'<text x="6" y="{_BAR / 2 + 4:.0f}">{escaped(bar.text)}</text></svg>'
        )
    return (
        f'<g class="bar {bar.kind}">{_title(bar.detail or bar.text)}<rect x="{x:.1f}" y="{y:.1f}" '
        f'width="{width:.1f}" height="{_BAR}" rx="4"/>{text}</g>'
    )


def _mark(mark: Mark, x: float, y: float) -> str:
    strong = " strong" if mark.strong else ""
    return (
        f'<g class="mark {mark.kind}{strong}">{_title(mark.detail or mark.label)}'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>'
        f'<text x="{x + 8:.1f}" y="{y + 4:.1f}">{escaped(mark.label)}</text></g>'
    )


def _cut(mark: Mark, scale: _Scale, y: float) -> str:
    x = scale.x(mark.t)
    return (
        f'<g class="cut">{_title(mark.detail or mark.label)}<path d="M{x:.1f} {y - 4:.1f}v'
        f'{_BAR + 8}"/><path d="M{x - 4:.1f} {y - 6:.1f}l8 8m0 -8l-8 8"/></g>'
    )


def _title(text: str) -> str:
    return f"<title>{escaped(text)}</title>" if text else ""


def page(title: str, parts: Iterable[str]) -> str:
    """A whole page.

    Args:
        title: Its title.
        parts: Markup.
    """
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width"><meta name="color-scheme" '
        f'content="light dark"><title>{escaped(title)}</title><style>{STYLE}</style></head>'
        f"<body><h1>{escaped(title)}</h1>{''.join(parts)}</body></html>\n"
    )


def tiles(values: Iterable[tuple[str, object]]) -> str:
    """Numbers with what they count, as markup."""
    drawn = (
        f"<div><dt>{escaped(name)}</dt><dd>{escaped(str(value))}</dd></div>"
        for name, value in values
    )
    return f'<dl class="tiles">{"".join(drawn)}</dl>'


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of texts, as markup."""
    head = "".join(f"<th>{escaped(cell)}</th>" for cell in header)
    body = "".join(
        "<tr>" + "".join(f'<td dir="auto">{escaped(cell)}</td>' for cell in row) + "</tr>"
        for row in rows
    )
    return f'<div class="scroll" tabindex="0"><table><tr>{head}</tr>{body}</table></div>'


def paragraph(text: str) -> str:
    """A line of text, as markup."""
    return f"<p>{escaped(text)}</p>"


def heading(text: str, *, level: int = 2) -> str:
    """A heading, as markup."""
    return f"<h{level}>{escaped(text)}</h{level}>"


LEGEND = (
    '<p class="legend"><span class="agent">agent</span><span class="pause">paused</span>'
    '<span class="caller">caller</span><span class="cutoff">✕ cut off</span>'
    '<span class="dot interrupt">stop</span><span class="dot pass">pass</span>'
    '<span class="dot hold">hold</span><span class="dot suppress">left out</span>'
    '<span class="dot release">release</span><span class="dot retract">retract</span>'
    "Point at anything for more.</p>"
)

STYLE = """
:root{--bg:#fff;--fg:#1c2024;--soft:#5f6770;--line:#dfe3e8;--panel:#f5f7f9;--agent:#cfe3ff;
--caller:#ffe3b8;--pause:#eef1f4;--stop:#c81e2b;--pass:#1f6feb;--hold:#b06a00;--quiet:#6b7480;
--release:#1a7f43;--retract:#8a3ffc}
@media (prefers-color-scheme:dark){:root{--bg:#15181c;--fg:#e7eaee;--soft:#a2abb5;--line:#30363d;
--panel:#1d2126;--agent:#1f4276;--caller:#6a4a12;--pause:#2a2f36;--stop:#ff6b74;--pass:#6cb0ff;
--hold:#f0b04a;--quiet:#98a2ad;--release:#55cc82;--retract:#c59bff}}
*{box-sizing:border-box}body{margin:0 auto;max-width:1280px;padding:20px;background:var(--bg);
color:var(--fg);font:14px/1.45 system-ui,sans-serif}
h1{font-size:22px;margin:0 0 4px}h2{font-size:17px;margin:30px 0 4px}h3{font-size:15px;
margin:22px 0 4px}p{margin:4px 0;color:var(--soft)}
.tiles{display:flex;flex-wrap:wrap;gap:8px;margin:14px 0}.tiles div{background:var(--panel);
border:1px solid var(--line);border-radius:8px;padding:7px 13px;min-width:96px}
.tiles dt{color:var(--soft);font-size:12px}.tiles dd{margin:0;font-size:19px;font-weight:600}
.picture{display:grid;grid-template-columns:212px minmax(0,1fr);border:1px solid var(--line);
border-radius:8px;background:var(--panel);margin:10px 0;overflow:hidden}
.lanes{position:relative;border-right:1px solid var(--line)}
.lane{position:absolute;left:10px;right:6px;line-height:1.25;font-size:13px}
.lane b{display:block;font-weight:600}.note{font-size:12px;color:var(--soft)}
.good .note{color:var(--release)}.bad .note{color:var(--stop);font-weight:600}
.good .note::before{content:"✓ "}.bad .note::before{content:"✗ "}
.scroll{overflow:auto hidden}.scroll svg{display:block}
svg text{font:12px system-ui,sans-serif;fill:var(--fg)}svg .time{fill:var(--soft);font-size:11px;
text-anchor:middle}.tick{stroke:var(--line);fill:none}
.bar rect{stroke:var(--line)}.bar.agent rect{fill:var(--agent)}.bar.caller rect{fill:var(--caller)}
.bar.pause rect{fill:var(--pause);stroke:var(--soft);stroke-dasharray:4 3}
.bar.pause text{fill:var(--soft);font-style:italic}
.bar:hover rect,.mark:hover circle{stroke:var(--fg);stroke-width:2}
.mark circle{fill:var(--quiet)}.mark text{fill:var(--soft)}.mark.strong text{fill:var(--fg);
font-weight:600}.mark.interrupt circle{fill:var(--stop)}.mark.pass circle{fill:var(--pass)}
.mark.hold circle{fill:var(--hold)}.mark.release circle,.mark.note circle{fill:var(--release)}
.mark.retract circle{fill:var(--retract)}.cut path{stroke:var(--stop);stroke-width:2.2;fill:none}
.legend{font-size:12px;display:flex;flex-wrap:wrap;gap:4px 12px;align-items:center}
.legend .agent,.legend .pause,.legend .caller{padding:0 8px;border-radius:4px;color:var(--fg)}
.legend .agent{background:var(--agent)}.legend .caller{background:var(--caller)}
.legend .pause{background:var(--pause);border:1px dashed var(--soft)}.cutoff{color:var(--stop)}
.dot::before{content:"● ";color:var(--quiet)}.dot.interrupt::before{color:var(--stop)}
.dot.pass::before{color:var(--pass)}.dot.hold::before{color:var(--hold)}
.dot.release::before{color:var(--release)}.dot.retract::before{color:var(--retract)}
table{border-collapse:collapse;margin:10px 0;width:100%}th,td{text-align:left;padding:4px 12px 4px
0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
th{color:var(--soft);font-weight:600;font-size:12px;white-space:nowrap}
td{unicode-bidi:isolate}summary{cursor:pointer;color:var(--soft)}
"""

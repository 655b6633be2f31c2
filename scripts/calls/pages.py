"""Pages of calls, and of what two configurations make of them, to open in a browser."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from scripts.picture import (
    LEGEND,
    Bar,
    Lane,
    Mark,
    heading,
    page,
    paragraph,
    picture,
    table,
    tiles,
)

from .call import Outcome
from .comparison import fate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .call import Call, Told, Utterance
    from .comparison import Compared

MOST_CALLS = 200
"""Calls on one page; a browser takes no more."""

_STRONG = ("interrupt", "retract", "release", "note")
_UNREMARKABLE = "speech_boundary"


def call_page(calls: Sequence[Call]) -> str:
    """A page of calls, each with its picture."""
    title = f"Call {calls[0].session}" if len(calls) == 1 else f"{len(calls)} calls"
    parts: list[str] = []
    if len(calls) > 1:
        parts.append(tiles(_totals(calls)))
    parts.append(LEGEND)
    for call in calls:
        if len(calls) > 1:
            parts.append(heading(f"Call {call.session}"))
        parts += _call(call)
    return page(title, parts)


def comparison_page(compared: Sequence[Compared], names: tuple[str, str]) -> str:
    """A page of what two configurations make of calls, the calls that differ first."""
    differing = [call for call in compared if call.differences]
    sides = [[call.before for call in compared], [call.after for call in compared]]
    stops = [sum(_stops(call) for call in side) for side in sides]
    parts = [
        tiles(
            [
                ("calls", len(compared)),
                ("calls that differ", len(differing)),
                ("utterances that differ", sum(len(call.differences) for call in differing)),
                (f"stops by {names[0]}", stops[0]),
                (f"stops by {names[1]}", stops[1]),
            ]
        ),
        LEGEND,
    ]
    for call in differing[:MOST_CALLS]:
        parts.append(heading(f"Call {call.before.session}"))
        parts.append(
            picture(
                [
                    *_sides(call.before),
                    Lane(names[0], marks=list(_marks(call.before.utterances))),
                    Lane(names[1], marks=list(_marks(call.after.utterances))),
                ],
                start=0.0,
                end=call.before.end,
            )
        )
        rows = [
            (f"{d.before.onset:.2f} s", d.before.text, fate(d.before), fate(d.after))
            for d in call.differences
        ]
        parts.append(table(("at", "the caller said", *names), rows))
    judged = [
        (
            call.after.session,
            f"{d.after.onset:.2f} s",
            d.after.text,
            d.after.judged,
            fate(d.before),
            fate(d.after),
        )
        for call in compared
        for d in call.judged
    ]
    if judged:
        parts.append(heading(f"The judge and the words differ, by {names[1]}"))
        header = ("call", "at", "the caller said", "judged", "by the words", "by the judge")
        parts.append(table(header, judged))
    if not differing:
        parts.append(paragraph("Both decide alike."))
    elif len(differing) > MOST_CALLS:
        parts.append(paragraph(f"{len(differing) - MOST_CALLS} more calls differ."))
    return page(f"{names[0]} and {names[1]}", parts)


def _call(call: Call) -> Iterator[str]:
    versions = call.facts.get("versions")
    about = [
        f"filtered by {call.config}" if call.config else call.path,
        "shadow mode: decided, not acted upon" if call.mode == "shadow" else "",
        str(call.facts.get("started_at") or ""),
    ]
    if isinstance(versions, dict):
        about += [f"{name} {number}" for name, number in versions.items()]
    yield paragraph(", ".join(part for part in about if part))
    yield tiles(_totals([call]))
    lanes = [*_sides(call), Lane("decided", marks=list(_marks(call.utterances)))]
    yield picture(lanes, start=0.0, end=call.end)
    rows = [
        (
            f"{utterance.onset:.2f} s",
            utterance.text,
            "over the agent" if utterance.over_agent else "",
            utterance.judged,
            fate(utterance),
        )
        for utterance in call.utterances
    ]
    yield table(("at", "the caller said", "", "judged", "what became of it"), rows)
    decided = [
        (f"{told.t:.3f} s", told.said.type, told.said.text, told.action, told.reason)
        for told in call.decisions
    ]
    header = ("at", "event", "words", "decided", "reason")
    yield f"<details><summary>All decisions</summary>{table(header, decided)}</details>"


def _totals(calls: Sequence[Call]) -> list[tuple[str, object]]:
    utterances = [each for call in calls for each in call.utterances]
    outcomes = Counter(each.outcome for each in utterances)
    return [
        ("length", f"{sum(call.end for call in calls):.1f} s"),
        ("utterances", len(utterances)),
        ("over the agent", sum(each.over_agent for each in utterances)),
        ("stops decided", sum(map(_stops, calls))),
        ("agent cut off", sum(len(call.stops) for call in calls)),
        ("pauses", sum(span.paused for call in calls for span in call.agent)),
        ("left out", outcomes[Outcome.DISCARDED]),
        ("answered later", outcomes[Outcome.RELEASED] + outcomes[Outcome.JOINED]),
        ("noted", outcomes[Outcome.NOTED]),
        ("taken back", outcomes[Outcome.TAKEN_BACK]),
    ]


def _stops(call: Call) -> int:
    return sum(utterance.stop is not None for utterance in call.utterances)


def _sides(call: Call) -> Iterator[Lane]:
    """What the caller heard, and what the caller said."""
    agent = [
        Bar(
            span.start,
            span.end,
            "pause" if span.paused else "agent",
            "paused" if span.paused else span.text,
            f"{'paused' if span.paused else 'agent'} {span.start:.2f} to {span.end:.2f} s\n"
            f"{span.text}",
        )
        for span in call.agent
    ]
    cuts = [Mark(t, "cut", detail=f"the agent was cut off at {t:.2f} s") for t in call.stops]
    yield Lane("heard of the agent", agent, cuts)
    caller = [
        Bar(
            each.onset,
            max(each.end, each.onset),
            "caller",
            each.text,
            f"{each.onset:.2f} to {each.end:.2f} s\n{each.text}\n{fate(each)}",
        )
        for each in call.utterances
    ]
    yield Lane("said by the caller", caller)


def _marks(utterances: Iterable[Utterance]) -> Iterator[Mark]:
    """A mark for each decision; those of an utterance that are alike are one."""
    for utterance in utterances:
        told = [each for each in utterance.decisions if each.reason != _UNREMARKABLE]
        for (action, reason), run in groupby(told, key=lambda each: (each.action, each.reason)):
            alike = list(run)
            times = f" ×{len(alike)}" if len(alike) > 1 else ""
            yield Mark(
                alike[0].t,
                action,
                f"{action} · {reason}{times}",
                "\n".join(map(_detail, alike)),
                strong=action in _STRONG,
            )


def _detail(told: Told) -> str:
    return f"{told.t:.3f} s: {told.action}, {told.reason}\n{told.said.type} {told.said.text}"

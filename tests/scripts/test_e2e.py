"""The end-to-end run: its ear, its judgement, and its programs, without a LiveKit server."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import select
import signal
import socket
import subprocess
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest
import yaml
from rich.console import Console

from agent.front_desk import GREETING
from filters import FilterConfig, load_config
from scripts.e2e.batch import Order, Placed, Played, check_patiently, play_patiently
from scripts.e2e.caller import CallError
from scripts.e2e.checks import Part, check
from scripts.e2e.ear import RATE, Ear
from scripts.e2e.heard import AT_A_TIME, TELEPHONE_ROWS, heard, judge
from scripts.e2e.hearing import Span, begins, falls_silent, join, longest_gap, sounds
from scripts.e2e.hearing import loudness as loudness_of
from scripts.e2e.judging import Outcome, Recording, misses, outcome
from scripts.e2e.livekit_server import (
    VERSION,
    BuildError,
    LiveKitServer,
    NoServerError,
    build_server,
    cache_directory,
    find_go,
    find_server,
    free_port,
)
from scripts.e2e.processes import Programs
from scripts.e2e.report import describe, report
from scripts.e2e.rows import (
    ABOUT,
    BOOKED,
    DOMAINS,
    FAREWELL,
    GOODBYE,
    ROWS,
    STATEMENTS,
    STOPPED,
    SUITE,
    Row,
    Way,
    row,
)
from scripts.e2e.run import Run
from scripts.e2e.stage import Stage, callers_sounds, statement_s
from scripts.e2e.workers import Worker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence

    from agent.offline.connection import Connection
    from agent.offline.sounds import Pcm
    from scripts.e2e.caller import Caller
    from scripts.e2e.checks import Check

ROOT = Path(__file__).parents[2]
HUM = 3000


def hum(seconds: float) -> Pcm:
    """A tone as loud as the agent's."""
    times = np.arange(round(seconds * RATE)) / RATE
    return (np.sin(2 * np.pi * 220 * times) * HUM).astype(np.int16)


def silence(seconds: float) -> Pcm:
    """Nothing, but for the noise that a codec leaves."""
    return np.resize(np.array([3, -3], np.int16), round(seconds * RATE))


def shown(spans: Sequence[Span]) -> list[tuple[float, float]]:
    """Spans as pairs, to the hundredth of a second."""
    return [(round(span.start, 2), round(span.end, 2)) for span in spans]


# -- hearing --------------------------------------------------------------------------------------


def test_a_hum_is_sound_and_a_codecs_noise_is_none() -> None:
    """Stretches begin and end with the block that the sound is in."""
    rms = loudness_of(np.concatenate([silence(0.3), hum(0.5), silence(0.4), hum(0.2)]), RATE)
    assert shown(sounds(rms, 100.0)) == [(100.3, 100.8), (101.2, 101.4)]
    assert sounds(loudness_of(silence(1.0), RATE)) == []


def test_a_lost_packet_is_no_silence() -> None:
    """20 ms are; 50 ms are a gap."""
    lost = np.concatenate([hum(0.5), silence(0.02), hum(0.5)])
    assert shown(sounds(loudness_of(lost, RATE))) == [(0.0, 1.02)]
    gap = np.concatenate([hum(0.5), silence(0.05), hum(0.5)])
    assert shown(sounds(loudness_of(gap, RATE))) == [(0.0, 0.5), (0.55, 1.05)]


def test_spans_that_are_close_are_joined() -> None:
    """In order, and those that are apart stay apart."""
    spans = [Span(0.0, 1.0), Span(1.1, 2.0), Span(2.5, 3.0)]
    assert shown(join(spans, 0.2)) == [(0.0, 2.0), (2.5, 3.0)]
    assert join([], 0.2) == []


@pytest.mark.parametrize(
    ("start", "end", "gap_s"),
    [(0.0, 2.0, 0.5), (0.0, 1.2, 0.2), (2.0, 3.0, 0.0), (0.0, 5.0, 2.0), (-1.0, 0.5, 1.0)],
)
def test_the_longest_gap_is_that_within_the_stretch(start: float, end: float, gap_s: float) -> None:
    """Silence before the first sound and after the last counts as well."""
    spans = [Span(0.0, 1.0), Span(1.5, 3.0)]
    assert longest_gap(spans, start, end) == pytest.approx(gap_s)


def test_no_sound_at_all_is_one_gap() -> None:
    """As long as the stretch."""
    assert longest_gap([], 1.0, 4.0) == pytest.approx(3.0)


def test_silence_falls_where_the_sound_of_that_moment_ends() -> None:
    """At once where there is none."""
    spans = [Span(0.0, 1.0), Span(1.5, 3.0)]
    assert falls_silent(spans, 0.4) == 1.0
    assert falls_silent(spans, 1.2) == 1.2
    assert falls_silent(spans, 9.0) == 9.0


def test_sound_begins_where_a_stretch_does() -> None:
    """One that goes on does not begin."""
    spans = [Span(0.0, 1.0), Span(1.5, 3.0)]
    assert begins(spans, 0.5) == 1.5
    assert begins(spans, 2.0) is None


def test_an_ear_knows_when_it_heard_what() -> None:
    """Frames carry no time: one that comes earlier shows that those before it were late."""
    ear = Ear()
    ear.take(hum(0.1), 10.30)  # 0.2 s late
    assert ear.hears
    ear.take(hum(0.1), 10.20)
    ear.take(silence(0.1), 10.31)
    assert not ear.hears
    assert shown(ear.spans()) == [(10.0, 10.2)]
    assert shown(ear.spans(10.1)) == [(10.1, 10.2)]
    assert ear.spans(10.25) == []
    assert ear.heard_until == pytest.approx(10.3)
    began_at, samples = ear.recording()
    assert began_at == pytest.approx(10.0)
    assert len(samples) == 0.3 * RATE


def test_an_ear_keeps_calls_longer_than_it_made_room_for() -> None:
    """A minute and a half, with a sound at its end."""
    ear = Ear()
    ear.take(silence(89.0), 89.0)
    ear.take(hum(1.0), 90.0)
    assert shown(ear.spans()) == [(89.0, 90.0)]


# -- rows -----------------------------------------------------------------------------------------


def test_callers_can_say_all_that_rows_have_them_say() -> None:
    """Each phrase is one that the recogniser knows."""
    said = {FAREWELL, *(row.asks for row in ROWS)}
    said |= {words.text for row in ROWS for words in row.words}
    assert said <= {phrase.name for phrase in callers_sounds()}


def test_agents_only_say_what_is_known_beforehand() -> None:
    """So that it is known how long it takes; the words fall within it."""
    for each in ROWS:
        assert each.statement in STATEMENTS
        assert each.reply in {"", *STATEMENTS}
        for words in each.words:
            assert abs(words.at_s) < statement_s(each.statement)
    assert GREETING in STATEMENTS


def test_rows_are_called_up_by_name() -> None:
    """No two have the same."""
    assert [row(each.name) for each in ROWS] == list(ROWS)
    assert {row(name).name for name in TELEPHONE_ROWS} == set(TELEPHONE_ROWS)


def test_the_other_ways_have_the_filter_off() -> None:
    """LiveKit's own default, and the guide's two words; ours is the plain domain."""
    configs = {way: FilterConfig.from_mapping(yaml.safe_load(DOMAINS[way])) for way in DOMAINS}
    assert {way: config.mode for way, config in configs.items()} == {
        Way.STOCK: "off",
        Way.TWO_WORDS: "off",
    }
    assert configs[Way.STOCK].min_words == 0
    assert configs[Way.TWO_WORDS].min_words == 2
    assert load_config(Way.OURS.value).mode == "enforce"


# -- judging --------------------------------------------------------------------------------------

ABOUT_S = statement_s(ABOUT)
WHOLE = (Span(0.0, ABOUT_S),)


def recording(
    *spans: Span,
    said: tuple[str, ...] = (ABOUT,),
    onset: float = 2.0,
    end: float = 2.4,
    statement: str = ABOUT,
    farewell_reply: tuple[str, ...] = (GOODBYE,),
) -> Recording:
    """What was heard of a statement that began at 0."""
    return Recording(
        spans=spans,
        statement_s=statement_s(statement),
        onset=onset,
        end=end,
        said=said,
        said_s=tuple(map(statement_s, said)),
        turns=(),
        farewell_reply=farewell_reply,
    )


def test_a_statement_that_is_heard_to_its_end_was_not_stopped() -> None:
    """No gap, no reply, nothing left over: as it has to be."""
    found = outcome(row("mhm"), recording(*WHOLE))
    assert found == Outcome(
        heard_to_end=True, gap_s=0.0, stopped_s=None, replies=(), reply_s=None, left_over=None
    )
    assert misses(row("mhm"), found) == []


def test_a_pause_within_the_statement_is_a_gap() -> None:
    """200 ms may be; more may not, although the statement went on to its end."""
    for gap_s, fine in ((0.19, True), (0.25, False)):
        found = outcome(row("mhm"), recording(Span(0.0, 2.5), Span(2.5 + gap_s, ABOUT_S + gap_s)))
        assert found.heard_to_end
        assert found.gap_s == pytest.approx(gap_s)
        assert misses(row("mhm"), found) == ([] if fine else ["the statement had a gap of 0.25 s"])


def test_a_statement_that_was_written_but_not_heard_was_not_heard() -> None:
    """The text in the room may be ahead of the sound."""
    found = outcome(row("mhm"), recording(Span(0.0, 3.0)))
    assert not found.heard_to_end
    assert "the statement was not heard to its end" in misses(row("mhm"), found)


def test_a_stop_is_timed_from_the_callers_onset_to_the_agents_last_sound() -> None:
    """The reply comes some time after it, timed from the end of the words."""
    stopped = Span(0.0, 2.9), Span(3.4, 3.4 + statement_s(STOPPED))
    found = outcome(row("stop"), recording(*stopped, said=(ABOUT[:40], STOPPED)))
    assert found.stopped_s == pytest.approx(0.9)
    assert found.replies == (STOPPED,)
    assert found.reply_s == pytest.approx(0.5)
    assert misses(row("stop"), found) == []


def test_an_agent_that_talks_on_or_stops_late_is_none_that_stops() -> None:
    """At most 1.5 s, and with a reply."""
    assert misses(row("stop"), outcome(row("stop"), recording(*WHOLE))) == [
        "the agent talked on",
        "the agent replied nothing",
    ]
    late = Span(0.0, 4.1), Span(4.5, 4.5 + statement_s(STOPPED))
    found = outcome(row("stop"), recording(*late, said=(ABOUT[:60], STOPPED)))
    assert misses(row("stop"), found) == ["the agent took 2.10 s to stop"]


def test_timers_that_were_late_explain_a_late_stop_but_no_gap() -> None:
    """And no more than half a second of it."""
    stopped, late = dataclasses.replace(FINE, stopped_s=1.7, gap_s=0.25), "the agent took"
    found = [misses(row("stop"), stopped, late_s=late_s) for late_s in (0.1, 0.3, 9.0)]
    assert [any(each.startswith(late) for each in problems) for problems in found] == [
        True,
        False,
        False,
    ]
    assert all("the statement had a gap of 0.25 s" in problems for problems in found)
    slow = dataclasses.replace(FINE, stopped_s=2.1)
    assert any(each.startswith(late) for each in misses(row("stop"), slow, late_s=9.0))


def test_a_reply_right_behind_a_question_may_join_its_sound() -> None:
    """The hum has no seam: the text says what was heard of which."""
    length_s, reply_s = statement_s(SUITE), statement_s(BOOKED)
    asked = dataclasses.replace(
        recording(
            Span(0.0, length_s),
            Span(length_s + 0.6, length_s + 0.6 + reply_s),
            said=(SUITE, BOOKED),
            onset=length_s - 0.2,
            end=length_s + 0.2,
            statement=SUITE,
        )
    )
    found = outcome(row("answer"), asked)
    assert found.heard_to_end
    assert found.reply_s == pytest.approx(0.4)
    assert misses(row("answer"), found) == []


def test_an_answer_that_is_lost_is_missed() -> None:
    """Dead air after a question."""
    length_s = statement_s(SUITE)
    found = outcome(
        row("answer"),
        recording(
            Span(0.0, length_s), said=(SUITE,), onset=length_s - 0.2, end=length_s, statement=SUITE
        ),
    )
    assert misses(row("answer"), found) == ["the agent replied nothing"]


def test_a_reply_that_is_late_or_another_is_missed() -> None:
    """2.5 s at most."""
    suite_s = statement_s(SUITE)
    for pause_s, said, problems in (
        (0.5, SUITE, []),
        (3.0, SUITE, ["the reply took 3.00 s"]),
        (0.5, STOPPED, [f"the agent replied {STOPPED!r}"]),
    ):
        spans = Span(0.0, ABOUT_S), Span(ABOUT_S + pause_s, ABOUT_S + pause_s + suite_s)
        made = recording(*spans, said=(ABOUT, said), onset=ABOUT_S - 1.5, end=ABOUT_S - 1.1)
        made = dataclasses.replace(made, said_s=(ABOUT_S, suite_s))
        assert misses(row("suite"), outcome(row("suite"), made)) == problems


def test_a_reply_given_twice_is_missed() -> None:
    """Nothing is answered twice."""
    found = outcome(
        row("stop"),
        recording(Span(0.0, 2.9), Span(3.4, 8.0), said=(ABOUT[:40], STOPPED, STOPPED)),
    )
    assert misses(row("stop"), found) == [f"the agent replied {STOPPED!r} and {STOPPED!r}"]


def test_a_word_that_was_left_over_shows_in_what_the_farewell_is_answered_with() -> None:
    """Or an agent that has gone deaf."""
    for reply, left_over in (((SUITE,), SUITE), ((), "nothing"), ((GOODBYE,), None)):
        found = outcome(row("mhm"), recording(*WHOLE, farewell_reply=reply))
        assert found.left_over == left_over
        problems = [] if left_over is None else [f"the farewell was answered with {left_over!r}"]
        assert misses(row("mhm"), found) == problems


def test_a_call_in_which_nothing_was_heard_can_not_be_judged() -> None:
    """It broke off."""
    with pytest.raises(ValueError, match="nothing was heard"):
        outcome(row("mhm"), recording())


# -- heard ----------------------------------------------------------------------------------------

FINE = Outcome(
    heard_to_end=True, gap_s=0.01, stopped_s=None, replies=(), reply_s=None, left_over=None
)
GAP = dataclasses.replace(FINE, gap_s=0.9)


class ACaller:
    """A caller of `AStage`."""

    def __init__(self, label: str) -> None:
        self.room_name = label

    async def until_quiet(self, _quiet_s: float) -> None:
        """The agent has greeted them."""

    async def hang_up(self) -> None:
        """Nothing was opened."""


class AStage(Stage):
    """Answers calls with outcomes that were made beforehand, on a machine that is as busy as told.

    Args:
        outcomes: By room, from the first time it is played to the last; else `FINE`.
        late_s: How late timers are.
    """

    def __init__(
        self, outcomes: dict[str, list[Outcome | CallError]] | None = None, late_s: float = 0.0
    ) -> None:
        self.played_again: list[str] = []
        self.open = 0
        self.most_open = 0
        self.calls: list[str] = []
        self._outcomes = outcomes or {}
        self._late_s = late_s

    def late_since(self, instant: float) -> float:  # noqa: ARG002
        """As told."""
        return self._late_s

    async def calm(self) -> None:
        """As busy afterwards as before."""

    @asynccontextmanager
    async def call(
        self,
        agent_name: str,
        *,
        domain: str | None = None,  # noqa: ARG002
        telephone: bool = False,
        label: str = "call",
    ) -> AsyncIterator[tuple[Caller, Connection]]:
        """Counts the call."""
        assert telephone == (agent_name == "telephone")
        self.calls.append(label)
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        yield cast("Caller", ACaller(label)), cast("Connection", None)
        self.open -= 1

    async def play(
        self,
        row: Row,  # noqa: ARG002
        caller: Caller,
        during: Callable[[float], Awaitable[None]] | None = None,  # noqa: ARG002
    ) -> Outcome:
        """What was made."""
        made = self._outcomes.get(caller.room_name)
        found = made.pop(0) if made else FINE
        if isinstance(found, CallError):
            raise found
        return found


@pytest.fixture(autouse=True)
def no_stagger(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows begin at once: nothing here sounds."""
    monkeypatch.setattr("scripts.e2e.batch.STAGGER_S", 0.0)


async def test_every_row_is_played_each_way_and_some_by_telephone() -> None:
    """A few at a time, and what was played is kept in order."""
    stage, played = AStage(), list[Played]()
    await heard(played, stage, "desk", "telephone")
    wide = [f"{each.name}-{way.value}" for each in ROWS for way in Way]
    assert stage.calls == wide + [f"{name}-telephone" for name in TELEPHONE_ROWS]
    assert [each.order.label for each in played] == stage.calls
    assert stage.most_open == AT_A_TIME
    assert stage.open == 0


async def test_only_this_projects_calls_are_judged() -> None:
    """The others are shown beside them."""
    stage, played = AStage({"mhm-stock": [GAP], "mhm-default": [GAP]}), list[Played]()
    await heard(played, stage, "desk", None, [row("mhm")])
    (found,) = judge(played)
    assert found.part is Part.HEARD
    assert found.problems == ("the statement had a gap of 0.90 s",)
    assert [bool(each.problems) for each in played] == [True, False, True]


async def test_a_call_is_played_again_only_if_the_machine_was_too_busy() -> None:
    """What is wrong on a machine at rest is wrong."""
    orders = [Order(row("mhm"), "desk", label=name) for name in ("first", "second")]
    for late_s, again, problems in ((0.0, 0, 1), (1.0, 1, 0)):
        stage = AStage({"second": [GAP, FINE]}, late_s)
        played, placed = await play_all_of(stage, orders)
        assert len(stage.played_again) == again
        assert stage.calls == ["first", "second", *["second"] * again]
        assert len(placed) == 2
        assert len(played[1].problems) == problems


async def test_a_call_is_not_played_again_for_ever() -> None:
    """Three times, and then it counts."""
    stage = AStage({"only": [GAP, GAP, GAP, GAP, FINE]}, late_s=1.0)
    played, _ = await play_all_of(stage, [Order(row("mhm"), "desk", label="only")])
    assert stage.played_again == ["only: the statement had a gap of 0.90 s"] * 3
    assert played[0].problems


async def test_a_call_that_breaks_off_is_a_problem_of_its_own() -> None:
    """The others go on."""
    stage = AStage({"first": [CallError("nobody came")]})
    orders = [Order(row("mhm"), "desk", label=name) for name in ("first", "second")]
    played, _ = await play_all_of(stage, orders)
    assert played[0].outcome is None
    assert [each.problems for each in played] == [("nobody came",), ()]


async def play_all_of(
    stage: AStage, orders: Sequence[Order]
) -> tuple[list[Played], list[Placed | CallError]]:
    """Plays orders, and hangs up."""
    async with AsyncExitStack() as calls:
        return await play_patiently(stage, calls, orders)


async def test_checks_are_made_again_only_if_the_machine_was_too_busy() -> None:
    """What has passed once has passed; what fails on a machine at rest has failed."""
    good, bad = check(Part.FAULTS, "It holds.", []), check(Part.FAULTS, "It holds.", ["not"])

    async def found(late_s: float, *rounds: list[Check] | CallError) -> list[bool]:
        """Which pass, of two checks; the rounds that are not needed are left."""
        stage, left = AStage(late_s=late_s), list(rounds)

        async def make() -> list[Check]:
            made = left.pop(0)
            if isinstance(made, CallError):
                raise made
            return made

        made = await check_patiently(stage, make)
        assert len(left) == (len(rounds) - 1 if late_s < 0.1 else 0)
        assert bool(stage.played_again) == (late_s > 0.1)
        return [each.passed for each in made]

    assert await found(0.0, [good, good], [bad, bad]) == [True, True]
    assert await found(0.0, [good, bad], [good, good]) == [True, False]
    assert await found(1.0, [good, bad], [bad, good]) == [True, True]
    assert await found(1.0, *[[good, bad]] * 4) == [True, False]
    assert await found(1.0, CallError("nobody came"), [good, good]) == [True, True]
    with pytest.raises(CallError, match="nobody came"):
        await found(0.0, CallError("nobody came"))


# -- report ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (None, "broke off"),
        (FINE, "talked on, longest gap 0.01 s, no reply"),
        (GAP, "paused 0.90 s, no reply"),
        (
            Outcome(
                heard_to_end=False,
                gap_s=0.0,
                stopped_s=0.8,
                replies=(STOPPED,),
                reply_s=0.4,
                left_over=None,
            ),
            "silent after 0.80 s, replied 0.40 s later",
        ),
        (
            dataclasses.replace(FINE, replies=(SUITE,)),
            "talked on, longest gap 0.01 s, replied over it",
        ),
        (
            dataclasses.replace(FINE, left_over="nothing"),
            "talked on, longest gap 0.01 s, no reply, went deaf",
        ),
        (
            dataclasses.replace(FINE, left_over=SUITE),
            "talked on, longest gap 0.01 s, no reply, the word left over",
        ),
    ],
)
def test_an_outcome_is_told_in_a_few_words(found: Outcome | None, said: str) -> None:
    """What stopped, paused, was replied, or was left over."""
    assert describe(found) == said


def test_the_report_has_a_line_a_row_a_column_a_way_and_counts_what_is_true() -> None:
    """What is wrong stands below what had to be true."""
    orders = [Order(row("mhm"), "desk", way.value) for way in Way]
    run = Run(
        played=[
            Played(orders[0], "a", GAP, ("the statement had a gap of 0.90 s",)),
            Played(orders[2], "c", FINE, ()),
        ],
        checks=[check(Part.HEARD, "It talks on.", []), check(Part.FLEET, "All do.", ["one not"])],
        played_again=["mhm-1: the statement had a gap of 0.26 s"],
        late_s=0.4,
        broke_off="the machine burnt",
    )
    output = io.StringIO()
    Console(file=output, width=150, color_system=None).print(report(run))
    text = output.getvalue()
    for expected in (
        "stock LiveKit",
        "this project",
        row("mhm").label,
        "✗ paused 0.90 s",
        "✓ talked on, longest gap 0.01 s",
        "✓ It talks on.",
        "✗ All do.",
        "one not",
        "What was tried again",
        "mhm-1: the statement had a gap of 0.26 s",
        "0.40 s late",
        "It did not come to its end: the machine burnt",
        "1 of 2 are true.",
    ):
        assert expected in text
    assert "min_words 2" not in text


# -- the server -----------------------------------------------------------------------------------


@pytest.fixture
def empty_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A PATH with one directory on it, which is empty."""
    directory = tmp_path / "bin"
    directory.mkdir()
    monkeypatch.setenv("PATH", str(directory))
    return directory


def program(path: Path, *lines: str) -> Path:
    """Writes a program for the shell."""
    path.write_text("\n".join(("#!/bin/sh", "PATH=/usr/bin:/bin", *lines)) + "\n", "utf-8")
    path.chmod(0o755)
    return path


def test_a_server_on_path_comes_before_one_that_was_built(empty_path: Path, tmp_path: Path) -> None:
    """One that was built is of the very version."""
    assert find_server(tmp_path) is None
    (tmp_path / "livekit-server-1.0.0").touch()
    assert find_server(tmp_path) is None
    built = tmp_path / f"livekit-server-{VERSION}"
    built.touch()
    assert find_server(tmp_path) == built
    on_path = program(empty_path / "livekit-server")
    assert find_server(tmp_path) == on_path


def test_the_cache_is_outside_the_checkout(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where the user keeps such things."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_directory().parent == tmp_path
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert ROOT not in cache_directory().parents


def test_without_go_there_is_no_server(empty_path: Path) -> None:
    """One sentence says so."""
    with pytest.raises(NoServerError, match="no livekit-server on PATH, and no Go"):
        find_go()
    go = program(empty_path / "go")
    assert find_go() == go


async def test_a_server_that_was_built_is_kept(empty_path: Path, tmp_path: Path) -> None:
    """`go install` is told where to; the next run finds it."""
    go = program(empty_path / "go", 'echo "$@" >"$GOBIN/server"')
    cache = tmp_path / "cache"
    with Programs(tmp_path) as programs:
        built = await build_server(programs, cache, go)
    module = "github.com/livekit/livekit-server/cmd/server"
    assert built.read_text("utf-8") == f"install -trimpath {module}@v{VERSION}\n"
    assert list(cache.iterdir()) == [built]
    assert find_server(cache) == built


async def test_a_build_that_fails_says_why(tmp_path: Path) -> None:
    """With the last that Go said; nothing half-built is kept."""
    go = program(tmp_path / "go", 'echo "no such module"; exit 3')
    cache = tmp_path / "cache"
    why = r"(?s)go install .* failed:.*no such module"
    with Programs(tmp_path) as programs, pytest.raises(BuildError, match=why):
        await build_server(programs, cache, go)
    assert list(cache.iterdir()) == []


async def test_the_server_listens_on_this_machine_alone(tmp_path: Path) -> None:
    """In everything its configuration says about addresses."""
    binary = program(
        tmp_path / "server", 'for last; do :; done; cat "$last"', 'echo; echo "$@"', "exit 4"
    )
    with Programs(tmp_path) as programs:
        server = LiveKitServer(programs, binary, tmp_path)
        with pytest.raises(RuntimeError, match=r"does not answer \(exit status 4"):
            await server.start()
        assert not server.running
    written, _, arguments = (
        (tmp_path / "livekit-server-1.log").read_text("utf-8").strip().rpartition("\n")
    )
    assert arguments.startswith("--dev --bind 127.0.0.1 --config ")
    config: dict[str, Any] = yaml.safe_load(written)
    assert config["bind_addresses"] == ["127.0.0.1"]
    assert config["rtc"]["node_ip"] == "127.0.0.1"
    assert config["rtc"]["use_external_ip"] is False
    assert config["rtc"]["ips"] == {"includes": ["127.0.0.1/32"]}
    assert all(server.startswith("127.0.0.1:") for server in config["rtc"]["stun_servers"])
    assert server.url == f"ws://127.0.0.1:{config['port']}"
    assert config["keys"] == {server.api_key: server.api_secret}
    assert len(server.api_secret) >= 32


def test_a_free_port_can_be_bound() -> None:
    """Of either kind."""
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as bound:
            bound.bind(("127.0.0.1", free_port(kind)))


# -- programs -------------------------------------------------------------------------------------


class Alive:
    """Knows by a FIFO whether a program and its children, who have it open, are there."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.command = ["/bin/sh", "-c", f'exec >"{path}"; echo up; sleep 1000 & sleep 1000']
        self._fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self._poll = select.poll()
        self._poll.register(self._fd, select.POLLIN)

    def says(self) -> bytes:
        """What comes next: empty when all who had it open are gone."""
        assert self._poll.poll(30_000), "nobody opened it, or somebody has it open still"
        return os.read(self._fd, 100)

    def close(self) -> None:
        """Nobody asks any more."""
        os.close(self._fd)


@pytest.fixture
def alive(tmp_path: Path) -> Iterator[Alive]:
    """For one program."""
    made = Alive(tmp_path / "alive")
    yield made
    made.close()


RUNNER = """
import json, signal, sys
from pathlib import Path
from scripts.e2e.processes import Programs
directory, command = json.loads(sys.argv[1])
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background has it ignored
with Programs(Path(directory)) as programs:
    programs.start("stays", command, environment={"PATH": "/usr/bin:/bin"}, cwd=Path(directory))
    signal.pause()
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_what_a_run_started_ends_with_it_however_it_ends(
    number: signal.Signals, alive: Alive, tmp_path: Path
) -> None:
    """The guard ends whole groups, children of children included."""
    arguments = json.dumps([str(tmp_path), alive.command])
    runner = subprocess.Popen(  # noqa: S603 - this Python
        [sys.executable, "-c", RUNNER, arguments], cwd=ROOT, stderr=subprocess.DEVNULL
    )
    try:
        assert alive.says() == b"up\n"
        runner.send_signal(number)
        assert alive.says() == b""
        assert runner.wait(30) != 0
    finally:
        runner.kill()
        runner.wait()


async def test_programs_are_ended_at_the_end_of_the_block(alive: Alive, tmp_path: Path) -> None:
    """Whole groups, and they are seen to run until then."""
    with Programs(tmp_path) as programs:
        started = programs.start("stays", alive.command, environment={}, cwd=tmp_path)
        assert alive.says() == b"up\n"
        assert started.running
        assert started.status is None
        assert programs.left_over() == ["stays"]
        assert not await started.ended(0.0)
    assert alive.says() == b""
    assert started.status == -signal.SIGKILL


def test_nothing_is_started_that_nothing_guards(tmp_path: Path) -> None:
    """The block comes first."""
    with pytest.raises(RuntimeError, match="Enter `with` first"):
        Programs(tmp_path).start("echo", ["/bin/echo"], environment={}, cwd=tmp_path)


async def test_a_worker_is_known_by_its_log(tmp_path: Path) -> None:
    """One JSON object a line; what else is written there is passed over."""
    records = [
        {"message": "registered worker", "id": "w"},
        {"message": "received job request", "room": "first"},
        {"message": "received job request", "room": "second"},
        ["none"],
    ]
    (tmp_path / "log").write_text("Traceback\n" + "\n".join(map(json.dumps, records)), "utf-8")
    with Programs(tmp_path) as programs:
        command = ["/bin/cat", str(tmp_path / "log")]
        worker = Worker(programs.start("worker", command, environment={}, cwd=tmp_path))
        await worker.registered()
        assert await worker.program.ended(10.0)
        assert worker.registrations == 1
        assert worker.rooms == {"first", "second"}
        assert worker.logged("job request", room="second") == [records[2]]
        with pytest.raises(RuntimeError, match="worker did not register with the server"):
            await worker.registered(2)


# -- the command line -----------------------------------------------------------------------------


def test_where_there_is_neither_server_nor_go_one_sentence_says_so(
    empty_path: Path, tmp_path: Path
) -> None:
    """The status is 77, and nothing is played."""
    done = subprocess.run(
        [sys.executable, "-m", "scripts.e2e"],
        cwd=ROOT,
        env={
            "PATH": str(empty_path),
            "HOME": str(tmp_path),
            "TMPDIR": str(tmp_path),
            **{
                name: os.environ[name]
                for name in ("LD_LIBRARY_PATH", "PYTHONPATH")
                if name in os.environ
            },
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 77, done.stderr
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "There is no livekit-server on PATH, and no Go to build one. Install either."
    ]

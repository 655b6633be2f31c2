"""The demo: its judgement and its table on recordings made up here, and one row for real."""

from __future__ import annotations

import asyncio
import dataclasses
import importlib
import io
import json
import logging
import os
from typing import TYPE_CHECKING, Any

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from agent.offline.playback import Span, SpanKind
from filters.calls import writer_of
from scripts.calls import read_calls
from scripts.calls.shadow import ShadowReport
from scripts.demo.guide_rules import only_fillers
from scripts.demo.judging import Exchange, Floor, Outcome, Recording, Words, outcome_of
from scripts.demo.lateness import Lateness
from scripts.demo.page import demo_page
from scripts.demo.report import as_json, describe, misses, report, right_ones
from scripts.demo.rows import NEXT_PHRASE, ROWS, STATEMENT, Row, codebook
from scripts.demo.run import Result, Run, play_all
from scripts.demo.ways import Way

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

BY_NAME = {row.name: row for row in ROWS}
WHOLE = (Span(SpanKind.SPEECH, -1.2, 3.4, 0, 0.0),)
REPLY = "The suite it is."


def cut(at: float, *, paused_since: float | None = None) -> tuple[Span, ...]:
    """The agent's words stop at an instant, or have paused since another."""
    began = at if paused_since is None else paused_since
    pause = () if paused_since is None else (Span(SpanKind.PAUSED, began, at, 0, began + 1.2),)
    return (
        Span(SpanKind.SPEECH, -1.2, began, 0, 0.0),
        *pause,
        Span(SpanKind.CLEARED, at, at, 0, began + 1.2, dropped_s=3.4 - began),
    )


def resumed(after: float, pause_s: float) -> tuple[Span, ...]:
    """The agent's words pause, and go on to their end."""
    return (
        Span(SpanKind.SPEECH, -1.2, after, 0, 0.0),
        Span(SpanKind.PAUSED, after, after + pause_s, 0, after + 1.2),
        Span(SpanKind.SPEECH, after + pause_s, 3.4 + pause_s, 0, after + 1.2),
    )


def recording(
    spans: tuple[Span, ...] = WHOLE,
    *,
    phrase: str = "Suite please.",
    user_turns: tuple[str, ...] = (),
    agent_turns: tuple[str, ...] = (STATEMENT,),
    exchanges: tuple[Exchange, ...] = (),
    next_turn: str | None = NEXT_PHRASE,
) -> Recording:
    """A recording of a phrase over the statement."""
    return Recording(
        phrase=phrase,
        phrase_s=0.5,
        agent_words=STATEMENT,
        spans=spans,
        user_turns=user_turns,
        agent_turns=agent_turns,
        exchanges=exchanges,
        next_turn=next_turn,
        next_phrase=NEXT_PHRASE,
    )


ANSWERED: dict[str, Any] = {
    "user_turns": ("Suite please.",),
    "agent_turns": (STATEMENT, REPLY),
    "exchanges": (Exchange("Suite please.", REPLY),),
}


def answered(phrase: str, spans: tuple[Span, ...]) -> Recording:
    """A recording of any phrase, which was answered."""
    return dataclasses.replace(
        recording(spans, **ANSWERED), phrase=phrase, exchanges=(Exchange(phrase, REPLY),)
    )


# -- judging ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        pytest.param(WHOLE, (Floor.TALKED_ON, None, None), id="to its end"),
        pytest.param(cut(0.8), (Floor.STOPPED, 0.8, None), id="cleared"),
        pytest.param(cut(1.4, paused_since=0.8), (Floor.STOPPED, 0.8, None), id="paused, cleared"),
        pytest.param(resumed(0.8, 1.8), (Floor.PAUSED, 0.8, 1.8), id="resumed"),
        pytest.param(resumed(0.8, 0.1), (Floor.TALKED_ON, None, None), id="too short to notice"),
        pytest.param(cut(3.35), (Floor.TALKED_ON, None, None), id="cut at its very end"),
        pytest.param((), (Floor.NEVER_SPOKE, None, None), id="nothing"),
    ],
)
def test_the_floor_is_measured_from_what_was_heard(
    spans: tuple[Span, ...], expected: tuple[Floor, float | None, float | None]
) -> None:
    """A stop counts from the silence the caller hears, not from when LiveKit makes it final."""
    outcome = outcome_of(recording(spans))
    measured = (outcome.floor, outcome.stopped_s, outcome.silence_s)
    assert measured == (expected[0], *(pytest.approx(s) if s else s for s in expected[1:]))


def test_a_gap_that_livekit_did_not_make_is_no_stop() -> None:
    """A voice that runs dry on a busy machine has not been interrupted."""
    dry = (
        Span(SpanKind.SPEECH, -1.2, -1.0, 0, 0.0),
        Span(SpanKind.SPEECH, 0.5, 4.9, 0, 0.2),
    )
    assert outcome_of(recording(dry)).floor is Floor.TALKED_ON


def test_a_stop_after_a_pause_that_ended_counts_from_the_second_silence() -> None:
    """Only the silence that lasts is the stop."""
    spans = (
        Span(SpanKind.SPEECH, -1.2, 0.2, 0, 0.0),
        Span(SpanKind.PAUSED, 0.2, 1.0, 0, 1.4),
        Span(SpanKind.SPEECH, 1.0, 1.5, 0, 1.4),
        Span(SpanKind.CLEARED, 1.5, 1.5, 0, 1.9, dropped_s=2.7),
    )
    assert outcome_of(recording(spans)).stopped_s == 1.5


def test_another_reply_in_place_of_the_one_awaited_is_seen() -> None:
    """What was heard first is not what the agent was about to say."""
    heard = recording(agent_turns=("I'm sorry, what was that?",))
    assert outcome_of(heard).floor is Floor.NEVER_SPOKE


@pytest.mark.parametrize(
    ("given", "words"),
    [
        pytest.param({}, Words.LEFT, id="no turn"),
        pytest.param(ANSWERED, Words.ANSWERED, id="answered"),
        pytest.param(
            {**ANSWERED, "exchanges": (Exchange("suite, PLEASE", REPLY),)},
            Words.ANSWERED,
            id="answered, spelt otherwise",
        ),
        pytest.param(
            {**ANSWERED, "agent_turns": (STATEMENT,)}, Words.UNANSWERED, id="reply never heard"
        ),
        pytest.param({"user_turns": ("Suite please.",)}, Words.NOTED, id="only noted"),
        pytest.param(
            {"next_turn": f"Suite please. {NEXT_PHRASE}"}, Words.NEXT_TURN, id="in the next turn"
        ),
        pytest.param({"next_turn": None}, Words.DEAF, id="nothing is heard any more"),
    ],
)
def test_the_fate_of_the_words_is_measured_from_history_and_requests(
    given: dict[str, Any], words: Words
) -> None:
    """An answer is one only if the model was asked, and its reply was heard."""
    assert outcome_of(recording(**given)).words is words


def test_a_stop_long_after_the_phrase_is_not_as_wanted() -> None:
    """The agent has to stop while the caller can still tell why; a late machine is allowed for."""
    want = BY_NAME["suite-please"].want
    in_time = Outcome(Floor.STOPPED, Words.ANSWERED, stopped_s=1.4)
    late = dataclasses.replace(in_time, stopped_s=1.6)
    early = dataclasses.replace(in_time, stopped_s=-0.1)
    assert [want.met_by(o, 0.5) for o in (in_time, late, early)] == [True, False, False]
    assert want.met_by(late, 0.5 + 0.2)


# -- rows ------------------------------------------------------------------------------------


def test_rows_have_names_and_sounds_of_their_own() -> None:
    """`--row` finds one row; the recogniser tells all phrases apart."""
    assert len(BY_NAME) == len(ROWS)
    phrases = {row.phrase for row in ROWS} | {row.opening for row in ROWS if row.opening}
    assert len(codebook(ROWS)) == len(phrases | {NEXT_PHRASE})


def test_the_guides_own_table_is_among_the_rows() -> None:
    """All seven of its lines."""
    assert sum(row.in_guide for row in ROWS) == 7


@pytest.mark.parametrize(
    ("text", "dropped"),
    [
        ("Mhm.", True),
        ("Mm-hm, uh-huh!", True),
        ("Yeah yeah", True),
        ("Yes.", False),
        ("Yeah, the suite.", False),
        ("...", False),
    ],
)
def test_the_guides_word_set_is_what_it_drops(text: str, *, dropped: bool) -> None:
    """Every word has to be a filler, and there has to be one."""
    assert only_fillers(text) is dropped


# -- the table -------------------------------------------------------------------------------


def results(rows: Sequence[Row] = ROWS, spans: tuple[Span, ...] = WHOLE) -> tuple[Result, ...]:
    """Every row, every way, with the same recording."""
    return tuple(
        Result(row, way, recording(spans, phrase=row.phrase)) for row in rows for way in Way
    )


def text_of(run: Run, width: int) -> list[str]:
    """The report as lines of a terminal that wide."""
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(report(run, width=width))
    return [line.rstrip() for line in console.export_text().splitlines()]


@pytest.mark.parametrize("width", [80, 100, 120])
def test_the_table_fits_the_terminal(width: int) -> None:
    """No line is longer, and from 100 columns on each row is one line."""
    run = Run(
        tuple(Result(row, way, answered(row.phrase, cut(1.4))) for row in ROWS for way in Way),
        0.0,
    )
    lines = text_of(run, width)
    assert max(map(len, lines)) <= width
    for row in ROWS:
        line = next(line for line in lines if line.startswith(f" {row.label}  "))
        assert line.count("stopped 1.4s") == 3
        assert (line.count("stopped 1.4s, replied") == 3) is (width >= 100)


def test_a_row_says_what_each_way_did_and_whether_that_was_wanted() -> None:
    """The same outcome is right for one row and wrong for another."""
    lines = text_of(Run(results([BY_NAME["mhm"], BY_NAME["suite"]]), 0.0), 100)
    mhm = next(line for line in lines if line.startswith(" Mhm."))
    suite = next(line for line in lines if line.startswith(" Suite."))
    assert mhm.count("✓ talked on") == 3
    assert suite.count("✗ talked on, no reply") == 3
    assert lines[-1] == (
        "As wanted: this project 1 of 2, the guide's rules 1 of 2, stock LiveKit 1 of 2."
    )


def test_words_that_go_into_the_next_turn_are_explained_with_an_example() -> None:
    """The footnote stands where the guide expects no more than that the agent talks on."""
    row = BY_NAME["unknown"]
    glued = recording(phrase=row.phrase, next_turn=f"{row.phrase} {NEXT_PHRASE}")
    lines = text_of(Run(tuple(Result(row, way, glued) for way in Way), 0.0), 120)
    assert any("left over" in line and f"“Prego. {NEXT_PHRASE}”" in line for line in lines)
    line = next(line for line in lines if line.startswith(" Prego."))
    assert line.count("left over¹") == 1
    assert any(line.startswith(" ¹ ") for line in lines)


def test_a_busy_machine_is_owned_up_to() -> None:
    """Times that it falsifies are not shown without a word."""
    assert any("up to 0.5 s off" in line for line in text_of(Run(results(), 0.5), 100))


@pytest.mark.parametrize(
    ("name", "outcome", "said"),
    [
        ("mhm", Outcome(Floor.TALKED_ON, Words.LEFT), "talked on"),
        ("mhm", Outcome(Floor.STOPPED, Words.LEFT, 0.6), "stopped 0.6s, no reply"),
        ("answer", Outcome(Floor.TALKED_ON, Words.LEFT), "talked on, no reply"),
        ("revised", Outcome(Floor.PAUSED, Words.LEFT, 0.4, 1.8), "paused 1.8s, went on"),
        ("thinking", Outcome(Floor.TALKED_ON, Words.LEFT), "gave its reply"),
        ("thinking", Outcome(Floor.TALKED_ON, Words.NEXT_TURN), "gave reply, left over"),
        ("tool", Outcome(Floor.NEVER_SPOKE, Words.ANSWERED), "answered this instead"),
        ("tool", Outcome(Floor.NEVER_SPOKE, Words.LEFT), "fell silent"),
        ("after", Outcome(Floor.TALKED_ON, Words.ANSWERED), "replied"),
        ("after", Outcome(Floor.TALKED_ON, Words.LEFT), "no reply"),
        ("stop", Outcome(Floor.TALKED_ON, Words.DEAF), "talked on, went deaf"),
        ("stop", None, "broke off"),
    ],
)
def test_an_outcome_is_said_in_a_few_words(name: str, outcome: Outcome | None, said: str) -> None:
    """What the agent did with its own words, then with the caller's."""
    assert describe(BY_NAME[name], outcome) == said


def test_a_miss_is_named_with_what_was_wanted_and_what_happened() -> None:
    """Only this project's own: the others are there to compare with."""
    run = Run(
        (
            Result(BY_NAME["suite"], Way.STOCK, recording(phrase="Suite.")),
            Result(BY_NAME["suite"], Way.OURS, recording(phrase="Suite.")),
            Result(BY_NAME["stop"], Way.OURS, None, "RuntimeError: waited 20 s for the tool"),
            Result(BY_NAME["mhm"], Way.OURS, recording(phrase="Mhm.")),
        ),
        0.0,
    )
    suite, stop = misses(run)
    assert suite.startswith("suite: 'Suite.' while it explains should be talked on, and its words")
    assert "answered; instead: talked on, no reply" in suite
    assert stop.endswith("instead: RuntimeError: waited 20 s for the tool")
    assert right_ones(run, Way.OURS) == 1


def test_results_are_plain_json() -> None:
    """With what was recorded, so that the outcome can be checked."""
    read = json.loads(json.dumps(as_json(Run(results([BY_NAME["stop"]], cut(0.41234)), 0.0))))
    assert read["as_wanted"] == {"stock": 0, "guide": 0, "ours": 0}
    stock = read["results"][0]
    assert (stock["row"], stock["way"], stock["as_wanted"]) == ("stop", "stock", False)
    assert stock["outcome"] == {
        "floor": "stopped",
        "words": "left",
        "stopped_s": 0.412,
        "silence_s": None,
    }
    assert stock["recording"]["spans"][1]["kind"] == "cleared"


# -- the command line ------------------------------------------------------------------------


@pytest.fixture
def root_handlers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The command line writes where it runs, and sets logging up; this process goes on."""
    monkeypatch.chdir(tmp_path)
    root = logging.getLogger()
    before = list(root.handlers)
    yield
    root.handlers[:] = before


def run_command(monkeypatch: pytest.MonkeyPatch, spans: tuple[Span, ...], *arguments: str) -> Any:
    """Runs the command line on made-up recordings."""
    command = importlib.import_module("scripts.demo.__main__")

    async def play(rows: Sequence[Row], ways: Sequence[Way], *_: object, **_options: object) -> Run:
        made = results(rows, spans)
        return Run(tuple(result for result in made if result.way in ways), 0.0)

    monkeypatch.setattr(command, "play_all", play)
    app = typer.Typer()
    app.command()(command.main)
    return CliRunner().invoke(app, arguments)


@pytest.mark.usefixtures("root_handlers")
def test_the_exit_status_tells_whether_this_project_missed_a_row(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """And the file is written either way."""
    file = tmp_path / "results.json"
    good = run_command(monkeypatch, WHOLE, "--row", "mhm", "--way", "ours", "--json", str(file))
    assert good.exit_code == 0, good.output
    assert json.loads(file.read_text("utf-8"))["as_wanted"] == {"ours": 1}
    bad = run_command(monkeypatch, cut(0.6), "--row", "mhm", "--json", str(file))
    assert bad.exit_code == 1
    assert json.loads(file.read_text("utf-8"))["as_wanted"]["ours"] == 0
    others = run_command(monkeypatch, cut(0.6), "--row", "mhm", "--way", "stock")
    assert others.exit_code == 0
    watched = run_command(monkeypatch, cut(0.6), "--shadow", "--out", str(tmp_path))
    assert watched.exit_code == 0
    assert "Recorded in shadow mode" in watched.output


@pytest.mark.usefixtures("root_handlers")
def test_the_page_shows_the_ways_side_by_side(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What was heard, each way's verdict, and where to find it; old recordings are gone."""
    old = tmp_path / "there" / "calls" / "call-old.jsonl"
    old.parent.mkdir(parents=True)
    old.touch()
    done = run_command(monkeypatch, cut(0.6), "--row", "mhm", "--out", "there")
    assert "there/report.html" in done.output
    assert "there/calls" in done.output
    assert not old.exists()
    markup = (tmp_path / "there" / "report.html").read_text("utf-8")
    for said in ("stock LiveKit", "this project", "✕", "Mhm.", STATEMENT, "0 of 1 right"):
        assert said in markup
    assert markup.count('class="bar agent"') == 3
    assert markup.count('class="lane bad"') == 3


def test_a_way_that_broke_off_is_on_the_page_too() -> None:
    """With its problem."""
    [row] = [row for row in ROWS if row.name == "mhm"]
    broken = Result(row, Way.OURS, None, "RuntimeError: <gone>")
    markup = demo_page(Run((broken,), 0.0))
    assert "RuntimeError: &lt;gone&gt;" in markup


@pytest.mark.usefixtures("root_handlers")
def test_an_unknown_row_is_refused_with_the_names_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is played."""
    refused = run_command(monkeypatch, WHOLE, "--row", "mmhm")
    assert refused.exit_code == 2


# -- for real --------------------------------------------------------------------------------


def test_lateness_is_the_worst_since() -> None:
    """What came before does not count."""
    lateness = Lateness([(1.0, 0.5), (2.0, 0.1), (3.0, 0.2)])
    assert [lateness.since(at) for at in (0.0, 1.5, 3.5)] == [0.5, 0.2, 0.0]


def _stops_recorded_in(directory: Path) -> list[str]:
    assert writer_of(os.getpid()).flush(5.0)
    [path] = directory.iterdir()
    [call] = read_calls([str(path)])
    return [each.text for each in call.utterances if each.stop]


def _shadow_report_of(directory: Path) -> ShadowReport:
    return ShadowReport.of(read_calls([str(path) for path in directory.iterdir()]))


@pytest.mark.live
@pytest.mark.slow
async def test_stop_is_heard_by_this_project_alone(tmp_path: Path) -> None:
    """A real session each way: the agent talks on over a one-word command, but for ours."""
    steps: list[None] = []
    seen: list[Result] = []
    step = lambda: steps.append(None)  # noqa: E731
    play = play_all([BY_NAME["stop"]], list(Way), seen.append, step, tmp_path)
    run = await asyncio.wait_for(play, 60)
    assert [result.way for result in run.results] == list(Way)
    assert len(seen) == 3
    assert len(steps) == 12
    stock, guide, ours = (result.outcome for result in run.results)
    for outcome in (stock, guide):
        assert outcome is not None, run
        assert outcome.floor is Floor.TALKED_ON
        assert outcome.words is not Words.ANSWERED
    assert run.results[2].as_wanted, list(misses(run))
    assert _stops_recorded_in(tmp_path) == ["Stop."]
    assert ours is not None
    assert ours.floor is Floor.STOPPED
    assert ours.stopped_s is not None


@pytest.mark.live
@pytest.mark.slow
async def test_in_shadow_mode_the_stop_it_would_have_prevented_is_recorded(tmp_path: Path) -> None:
    """All goes as with stock LiveKit, and the recording has what the filter would have done."""
    rows = [BY_NAME["yeah-yeah"]]
    run = await asyncio.wait_for(
        play_all(rows, [Way.OURS], recordings=tmp_path, shadow=True), timeout=60
    )
    outcome = run.results[0].outcome
    assert outcome is not None, run
    assert outcome.floor is Floor.STOPPED
    assert writer_of(os.getpid()).flush(5.0)
    shadow = _shadow_report_of(tmp_path)
    assert (shadow.calls, shadow.stops, dict(shadow.prevented)) == (1, 1, {"yeah yeah": 1})

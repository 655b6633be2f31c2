"""Compare, shadow report, suggestions and report: what the tools say of recorded calls."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from typer.testing import CliRunner

from filters.configuration import FilterConfig
from filters.policy import Heard, Judgement
from filters.words import Kind
from scripts import replay, report, shadow_report, suggest
from scripts.calls import read_calls
from scripts.calls.pages import call_page

from .recorded_calls import cut_off, record, spoken, uttered

if TYPE_CHECKING:
    from collections.abc import Sequence

    import typer

NASTY = '<script>alert("x")</script> & </svg>\x00\u202e'


def run(app: typer.Typer, *arguments: object) -> tuple[int, str]:
    """Exit status and output of a command."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.output


@pytest.fixture
def calls(tmp_path: Path) -> list[Path]:
    """Two calls: "righto" stops the agent in both, "suite" is answered late in both."""
    return [
        record(
            tmp_path / "calls",
            cut_off(1, at=2.4),
            uttered(2, "Oh righto then."),
            spoken(10, "A story.", name="t", until=14),
            uttered(12, "Suite."),
        )
        for _ in range(2)
    ]


@pytest.fixture
def configs(tmp_path: Path) -> list[Path]:
    """The default, and one with "oh righto then" among the backchannels."""
    files = [tmp_path / "plain.yaml", tmp_path / "righto.yaml"]
    files[0].write_text("domain: plain\n", "utf-8")
    files[1].write_text("domain: righto\nbackchannels: {add: [oh righto then]}\n", "utf-8")
    return files


# -- compare ---------------------------------------------------------------------------------------


def test_a_comparison_tells_what_changes(calls: list[Path], configs: list[Path]) -> None:
    """For each call the utterances concerned, and what is decided differently, counted."""
    status, output = run(replay.app, "--compare", *configs, *calls)
    assert status == 0
    assert output.count("1 of 2 utterances differ") == 2
    assert '2.00 s  "Oh righto then."' in output.replace("1.80 s", "2.00 s")
    assert "plain   stopped the agent, 0.50 s after its onset" in output
    assert "righto  answered after the agent (floor_free)" in output  # the stop ended its turn
    assert "2 calls, 4 utterances: 2 differ, in 2 calls" in output
    assert "stops of the agent: 2 by plain, 0 by righto" in output
    assert re.search(
        r"2  interrupt \(enough_words\) +->  hold \(possible_answer\), release", output
    )


def test_a_comparison_tells_where_the_judge_and_the_words_differ(
    tmp_path: Path, configs: list[Path]
) -> None:
    """On paper and on the page, and the report of a call names what was judged."""
    words = [
        replace(event, judged=Judgement.NO_SPEECH)
        if isinstance(event, Heard) and event.text
        else event
        for event in uttered(2, "Oh righto then.")
    ]
    call = record(tmp_path / "calls", spoken(1, "A story.", until=6), words)
    status, output = run(replay.app, "--compare", configs[0], configs[0], call)
    assert status == 0
    assert "the judge and the words differ" in output
    assert '"Oh righto then.", judged: no_speech' in output
    assert "words  stopped the agent" in output
    assert "judge  left out (not_speech)" in output
    page = tmp_path / "page.html"
    assert run(report.app, "--compare", configs[1], configs[0], call, "-o", page)[0] == 0
    assert "The judge and the words differ, by plain" in page.read_text("utf-8")
    assert run(report.app, call, "-o", page)[0] == 0
    assert "no_speech" in page.read_text("utf-8")


def test_a_comparison_of_like_with_like_finds_nothing(
    calls: list[Path], configs: list[Path]
) -> None:
    """Recorded calls, decided twice by the same words."""
    _, output = run(replay.app, "--compare", configs[0], configs[0], *calls)
    assert "0 differ, in 0 calls" in output


def test_what_has_no_words_can_not_be_compared(tmp_path: Path, configs: list[Path]) -> None:
    """A sentence says so."""
    path = record(tmp_path / "calls", uttered(2, "Stop."), words=False)
    status, output = run(replay.app, "--compare", *configs, path)
    assert status == 1
    assert "the words were left out of this recording" in output


# -- shadow ----------------------------------------------------------------------------------------


def test_a_shadow_report_counts_what_would_have_been(tmp_path: Path) -> None:
    """Stops that the filter would have prevented, and words it would have held."""
    shadow = [
        record(
            tmp_path,
            cut_off(1, at=2.4),
            uttered(2, "Yeah yeah."),
            spoken(10, "A story.", name="t", until=16),
            uttered(12, "Suite."),
            mode="shadow",
        ),
        record(tmp_path, cut_off(1, at=2.4), uttered(2, "Stop that."), mode="shadow"),
    ]
    enforced = record(tmp_path, spoken(1, "A story.", until=6), uttered(2, "Mhm."))
    status, output = run(shadow_report.app, *shadow, enforced)
    assert status == 0
    assert "1 call not recorded in shadow mode: left out" in output
    assert "would have prevented 1 of 2 stops in 1 of 2 calls" in output
    assert "would have stopped the agent 1 time itself" in output
    assert '1  "yeah yeah"' in output
    assert '1  "suite": answered after the agent' in output


# -- suggest ---------------------------------------------------------------------------------------


def test_suggestions_are_yaml_that_a_domain_can_take(calls: list[Path]) -> None:
    """Utterances that stopped the agent for nothing, and words that came too late, counted."""
    status, output = run(suggest.app, *calls)
    assert status == 0
    assert "# from 2 calls" in output
    assert '- "oh righto then"  # 2 times in 2 calls' in output
    suggested = yaml.safe_load(output)
    assert suggested == {
        "backchannels": {"add": ["oh righto then"]},
        "commands": {"add": ["suite"]},
    }
    lexicon = FilterConfig.from_mapping({"domain": "x", **suggested}).lexicon
    assert lexicon.classify("Oh, righto then.").kind is Kind.BACKCHANNEL


def test_a_command_is_no_backchannel_and_rare_words_are_none(tmp_path: Path) -> None:
    """ "Stop" stops the agent, and may well be all that is said."""
    paths = [
        record(tmp_path, cut_off(1, at=2.4), uttered(2, "Stop.")),
        record(tmp_path, cut_off(1, at=2.4), uttered(2, "Sea view?")),
    ]
    assert "# nothing to suggest" in run(suggest.app, *paths)[1]
    assert yaml.safe_load(run(suggest.app, *paths, "--at-least", 1)[1]) == {
        "backchannels": {"add": ["sea view"]}
    }


def test_a_caller_who_goes_on_meant_it(tmp_path: Path) -> None:
    """Words that more words follow soon are no backchannel."""
    path = record(
        tmp_path, cut_off(1, at=2.4), uttered(2, "Oh righto then."), uttered(4, "Book it for me.")
    )
    assert "righto" not in run(suggest.app, path, "--at-least", 1)[1]


def test_nothing_is_learnt_from_calls_without_words(tmp_path: Path) -> None:
    """And that is said."""
    path = record(tmp_path, cut_off(1, at=2.4), uttered(2, "Sea view?"), words=False)
    _, output = run(suggest.app, path)
    assert "# 1 call without words: nothing to learn" in output


# -- report ----------------------------------------------------------------------------------------


class _Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        """Notes tags, and what they would load."""
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "style")]


def test_a_report_is_one_page_that_loads_nothing(calls: list[Path], tmp_path: Path) -> None:
    """Lanes, totals and a table; no script, no address."""
    out = tmp_path / "report.html"
    status, output = run(report.app, calls[0], "-o", out)
    assert (status, output.strip()) == (0, str(out))
    markup = out.read_text("utf-8")
    read = _Page(markup)
    assert "script" not in read.tags
    assert not [a for a in read.addresses if "http" in a or "url(" in a]
    assert "@import" not in markup
    assert read.tags.count("table") == 2
    for said in ("heard of the agent", "said by the caller", "Oh righto then.", "cut off at 2.40"):
        assert said in markup
    assert "interrupt · enough_words" in markup
    assert "prefers-color-scheme:dark" in markup


def test_what_callers_say_is_text_and_nothing_else(tmp_path: Path) -> None:
    """Markup in it is escaped, wherever it is shown; control characters are not let through."""
    path = record(tmp_path, spoken(1, NASTY, until=6), uttered(2, NASTY))
    out = tmp_path / "report.html"
    assert run(report.app, path, "-o", out)[0] == 0
    markup = out.read_text("utf-8")
    assert "<script>" not in markup
    assert "&lt;script&gt;" in markup
    assert "\x00" not in markup
    assert "\u202e" not in markup
    assert markup.count("</svg>") == len(re.findall(r"<svg\b", markup))


def test_a_comparison_has_a_lane_for_each_configuration(
    calls: list[Path], configs: list[Path], tmp_path: Path
) -> None:
    """And the calls that differ, with the utterances."""
    out = tmp_path / "comparison.html"
    assert run(report.app, "--compare", *configs, *calls, "-o", out)[0] == 0
    markup = out.read_text("utf-8")
    assert "<b>plain</b>" in markup
    assert "<b>righto</b>" in markup
    assert markup.count("<h2>Call ") == 2


def test_a_page_has_calls_on_it(tmp_path: Path) -> None:
    """An empty file is named, not drawn."""
    (tmp_path / "empty.jsonl").touch()
    status, output = run(report.app, tmp_path / "empty.jsonl", "-o", tmp_path / "x.html")
    assert status == 2
    assert "0 calls" in output
    assert not (tmp_path / "x.html").exists()


def test_a_long_call_is_drawn_on_a_smaller_scale(tmp_path: Path) -> None:
    """Two hours fit what a browser draws."""
    path = record(tmp_path, spoken(1, "A story.", until=7000), until=7200)
    [call] = read_calls([str(path)])
    [width] = re.findall(r'<svg width="(\d+)" height', call_page([call]))
    assert int(width) < 61_000


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """By every tool, without a traceback."""
    for app in (report.app, shadow_report.app, suggest.app):
        status, output = run(app, tmp_path / "none.jsonl")
        assert status == 1
        assert "none.jsonl" in output


CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium to open the page with")
@pytest.mark.parametrize("scheme", [0, 1])
def test_a_browser_shows_the_report(
    calls: list[Path], configs: list[Path], tmp_path: Path, scheme: int
) -> None:
    """From disk, laid out, and in both colour schemes: dark is dark, light is light."""
    assert CHROMIUM is not None
    out = tmp_path / "report.html"
    assert run(report.app, "--compare", *configs, *calls, "-o", out)[0] == 0
    # the rest of the page is cut off: its first pixels are its background
    shot = tmp_path / "report.png"
    arguments = [
        *("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"),
        *("--disable-component-update", "--disable-sync", "--no-first-run", "--hide-scrollbars"),
        *(f"--user-data-dir={tmp_path / 'profile'}", f"--screenshot={shot}"),
        *(f"--blink-settings=preferredColorScheme={scheme}", "--window-size=1000,800"),
    ]
    subprocess.run(  # noqa: S603 - the browser of this machine, a page of our own
        [CHROMIUM, *arguments, out.as_uri()], timeout=90, check=True, capture_output=True
    )
    pixels = _pixels(shot)
    corner = pixels[0][0]
    assert (corner > 200) is (scheme == 1)
    # something is drawn, in many rows, and not on the background's colour alone
    drawn = sum(len(set(row)) > 1 for row in pixels)
    assert drawn > 300


def _pixels(path: Path) -> list[list[int]]:
    """How bright each pixel of a picture is."""
    image = pytest.importorskip("PIL.Image", reason="Pillow reads the screenshot")
    grey = image.open(path).convert("L")
    width, height = grey.size
    data = grey.tobytes()
    return [list(data[row * width : (row + 1) * width]) for row in range(height)]


def test_the_tools_start_on_their_own() -> None:
    """`python -m` with each, as a process."""
    for module in ("report", "shadow_report", "suggest"):
        done = subprocess.run(  # noqa: S603 - this interpreter, our own code
            [sys.executable, "-m", f"scripts.{module}", "--help"],
            capture_output=True,
            cwd=Path(__file__).parents[2],
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr

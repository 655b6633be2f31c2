"""The benchmark runs, and prints ratios rather than times."""

from __future__ import annotations

from typer.testing import CliRunner

from scripts.bench import app
from scripts.benchmark import LENGTHS, PHRASES, TEXTS, plain_look_up


def test_the_plain_look_up_is_the_usual_filter() -> None:
    """Every word of the text is in the set."""
    assert plain_look_up("Yeah, okay.")
    assert not plain_look_up("yeah breakfast")
    assert not plain_look_up("...")


def test_every_measurement_is_printed_as_a_ratio() -> None:
    """Kinds of text, the policy, the mixin, growth with the text, growth with the lists."""
    result = CliRunner().invoke(app, ["--seconds", "0.001"])
    assert result.exit_code == 0, result.output
    rows = dict(
        line.strip().rsplit(maxsplit=1) for line in result.stdout.splitlines() if line[0] == " "
    )
    assert {
        *TEXTS,
        "through the policy",
        "put to a judge",
        "a frame kept for a judge",
        "recorded: on its way",
        "recorded: beside the call",
        "through the mixin",
    } <= rows.keys()
    assert {f"{size:,}" for size in PHRASES} <= rows.keys()
    assert all(float(ratio) > 0 for ratio in rows.values())
    assert f"{LENGTHS[-1]:,} characters" in result.stdout

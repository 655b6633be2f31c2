"""Weighs a decision against a plain look-up of words in a set, on the same texts in the same run.

    python -m scripts.bench

Prints ratios and growth, so that the figures of two machines can be compared; with --languages
also what the words of each language cost, once a process.
"""

from __future__ import annotations

from typing import Annotated

import typer

from filters.configuration import load_config
from filters.words import shipped_languages
from scripts.benchmark import LENGTHS, PHRASES, Bench, language_costs

app = typer.Typer(add_completion=False)


@app.command()
def main(
    *,
    seconds: Annotated[
        float, typer.Option(help="How long each measurement takes, at least.")
    ] = 0.2,
    mixin: Annotated[
        bool, typer.Option(help="Also send events through the mixin; needs livekit-agents.")
    ] = True,
    languages: Annotated[
        bool, typer.Option(help="Also what the words of every language cost; takes a while.")
    ] = False,
) -> None:
    """Weigh a decision against a plain look-up of words in a set."""
    if languages:  # first: what was used before costs nothing
        print("words of a language, once a process: phrases, seconds, megabytes")
        for cost in language_costs(shipped_languages()):
            print(f"  {cost.language:28}{cost.phrases:8,}{cost.seconds:8.2f}{cost.megabytes:8.1f}")
    bench = Bench(load_config().lexicon, seconds)
    print("a decision, in plain look-ups of the same text")
    for name, ratio in bench.decision_ratios():
        print(f"  {name:28}{ratio:8.1f}")
    print("an event, in plain look-ups of the same text")
    print(f"  {'through the policy':28}{bench.policy_ratio():8.1f}")
    print(f"  {'put to a judge':28}{bench.judge_ratio():8.1f}")
    print(f"  {'a frame kept for a judge':28}{bench.audio_ratio():8.1f}")
    print(f"  {'recorded: on its way':28}{bench.recording_ratio():8.1f}")
    print(f"  {'recorded: beside the call':28}{bench.row_ratio():8.1f}")
    if mixin:
        print(f"  {'through the mixin':28}{bench.mixin_ratio():8.1f}")
    if languages:
        print("all languages, against one: times as long")
        for name, ratio in bench.language_growth():
            print(f"  {name:28}{ratio:8.1f}")
    print(f"ten times the text, {LENGTHS[-2]:,} to {LENGTHS[-1]:,} characters: times as long")
    for name, ratio in bench.length_growth():
        print(f"  {name:28}{ratio:8.1f}")
    print(f"more phrases, against {PHRASES[0]}: times as long")
    for size, ratio in bench.size_growth():
        print(f"  {size:<28,}{ratio:8.1f}")


if __name__ == "__main__":
    app()

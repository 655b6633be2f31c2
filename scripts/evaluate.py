"""Measures a configuration on labelled overlapping speech, and shows what it decides wrongly.

    python -m scripts.evaluate cases.jsonl.gz --config healthcare --profile both --show lost

`scripts.evaluation.cases` describes a case. It becomes events as a recogniser would send them (the
profile), the policy decides, and a model of what LiveKit Agents does with the events that pass says
what the caller would have met with.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict
from typing import Annotated, Any

import typer

from filters.configuration import load_config, policy_of
from filters.documents import ConfigError
from scripts.evaluation.cases import CaseError, read_cases
from scripts.evaluation.figures import figures
from scripts.evaluation.profiles import Profile
from scripts.evaluation.report import compare, explain_all, report
from scripts.evaluation.results import Fault, evaluate
from scripts.files import open_bytes
from scripts.progress import progress_bar

app = typer.Typer(add_completion=False)


@app.command()
def main(
    cases: Annotated[str, typer.Argument(help='Cases: JSON Lines, packed or not; "-" reads.')],
    *,
    config: Annotated[
        str | None, typer.Option(help="A domain's name or YAML file. Default: English, unchanged.")
    ] = None,
    profile: Annotated[Profile, typer.Option(help="How words arrive.")] = Profile.BOTH,
    show: Annotated[
        list[Fault] | None, typer.Option(help="Show the cases that this went wrong with.")
    ] = None,
    limit: Annotated[int, typer.Option(help="Cases shown at most, per fault.")] = 20,
    saying: Annotated[
        bool, typer.Option(help="Tell the filter what the agent says, as an agent with the mixin.")
    ] = False,
    baselines: Annotated[
        bool, typer.Option(help="Also stock LiveKit and a plain word list.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Measure a configuration on labelled cases of overlapping speech."""
    try:
        loaded = load_config(config)
        with open_bytes(cases) as (content, _):
            labelled = list(read_cases(content, cases))
    except (ConfigError, CaseError, OSError, EOFError, zlib.error) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    everything: dict[str, Any] = {}
    for each in (Profile.WORDS, Profile.SPARSE) if profile is Profile.BOTH else (profile,):
        with progress_bar() as progress:
            shown = progress.track(labelled, description=each.value)
            results = [evaluate(case, each, policy_of(loaded), saying=saying) for case in shown]
        found = figures(results)
        everything[each.value] = {name: asdict(figure) for name, figure in found.items()}
        if as_json:
            continue
        print("\n".join(report(each, found)))
        if baselines:
            print("\n".join(compare(labelled, each)))
        for fault in show or ():
            print("\n".join(explain_all(fault, each, results, limit)))
    if as_json:
        print(json.dumps(everything))


if __name__ == "__main__":
    app()

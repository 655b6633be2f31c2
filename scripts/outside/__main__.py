"""Has voicebench call the sample agent over a real LiveKit server, all on this machine.

python -m scripts.outside --voicebench .venv-voicebench/bin/voicebench
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from scripts.e2e.livekit_server import (
    LiveKitServer,
    NoServerError,
    build_server,
    cache_directory,
    find_go,
    find_server,
)
from scripts.e2e.processes import Programs
from scripts.e2e.workers import start_worker

from .scenario import write_scenario

CONFIG = Path(__file__).parents[2] / "config"
NOTHING_TO_RUN = 77
"""The exit status where there is neither a server nor what it takes to build one."""

app = typer.Typer(add_completion=False)


@app.command()
def main(
    *,
    voicebench: Annotated[Path, typer.Option(help="The program.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Where scenario and report go.")] = Path(
        "build/voicebench"
    ),
    mode: Annotated[
        str, typer.Option(help="The filter's mode: enforce, shadow or off.")
    ] = "enforce",
    scenario_only: Annotated[
        bool, typer.Option("--scenario-only", help="Write the scenario, and call nobody.")
    ] = False,
) -> None:
    """Have voicebench call the sample agent; the exit status is voicebench's own."""
    scenario = write_scenario(out)
    print(scenario)
    if scenario_only:
        return
    try:
        status = asyncio.run(_call(voicebench.absolute(), scenario.absolute(), mode))
    except NoServerError as error:
        typer.echo(str(error), err=True)
        status = NOTHING_TO_RUN
    raise typer.Exit(status)


async def _call(voicebench: Path, scenario: Path, mode: str) -> int:
    """Starts a server and a worker, has them called, and ends all it has started."""
    with (
        tempfile.TemporaryDirectory(prefix="outside-") as temporary,
        Programs(Path(temporary)) as programs,
    ):
        directory = Path(temporary)
        cache = cache_directory()
        binary = find_server(cache) or await build_server(programs, cache, find_go())
        server = LiveKitServer(programs, binary, directory)
        await server.start()
        variables = {
            "LIVEKIT_FILTERS_MODE": mode,
            "LIVEKIT_FILTERS_CONFIG_DIR": str(CONFIG),
            "AGENT_MAX_CALLS": "2",  # a busy machine takes the call all the same
        }
        worker = start_worker(programs, server, "worker", variables, directory=directory)
        await worker.registered()
        caller = await asyncio.create_subprocess_exec(
            str(voicebench),
            "run",
            str(scenario),
            "--out",
            str(scenario.parent / "results"),
            env={
                "PATH": "/usr/bin:/bin",
                "HOME": str(directory),
                "LIVEKIT_URL": server.url,
                "LIVEKIT_API_KEY": server.api_key,
                "LIVEKIT_API_SECRET": server.api_secret,
            },
            stdout=sys.stdout,
            stderr=sys.stderr,
        )
        status = await caller.wait()
        await worker.stop()
        await server.stop()
        return status


if __name__ == "__main__":
    app()

"""Runs the sample agent as a worker, the way a deployment does: `python -m agent start`."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import aiohttp

    from .livekit_server import LiveKitServer
    from .processes import Program, Programs

ROOT = Path(__file__).parents[2]
REGISTER_LIMIT_S = 60.0
TEMPORARY = "tmp"
"""Where workers keep what is theirs alone, sockets among it."""
DECISIONS = "livekit_filters_decisions_total"
_HTTP = re.compile(r"HTTP server listening on (\S+):(\d+)")
_METRICS = re.compile(r"metrics exposed at (http://[^\s\"]+)")
# what Python needs to start; nothing else of this machine's environment reaches the agent
_INHERITED = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "SYSTEMROOT")


class Worker:
    """A worker of the sample agent.

    Args:
        program: It, started.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self._records: list[dict[str, Any]] = []
        self._read_to = 0  # bytes of the log: it is looked at ten times a second, and grows

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return self.program.name

    def records(self) -> Sequence[dict[str, Any]]:
        """What it and its calls have logged."""
        with self.program.log.open("rb") as log:
            log.seek(self._read_to)
            whole, end, _ = log.read().rpartition(b"\n")
        self._read_to += len(whole) + len(end)
        for line in whole.decode("utf-8", "replace").splitlines():
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict):
                self._records.append(record)
        return self._records

    def logged(self, text: str, **fields: object) -> list[dict[str, Any]]:
        """The records whose message has a text in it, and whose fields are these."""
        return [
            record
            for record in self.records()
            if text in str(record.get("message"))
            and all(record.get(name) == value for name, value in fields.items())
        ]

    @property
    def rooms(self) -> set[str]:
        """The rooms whose calls it was given."""
        return {str(record["room"]) for record in self.logged("received job request")}

    @property
    def registrations(self) -> int:
        """How often the server has taken it in."""
        return len(self.logged("registered worker"))

    async def registered(self, times: int = 1, *, within_s: float = REGISTER_LIMIT_S) -> None:
        """Waits until the server knows it.

        Raises:
            RuntimeError: It ended, or it takes too long.
        """
        deadline = asyncio.get_running_loop().time() + within_s
        while self.registrations < times:
            if not self.program.running or asyncio.get_running_loop().time() > deadline:
                tail = "\n".join(self.program.output.splitlines()[-10:])
                raise RuntimeError(f"{self.name} did not register with the server:\n{tail}")
            await asyncio.sleep(0.1)

    async def active_calls(self, http: aiohttp.ClientSession) -> int:
        """How many calls it says it has, where it answers health checks."""
        found = _HTTP.search(self.program.output)
        if found is None:
            raise RuntimeError(f"{self.name} says nowhere that it answers health checks")
        async with http.get(f"http://{found[1]}:{found[2]}/worker") as response:
            return int((await response.json()).get("active_jobs", 0))

    async def decisions(self, http: aiohttp.ClientSession) -> int:
        """How many decisions of the filter its /metrics count."""
        found = _METRICS.search(self.program.output)
        if found is None:
            raise RuntimeError(f"{self.name} says nowhere that it shows metrics")
        async with http.get(found[1]) as response:
            lines = (await response.text()).splitlines()
        return round(sum(float(line.split()[-1]) for line in lines if line.startswith(DECISIONS)))

    async def stop(self, *, within_s: float = 15.0) -> bool:
        """Asks it to end, as a deployment does; whether it and all its processes did."""
        self.program.send(signal.SIGTERM)
        return await self.program.ended(within_s)


def start_worker(
    programs: Programs,
    server: LiveKitServer,
    name: str,
    variables: Mapping[str, str],
    *,
    directory: Path,
) -> Worker:
    """Starts a worker; `registered` waits for it.

    Args:
        programs: Who starts and ends it.
        server: Where it registers.
        name: What its log is called.
        variables: What the environment says about it besides.
        directory: Where it runs and is at home: no `.env` of this checkout is there.
    """
    temporary = directory / TEMPORARY
    temporary.mkdir(exist_ok=True)
    environment = {
        **{key: os.environ[key] for key in _INHERITED if key in os.environ},
        "HOME": str(directory),
        "LIVEKIT_URL": server.url,
        "LIVEKIT_API_KEY": server.api_key,
        "LIVEKIT_API_SECRET": server.api_secret,
        "AGENT_OFFLINE": "1",
        "AGENT_HTTP_PORT": "0",
        "TMPDIR": str(temporary),
        "PYTHONUNBUFFERED": "1",
        # what watches the event loop wakes every process a hundred times a second, and has most to
        # say when there is no time for it; 0 turns it off
        "LIVEKIT_AGENTS_LOOP_BLOCK_WARN_MS": "0",
        # the checkout's `filters`, or what is installed where the checkout has none
        "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
        **variables,
    }
    command = [sys.executable, "-m", "agent", "start"]
    program = programs.start(name, command, environment=environment, cwd=directory)
    return Worker(program)

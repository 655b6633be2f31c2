"""A worker without a LiveKit server: two calls, each in a job process of its own, and /metrics.

Run as a process: `python -m tests.calls.worker_with_metrics DIRECTORY`. Prints the metrics as JSON.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import sys
from pathlib import Path

import aiohttp
from livekit.agents import AgentServer, AgentSession, JobContext, JobExecutorType

from filters.calls import clock
from filters.configuration import FilterConfig
from filters.livekit import SessionFilter
from filters.policy import AgentState, Heard, SpeechType

CALLS = 2
WORDS = "Suite."


async def answer(ctx: JobContext) -> None:
    """A call in which one word is held, and one stops the agent."""
    session: AgentSession[None] = AgentSession(
        vad=None, turn_handling={"interruption": {"min_words": 2}}
    )
    session_filter = SessionFilter.of(session, FilterConfig.from_mapping({"domain": "clinic"}))
    session_filter.tell(AgentState(clock.now(), "speaking"))
    session_filter.hear(Heard(clock.now(), SpeechType.FINAL, WORDS, "en"))
    session_filter.hear(Heard(clock.now(), SpeechType.END_OF_SPEECH))
    session_filter.hear(Heard(clock.now(), SpeechType.FINAL, "Stop.", "en"))
    session_filter.tell(AgentState(clock.now(), "listening"))
    with open(os.path.join(os.environ["CALLS_DIRECTORY"], str(os.getpid())), "x"):  # noqa: ASYNC230, PTH118, PTH123 - a flag
        pass
    ctx.shutdown()


async def main(directory: Path) -> None:
    """Runs the worker until both calls are over, and asks for its metrics."""
    metrics_port = _free_port()
    calls = directory / "calls"
    calls.mkdir()
    os.environ["CALLS_DIRECTORY"] = str(calls)
    server = AgentServer(
        ws_url="ws://127.0.0.1:9",  # never connected to: the worker stays unregistered
        api_key="key",
        api_secret="secret" * 8,
        host="127.0.0.1",
        port=0,
        job_executor_type=JobExecutorType.PROCESS,
        num_idle_processes=CALLS,
        shutdown_process_timeout=2.0,
        prometheus_port=metrics_port,
        prometheus_multiproc_dir=str(directory / "metrics"),
    )
    server.rtc_session(answer)
    running = asyncio.create_task(server.run(devmode=True, unregistered=True))
    try:
        await asyncio.wait_for(_started(metrics_port, running), 40.0)
        for number in range(CALLS):
            await server.simulate_job(f"room-{number}", fake_job=True)
        while len(os.listdir(calls)) < CALLS:  # noqa: ASYNC110, PTH208 - files are what there is to wait for
            await asyncio.sleep(0.05)
        processes = len(os.listdir(calls))  # noqa: PTH208 - a file each
        result = {"processes": processes, "metrics": await _metrics(metrics_port)}
        sys.stdout.write(json.dumps(result))
    finally:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(server.aclose(), 10.0)
        running.cancel()
        await asyncio.wait([running])


async def _started(port: int, running: asyncio.Task[None]) -> None:
    while not running.done():
        with contextlib.suppress(aiohttp.ClientError):
            await _metrics(port)
            return
        await asyncio.sleep(0.05)
    running.result()


async def _metrics(port: int) -> str:
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"http://127.0.0.1:{port}/metrics") as response,
    ):
        return await response.text()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))

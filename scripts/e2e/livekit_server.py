"""Gets a LiveKit server, and runs it on 127.0.0.1 alone."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import yaml

if TYPE_CHECKING:
    from .processes import Program, Programs

VERSION = "1.13.5"
MODULE = f"github.com/livekit/livekit-server/cmd/server@v{VERSION}"
BUILD_LIMIT_S = 25 * 60.0
_START_LIMIT_S = 20.0
_STOP_LIMIT_S = 5.0


class NoServerError(Exception):
    """There is neither a LiveKit server nor what it takes to build one."""


class BuildError(Exception):
    """The build of a LiveKit server failed."""


def cache_directory() -> Path:
    """Where a server that was built is kept, outside the checkout."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "livekit-interruption-filters"


def find_server(cache: Path) -> Path | None:
    """A server on PATH, or one that was built before."""
    on_path = shutil.which("livekit-server")
    if on_path is not None:
        return Path(on_path)
    built = cache / f"livekit-server-{VERSION}"
    return built if built.exists() else None


def find_go() -> Path:
    """What builds a server where there is none.

    Raises:
        NoServerError: There is no Go.
    """
    go = shutil.which("go")
    if go is None:
        raise NoServerError(
            "There is no livekit-server on PATH, and no Go to build one. Install either."
        )
    return Path(go)


async def build_server(programs: Programs, cache: Path, go: Path) -> Path:
    """Builds the server, which takes some minutes.

    Args:
        programs: Who starts and ends the build.
        cache: Where the server is kept.
        go: What builds it.

    Raises:
        BuildError: The build failed.
    """
    bin_directory = cache / f"build-{os.getpid()}"
    bin_directory.mkdir(parents=True)
    try:
        program = programs.start(
            "go-install",
            [str(go), "install", "-trimpath", MODULE],
            environment={**os.environ, "GOBIN": str(bin_directory)},
            cwd=bin_directory,
        )
        in_time = await program.ended(BUILD_LIMIT_S)
        if not in_time or program.status != 0:
            tail = "\n".join(program.output.strip().splitlines()[-15:])
            what = "failed" if in_time else f"took over {BUILD_LIMIT_S:.0f} s"
            raise BuildError(f"go install {MODULE} {what}:\n{tail}")
        built = cache / f"livekit-server-{VERSION}"
        (bin_directory / "server").replace(built)
    finally:
        shutil.rmtree(bin_directory, ignore_errors=True)
    return built


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port of 127.0.0.1 that nobody uses now."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class LiveKitServer:
    """A LiveKit server in development mode, reached from this machine alone.

    Args:
        programs: Who starts and ends it.
        binary: The server.
        directory: For its configuration.

    Attributes:
        api_key: The key of its API.
        api_secret: That key's secret.
    """

    def __init__(self, programs: Programs, binary: Path, directory: Path) -> None:
        self.api_key = "e2e"
        self.api_secret = secrets.token_hex(32)
        self._programs = programs
        self._binary = binary
        self._port = free_port()
        self._program: Program | None = None
        self._starts = 0
        self._config = directory / "livekit.yaml"
        self._config.write_text(
            yaml.safe_dump(
                {
                    "port": self._port,
                    "bind_addresses": ["127.0.0.1"],
                    "keys": {self.api_key: self.api_secret},
                    "rtc": {
                        "use_external_ip": False,
                        "node_ip": "127.0.0.1",
                        "enable_loopback_candidate": True,
                        "ips": {"includes": ["127.0.0.1/32"]},
                        "udp_port": free_port(socket.SOCK_DGRAM),
                        # its TCP listener would take calls from every interface
                        "tcp_port": 0,
                        # without one, clients are told of public ones
                        "stun_servers": [f"127.0.0.1:{free_port(socket.SOCK_DGRAM)}"],
                    },
                    "turn": {"enabled": False},
                    "room": {"empty_timeout": 10, "departure_timeout": 2},
                    "logging": {"level": "info", "json": True, "pion_level": "error"},
                }
            ),
            "utf-8",
        )

    @property
    def url(self) -> str:
        """What clients and workers connect to."""
        return f"ws://127.0.0.1:{self._port}"

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._program is not None and self._program.running

    async def start(self) -> None:
        """Starts it, and waits until it answers.

        Raises:
            RuntimeError: It ended, or doesn't answer.
        """
        self._starts += 1
        self._program = self._programs.start(
            f"livekit-server-{self._starts}",
            [str(self._binary), "--dev", "--bind", "127.0.0.1", "--config", str(self._config)],
            environment={"PATH": os.environ.get("PATH", ""), "HOME": str(self._config.parent)},
            cwd=self._config.parent,
        )
        deadline = asyncio.get_running_loop().time() + _START_LIMIT_S
        async with aiohttp.ClientSession() as http:
            while not await _answers(http, self._port):
                late = asyncio.get_running_loop().time() > deadline
                if late or not self._program.running:
                    tail = "\n".join(self._program.output.splitlines()[-10:])
                    raise RuntimeError(
                        f"the LiveKit server does not answer (exit status {self._program.status}):"
                        f"\n{tail}"
                    )
                await asyncio.sleep(0.1)

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Signals it, and waits for its end; one that doesn't end is killed."""
        if self._program is None:
            return
        self._program.send_group(number)
        if not await self._program.ended(_STOP_LIMIT_S):
            self._program.send_group(signal.SIGKILL)
            await self._program.ended(_STOP_LIMIT_S)


async def _answers(http: aiohttp.ClientSession, port: int) -> bool:
    try:
        async with http.get(f"http://127.0.0.1:{port}/") as response:
            return response.status == 200
    except aiohttp.ClientError:
        return False

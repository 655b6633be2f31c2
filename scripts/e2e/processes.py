"""Starts programs that end with the run, whatever becomes of it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from typing_extensions import Self

_POLL_S = 0.05
_ROOT = Path(__file__).parents[2]
# begins when it is told to, and not at all if whoever should tell it is gone
_WHEN_TOLD = ("/bin/sh", "-c", 'read -r _ && exec "$@" </dev/null', "sh")


class Program:
    """A program that was started, and all processes it started.

    Attributes:
        name: What it is called in messages.
        log: Where its output goes.
    """

    def __init__(self, name: str, process: subprocess.Popen[bytes], log: Path) -> None:
        self.name = name
        self.log = log
        self._process = process

    @property
    def pid(self) -> int:
        """Its process id, which is its group's as well."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the program itself runs."""
        return self._process.poll() is None

    @property
    def status(self) -> int | None:
        """Its exit status; None while it runs, negative if a signal ended it."""
        return self._process.poll()

    @property
    def group_running(self) -> bool:
        """Whether anything of its group runs."""
        self._process.poll()  # a zombie would count
        try:
            os.killpg(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    @property
    def output(self) -> str:
        """What it has written."""
        return self.log.read_text("utf-8", "replace")

    def send(self, number: signal.Signals) -> None:
        """Signals the program alone."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def send_group(self, number: signal.Signals) -> None:
        """Signals all of its group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    async def ended(self, within_s: float) -> bool:
        """Waits for all of its group to end; whether it did."""
        deadline = asyncio.get_running_loop().time() + within_s
        while self.group_running:
            if asyncio.get_running_loop().time() > deadline:
                return False
            await asyncio.sleep(_POLL_S)
        return True


class Programs:
    """All that a run starts: `with` ends it, and a guard does if the run is killed.

    Args:
        directory: Where the logs go.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._programs: list[Program] = []
        self._guard: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._guard = subprocess.Popen(
            [sys.executable, "-m", "scripts.e2e.guard"],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for program in self._programs:
            program.send_group(signal.SIGKILL)
        for program in self._programs:
            program._process.wait()  # noqa: SLF001 - its owner
        if self._guard is not None and self._guard.stdin is not None:
            self._guard.stdin.close()
            self._guard.wait()

    def start(
        self, name: str, command: Sequence[str], *, environment: Mapping[str, str], cwd: Path
    ) -> Program:
        """Starts a program.

        Args:
            name: What its log is called.
            command: What to run.
            environment: All of its environment.
            cwd: Where it runs.
        """
        if self._guard is None or self._guard.stdin is None:
            raise RuntimeError("nothing guards the programs. Enter `with` first.")
        log = self._directory / f"{name}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(  # noqa: S603 - what the run is made of
                [*_WHEN_TOLD, *command],
                env=dict(environment),
                cwd=cwd,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        program = Program(name, process, log)
        self._programs.append(program)
        self._guard.stdin.write(f"{process.pid}\n".encode())
        self._guard.stdin.flush()
        if process.stdin is not None:
            process.stdin.write(b"\n")
            process.stdin.close()
        return program

    def left_over(self) -> list[str]:
        """The names of programs of which something still runs."""
        return [program.name for program in self._programs if program.group_running]

"""Makes Python environments with one LiveKit release each, and keeps them for the next time."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
DIRECTORY = ROOT / ".venv-compat"
PLUGINS = ("assemblyai", "openai", "silero")
"""Those that the tests and the demo use, each in LiveKit's own version."""
TEST_TOOLS = ("pytest", "pytest-asyncio", "pytest-timeout", "hypothesis")
"""In the versions that constraints.txt names. All else is what an installation gets today."""
NEEDS_OPENAI_2 = (1, 6, 10)
"""Releases before ask for any openai from 2 on, and can be imported with 2 alone."""

_PIP_INSTALL = ("-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check")
_LIMIT_S = 600.0
_STAMP = ".installed"


class NotInstallableError(RuntimeError):
    """An environment can't be made; the message holds the end of the installer's output."""


@dataclass(frozen=True, slots=True)
class Target:
    """A LiveKit release and the Python to run it on.

    Attributes:
        livekit: The release.
        python: The Python's version, as in "3.11".
        interpreter: The Python.
        note: Why it is not the Python that was wanted; empty where it is.
    """

    livekit: str
    python: str
    interpreter: Path
    note: str = ""

    @property
    def name(self) -> str:
        """Short, and unique."""
        return f"{self.livekit}-py{self.python}"

    @property
    def directory(self) -> Path:
        """Where its environment is."""
        return DIRECTORY / self.name

    @property
    def executable(self) -> Path:
        """The environment's Python."""
        return self.directory / "bin" / "python"


def release(version: str) -> tuple[int, ...]:
    """A version's numbers: "1.6.10" is after "1.6.5"."""
    return tuple(int(number) for number in version.split(".")[:3])


def find_uv() -> str | None:
    """The `uv` on PATH, if there is one that runs: a version manager's shim may not."""
    uv = shutil.which("uv")
    return uv if uv is not None and _output(uv, "--version") is not None else None


def find_python(version: str, *, needs_pip: bool) -> Path | None:
    """An interpreter of that version, as in "3.10": on PATH, or one that pyenv keeps.

    Args:
        version: Its first two numbers.
        needs_pip: Whether it has to bring along what environments are made with.
    """
    probe = f"import sys; assert '%d.%d' % sys.version_info[:2] == '{version}'"
    if needs_pip:
        probe += "; import ensurepip"
    for candidate in _candidates(f"python{version}"):
        if _output(candidate, "-c", probe) is not None:
            return Path(candidate)
    return None


def newest_release(uv: str | None) -> str | None:
    """The newest LiveKit Agents that the package index has; None where it can't be asked."""
    name = "livekit-agents"
    if uv is not None:
        options = ("--quiet", "--no-deps", "--no-header", "--no-annotate")
        resolved = _output(uv, "pip", "compile", *options, "-", stdin=name)
        return resolved.split("==")[1].split()[0] if resolved else None
    dry = ("--dry-run", "--ignore-installed", "--no-deps", "--report", "-")
    report = _output(sys.executable, *_PIP_INSTALL, *dry, name)
    return None if report is None else str(json.loads(report)["install"][0]["metadata"]["version"])


def requirements(target: Target) -> list[str]:
    """What is installed beside the project itself."""
    wanted = [f"livekit-agents=={target.livekit}"]
    wanted += [f"livekit-plugins-{plugin}=={target.livekit}" for plugin in PLUGINS]
    if release(target.livekit) < NEEDS_OPENAI_2:
        wanted.append("openai<3")
    constraints = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    return wanted + [line for line in constraints if line.partition("==")[0] in TEST_TOOLS]


async def make(target: Target, uv: str | None) -> bool:
    """Makes the environment of a target, unless it is there already.

    Returns:
        Whether it had to be made.

    Raises:
        NotInstallableError: It can't be.
    """
    stamp = target.directory / _STAMP
    wanted = requirements(target)
    mark = _mark(target, wanted)
    if stamp.is_file() and stamp.read_text("utf-8") == mark and target.executable.exists():
        return False
    stamp.unlink(missing_ok=True)
    shutil.rmtree(target.directory, ignore_errors=True)
    DIRECTORY.mkdir(exist_ok=True)
    project = ("-e", f"{ROOT}[agent]")
    if uv is not None:
        options = ("--quiet", "--no-project", "--python", str(target.interpreter))
        await _run(uv, "venv", *options, str(target.directory))
        install = [uv, "pip", "install", "--quiet", "--python", str(target.executable)]
    else:
        await _run(str(target.interpreter), "-m", "venv", str(target.directory))
        install = [str(target.executable), *_PIP_INSTALL]
    await _run(*install, *wanted, *project)
    stamp.write_text(mark, "utf-8")
    return True


async def run_command(
    *arguments: str, limit_s: float, env: dict[str, str] | None = None
) -> tuple[int, str]:
    """Runs a command from the checkout; ends it, and all it started, at the limit or on a stop.

    Returns:
        Its exit status, and its output with that of errors; 124 where it took too long.
    """
    process = await asyncio.create_subprocess_exec(
        *arguments,
        cwd=ROOT,
        env=env if env is not None else _environment(),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), limit_s)
    except asyncio.TimeoutError:
        return 124, f"took longer than {limit_s:g} s"
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    return process.returncode or 0, output.decode("utf-8", "replace")


def _environment() -> dict[str, str]:
    """Without what the caller's shell has set up for another Python."""
    leaks = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if name not in leaks}


async def _run(*arguments: str) -> None:
    status, output = await run_command(*arguments, limit_s=_LIMIT_S)
    if status:
        end = "\n".join(output.strip().splitlines()[-12:])
        raise NotInstallableError(f"{Path(arguments[0]).name} {arguments[1]}: {end}")


def _candidates(name: str) -> Iterator[str]:
    found = shutil.which(name)
    if found is not None:
        yield found
    pyenv = shutil.which("pyenv")
    kept = _output(pyenv, "whence", "--path", name) if pyenv is not None else None
    yield from reversed((kept or "").splitlines())


def _output(*arguments: str, stdin: str = "") -> str | None:
    """What a command prints; None where it fails."""
    try:
        done = subprocess.run(  # noqa: S603 - arguments are ours
            arguments,
            input=stdin,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
            env=_environment(),
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout


def _mark(target: Target, wanted: list[str]) -> str:
    """Changes with all that an environment is made of."""
    parts = [str(ROOT), str(target.interpreter), *wanted]
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    parts.append(project.partition("\n[tool.")[0])  # the tools' settings come last
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()

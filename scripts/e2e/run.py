"""A run: starts server, recogniser and workers, plays the parts, and ends all it has started."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent.offline.recogniser import LoopbackRecogniser
from scripts.demo.lateness import Lateness

from .batch import Played, check_patiently
from .caller import now
from .checks import Check, Part
from .configuration import WORKERS_DOMAIN, configuration, write_domains
from .faults import faults
from .fleet import fleet
from .heard import drains, heard, judge
from .livekit_server import LiveKitServer
from .rows import DOMAINS, ROWS, Row
from .stage import Stage, callers_sounds
from .workers import ROOT, Worker, start_worker

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from .processes import Programs

    StartWorker = Callable[..., Awaitable[Worker]]

DESK = "desk"
TELEPHONE = "telephone"


@dataclass(slots=True)
class Run:
    """What a run has found so far.

    Attributes:
        played: The calls of the table.
        checks: What must be true.
        late_s: How late timers were, in seconds, at most.
        played_again: What was wrong and was tried again because the machine was busy.
        broke_off: Why it did not come to its end; empty if it did.
        say: Told how far it is.
    """

    played: list[Played] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    late_s: float = 0.0
    played_again: list[str] = field(default_factory=list)
    broke_off: str = ""
    say: Callable[[str], object] = lambda _: None


async def run(
    found: Run,
    programs: Programs,
    binary: Path,
    directory: Path,
    *,
    parts: Sequence[Part] = tuple(Part),
    rows: Sequence[Row] = ROWS,
    wav_directory: Path | None = None,
) -> None:
    """Plays the parts.

    Args:
        found: Where what is found goes, as it is found.
        programs: Who starts and ends server and workers.
        binary: The LiveKit server.
        directory: For configuration and logs.
        parts: What to play.
        rows: What of the part `heard`.
        wav_directory: Where recordings go; None keeps none.

    Raises:
        RuntimeError: Server or workers don't start.
        CallError: A call that nothing is measured of is not answered.
    """
    domains = directory / "config"
    shutil.copytree(ROOT / "config", domains)
    for way, text in DOMAINS.items():
        (domains / f"{way.value}.yaml").write_text(text, "utf-8")
    write_domains(domains)
    sounds, lateness, began_at = callers_sounds(), Lateness(), now()
    async with lateness.watched(), LoopbackRecogniser(sounds) as recogniser:
        server = LiveKitServer(programs, binary, directory)
        await server.start()
        stage = Stage(server, recogniser, sounds, lateness, wav_directory)
        variables = {
            "ASSEMBLYAI_BASE_URL": recogniser.url,
            "ASSEMBLYAI_API_KEY": recogniser.api_key,
            "LIVEKIT_FILTERS_CONFIG_DIR": str(domains),
            "AGENT_DOMAIN": WORKERS_DOMAIN,
            "AGENT_MAX_CALLS": "20",
            "AGENT_METRICS_PORT": "0",
            "LIVEKIT_AGENT_NAME": DESK,
        }

        async def worker(name: str, **more: str) -> Worker:
            started = start_worker(
                programs, server, name, {**variables, **more}, directory=directory
            )
            await started.registered()
            return started

        try:
            await _play(found, stage, worker, domains, parts, rows)
        finally:
            found.played_again = stage.played_again
            found.late_s = lateness.since(began_at)


async def _play(
    found: Run,
    stage: Stage,
    start: StartWorker,
    domains: Path,
    parts: Sequence[Part],
    rows: Sequence[Row],
) -> None:
    found.say("a server, and workers")
    desk = await start("worker-1")
    telephone = None
    if Part.TELEPHONE in parts:
        telephone = await start("telephone", LIVEKIT_AGENT_NAME=TELEPHONE, AGENT_TELEPHONY="1")
    if Part.HEARD in parts or telephone is not None:
        found.say("what callers hear")
        await heard(
            found.played,
            stage,
            DESK,
            TELEPHONE if telephone is not None else None,
            rows if Part.HEARD in parts else (),
        )
        found.checks += judge(found.played)
    if telephone is not None:
        found.checks.append(await drains(stage, TELEPHONE, telephone))
    if Part.CONFIGURATION in parts:
        found.say("domains side by side, and edited")
        found.checks += await check_patiently(
            stage, lambda: configuration(stage, DESK, desk, domains)
        )
    if Part.FAULTS in parts:
        found.say("faults")
        found.checks += await faults(stage, DESK, [desk])
    if Part.FLEET in parts:
        found.say("twelve calls at a time, on two workers")
        found.checks += await fleet(stage, DESK, [desk, await start("worker-2")])

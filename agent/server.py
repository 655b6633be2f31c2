"""The worker: takes calls from a LiveKit server, and runs each one in a process of its own.

Functions of `agent/__main__.py` could not be sent to those processes, and LiveKit's plugins have
to be imported on the main thread: hence a module of its own, that imports them all.
"""

from __future__ import annotations

import asyncio
import inspect
import os
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from livekit.agents import AgentServer, JobContext, JobProcess
from livekit.plugins import silero

from .capacity import load_by_calls
from .domains import job_config, usable_config
from .front_desk import FrontDesk
from .last_good import LAST_GOOD_VARIABLE, last_good
from .recognition import VAD_THRESHOLD
from .rehearsal import recogniser_for
from .session import build_session, room_options
from .settings import read_settings, read_worker_settings


def prewarm(process: JobProcess) -> None:
    """Loads what takes long, before there is a call.

    Raises:
        SettingsError: The environment lacks something.
        ConfigError: There is something wrong with the default domain, and always was.
    """
    settings = read_settings(os.environ)
    process.userdata["config"] = usable_config(settings.domain, last_good())
    if settings.silero_vad:
        process.userdata["vad"] = silero.VAD.load(activation_threshold=VAD_THRESHOLD)


def _options() -> dict[str, Any]:
    settings = read_worker_settings(os.environ)
    options: dict[str, Any] = {"host": settings.http_host}
    if settings.http_port is not None:
        options["port"] = settings.http_port
    if settings.metrics_port is not None:
        options["prometheus_port"] = settings.metrics_port
        # calls have processes of their own, whose numbers come together in files: beside what else
        # this worker keeps, for LiveKit empties the directory at the start
        if own := os.environ.get(LAST_GOOD_VARIABLE):
            options["prometheus_multiproc_dir"] = str(Path(own) / "metrics")
    if "preload_modules" in inspect.signature(AgentServer).parameters:  # of newer versions
        options["preload_modules"] = [f"{__package__}.preload"]
    if settings.max_calls is not None:
        options["load_fnc"] = load_by_calls(settings.max_calls)
    return options


# reads LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET
server = AgentServer(setup_fnc=prewarm, **_options())


# An agent with a name only comes when it is asked for, and only then is there metadata. Newer
# versions of LiveKit read the variable themselves; 1.5.0 does not.
@server.rtc_session(agent_name=os.environ.get("LIVEKIT_AGENT_NAME", ""))
async def answer_call(context: JobContext) -> None:
    """Runs one call."""
    loaded = context.proc.userdata
    settings = read_settings(os.environ)
    # in a thread: the words of a domain that is not the default have yet to be compiled
    config = await asyncio.to_thread(
        job_config,
        context.job.metadata,
        default=loaded["config"],
        default_name=settings.domain,
    )
    resources = AsyncExitStack()
    context.add_shutdown_callback(resources.aclose)
    settings = await resources.enter_async_context(recogniser_for(settings))
    session = build_session(settings, config, vad=loaded.get("vad"))
    await session.start(
        agent=FrontDesk(config), room=context.room, room_options=room_options(settings)
    )

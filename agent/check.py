"""`python -m agent check`: looks over the set-up of a call, with neither call nor network."""

from __future__ import annotations

import argparse
import asyncio
import sys
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

import aiohttp
from livekit.agents import __version__
from livekit.plugins import silero

from filters import check_session
from filters.configuration import Recording

from .domains import domain_config
from .front_desk import FrontDesk
from .recognition import VAD_THRESHOLD
from .session import build_session
from .settings import Settings, SettingsError, read_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from filters import FilterConfig, Finding

_KEYS = ("ASSEMBLYAI_API_KEY", "OPENAI_API_KEY", "OPENAI_TTS_API_KEY")
_STAND_IN = "none"


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Prints what is wrong with a domain's set-up, and what to change.

    Args:
        arguments: Those of the command line, after "check".
        environment: The variables, such as `os.environ`.

    Returns:
        The exit status: 0 if there is nothing to change, else 1. A key that is missing is said,
        and doesn't count: nothing is connected to.
    """
    parser = argparse.ArgumentParser(
        prog="python -m agent check",
        description="Looks over the set-up of a call, with neither call nor network.",
    )
    parser.add_argument("--domain", metavar="NAME", help="a domain other than AGENT_DOMAIN's")
    wanted: str | None = parser.parse_args(arguments).domain
    try:
        settings, missing = settings_without_keys(environment)
        for sentence in missing:
            print(sentence, file=sys.stderr)
        domain = wanted or settings.domain
        findings = asyncio.run(findings_of(settings, domain_config(domain)))
    except ValueError as error:  # a SettingsError or a ConfigError: one sentence a line
        print(error, file=sys.stderr)
        return 1
    for finding in findings:
        print(finding)
    to_change = sum(bool(finding.fix) for finding in findings)
    print(f"{domain}: {to_change or 'nothing'} to change (livekit-agents {__version__})")
    return 1 if to_change else 0


def settings_without_keys(environment: Mapping[str, str]) -> tuple[Settings, list[str]]:
    """Makes settings though keys are missing.

    Returns:
        The settings, and a sentence for each key that is missing.

    Raises:
        SettingsError: Anything else is wrong.
    """
    try:
        return read_settings(environment), []
    except SettingsError as error:
        given = {name: value for name, value in environment.items() if value.strip()}
        settings = read_settings({**dict.fromkeys(_KEYS, _STAND_IN), **given})
        return settings, list(error.problems)


async def findings_of(settings: Settings, config: FilterConfig) -> list[Finding]:
    """Looks over the session that a call would get; nothing is connected to, or recorded.

    Raises:
        SettingsError: The plugin doesn't know the recogniser's model.
    """
    # a language model makes its connection beforehand: the scripted one has none to make
    unconnected = replace(settings, offline=True)
    unrecorded = config.model_copy(update={"recording": Recording()})
    vad = silero.VAD.load(activation_threshold=VAD_THRESHOLD) if settings.silero_vad else None
    async with aiohttp.ClientSession() as http_session:
        session = build_session(unconnected, unrecorded, vad=vad, http_session=http_session)
        async with aclosing(session):
            return check_session(session, FrontDesk(unrecorded))

"""`python -m agent console|dev|start`: LiveKit's own command line, once nothing is missing.

`python -m agent check` is ours, and comes before it.
"""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from dotenv import load_dotenv
from livekit.agents import __version__, cli

from .domains import domain_config, keep_all_domains
from .last_good import LAST_GOOD_VARIABLE, LastGood
from .recognition import choose_model, known_models
from .settings import LIVEKIT_VARIABLES, read_settings, read_worker_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_OURS = "check"
_COMMANDS = frozenset({"connect", "console", "dev", "start"})
# 1.5 wants to know a server for the console too, though it doesn't connect to it.
_WITHOUT_SERVER = frozenset() if __version__.startswith("1.5.") else frozenset({"console"})
_ONLY_LOOKING = frozenset({"--help", "--list-devices"})


def main() -> None:
    """Runs LiveKit's command line, or says in sentences why it can't; the status is 2 then.

    `check` doesn't reach LiveKit's; its status is 0 or 1.
    """
    load_dotenv(".env")
    if sys.argv[1:2] == [_OURS]:
        # imported now and not above: the others need no session
        sys.exit(importlib.import_module("agent.check").main(sys.argv[2:], os.environ))
    try:
        check(sys.argv[1:], os.environ)
    except ValueError as error:  # a SettingsError or a ConfigError: one sentence a line
        print(error, file=sys.stderr)
        sys.exit(2)
    with tempfile.TemporaryDirectory(prefix="agent-last-good-") as directory:
        os.environ[LAST_GOOD_VARIABLE] = directory
        if _starts_calls(sys.argv[1:]):
            keep_all_domains(LastGood(Path(directory)))
        # imported now and not above: the server reads its address and keys as it is made
        cli.run_app(importlib.import_module("agent.server").server)


def check(arguments: Sequence[str], environment: Mapping[str, str]) -> None:
    """Checks that a command has all it needs; `download-files` and `--help` need nothing.

    Raises:
        SettingsError: A variable is missing or can't be understood, or no model is known.
        ConfigError: Something is wrong with the default domain.
        ValueError: The default domain is no name.
    """
    read_worker_settings(environment)  # for every command: the server is made of them
    if not _starts_calls(arguments):
        return
    variables = () if _command(arguments) in _WITHOUT_SERVER else LIVEKIT_VARIABLES
    options = {argument.partition("=")[0] for argument in arguments}
    needed = tuple(name for name in variables if _option(name) not in options)
    settings = read_settings(environment, needed=needed)
    choose_model(known_models(), settings.assemblyai_model)
    domain_config(settings.domain)


def _starts_calls(arguments: Sequence[str]) -> bool:
    return _command(arguments) in _COMMANDS and _ONLY_LOOKING.isdisjoint(arguments)


def _command(arguments: Sequence[str]) -> str | None:
    return next((argument for argument in arguments if not argument.startswith("-")), None)


def _option(variable: str) -> str:
    """What says the same on the command line: `--api-key` for LIVEKIT_API_KEY."""
    return "--" + variable.removeprefix("LIVEKIT_").lower().replace("_", "-")


if __name__ == "__main__":
    main()

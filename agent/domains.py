"""Finds the configuration of a call: the domain that its job's metadata names, or the default.

Files are read anew for every call, so an edit counts from the next call on. An edit that can't be
read does not: the call gets the domain as it last loaded, and the log says what is wrong.
"""

from __future__ import annotations

import json
import logging
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from filters import ConfigError, FilterConfig, load_config
from filters.configuration import DIRECTORY_VARIABLE

from .last_good import LastGood, last_good
from .recognition_check import check_recogniser_options

if TYPE_CHECKING:
    from collections.abc import Iterator

log = logging.getLogger("agent.domains")

# Names, not paths: who starts a call must not choose which file of this machine is read.
_NAME = re.compile("[a-z0-9_-]{1,64}")


def all_domains() -> Iterator[tuple[str, FilterConfig]]:
    """Loads every domain that there is.

    Yields:
        The names and configurations of those that load.
    """
    for name in sorted(path.stem for path in _directory().glob("*.yaml")):
        try:
            config = domain_config(name)
        except ValueError:  # a word list, or a domain whose first call will say what is wrong
            continue
        yield name, config


def keep_all_domains(kept: LastGood) -> None:
    """Keeps every domain that loads, so that the first edit of each finds what was before it."""
    for name, config in all_domains():
        kept.keep(name, config)


def domain_config(name: str) -> FilterConfig:
    """Loads config/NAME.yaml and compiles its words, which takes a quarter of a second.

    Raises:
        ConfigError: There is no such file, or something is wrong with it; options of the recogniser
            that the installed plugin refuses are, too.
        ValueError: It is no name.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name[:80]!r} names no domain. A name is made of a-z, 0-9, _ and -.")
    config = load_config(name)
    check_recogniser_options(config, str(_directory() / f"{name}.yaml"))
    config.compile()
    return config


def usable_config(name: str, kept: LastGood | None = None) -> FilterConfig:
    """Loads a domain, or finds it as it last loaded, and logs why.

    Args:
        name: The domain's.
        kept: Where domains are kept.

    Raises:
        ConfigError: It doesn't load, and has not before.
        ValueError: It is no name.
    """
    try:
        config = domain_config(name)
    except ConfigError as error:
        found = None if kept is None else kept.find(name)
        if found is None:
            raise
        log.error("%s The call goes on with %s as it last loaded.", error, name)  # noqa: TRY400 - it says it all
        return found
    if kept is not None:
        kept.keep(name, config)
    return config


def job_config(
    metadata: str, *, default: FilterConfig, default_name: str | None = None
) -> FilterConfig:
    """The configuration of one call; whatever is wrong with its metadata, the call goes on.

    Args:
        metadata: The job's: empty, or JSON such as `{"domain": "healthcare"}`.
        default: For calls that name no domain, or none that can be used.
        default_name: The default's, to look for an edit of its file; None doesn't look.
    """
    kept = last_good()
    try:
        name = _named_domain(metadata)
        if name is not None:
            return usable_config(name, kept)
    except ValueError as error:  # a ConfigError is one as well
        log.error("%s The call goes on with %s.", error, default.name)  # noqa: TRY400 - it says it all
    if default_name is None:
        return default
    try:
        return usable_config(default_name, kept)
    except ValueError as error:
        log.error("%s The call goes on with %s as it was.", error, default.name)  # noqa: TRY400 - it says it all
        return default


def _directory() -> Path:
    return Path(os.environ.get(DIRECTORY_VARIABLE) or "config")


def _named_domain(metadata: str) -> str | None:
    if not metadata.strip():
        return None
    try:
        values = json.loads(metadata)
    except (ValueError, RecursionError):
        values = None
    name = values.get("domain") if isinstance(values, dict) else 0
    if name is None or isinstance(name, str):
        return name
    # what it holds stays out of the log: it may be about the caller
    raise ValueError('The job\'s metadata is not like {"domain": "healthcare"}.')

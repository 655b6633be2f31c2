"""Loads the configuration of a domain by its name or its file."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from filters.documents import ConfigError, Faults, Problem, did_you_mean, read_yaml, shown
from filters.words import DEFAULT_EXTENDS, default_extends, is_path

from .checking import check
from .config import FilterConfig
from .environment import DIRECTORY_VARIABLE, in_environment
from .sections import NAME

if TYPE_CHECKING:
    from collections.abc import Iterable

DEFAULT = "default"
"""The name of the configuration that needs no file."""


def load_config(
    name_or_path: str | os.PathLike[str] | None = None,
    *,
    directory: str | os.PathLike[str] | None = None,
) -> FilterConfig:
    """Loads the configuration of a domain.

    Args:
        name_or_path: A name ("healthcare" is healthcare.yaml in the directory), or the path of a
            YAML file: anything with a separator, or ending in .yaml or .yml. None or "default" is
            the default: English, without changes.
        directory: Where names are looked up; `LIVEKIT_FILTERS_CONFIG_DIR` where None, or ./config.

    Raises:
        ConfigError: It isn't found, or anything is wrong with it.
    """
    if name_or_path is None or name_or_path == DEFAULT:
        return in_environment(_default())
    return in_environment(read_config(_find(name_or_path, directory)))


def read_config(path: str | os.PathLike[str]) -> FilterConfig:
    """Reads a domain's YAML file, whatever the environment says.

    Raises:
        ConfigError: Anything is wrong with it.
    """
    document = read_yaml(path)
    file = os.fspath(path)
    faults = Faults(file, document.lines, document.problems)
    return check(FilterConfig, document.value, faults, Path(file).parent)


def default_config(languages: Iterable[str] = ()) -> FilterConfig:
    """The default for a recogniser: the words of its languages, with English beside.

    Args:
        languages: The recogniser's `language_codes`, or its `language`; empty: it doesn't say.
            "multi" is every language that is shipped, which takes seconds to load, once a process.

    Raises:
        ConfigError: The mode that the environment sets is none.
    """
    return in_environment(_default(default_extends(languages)))


@lru_cache(maxsize=16)
def _default(extends: tuple[str, ...] = DEFAULT_EXTENDS) -> FilterConfig:
    return check(FilterConfig, {"domain": DEFAULT, "extends": extends}, Faults(DEFAULT), ".")


def _find(name_or_path: str | os.PathLike[str], directory: str | os.PathLike[str] | None) -> Path:
    if is_path(name_or_path):
        return Path(name_or_path)
    name = str(name_or_path)
    if not re.fullmatch(NAME, name):
        fix = "A name is made of a-z, 0-9, _ and -; a path has a / or ends in .yaml."
        raise ConfigError([Problem(shown(name), "", "is neither a name nor a path", fix)])
    where = Path(directory or os.environ.get(DIRECTORY_VARIABLE) or "config")
    path = where / f"{name}.yaml"
    if path.exists():
        return path
    there = sorted(file.stem for file in where.glob("*.yaml"))
    known = f"There is: {', '.join(there)}." if there else "No configuration is there."
    fix = did_you_mean(name, there, known)
    if not where.is_dir():
        fix = f"Name the directory of configurations in {DIRECTORY_VARIABLE}."
    raise ConfigError([Problem(str(path), "", "does not exist", fix)])

"""Keeps the domains of a worker as they last loaded, for when an edit of their files is broken."""

from __future__ import annotations

import logging
import os
import pickle
import tempfile
from pathlib import Path

from filters import FilterConfig

log = logging.getLogger("agent.last_good")

LAST_GOOD_VARIABLE = "AGENT_LAST_GOOD_DIR"
"""Where `python -m agent` tells the processes of its calls to look; nobody else sets it."""


class LastGood:
    """The domains as they last loaded, shared by the processes of a worker.

    A call has a process of its own, made before the call or after an edit: what one process has
    loaded, the next one can only find in a file.

    Args:
        directory: Readable and writable for this worker alone, since what is in it is trusted.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def keep(self, name: str, config: FilterConfig) -> None:
        """Puts a configuration in the place of the one that was kept; not at all if it can't."""
        if self.find(name) == config:
            return
        try:
            with tempfile.NamedTemporaryFile(dir=self._directory, delete=False) as file:
                pickle.dump(config, file)
            Path(file.name).replace(self._path(name))  # at once, for those who read meanwhile
        except OSError as error:
            log.warning("%s could not be kept for later calls: %s", name, error)

    def find(self, name: str) -> FilterConfig | None:
        """The configuration that was kept, if there is one."""
        try:
            found = pickle.loads(self._path(name).read_bytes())  # noqa: S301 - our own file
        except (OSError, EOFError, pickle.UnpicklingError):
            return None
        return found if isinstance(found, FilterConfig) else None

    def _path(self, name: str) -> Path:
        return self._directory / f"{name}.pickle"


def last_good() -> LastGood | None:
    """What this worker keeps; None where it was not started by `python -m agent`."""
    directory = os.environ.get(LAST_GOOD_VARIABLE)
    return LastGood(Path(directory)) if directory else None

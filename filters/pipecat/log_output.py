"""Shows the filter's log in Pipecat's, where the application has set nothing up for it."""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import Any

from loguru import logger as pipecat_log

from filters.calls import LOGGER_NAME

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class _ToPipecat(logging.Handler):
    """Passes records on to loguru, with their facts in the text: few set it up to show extras."""

    def emit(self, record: logging.LogRecord) -> None:
        facts = {key: value for key, value in vars(record).items() if key not in _OWN}
        said = " ".join(f"{key}={value}" for key, value in facts.items())
        bound = pipecat_log.bind(**facts).opt(exception=record.exc_info)
        where = {"name": record.name, "function": record.funcName, "line": record.lineno}

        def place(to: Any) -> None:
            to.update(where)

        bound.patch(place).log(record.levelname, "{} {}", record.getMessage(), said)


@lru_cache(maxsize=1)
def show_in_pipecat_log() -> None:
    """Passes the filter's log on to Pipecat's, unless somebody listens to it already."""
    ours = logging.getLogger(LOGGER_NAME)
    if not ours.hasHandlers():
        ours.addHandler(_ToPipecat())
        ours.setLevel(logging.INFO)
        ours.propagate = False

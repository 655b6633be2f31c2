"""Structured logging that appears in LiveKit's own log output, with nothing to set up.

An event is a static name and its facts are key-value pairs: `log.info("agent_context_pushed",
characters=41)`. The name becomes the message of a standard log record and the pairs become its
`extra`, which is what LiveKit's development and JSON formatters print. structlog's global
configuration stays the application's own.
"""

from __future__ import annotations

import enum
import inspect
import logging
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import structlog

if TYPE_CHECKING:
    from collections.abc import MutableMapping

PAGE = "docs/logs.md"
"""The page of the repository that has a heading for each warning and error."""

# A child of "livekit.agents", so that the level and the handlers LiveKit's command line gives its
# own logger apply here too. ("livekit" alone is one of the loggers it silences.)
LOGGER_NAME = "livekit.agents.filters"

# Attributes a log record has anyway: `Logger.makeRecord` raises KeyError where `extra` repeats one.
# The last three are fields that LiveKit's own formatters fill.
_RECORD_ATTRIBUTES = frozenset(vars(logging.makeLogRecord({}))) | {
    "message",
    "asctime",
    "taskName",  # Python 3.12
    "level",
    "timestamp",
    "extra",
}

# These go to `Logger.info` and its like by themselves, not in `extra`.
_LOG_KEYWORDS = frozenset({"exc_info", "stack_info", "stacklevel"})


def _plain(value: object) -> object:
    """Reduce a value to what pickle and JSON carry: LiveKit's jobs log across a process border."""
    if isinstance(value, enum.Enum):
        return _plain(value.value)
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item) for item in value]
    return str(value)


def _point_at_the_page(
    _logger: Any, method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Have a warning or an error say where it is explained, unless it does so itself."""
    if method in ("warning", "error", "exception"):
        event.setdefault("see", f"{PAGE}#{event['event']}")
    return event


def _point_at_the_caller(
    _logger: Any, method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Set `stacklevel`, so that a record names the line that logged and not a line of structlog."""
    depth = 0
    current = inspect.currentframe()
    frame = current.f_back if current is not None else None
    while frame is not None and str(frame.f_globals.get("__name__")).startswith("structlog."):
        depth += 1
        frame = frame.f_back
    # One of the frames counted is the one that runs the processors; it has returned by the time
    # the record is made. The count therefore is the number of structlog's frames left, plus one.
    if method == "exception" and sys.version_info < (3, 11):
        depth += 1  # `Logger.exception` calls `Logger.error`, which Python 3.10 counts as a caller
    event.setdefault("stacklevel", max(depth, 1))
    return event


def _render_for_logging(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Turn an event into the arguments of a standard logger's method.

    `structlog.stdlib.render_to_log_kwargs`, but for keys that a log record can't take (`name`
    becomes `name_`) and values that are not plain.
    """
    arguments: dict[str, Any] = {"msg": event.pop("event")}
    extra: dict[str, Any] = {}
    for key, value in event.items():
        if key in _LOG_KEYWORDS:
            arguments[key] = value
        else:
            extra[f"{key}_" if key in _RECORD_ATTRIBUTES else key] = _plain(value)
    return {**arguments, "extra": extra}


_PROCESSORS = (
    structlog.stdlib.filter_by_level,
    _point_at_the_page,
    _point_at_the_caller,
    _render_for_logging,
)


def get_logger(name: str = "filters") -> structlog.stdlib.BoundLogger:
    """Return the structured logger of a module.

    Args:
        name: A dotted module name, usually `__name__`. `filters.agent_context` logs as
            `livekit.agents.filters.agent_context`.

    Returns:
        A structlog logger over the standard one; both can be used side by side.
    """
    module = name.removeprefix("filters").lstrip(".")
    logger = structlog.wrap_logger(
        logging.getLogger(f"{LOGGER_NAME}.{module}" if module else LOGGER_NAME),
        processors=_PROCESSORS,
        wrapper_class=structlog.stdlib.BoundLogger,
        context_class=dict,
        cache_logger_on_first_use=True,
    )
    return cast("structlog.stdlib.BoundLogger", logger)

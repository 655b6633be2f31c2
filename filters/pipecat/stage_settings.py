"""What an STT service of Pipecat is to be told when stages of the conversation begin and end."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from filters.calls import get_logger
from filters.configuration import DEFAULTS

from ._pipecat_private import settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipecat.services.settings import STTSettings
    from pipecat.services.stt_service import STTService

log = get_logger(__name__)


class StageSettings:
    """The settings of the service that one pipeline listens with.

    Args:
        configured: The options that the configuration has services made with.
    """

    def __init__(self, configured: Mapping[str, Any]) -> None:
        self._configured = dict(configured)
        self._before: dict[str, Any] = {}
        self._now: dict[str, Any] = {}
        self._service: STTService | None = None
        self._said: set[str] = set()

    def listen_with(self, service: STTService | None) -> None:
        """Says which service it is; None: there is none in the pipeline."""
        self._service = service

    def changes(self, wanted: Mapping[str, Any]) -> Iterator[STTSettings]:
        """The settings to send, none or one: those of all stages, and back what was before."""
        service = self._service
        if service is None:
            return
        settings = settings_of(service)
        settings_type = type(settings)
        known = {field.name for field in dataclasses.fields(settings_type)}
        taken = {name: value for name, value in wanted.items() if name in known}
        for name in sorted(set(wanted) - known - self._said):
            self._said.add(name)
            log.warning(
                "stage_options_not_taken",
                stt=type(service).__name__,
                options=[name],
                consequence="the recogniser goes on as it was; the filter's words change all the "
                "same",
            )
        for name in taken:
            if name not in self._before:
                value = getattr(settings, name)
                if value is None:
                    value = self._configured.get(name, DEFAULTS.get(name))
                self._before[name] = value
        ended = {name: value for name, value in self._before.items() if name not in taken}
        changes = {
            name: value
            for name, value in {**taken, **ended}.items()
            if self._now.get(name, self._before[name]) != value
        }
        self._now.update(taken)
        for name in ended:
            del self._before[name]
            self._now.pop(name, None)
        if changes:
            yield settings_type(**changes)

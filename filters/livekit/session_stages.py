"""The stages that one session is in. They outlive hand-offs, and end with the call."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from filters.calls import CallStages

from .stage_options import StageOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from livekit.agents import AgentSession

    from filters.calls import CallLog
    from filters.configuration import FilterConfig
    from filters.policy import Event


class SessionStages(CallStages):
    """Switches words and recogniser as stages are entered and left, in any order.

    Args:
        session: The session; not kept alive by this.
        config: What names the stages.
        tell: Takes the policy's events.
        call_log: Is told what goes wrong: a stage that can't be switched must not end the call.
    """

    def __init__(
        self,
        session: AgentSession[Any],
        config: FilterConfig,
        tell: Callable[[Event], None],
        call_log: CallLog,
    ) -> None:
        super().__init__(config, tell, call_log, self._have_recognisers_take)
        self._session = weakref.ref(session)
        self._options = StageOptions(config.stt_options())

    def follow_recogniser(self) -> None:
        """Has a recogniser that a hand-off brought along take the options, too."""
        session = self._session()
        if self.names and session is not None:
            try:
                self._options.follow(session)
            except Exception as error:  # noqa: BLE001 - the call goes on with what it has
                self._call_log.failed("stage_failed", error)

    def _have_recognisers_take(self, wanted: Mapping[str, Any]) -> None:
        session = self._session()
        if session is not None:
            self._options.set(session, wanted)

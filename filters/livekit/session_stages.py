"""The stages that one session is in. They outlive hand-offs, and end with the call."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from filters.calls import clock
from filters.documents import ConfigError, Problem, did_you_mean, shown
from filters.policy import StageChanged

from .stage_options import StageOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from livekit.agents import AgentSession

    from filters.calls import CallLog
    from filters.configuration import FilterConfig
    from filters.policy import Event


class SessionStages:
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
        self._session = weakref.ref(session)
        self._config = config
        self._tell = tell
        self._call_log = call_log
        self._visits: list[tuple[object, str]] = []
        self._options = StageOptions(config.stt_options())

    @property
    def names(self) -> tuple[str, ...]:
        """The stages, the one entered last at the end."""
        return tuple(name for _, name in self._visits)

    def knows(self, name: str) -> bool:
        """Whether the configuration has such a stage."""
        return name in self._config.stages

    def check(self, name: str) -> None:
        """Checks the name of a stage.

        Raises:
            ConfigError: The configuration has no such stage; it says which it has.
        """
        if self.knows(name):
            return
        there = sorted(self._config.stages)
        known = f"There is: {', '.join(there)}." if there else "It names no stages at all."
        fix = did_you_mean(name, there, known)
        problem = Problem(self._config.name, "stages", f"{shown(name)} is not among them", fix)
        raise ConfigError([problem])

    def enter(self, visit: object, name: str) -> None:
        """Enters a stage; its changes lie on top of those of the stages entered before."""
        if not self.inside(visit):
            self._visits.append((visit, name))
            self._changed()

    def leave(self, visit: object) -> None:
        """Leaves a stage; the others stay."""
        if self.inside(visit):
            self._visits = [each for each in self._visits if each[0] is not visit]
            self._changed()

    def inside(self, visit: object) -> bool:
        """Whether a stage was entered, and not left."""
        return any(each is visit for each, _ in self._visits)

    def follow_recogniser(self) -> None:
        """Has a recogniser that a hand-off brought along take the options, too."""
        session = self._session()
        if self._visits and session is not None:
            try:
                self._options.follow(session)
            except Exception as error:  # noqa: BLE001 - the call goes on with what it has
                self._call_log.failed("stage_failed", error)

    def event(self) -> StageChanged:
        """What the policy is told."""
        return StageChanged(clock.now(), self.names)

    def end(self) -> None:
        """The call is over: the recogniser, which may serve another, gets its options back."""
        if self._visits:
            self._visits = []
            self._set_options()

    def _changed(self) -> None:
        self._set_options()
        self._tell(self.event())

    def _set_options(self) -> None:
        wanted: dict[str, Any] = {}
        for name in self.names:
            options = self._config.stages[name].stt
            wanted.update(options.given() if options is not None else {})
        session = self._session()
        if session is None:
            return
        try:
            self._options.set(session, wanted)
        except Exception as error:  # noqa: BLE001 - the words change all the same
            self._call_log.failed("stage_failed", error)

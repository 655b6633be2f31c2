"""The stages of the conversation that a call is in, and the visits that people make to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from filters.documents import ConfigError, Problem, did_you_mean, shown
from filters.policy import StageChanged

from . import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from filters.configuration import FilterConfig
    from filters.policy import Event

    from .call_log import CallLog


class CallStages:
    """Switches words and recogniser as stages are entered and left, in any order.

    Args:
        config: What names the stages.
        tell: Takes the policy's events.
        call_log: Is told what goes wrong: a stage that can't be switched must not end the call.
        set_options: Has the recogniser take the options of all the stages the call is in, and put
            back all others.
    """

    def __init__(
        self,
        config: FilterConfig,
        tell: Callable[[Event], None],
        call_log: CallLog,
        set_options: Callable[[Mapping[str, Any]], None],
    ) -> None:
        self._config = config
        self._tell = tell
        self._call_log = call_log
        self._set = set_options
        self._visits: list[tuple[object, str]] = []

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

    def visit(self, name: str, *, required: bool = True) -> StageVisit:
        """A visit to a stage, not yet begun.

        Args:
            name: The stage's.
            required: False: a configuration without it is none the worse, and nothing changes.

        Raises:
            ConfigError: The configuration has no such stage.
        """
        if required:
            self.check(name)
        return StageVisit(self, name)

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
        try:
            self._set(wanted)
        except Exception as error:  # noqa: BLE001 - the words change all the same
            self._call_log.failed("stage_failed", error)


class StageVisit:
    """One visit to a stage; it may be entered again when it was left."""

    def __init__(self, stages: CallStages, name: str) -> None:
        self._stages = stages
        self._name = name

    @property
    def name(self) -> str:
        """The stage's."""
        return self._name

    @property
    def active(self) -> bool:
        """Whether it was entered, and not left since."""
        return self._stages.inside(self)

    def enter(self) -> StageVisit:
        """Switches to the stage; does nothing where that was done."""
        if self._stages.knows(self._name):
            self._stages.enter(self, self._name)
        return self

    def leave(self) -> None:
        """Puts back what was there; does nothing where that was done."""
        self._stages.leave(self)

    async def __aenter__(self) -> StageVisit:  # noqa: PYI034 - Self needs Python 3.11
        return self.enter()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.leave()

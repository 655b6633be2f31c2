"""Runs live scenarios side by side in one event loop: a hundred calls take as long as a few.

board = Board()

@board.scenario(settings=SETTINGS)
async def mhm_does_not_stop_the_agent(setting): ...

test_live = board.test()

The fixture `outcomes`, in tests/conftest.py, plays those of the module's `board`.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import pytest

from .call import SETTINGS, Setting

Scenario = Callable[[Setting], Awaitable[None]]

AT_ONCE = 16
"""Calls at a time: what two cores play in real time with room to spare."""
BOUND_S = 90.0
"""The longest a scenario may take."""
LIMIT_S = 480.0
"""The longest all scenarios of a module may take: the first test of it waits for them."""
MOST_TO_REPEAT = 4
"""Failures of a module that may be the machine's, which had other calls to play; more are not."""

repeated: list[str] = []
"""The scenarios that failed beside others and passed alone: the end of the run names them."""


@dataclass
class Board:
    """The scenarios of a test module.

    Attributes:
        scenarios: By name: what is played, and with which setting.
        left_out: Why some are not.
        at_once: How many are played at a time.
        prepare: Called before the first: what takes long must not take it in a call.
    """

    scenarios: dict[str, tuple[Scenario, Setting]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    at_once: int = AT_ONCE
    prepare: Callable[[], object] = lambda: None

    def scenario(
        self,
        *,
        settings: Sequence[Setting] = (Setting(),),
        skip: Callable[[Setting], str] = lambda _: "",
    ) -> Callable[[Scenario], Scenario]:
        """Registers an async function, once for each setting.

        Args:
            settings: What it is played with.
            skip: Why this LiveKit can't play it with a setting; empty where it can. It counts as
                a test all the same, so that all releases have the same number of them.
        """

        def register(function: Scenario) -> Scenario:
            for setting in settings:
                name = f"{function.__name__}[{setting}]"
                assert name not in self.scenarios, name
                self.scenarios[name] = (function, setting)
                if reason := skip(setting):
                    self.left_out[name] = reason
            return function

        return register

    def parameters(self) -> list[object]:
        """A parameter for each scenario; those left out are marked so."""
        return [
            pytest.param(name, marks=pytest.mark.skip(reason=self.left_out[name]), id=name)
            if name in self.left_out
            else pytest.param(name, id=name)
            for name in self.scenarios
        ]

    def test(self) -> Callable[[str, dict[str, str | None]], None]:
        """The test of the module, with a parameter for each scenario registered so far."""

        @pytest.mark.live
        @pytest.mark.timeout(LIMIT_S)
        @pytest.mark.parametrize("name", self.parameters())
        def test_scenario(name: str, outcomes: dict[str, str | None]) -> None:
            """Each scenario, as its function says."""
            if outcomes[name] is not None:
                pytest.fail(str(outcomes[name]), pytrace=False)

        return test_scenario

    def selected(self, request: pytest.FixtureRequest) -> list[str]:
        """The scenarios of the module whose tests are to run."""
        names = [
            item.callspec.params.get("name")
            for item in request.session.items
            if isinstance(item, pytest.Function)
            and item.module is request.module
            and hasattr(item, "callspec")
            and item.get_closest_marker("skip") is None
        ]
        return [name for name in names if name in self.scenarios]

    async def run(self, names: Sequence[str]) -> dict[str, str | None]:
        """Plays the named scenarios; for each what went wrong, or None.

        They keep real time, and a busy machine may be late: the few that fail side by side are
        played once more, one by one. What fails then too has failed.
        """
        self.prepare()
        room = asyncio.Semaphore(self.at_once)

        async def play_beside_others(name: str) -> str | None:
            async with room:
                return await self._play(name)

        played = await asyncio.gather(*map(play_beside_others, names))
        outcomes = dict(zip(names, played, strict=True))
        failed = [name for name, outcome in outcomes.items() if outcome is not None]
        if len(failed) <= MOST_TO_REPEAT:
            for name in failed:
                outcomes[name] = await self._play(name)
                if outcomes[name] is None:
                    repeated.append(name)
        return outcomes

    async def _play(self, name: str) -> str | None:
        function, setting = self.scenarios[name]
        try:
            await asyncio.wait_for(function(setting), BOUND_S)
        except Exception:  # noqa: BLE001 - whatever it is, it is the outcome
            return traceback.format_exc()
        return None


__all__ = ["AT_ONCE", "BOUND_S", "SETTINGS", "Board", "Scenario", "Setting"]

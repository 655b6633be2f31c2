"""Words for a broken assumption: what LiveKit no longer does, and what that does to the filter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from livekit.agents import Agent
from livekit.agents import __version__ as livekit_version

from tests.live.call import Call

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from tests.live.board import Setting


@dataclass(frozen=True, slots=True)
class Assumption:
    """Something LiveKit does that the filter relies on.

    Attributes:
        says: What it does, as a sentence without its full stop.
        otherwise: What the filter does wrong where it doesn't, likewise.
    """

    says: str
    otherwise: str

    def holds(self, condition: object, seen: object = "") -> None:
        """Fails with both sentences where it does not."""
        assert condition, self._broken(seen)

    async def comes_true(
        self, call: Call, condition: Callable[[], object], *, within_s: float = 3.0
    ) -> None:
        """Waits for it; fails with both sentences where it does not come."""
        try:
            await call.until(condition, "it", within_s=within_s)
        except AssertionError as error:
            raise AssertionError(self._broken(error)) from None

    def _broken(self, seen: object) -> str:
        return (
            f"livekit-agents {livekit_version} breaks an assumption. Assumed: {self.says}. "
            f"Without it: {self.otherwise}. Seen: {seen}"
        )


def bare_call(setting: Setting, agent: Agent | None = None, **options: Any) -> Call:
    """A call to an agent without any filter."""
    return Call(setting, agent or Agent(instructions="Test."), **options)

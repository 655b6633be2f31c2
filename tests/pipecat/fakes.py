"""Parts of a pipeline that do nothing, and say what they were told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipecat.services.settings import STTSettings
from pipecat.services.stt_service import STTService
from pipecat.utils.types import NOT_GIVEN

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from pipecat.frames.frames import Frame


@dataclass
class FakeSettings(STTSettings):
    """As a service with ends of turns of its own has them."""

    min_turn_silence: Any = field(default_factory=lambda: NOT_GIVEN)
    max_turn_silence: Any = field(default_factory=lambda: NOT_GIVEN)


class FakeSTT(STTService):
    """Hears nothing.

    Attributes:
        told: The settings that it was sent, as they then were.
    """

    def __init__(self) -> None:
        settings = FakeSettings(
            model="fake", language=None, min_turn_silence=100, max_turn_silence=1000
        )
        super().__init__(settings=settings, ttfs_p99_latency=0.5)
        self.told: list[tuple[int, int]] = []

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:  # noqa: ARG002
        """Nothing."""
        yield None

    async def _update_settings(self, delta: Any) -> dict[str, Any]:
        changed = await super()._update_settings(delta)
        settings: Any = self._settings
        self.told.append((settings.min_turn_silence, settings.max_turn_silence))
        return changed

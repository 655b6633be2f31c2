"""Pipecat's private names, each with the reason why public API falls short.

Verified on pipecat-ai 1.12.0 and 1.14.0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipecat.processors.aggregators.llm_response_universal import LLMUserAggregator
    from pipecat.processors.frame_processor import FrameProcessor
    from pipecat.services.settings import STTSettings
    from pipecat.services.stt_service import STTService
    from pipecat.turns.user_start import BaseUserTurnStartStrategy


def start_strategies(aggregator: LLMUserAggregator) -> Sequence[BaseUserTurnStartStrategy]:
    """The turn start strategies in force.

    The aggregator shows neither its parameters nor its controller, and the defaults it takes
    where it was given none are what has to be found. Can go when it shows its strategies.
    """
    controller: Any = aggregator._user_turn_controller
    return list(controller._user_turn_strategies.start or [])


def interrupts(strategy: BaseUserTurnStartStrategy) -> bool:
    """Whether a start strategy interrupts the bot. It takes the setting, and doesn't show it."""
    return bool(getattr(strategy, "_enable_interruptions", True))


def before(processor: FrameProcessor) -> list[FrameProcessor]:
    """The processors before one in its pipeline. `previous` is public, but new."""
    found: list[FrameProcessor] = []
    at = processor._prev
    while at is not None:
        found.insert(0, at)
        at = at._prev
    return found


def after(processor: FrameProcessor) -> list[FrameProcessor]:
    """The processors after one in its pipeline. `next` is public, but new."""
    found: list[FrameProcessor] = []
    at = processor._next
    while at is not None:
        found.append(at)
        at = at._next
    return found


def settings_of(service: STTService) -> STTSettings:
    """What a recogniser's settings are, to be put back later. It takes changes, and shows none."""
    settings: STTSettings = service._settings
    return settings

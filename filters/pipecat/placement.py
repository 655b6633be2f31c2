"""Finds faults in where the two halves of the filter stand, and says how to mend them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipecat.processors.aggregators.llm_response_universal import LLMUserAggregator
from pipecat.services.stt_service import STTService

from . import _pipecat_private as private

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipecat.processors.frame_processor import FrameProcessor, FrameProcessorSetup
    from pipecat.turns.user_start import BaseUserTurnStartStrategy

_INTERRUPTING = {
    "VADUserTurnStartStrategy": "it interrupts the bot at any sound",
    "TranscriptionUserTurnStartStrategy": "it interrupts the bot at any word",
    "MinWordsUserTurnStartStrategy": "it counts words of its own, and drops those short of them",
    "ExternalUserTurnStartStrategy": "it interrupts the bot at whatever the recogniser hears",
    "KrispVivaIPUserTurnStartStrategy": "it decides on interruptions by itself",
}
_PIPELINE = "Pipeline([transport.input(), stt, interruptions.processor, user_aggregator, llm, ...])"
_STRATEGIES = "UserTurnStrategies(start=[interruptions.start_strategy])"


class PlacementError(RuntimeError):
    """The filter can't work where it stands: what is wrong, where, and the fix."""

    def __init__(self, where: str, problem: str, fix: str) -> None:
        super().__init__(f"{where}: {problem}. {fix}")


def check_placement(
    processor: FrameProcessor,
    strategy: BaseUserTurnStartStrategy,
    line: Sequence[FrameProcessor],
) -> None:
    """Checks a pipeline that is about to start.

    Args:
        processor: The half that stands in the pipeline.
        strategy: The half that starts turns.
        line: The pipeline's processors, in order.

    Raises:
        PlacementError: The pair is torn apart, out of place, or not alone.
    """
    at = line.index(processor)
    before, after = line[:at], line[at + 1 :]
    if any(isinstance(each, LLMUserAggregator) for each in before):
        raise PlacementError(
            "the pipeline",
            "the filter's processor comes after the user aggregator, which has the words by then",
            f"Put it between the two: {_PIPELINE}",
        )
    if any(isinstance(each, STTService) for each in after):
        raise PlacementError(
            "the pipeline",
            "the filter's processor comes before the STT service, and so before any words",
            f"Put it behind: {_PIPELINE}",
        )
    aggregators = [each for each in after if isinstance(each, LLMUserAggregator)]
    if not aggregators:
        raise PlacementError(
            "the pipeline",
            "no LLMUserAggregator follows the filter's processor",
            f"Take one of LLMContextAggregatorPair: {_PIPELINE}",
        )
    starts = private.start_strategies(aggregators[0])
    _check_strategies(starts, strategy)


def _check_strategies(
    starts: Sequence[BaseUserTurnStartStrategy], strategy: BaseUserTurnStartStrategy
) -> None:
    where = "LLMUserAggregatorParams.user_turn_strategies"
    if strategy not in starts:
        names = ", ".join(type(each).__name__ for each in starts) or "none"
        raise PlacementError(
            where,
            f"the filter's start strategy is not among them ({names} are), so what the processor "
            "lets through starts no turn, and what it keeps back may",
            f"Pass both halves of one interruption_filter(): {_STRATEGIES}",
        )
    for each in starts:
        why = _INTERRUPTING.get(type(each).__name__)
        if why is not None and private.interrupts(each):
            raise PlacementError(
                where,
                f"{type(each).__name__} is among the start strategies: {why}",
                f"Leave it out: {_STRATEGIES}",
            )


def line_of(processor: FrameProcessor, setup: FrameProcessorSetup) -> list[FrameProcessor]:
    """All processors of the pipeline that a processor stands in, nested ones included."""
    worker = getattr(setup, "pipeline_worker", None)
    if worker is not None:
        line = list(_flat([worker.pipeline]))
        if processor in line:
            return line
    return list(_flat([*private.before(processor), processor, *private.after(processor)]))


def _flat(processors: Sequence[FrameProcessor]) -> Iterator[FrameProcessor]:
    for processor in processors:
        yield processor
        yield from _flat(processor.processors)

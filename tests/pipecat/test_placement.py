"""Where the two halves stand: what is wrong is said with its place and its fix."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from loguru import logger
from pipecat.frames.frames import EndFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.processors.filters.identity_filter import IdentityFilter
from pipecat.turns.user_start import (
    MinWordsUserTurnStartStrategy,
    TranscriptionUserTurnStartStrategy,
    VADUserTurnStartStrategy,
)
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies
from pipecat.workers.runner import WorkerRunner

from filters.pipecat import InterruptionFilter, interruption_filter
from tests.virtual_time import virtually

from .fakes import FakeSTT
from .line import config

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipecat.processors.frame_processor import FrameProcessor
    from pipecat.turns.user_start import BaseUserTurnStartStrategy


def alone(pair: InterruptionFilter) -> list[BaseUserTurnStartStrategy]:
    """As it should be."""
    return [pair.start_strategy]


def in_place(pair: InterruptionFilter, user: FrameProcessor) -> list[FrameProcessor]:
    """As it should be."""
    return [FakeSTT(), pair.processor, user]


async def errors_of(
    starts: Callable[[InterruptionFilter], list[BaseUserTurnStartStrategy]] | None,
    order: Callable[[InterruptionFilter, FrameProcessor], list[FrameProcessor]] = in_place,
    mode: str = "enforce",
) -> list[str]:
    """Starts a pipeline and ends it; what Pipecat reported."""
    logger.remove()
    pair = interruption_filter(config(mode=mode))
    strategies = None
    if starts is not None:
        stop = [SpeechTimeoutUserTurnStopStrategy()]
        strategies = UserTurnStrategies(start=starts(pair), stop=[*stop])
    user, assistant = LLMContextAggregatorPair(
        LLMContext(), user_params=LLMUserAggregatorParams(user_turn_strategies=strategies)
    )
    worker = PipelineWorker(
        Pipeline([*order(pair, user), assistant]), cancel_on_idle_timeout=False, enable_rtvi=False
    )
    errors: list[str] = []

    async def note(_worker: Any, frame: Any) -> None:
        errors.append(frame.error)

    worker.add_event_handler("on_pipeline_error", note)
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    task = asyncio.create_task(runner.run())
    await asyncio.sleep(0.2)
    await worker.queue_frame(EndFrame())
    await task
    return errors


@virtually
async def test_a_pair_at_its_place_has_no_faults() -> None:
    """Alone among the start strategies, between recogniser and aggregator."""
    assert await errors_of(alone) == []


@virtually
async def test_a_pair_inside_of_nested_pipelines_is_found() -> None:
    """Each half may be in one of its own."""
    nested = await errors_of(
        alone, lambda pair, user: [Pipeline([FakeSTT(), pair.processor]), Pipeline([user])]
    )
    assert nested == []


@virtually
async def test_transcripts_may_come_from_a_transport() -> None:
    """No STT service is needed."""
    assert await errors_of(alone, lambda pair, user: [pair.processor, IdentityFilter(), user]) == []


@virtually
@pytest.mark.parametrize(
    "other",
    [
        VADUserTurnStartStrategy(),
        TranscriptionUserTurnStartStrategy(),
        MinWordsUserTurnStartStrategy(min_words=2),
    ],
    ids=lambda each: type(each).__name__,
)
async def test_a_strategy_that_interrupts_by_itself_is_a_fault(
    other: BaseUserTurnStartStrategy,
) -> None:
    """Whatever the filter keeps back, it would start a turn."""
    (error,) = await errors_of(lambda pair: [pair.start_strategy, other])
    assert f"{type(other).__name__} is among the start strategies" in error
    assert "Leave it out: UserTurnStrategies(start=[interruptions.start_strategy])" in error


@virtually
async def test_a_strategy_that_does_not_interrupt_is_none() -> None:
    """It starts turns, and the filter stops the bot."""
    quiet = VADUserTurnStartStrategy(enable_interruptions=False)
    assert await errors_of(lambda pair: [pair.start_strategy, quiet]) == []


@virtually
async def test_a_processor_without_its_strategy_is_a_fault() -> None:
    """The defaults have a strategy that interrupts at any sound."""
    (error,) = await errors_of(None)
    assert "the filter's start strategy is not among them" in error
    assert "VADUserTurnStartStrategy, TranscriptionUserTurnStartStrategy are" in error
    assert "Pass both halves of one interruption_filter()" in error


@virtually
async def test_halves_of_two_filters_are_no_pair() -> None:
    """Each would wait for the other's."""
    strange = interruption_filter(config())
    errors = await errors_of(lambda _: [strange.start_strategy])
    assert any("the filter's start strategy is not among them" in error for error in errors)
    assert any("its processor is not in front of" in error for error in errors)


@virtually
async def test_a_strategy_without_its_processor_is_a_fault() -> None:
    """No word would ever start a turn; until that is mended, turns start as Pipecat's do."""
    (error,) = await errors_of(alone, lambda _, user: [FakeSTT(), user])
    assert "its processor is not in front of the user aggregator" in error
    assert "Put it there: Pipeline([" in error


@virtually
async def test_a_processor_behind_the_aggregator_is_a_fault() -> None:
    """The aggregator has the words by then."""
    errors = await errors_of(alone, lambda pair, user: [FakeSTT(), user, pair.processor])
    assert any("comes after the user aggregator" in error for error in errors)


@virtually
async def test_a_processor_before_the_recogniser_is_a_fault() -> None:
    """No words come by."""
    (error,) = await errors_of(alone, lambda pair, user: [pair.processor, FakeSTT(), user])
    assert "comes before the STT service" in error


@virtually
async def test_a_pipeline_without_an_aggregator_is_a_fault() -> None:
    """Nobody would take turns."""
    (error,) = await errors_of(alone, lambda pair, _: [FakeSTT(), pair.processor])
    assert "no LLMUserAggregator follows" in error


@virtually
@pytest.mark.parametrize("mode", ["shadow", "off"])
async def test_a_filter_that_only_watches_may_stand_beside_others(mode: str) -> None:
    """That is how one tries it."""
    both = await errors_of(
        lambda pair: [pair.start_strategy, VADUserTurnStartStrategy()], mode=mode
    )
    assert both == []
    assert await errors_of(lambda _: [VADUserTurnStartStrategy()], mode=mode) == []


def test_the_pair_can_be_taken_apart_in_one_line() -> None:
    """As Pipecat's own pair of aggregators can."""
    pair = interruption_filter(config())
    assert tuple(pair) == (pair.processor, pair.start_strategy)
    assert pair.strategies().start == [pair.start_strategy]

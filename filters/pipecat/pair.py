"""Makes the two halves of the filter, which share one call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipecat.turns.user_turn_strategies import UserTurnStrategies

from filters.configuration import FilterConfig, load_config

from .filtered_call import FilteredCall
from .log_output import show_in_pipecat_log
from .processor import InterruptionProcessor
from .start_strategy import FilteredUserTurnStartStrategy

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator

    from pipecat.processors.frame_processor import FrameProcessor
    from pipecat.turns.user_start import BaseUserTurnStartStrategy
    from pipecat.turns.user_stop import BaseUserTurnStopStrategy

    from filters.calls import Judge, StageVisit
    from filters.policy import Decision


def interruption_filter(
    config: FilterConfig | str | os.PathLike[str] | None = None, *, judge: Judge | None = None
) -> InterruptionFilter:
    """A filter for one pipeline: the bot talks on through "mhm", stops at "stop", loses no answer.

    Put its `processor` between the STT service and the user aggregator, and its `start_strategy`
    into the aggregator's strategies, alone. Make one for each call.

    Args:
        config: A `FilterConfig`, the name of a domain YAML, or a path; None is the default.
        judge: Is asked about each transcript over the bot before the words decide: a function of
            the `Overlap`, plain or async, that answers a `Judgement`, or None for what the words
            say. With a parameter `audio` it gets the `InputAudioRawFrame`s of the overlap.

    Raises:
        ConfigError: The configuration is faulty.
    """
    loaded = config if isinstance(config, FilterConfig) else load_config(config)
    loaded.compile()  # now, not at the caller's first word
    show_in_pipecat_log()
    return InterruptionFilter(loaded, judge)


class InterruptionFilter:
    """Both halves, and what an application may tell them. Made by `interruption_filter`.

    `processor, start_strategy = interruption_filter("clinic")` takes them apart.

    Attributes:
        config: What it decides by.
    """

    def __init__(self, config: FilterConfig, judge: Judge | None = None) -> None:
        self.config = config
        self._call = FilteredCall(config, judge)
        self._start_strategy = FilteredUserTurnStartStrategy(self._call)
        self._processor = InterruptionProcessor(self._call, self._start_strategy)

    @property
    def processor(self) -> FrameProcessor:
        """Goes into the pipeline, between the STT service and the user aggregator."""
        return self._processor

    @property
    def start_strategy(self) -> BaseUserTurnStartStrategy:
        """Goes into `UserTurnStrategies(start=[...])`, alone."""
        return self._start_strategy

    def __iter__(self) -> Iterator[FrameProcessor | BaseUserTurnStartStrategy]:
        return iter((self._processor, self._start_strategy))

    def strategies(self, stop: list[BaseUserTurnStopStrategy] | None = None) -> UserTurnStrategies:
        """The strategies for `LLMUserAggregatorParams(user_turn_strategies=...)`.

        Args:
            stop: What ends turns; None: Pipecat's own default.
        """
        return UserTurnStrategies(start=[self._start_strategy], stop=stop)

    def stage(self, name: str, *, required: bool = True) -> StageVisit:
        """A stage of the conversation that the configuration names, to be entered and left.

        `async with interruptions.stage("confirmation"):`, or `.enter()` and later `.leave()`. From
        then on its words count; settings of the recogniser go to it as an
        `STTUpdateSettingsFrame`, for which AssemblyAI's service connects anew.

        Args:
            name: A key under `stages:`.
            required: False: a configuration without this stage is none the worse.

        Raises:
            ConfigError: The configuration has no such stage.
        """
        return self._call.stages.visit(name, required=required)

    def expect_answer(self) -> None:
        """Says that the bot's turn under way, or its next one, asks for an answer."""
        self._call.expect_answer()

    def on_decision(self, observer: Callable[[Decision], None]) -> None:
        """Has a function called with each decision; it must not block."""
        self._call.driver.observers.append(observer)

"""The three ways a row is played: what starts the caller's turns."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from pipecat.turns.user_start import MinWordsUserTurnStartStrategy
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies

from filters.configuration import FilterConfig, Recording
from filters.pipecat import interruption_filter

if TYPE_CHECKING:
    from pathlib import Path

    from pipecat.processors.frame_processor import FrameProcessor


class Way(Enum):
    """What starts the caller's turns; the columns of the table."""

    STOCK = "stock"
    MIN_WORDS = "min_words"
    OURS = "ours"


TITLES = {
    Way.STOCK: "stock Pipecat",
    Way.MIN_WORDS: "MinWords(2)",
    Way.OURS: "this project",
}


def hotel_config(recordings: Path | None = None) -> FilterConfig:
    """What the filter works by, in all rows alike."""
    config = FilterConfig.from_mapping({"domain": "hotel_demo"})
    # The environment may have switched the filter off; here it is what is shown.
    changes: dict[str, object] = {"mode": "enforce"}
    if recordings is not None:
        changes["recording"] = Recording(mode="words", directory=str(recordings))
    return config.model_copy(update=changes)


def strategies(way: Way, config: FilterConfig) -> tuple[UserTurnStrategies, list[FrameProcessor]]:
    """What starts and ends turns, and what stands between recogniser and aggregator.

    Turns end alike: 0.6 s after the voice has.
    """
    stop = [SpeechTimeoutUserTurnStopStrategy()]
    if way is Way.OURS:
        interruptions = interruption_filter(config)
        return interruptions.strategies([*stop]), [interruptions.processor]
    if way is Way.MIN_WORDS:
        start = [MinWordsUserTurnStartStrategy(min_words=2)]
        return UserTurnStrategies(start=[*start], stop=[*stop]), []
    return UserTurnStrategies(stop=[*stop]), []

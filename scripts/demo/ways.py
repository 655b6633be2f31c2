"""The three ways a row is played: what stands between the recogniser and LiveKit."""

from __future__ import annotations

import asyncio
import functools
from enum import Enum
from typing import TYPE_CHECKING, Any

from livekit.agents import Agent, AgentSession, function_tool

from filters import BackchannelSTTFilterMixin, FilterConfig, install, stage
from filters.configuration import Recording as RecordingSettings

from .guide_rules import GuideRulesMixin, install_buffer_rule
from .rows import CONFIRMATION, TOOL_S, Row

if TYPE_CHECKING:
    from pathlib import Path

TURN_HANDLING: dict[str, Any] = {
    "turn_detection": "stt",
    "endpointing": {"min_delay": 1.0, "max_delay": 4.0},
    "interruption": {
        "enabled": True,
        "resume_false_interruption": True,
        "false_interruption_timeout": 1.5,
        "min_words": 2,
    },
}
"""As the guide configures a self-hosted agent; the same for every way."""


class Way(Enum):
    """What stands between the recogniser and LiveKit; the columns of the table."""

    STOCK = "stock"
    GUIDE = "guide"
    OURS = "ours"


class Receptionist(Agent):
    """The agent, without any filter."""

    def __init__(self) -> None:
        super().__init__(instructions="You are the receptionist of a hotel by the sea.")
        self.tool_running = False

    @function_tool
    async def free_suites(self) -> str:
        """Looks up which suites are free tonight."""
        self.tool_running = True
        try:
            await asyncio.sleep(TOOL_S)
        finally:
            self.tool_running = False
        return "two"


class GuideReceptionist(GuideRulesMixin, Receptionist):
    """With the guide's rules."""


class FilteredReceptionist(BackchannelSTTFilterMixin, Receptionist):
    """With this project's filter."""


def receptionist(way: Way, session: AgentSession[Any], config: FilterConfig) -> Receptionist:
    """The agent for a session that has not been started yet, which is fitted out for it."""
    if way is Way.GUIDE:
        install_buffer_rule(session)
        return GuideReceptionist()
    if way is Way.OURS:
        install(session, config)
        return FilteredReceptionist()
    return Receptionist()


def come_to(row: Row, way: Way, session: AgentSession[Any]) -> None:
    """Brings the conversation to a row's stage, which this project alone can be told."""
    if row.in_stage and way is Way.OURS:
        stage(session, row.in_stage).enter()


@functools.cache
def hotel_config() -> FilterConfig:
    """What the filter works by, in all rows alike; its words are compiled, which takes a moment."""
    given = FilterConfig.from_mapping(
        {
            "domain": "hotel_demo",
            "answer_prompts": ["please confirm"],
            "stages": {CONFIRMATION: {"backchannels": {"remove": ["okay"]}}},
        }
    )
    # The environment may have switched the filter off, for an agent; here it is what is shown.
    config = given.model_copy(update={"mode": "enforce"})
    config.compile()
    return config


def recorded_config(directory: Path | None, *, shadow: bool = False) -> FilterConfig:
    """The same, and its calls are recorded with their words where a directory is named.

    Args:
        directory: Where to.
        shadow: The filter only watches.
    """
    changes: dict[str, object] = {"mode": "shadow"} if shadow else {}
    if directory is not None:
        changes["recording"] = RecordingSettings(mode="words", directory=str(directory))
    return hotel_config().model_copy(update=changes)

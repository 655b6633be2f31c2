"""What the filter takes for granted about Pipecat: each class, frame and name that it uses."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

import pytest
from pipecat.frames import frames
from pipecat.pipeline.pipeline import Pipeline
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMAssistantAggregator,
    LLMContextAggregatorPair,
    LLMUserAggregator,
)
from pipecat.processors.filters.identity_filter import IdentityFilter
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.services.assemblyai.stt import AssemblyAISTTService
from pipecat.services.llm_service import LLMService
from pipecat.services.stt_service import STTService
from pipecat.services.tts_service import TTSService
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.turns import user_start
from pipecat.turns.user_start import BaseUserTurnStartStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies

from filters.pipecat import _pipecat_private as private
from filters.pipecat.placement import _INTERRUPTING

from .fakes import FakeSTT
from .line import HAS_BACKCHANNELS

FIELDS = {
    "TranscriptionFrame": {"text", "user_id", "timestamp", "language", "result"},
    "InterimTranscriptionFrame": {"text", "user_id", "timestamp", "language", "result"},
    "UserBackchannelFrame": {"text", "user_id", "timestamp"},
    "VADUserStartedSpeakingFrame": {"start_secs"},
    "VADUserStoppedSpeakingFrame": set(),
    "ProposedUserStartedSpeakingFrame": set(),
    "ProposedUserStoppedSpeakingFrame": set(),
    "UserMuteStartedFrame": set(),
    "UserMuteStoppedFrame": set(),
    "BotStartedSpeakingFrame": set(),
    "BotStoppedSpeakingFrame": set(),
    "InterruptionFrame": set(),
    "InputAudioRawFrame": {"audio", "sample_rate", "num_frames"},
    "LLMContextFrame": {"context"},
    "LLMFullResponseStartFrame": set(),
    "LLMFullResponseEndFrame": set(),
    "TTSStartedFrame": set(),
    "TTSStoppedFrame": set(),
    "TTSTextFrame": {"text", "includes_inter_frame_spaces"},
    "FunctionCallsStartedFrame": {"function_calls"},
    "FunctionCallInProgressFrame": {"tool_call_id", "cancel_on_interruption"},
    "FunctionCallResultFrame": {"tool_call_id", "properties"},
    "FunctionCallCancelFrame": {"tool_call_id"},
    "LLMMessagesAppendFrame": {"messages", "run_llm"},
    "STTUpdateSettingsFrame": {"delta"},
}


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_each_frame_has_the_fields_that_are_read(name: str) -> None:
    """And `metadata`, which marks the frame that takes the floor."""
    if name == "UserBackchannelFrame" and not HAS_BACKCHANNELS:
        pytest.skip("this Pipecat has no frame for backchannels")
    kind: Any = getattr(frames, name)
    there = {field.name for field in dataclasses.fields(kind)}
    assert there >= FIELDS[name] | {"metadata"}


def test_transcripts_are_apart_from_each_other() -> None:
    """An interim is no final, nor is a guess at the end of a turn."""
    assert not issubclass(frames.InterimTranscriptionFrame, frames.TranscriptionFrame)
    assert not issubclass(frames.EagerTranscriptionFrame, frames.TranscriptionFrame)


def test_one_frame_can_be_kept_from_being_dropped() -> None:
    """By an interruption, which the words before it may start."""
    frame = frames.TranscriptionFrame("Breakfast.", "caller", "now")
    assert frame.interruptible
    frame.interruptible = False


@pytest.mark.parametrize(
    "part", [FrameProcessor, LLMUserAggregator, LLMAssistantAggregator, LLMService, TTSService]
)
def test_processors_push_through_one_method(part: type[FrameProcessor]) -> None:
    """So that what they push can be looked at."""
    assert {"frame", "direction"} <= set(inspect.signature(part.push_frame).parameters)
    assert issubclass(part, FrameProcessor)
    assert issubclass(BaseOutputTransport, FrameProcessor)


@pytest.mark.parametrize(
    "event", ["on_before_push_frame", "on_after_push_frame", "on_before_process_frame"]
)
async def test_what_processors_do_can_be_looked_at(event: str) -> None:
    """In order, before or after they do it."""
    seen: list[object] = []

    async def look(_processor: FrameProcessor, frame: object) -> None:
        seen.append(frame)

    processor = IdentityFilter(enable_direct_mode=True)
    processor.add_event_handler(event, look)
    if event != "on_before_process_frame":
        frame = frames.TextFrame("a")
        await processor.push_frame(frame)
        assert seen == [frame]


async def test_private_names_are_there() -> None:
    """Each of them, as long as it is used."""
    first, second = IdentityFilter(), IdentityFilter()
    pipeline = Pipeline([first, second])
    assert private.after(first) == [second, pipeline.processors[-1]]
    assert private.before(second) == [pipeline.processors[0], first]
    user = LLMContextAggregatorPair(LLMContext()).user()
    names = [type(each).__name__ for each in private.start_strategies(user)]
    assert names == ["VADUserTurnStartStrategy", "TranscriptionUserTurnStartStrategy"]
    assert private.interrupts(user_start.VADUserTurnStartStrategy())
    quiet = user_start.VADUserTurnStartStrategy(enable_interruptions=False)
    assert not private.interrupts(quiet)
    assert private.settings_of(FakeSTT()).model == "fake"
    assert issubclass(AssemblyAISTTService, STTService)


@pytest.mark.parametrize("name", sorted(_INTERRUPTING))
def test_the_strategies_that_interrupt_are_there(name: str) -> None:
    """A new one needs a look."""
    if name == "KrispVivaIPUserTurnStartStrategy":  # in a module of its own, for its licence
        return
    assert issubclass(getattr(user_start, name), BaseUserTurnStartStrategy)
    there = {
        each
        for each, value in vars(user_start).items()
        if inspect.isclass(value) and issubclass(value, BaseUserTurnStartStrategy)
    }
    looked_at = {"BaseUserTurnStartStrategy", "WakePhraseUserTurnStartStrategy", *_INTERRUPTING}
    assert there <= looked_at


def test_strategies_are_a_list_each() -> None:
    """What starts turns, and what ends them."""
    assert [field.name for field in dataclasses.fields(UserTurnStrategies)][:2] == ["start", "stop"]


@pytest.mark.parametrize("name", ["handle_user_turn_started", "handle_user_turn_stopped"])
def test_a_start_strategy_is_told_of_turns(name: str) -> None:
    """Of all, whoever has started them."""
    assert inspect.iscoroutinefunction(getattr(BaseUserTurnStartStrategy, name))


def test_assemblyais_service_shows_its_options_by_the_names_that_stages_use() -> None:
    """A stage's `stt` options become its settings."""
    there = {field.name for field in dataclasses.fields(AssemblyAISTTService.Settings)}
    assert there >= {
        "min_turn_silence",
        "max_turn_silence",
        "interruption_delay",
        "continuous_partials",
        "vad_threshold",
        "keyterms_prompt",
        "prompt",
        "language_codes",
    }

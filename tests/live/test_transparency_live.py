"""A caller who never talks over the agent has the same call with the filter as without it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, get_args

from livekit.agents import Agent, function_tool
from livekit.agents.voice.events import EventTypes

from agent.offline.llm import ToolCall
from filters import BackchannelSTTFilterMixin, install

from .board import Board, Setting
from .call import Call
from .voice import CallerVoice, silero_vad

if TYPE_CHECKING:
    from collections.abc import Callable

    from livekit.agents import AgentSession

board = Board(at_once=8, prepare=silero_vad)  # scenarios of three calls each
scenario = board.scenario


@dataclass(frozen=True)
class SessionSetting(Setting):
    """What else sessions differ in."""

    vad: bool = False
    turn_detection: str = "stt"
    preemptive: bool = False

    def __str__(self) -> str:
        output = "pausable" if self.pausable else "clearing"
        parts = [output, self.turn_detection, "silero" if self.vad else "no_vad"]
        return "-".join([*parts, *(["preemptive"] if self.preemptive else [])])


SETTINGS = tuple(
    SessionSetting(pausable=pausable, vad=vad, turn_detection=detection, preemptive=preemptive)
    for pausable in (True, False)
    for detection in ("stt", "vad", "manual")
    for vad in (True, False)
    if vad or detection != "vad"
    for preemptive in (True, False)
)


class Receptionist(Agent):
    """An agent with a tool, without a filter."""

    def __init__(self) -> None:
        super().__init__(instructions="Test.")

    @function_tool
    async def look_up(self) -> str:
        """Looks something up."""
        await asyncio.sleep(0.3)
        return "two rooms"


class FilteredReceptionist(BackchannelSTTFilterMixin, Receptionist):
    """The same agent, filtered."""


SCRIPT = (("rooms", ToolCall("look_up", then="We have {output}. Which one?", say="Let me see.")),)
GREETING = "Welcome. How can I help?"


@dataclass
class Record:
    """What a call was like."""

    events: list[str] = field(default_factory=list)
    metrics: dict[str, int] = field(default_factory=dict)
    history: list[str] = field(default_factory=list)
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def listen(self, session: AgentSession[Any]) -> None:
        """Notes every event of a session."""
        for name in get_args(EventTypes):
            session.on(name, lambda event, name=name: self._on(name, event))

    def _on(self, name: str, event: Any) -> None:
        if name == "metrics_collected":  # a task of its own sends them: their order is chance
            kind = event.metrics.type
            if kind != "vad_metrics":  # sent by the clock
                self.metrics[kind] = self.metrics.get(kind, 0) + 1
        elif name not in ("session_usage_updated", "debug_message"):  # one for each of the metrics
            self.events.append(f"{name} {_essence(name, event)}".strip())


def _essence(name: str, event: Any) -> str:
    fields: tuple[object, ...] = ()
    if name in ("user_state_changed", "agent_state_changed"):
        fields = (event.old_state, event.new_state)
    elif name == "user_input_transcribed":
        fields = ("final" if event.is_final else "interim", event.language, event.transcript)
    elif name == "conversation_item_added":
        fields = (_shown(event.item),)
    elif name == "speech_created":
        protected = not event.speech_handle.allow_interruptions
        fields = (event.source, event.user_initiated, "protected" if protected else "")
    elif name == "function_tools_executed":
        fields = tuple(each.name for each in event.function_calls)
        fields += tuple(each and each.output for each in event.function_call_outputs)
    elif name == "close":
        fields = (event.reason,)
    return " ".join(str(field) for field in fields)


def _shown(item: Any) -> str:
    if item.type != "message":
        return str(item.type)
    return f"{item.role} {item.text_content!r}{' interrupted' if item.interrupted else ''}"


async def play(
    setting: SessionSetting, agent: Agent, prepare: Callable[[AgentSession[Any]], object]
) -> Record:
    """A greeting, three turns of the caller's, one of them with a tool, and the end."""
    record, voice = Record(), CallerVoice()

    def wire(session: AgentSession[Any]) -> None:
        session.input.audio = voice
        record.listen(session)
        prepare(session)

    async with Call(
        setting,
        agent,
        SCRIPT,
        turn_handling={"turn_detection": setting.turn_detection},
        preemptive=setting.preemptive,
        vad=silero_vad() if setting.vad else None,
        prepare=wire,
    ) as call:
        call.session.say(GREETING)
        await call.until(lambda: call.agent_turns == [GREETING], "the greeting")
        for words, replies in (
            ("I want breakfast.", ["You said: I want breakfast."]),
            ("Any rooms left?", ["Let me see.", "We have two rooms. Which one?"]),
            ("Mhm.", ["You said: Mhm."]),
        ):
            expected = [*call.agent_turns, *replies]
            await call.idle(quiet_s=1.1)  # longer than `grace_s`: this recogniser tells no onset
            await say(call, voice, words)
            if setting.turn_detection == "manual":
                call.session.commit_user_turn(transcript_timeout=0.0)
            await call.until(
                lambda expected=expected: call.agent_turns == expected,  # type: ignore[misc]
                f"the replies {replies} to {words!r}",
            )
        await call.idle(quiet_s=0.8)
        record.history = [_shown(item) for item in call.session.history.items]
        record.asked = [request.user_messages for request in call.llm.requests]
    return record


async def say(call: Call, voice: CallerVoice, words: str) -> None:
    """The caller's sound, and what a recogniser makes of it.

    Far from the moments at which the detector sees it begin (0.1 s) and end (1.1 to 1.3 s): which
    of two things at the same time comes first would be chance.
    """
    voice.say(0.7)
    await call.for_s(0.4)
    call.stt.start()
    call.stt.interim(words.rstrip(".?").partition(" ")[0])
    await call.for_s(0.3)
    call.stt.interim(words.rstrip(".?"))
    call.stt.preflight(words)
    await call.for_s(1.0)
    call.stt.final(words)
    call.stt.end()
    await call.for_s(0.05)


def _nothing(_: AgentSession[Any]) -> None:
    pass


async def _compare(setting: Setting) -> None:
    assert isinstance(setting, SessionSetting)
    without, mixed_in, installed = await asyncio.gather(
        play(setting, Receptionist(), _nothing),
        play(setting, FilteredReceptionist(), _nothing),
        play(setting, Receptionist(), install),
    )
    for what, filtered in (("the mixin", mixed_in), ("install()", installed)):
        assert filtered.events == without.events, f"{what} changes the events"
        assert filtered.history == without.history, f"{what} changes the history"
        assert filtered.asked == without.asked, f"{what} changes what the model is asked"
        assert filtered.metrics == without.metrics, f"{what} changes the metrics"
    heard = [line for line in without.events if line.startswith("user_input_transcribed final")]
    assert [line.rpartition(" en ")[2] for line in heard] == [
        "I want breakfast.",
        "Any rooms left?",
        "Mhm.",
    ]


@scenario(settings=SETTINGS)
async def a_caller_who_waits_notices_nothing(setting: Setting) -> None:
    """The same events in the same order, the same history, the same questions to the model."""
    await _compare(setting)


test_live = board.test()

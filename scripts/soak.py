"""Runs many calls at once in one process: what the filter costs, and what it leaves behind.

    python -m scripts.soak
    python -m scripts.soak --sessions 50 --seconds 10

Two rounds of real sessions, in which each recogniser sends an event every 100 ms: first with an
`stt_node` that passes everything on, then with the filter. Measured is the time from the
recogniser's event to the moment it is passed on, or decided to be kept back. A third, smaller round
weighs what the code in filters/ has allocated and not freed.

The agents talk all the time, over which the callers talk. What is passed on does not reach LiveKit
unless asked for (`--deliver`): the replies it would make cost a hundred times what a decision does,
and with so many calls it is them that would be measured.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import json
import logging
import sys
import time
import tracemalloc
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import psutil  # type: ignore[import-untyped]  # livekit-agents brings it
import typer
from livekit.agents import Agent, AgentSession, LanguageCode, stt

import filters
from agent.offline.llm import ScriptedLLM
from agent.offline.output import RealTimeAudioOutput
from agent.offline.tts import ToneTTS
from filters import BackchannelSTTFilterMixin, turn_handling_for
from filters.livekit import SessionFilter
from filters.policy import Action, Decision, InterruptionPolicy

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, Iterator

    from livekit import rtc
    from livekit.agents import APIConnectOptions, ModelSettings

EVENT_EVERY_S = 0.1
LATE_EVERY_S = 0.02
BETWEEN_S = 1.0
"""Between what an agent says and what it says next."""
WARM_UP_S = 12.0
"""In which the agents begin to talk, one after another: what one says, and the pause after it."""
SETTLE_S = 3.0
"""How long closed sessions may take to be gone."""
WEIGHED_SESSIONS = 30
GROWTH_KB = 5.0
"""What filters/ may allocate for good in a call, in the second half of a round. LiveKit keeps each
speech, and with it a callback of the filter's; one event a second that was kept would be 10 kB."""
_OURS = f"{Path(filters.__file__).parent}/*"
_KEPT_BACK = (Action.SUPPRESS, Action.HOLD)
STATEMENT = "The sea view suite has a balcony, two baths, and breakfast in bed if you like. " * 2
_LISTENING: tuple[tuple[str, ...], ...] = (
    ("mhm",),
    ("yeah", "yeah yeah"),
    ("um", "um"),
    ("okay",),
    ("that's", "that's right"),
    ("uh-huh",),
    ("no", "no problem"),
    ("right", "right okay"),
)
UTTERANCES = (*_LISTENING * 4, ("I", "I want", "I want breakfast in bed"))
"""What a caller says over the agent, as interims: for 11 s that they listen, then something else.
LiveKit's work of stopping the agent, and of making its next speech, is far more than the rest."""


@dataclass
class Measured:
    """What a round was like.

    Attributes:
        sessions: How many calls there were at a time.
        delays_s: From the recogniser to the verdict on each event.
        late_s: How late the event loop was, sampled.
        memory_mb: The process's memory at the beginning, half-way and at the end of the calls.
        filters_kb: What filters/ has allocated, at the same times; empty where it wasn't weighed.
        tasks_left: Names of tasks that outlived the sessions.
        filters_left: Filters and policies that outlived them.
        cpu: Share of a core that the process took.
        running: Whether delays are being measured.
    """

    sessions: int
    delays_s: list[float] = field(default_factory=list)
    late_s: list[float] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)
    filters_kb: list[float] = field(default_factory=list)
    tasks_left: list[str] = field(default_factory=list)
    filters_left: int = 0
    cpu: float = 0.0
    running: bool = False

    def delay_ms(self, percentile: float) -> float:
        """Milliseconds that so many percent of the events stay below."""
        return float(np.percentile(self.delays_s, percentile)) * 1000.0

    def weigh(self, process: psutil.Process) -> None:
        """Notes how much memory is in use."""
        gc.collect()
        self.memory_mb.append(float(process.memory_info().rss) / 2**20)
        if tracemalloc.is_tracing():
            ours = tracemalloc.Filter(inclusive=True, filename_pattern=_OURS)
            traces = tracemalloc.take_snapshot().filter_traces([ours]).traces
            self.filters_kb.append(sum(trace.size for trace in traces) / 1024.0)

    def as_json(self) -> dict[str, Any]:
        """The figures."""
        return {
            "events": len(self.delays_s),
            "delay_ms": {str(p): round(self.delay_ms(p), 3) for p in (50, 99, 99.9)},
            "loop_late_ms": round(float(np.percentile(self.late_s, 99)) * 1000.0, 1),
            "memory_mb": [round(each, 1) for each in self.memory_mb],
            "tasks_left": self.tasks_left,
            "filters_left": self.filters_left,
            "cpu": round(self.cpu, 2),
        }


class NoSTT(stt.STT[Any]):
    """There has to be one for LiveKit to ask the agent's `stt_node`; it is never used."""

    def __init__(self) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=True, interim_results=True))

    async def _recognize_impl(
        self,
        buffer: Any,
        *,
        language: Any = None,
        conn_options: APIConnectOptions,
    ) -> stt.SpeechEvent:
        raise NotImplementedError


class Caller(Agent):
    """The innermost `stt_node`: sends an event every 100 ms, and notes when.

    Attributes:
        sent: The newest event.
        sent_at: When it was sent, until there is a verdict on it.
    """

    def __init__(self, measured: Measured, number: int, *, deliver: bool) -> None:
        super().__init__(instructions="Talk.")
        self.measured = measured
        self.number = number
        self.deliver = deliver
        self.sent: stt.SpeechEvent | None = None
        self.sent_at: float | None = None

    def judged(self) -> None:
        """There is a verdict on the event that was sent last."""
        if self.sent_at is not None and self.measured.running:
            self.measured.delays_s.append(time.perf_counter() - self.sent_at)
        self.sent_at = None

    async def stt_node(
        self,
        audio: AsyncIterable[rtc.AudioFrame],  # noqa: ARG002 - LiveKit's signature
        model_settings: ModelSettings,  # noqa: ARG002
    ) -> AsyncGenerator[Any, None]:
        """Never ends."""
        loop = asyncio.get_running_loop()
        due = loop.time() + EVENT_EVERY_S * (self.number * 0.618 % 1.0)
        for event in _events(self.number):
            await asyncio.sleep(max(due - loop.time(), 0.0))
            due += EVENT_EVERY_S
            self.sent, self.sent_at = event, time.perf_counter()
            yield event


class Unfiltered(Caller):
    """With an `stt_node` that does nothing."""

    async def stt_node(
        self, audio: AsyncIterable[rtc.AudioFrame], model_settings: ModelSettings
    ) -> AsyncGenerator[Any, None]:
        """Passes everything."""
        async for event in super().stt_node(audio, model_settings):
            self.judged()
            if self.deliver:
                yield event


class Filtered(BackchannelSTTFilterMixin, Caller):
    """With the filter."""

    def on_filter_decision(self, decision: Decision) -> None:
        """The verdict on what is kept back; what is passed on is still on its way."""
        if decision.heard.source is self.sent and decision.action in _KEPT_BACK:
            self.judged()

    async def stt_node(
        self, audio: AsyncIterable[rtc.AudioFrame], model_settings: ModelSettings
    ) -> AsyncGenerator[Any, None]:
        """Passes what the filter passes."""
        async for event in super().stt_node(audio, model_settings):
            self.judged()
            if self.deliver:
                yield event


def _events(number: int) -> Iterator[stt.SpeechEvent]:
    """What a recogniser makes of a caller who never tires."""
    for index in itertools.count(number):
        *interims, final = UTTERANCES[index % len(UTTERANCES)]
        yield stt.SpeechEvent(type=stt.SpeechEventType.START_OF_SPEECH)
        for text in (*interims, final):
            yield _transcript(stt.SpeechEventType.INTERIM_TRANSCRIPT, text)
        yield _transcript(stt.SpeechEventType.FINAL_TRANSCRIPT, f"{final.capitalize()}.")
        yield stt.SpeechEvent(type=stt.SpeechEventType.END_OF_SPEECH)


def _transcript(kind: stt.SpeechEventType, text: str) -> stt.SpeechEvent:
    said = stt.SpeechData(language=LanguageCode("en"), text=text, confidence=0.9)
    return stt.SpeechEvent(type=kind, alternatives=[said])


async def play(
    kind: type[Caller], sessions: int, seconds: float, *, deliver: bool = False
) -> Measured:
    """A round: so many calls at once, for so long."""
    measured = Measured(sessions, filters_left=-_filters_alive())
    process = psutil.Process()
    before = asyncio.all_tasks()
    watch = asyncio.create_task(_watch(measured), name="lateness")
    callers = [kind(measured, number, deliver=deliver) for number in range(sessions)]
    calls = [await _call(caller) for caller in callers]
    talking = [
        asyncio.create_task(_talk(session, WARM_UP_S * number / sessions), name="talk")
        for number, session in enumerate(calls)
    ]
    del callers
    await asyncio.sleep(WARM_UP_S)
    measured.late_s.clear()
    measured.running = True
    began, cpu = time.perf_counter(), process.cpu_times()
    measured.weigh(process)
    for _ in range(2):
        await asyncio.sleep(seconds / 2)
        measured.weigh(process)
    took = process.cpu_times()
    used = took.user + took.system - cpu.user - cpu.system
    measured.cpu = used / (time.perf_counter() - began)
    measured.running = False
    talking.append(watch)
    while talking:
        talking.pop().cancel()
    await asyncio.gather(*(session.aclose() for session in calls))
    calls.clear()
    await _settle(before, measured)
    return measured


async def _call(caller: Caller) -> AgentSession[Any]:
    session: AgentSession[Any] = AgentSession(
        stt=NoSTT(),
        llm=ScriptedLLM(default=STATEMENT),
        tts=ToneTTS(),
        vad=None,
        turn_handling=turn_handling_for(),
        aec_warmup_duration=None,
    )
    session.output.audio = RealTimeAudioOutput(record=False)
    await session.start(agent=caller)
    return session


async def _talk(session: AgentSession[Any], begins_in_s: float) -> None:
    """The agent never stops for long."""
    await asyncio.sleep(begins_in_s)
    while True:
        await session.say(STATEMENT)
        await asyncio.sleep(BETWEEN_S)


async def _watch(measured: Measured) -> None:
    loop = asyncio.get_running_loop()
    while True:
        before = loop.time()
        await asyncio.sleep(LATE_EVERY_S)
        measured.late_s.append(loop.time() - before - LATE_EVERY_S)


async def _settle(before: set[asyncio.Task[Any]], measured: Measured) -> None:
    """Waits until what the sessions started is gone, and notes what isn't."""
    await asyncio.sleep(0.5)  # a last look after a stop is due in 0.12 s, session or none
    left = asyncio.all_tasks() - before
    if left:
        await asyncio.wait(left, timeout=SETTLE_S)
    measured.tasks_left = sorted(task.get_name() for task in asyncio.all_tasks() - before)
    measured.filters_left += _filters_alive()


def _filters_alive() -> int:
    gc.collect()
    return sum(type(each) in (SessionFilter, InterruptionPolicy) for each in gc.get_objects())


def faults(without: Measured, with_filter: Measured, weighed: Measured) -> Iterator[str]:
    """What should not be so."""
    _, half_way, end = weighed.filters_kb
    if end - half_way > GROWTH_KB * weighed.sessions:
        yield f"the filter's memory grew from {half_way:.0f} to {end:.0f} kB in half a round"
    if len(with_filter.tasks_left) > len(without.tasks_left):
        yield f"tasks are left: {', '.join(with_filter.tasks_left)}"
    if with_filter.filters_left:
        yield f"{with_filter.filters_left} filters and policies are left"


async def play_all(
    sessions: int, seconds: float, *, deliver: bool
) -> tuple[Measured, Measured, Measured]:
    """The three rounds."""
    without = await play(Unfiltered, sessions, seconds, deliver=deliver)
    with_filter = await play(Filtered, sessions, seconds, deliver=deliver)
    tracemalloc.start()
    weighed = await play(Filtered, min(sessions, WEIGHED_SESSIONS), seconds, deliver=deliver)
    tracemalloc.stop()
    return without, with_filter, weighed


def main(
    *,
    sessions: Annotated[int, typer.Option(min=1, help="Calls at a time.")] = 200,
    seconds: Annotated[float, typer.Option(min=1.0, help="How long they last.")] = 30.0,
    deliver: Annotated[
        bool, typer.Option("--deliver", help="Let LiveKit have what is passed on, and reply.")
    ] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the figures there.")
    ] = None,
) -> None:
    """Measure many calls at once, with the filter and without; 1 if something is left behind."""
    logging.getLogger().addHandler(logging.NullHandler())
    without, with_filter, weighed = asyncio.run(play_all(sessions, seconds, deliver=deliver))
    ratio = with_filter.delay_ms(99) / without.delay_ms(99)
    print(f"{sessions} calls at a time for {seconds:g} s, an event every 100 ms each\n")
    for name, measured in (("does nothing", without), ("the filter", with_filter)):
        memory = " → ".join(f"{each:.0f}" for each in measured.memory_mb)
        late = float(np.percentile(measured.late_s, 99)) * 1000.0
        print(
            f"stt_node {name:12}: delay {measured.delay_ms(50):.3f} ms at the median, "
            f"{measured.delay_ms(99):.3f} ms at the 99th percentile of {len(measured.delays_s)} "
            f"events; memory {memory} MB; {measured.cpu:.0%} of a core; the event loop was up to "
            f"{late:.0f} ms late (99th percentile); {len(measured.tasks_left)} tasks left"
        )
    print(
        f"\nthe filter's delay is {ratio:.1f} times that of doing nothing, at the 99th percentile"
    )
    kilobytes = " → ".join(f"{each:.0f}" for each in weighed.filters_kb)
    print(f"what filters/ has allocated in {weighed.sessions} calls: {kilobytes} kB")
    if json_file is not None:
        figures = {
            "sessions": sessions,
            "seconds": seconds,
            "nothing": without.as_json(),
            "filter": with_filter.as_json(),
            "ratio_99": round(ratio, 2),
            "filters_kb": [round(each, 1) for each in weighed.filters_kb],
        }
        json_file.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    wrong = list(faults(without, with_filter, weighed))
    for fault in wrong:
        print(fault, file=sys.stderr)
    raise typer.Exit(1 if wrong else 0)


if __name__ == "__main__":
    typer.run(main)

"""A live call for tests: a real AgentSession, a scripted recogniser, and the caller's ear."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

from livekit.agents import Agent, AgentSession, TurnHandlingOptions
from livekit.agents import vad as vad_module

from agent.offline.llm import Reply, ScriptedLLM
from agent.offline.output import RealTimeAudioOutput
from agent.offline.tts import ToneTTS
from filters.configuration import FilterConfig
from filters.livekit import BackchannelSTTFilterMixin, SessionFilter

from .replayed import check_replay
from .scripted_stt import ScriptedSTT

if TYPE_CHECKING:
    from collections.abc import Callable

    from livekit.agents.voice import SpeechHandle

    from filters.policy import Action, Decision

CHARACTERS_PER_SECOND = 30.0
STATEMENT = "The sea view suite has a balcony, two baths and breakfast in bed."  # 2.2 s
QUESTION = "It has two baths and a balcony. Shall I book it?"  # 1.6 s


@dataclass(frozen=True)
class Setting:
    """What sessions differ in."""

    pausable: bool = True
    min_delay: float = 0.0

    def __str__(self) -> str:
        return f"{'pausable' if self.pausable else 'clearing'}-min_delay_{self.min_delay:g}"


SETTINGS = tuple(Setting(pausable, delay) for pausable in (True, False) for delay in (0.0, 1.0))


class FilteredAgent(BackchannelSTTFilterMixin, Agent):
    """The agent most tests call; it remembers what was decided."""

    def __init__(self, **config: Any) -> None:
        if config:
            self.filter_config = FilterConfig.from_mapping({"domain": "test", **config})
        super().__init__(instructions="Test.")
        self.decisions: list[Decision] = []

    def on_filter_decision(self, decision: Decision) -> None:
        """Remembers."""
        self.decisions.append(decision)

    def actions(self) -> list[str]:
        """What was decided about transcripts, in order."""
        return [d.action.value for d in self.decisions if d.heard.text]

    def finals(self, action: Action) -> list[str]:
        """The final texts that met a fate."""
        return [d.heard.text for d in self.decisions if d.action is action and d.final]


@dataclass
class Call:
    """One call. `async with Call(...) as call:` starts and ends it."""

    setting: Setting = field(default_factory=Setting)
    agent: Agent = field(default_factory=FilteredAgent)
    script: tuple[tuple[str, Reply], ...] = ()
    first_token_s: float = 0.02
    first_byte_s: float = 0.02
    characters_per_second: float = CHARACTERS_PER_SECOND
    turn_handling: dict[str, Any] = field(default_factory=dict)
    session_options: dict[str, Any] = field(default_factory=dict)
    min_words: int = 2
    preemptive: bool = False
    vad: vad_module.VAD | None = None
    prepare: Callable[[AgentSession[Any]], object] | None = None

    async def __aenter__(self) -> Call:  # noqa: PYI034 - Self needs Python 3.11
        self.stt = ScriptedSTT()
        self.llm = ScriptedLLM(self.script, first_token_s=self.first_token_s)
        self.output = RealTimeAudioOutput(pausable=self.setting.pausable, record=False)
        self.events: list[tuple[str, Any]] = []
        options: dict[str, Any] = {
            "stt": self.stt,
            "vad": self.vad,
            "aec_warmup_duration": None,
        }
        new = "preemptive_generation" in TurnHandlingOptions.__annotations__
        if not new:  # on 1.5.0 it is an option of the session
            options["preemptive_generation"] = self.preemptive
        options.update(self.session_options)
        self.session: AgentSession[Any] = AgentSession(
            llm=self.llm,
            tts=ToneTTS(
                characters_per_second=self.characters_per_second, first_byte_s=self.first_byte_s
            ),
            turn_handling=cast(
                "TurnHandlingOptions",
                {
                    "turn_detection": "stt",
                    "endpointing": {"min_delay": self.setting.min_delay, "max_delay": 3.0},
                    "interruption": {
                        "min_words": self.min_words,
                        "resume_false_interruption": True,
                        "false_interruption_timeout": 0.5,
                    },
                    **({"preemptive_generation": {"enabled": self.preemptive}} if new else {}),
                    **self.turn_handling,
                },
            ),
            **{name: value for name, value in options.items() if value is not ...},
        )
        self.session.output.audio = self.output
        for name in ("agent_state_changed", "conversation_item_added", "agent_false_interruption"):
            self.session.on(name, lambda event, name=name: self.events.append((name, event)))
        if self.prepare is not None:
            self.prepare(self.session)
        await self.session.start(agent=self.agent)
        if options["stt"] is self.stt:
            await self.until(lambda: bool(self.stt.streams), "the recogniser's stream")
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        await self.hang_up()
        session_filter = SessionFilter.installed(self.session)
        tape = None if session_filter is None else session_filter.tape
        if kind is None and session_filter is not None and tape is not None and tape.path:
            check_replay(tape.path, session_filter.config)

    async def hang_up(self) -> None:
        """Ends the call."""
        await self.session.aclose()

    # -- waiting ----------------------------------------------------------------------------------

    async def until(
        self, condition: Callable[[], object], what: str, *, within_s: float = 20.0
    ) -> None:
        """Waits for something to become true; fails when it does not in time."""
        deadline = time.monotonic() + within_s
        while not condition():
            assert time.monotonic() < deadline, f"waited {within_s} s for {what}; {self.summary()}"
            await asyncio.sleep(0.005)

    async def for_s(self, seconds: float) -> None:
        """Lets the call go on: time that passes in the call, not a wait for a result."""
        await asyncio.sleep(seconds)

    async def speaking(self, text: str = STATEMENT, **options: Any) -> SpeechHandle:
        """The agent says something, and has been heard for 0.3 s."""
        handle = self.session.say(text, **options)
        await self.until(lambda: self.session.agent_state == "speaking", "the agent to speak")
        await self.for_s(0.3)
        return handle

    async def idle(self, *, quiet_s: float = 0.5) -> None:
        """Nobody has anything to say any more."""
        quiet_since: float | None = None

        def quiet() -> bool:
            nonlocal quiet_since
            busy = self.session.current_speech is not None or self.session.agent_state in (
                "speaking",
                "thinking",
            )
            now = time.monotonic()
            quiet_since = None if busy else (quiet_since or now)
            return quiet_since is not None and now - quiet_since >= quiet_s

        await self.until(quiet, "the agent to be done", within_s=30.0)

    # -- what became of it ------------------------------------------------------------------------

    @property
    def user_turns(self) -> list[str]:
        """What the caller has said, as the history has it."""
        return [
            item.text_content or ""
            for item in self.session.history.items
            if item.type == "message" and item.role == "user" and item.text_content
        ]

    @property
    def agent_turns(self) -> list[str]:
        """What the agent has said, as the history has it."""
        return [
            item.text_content or ""
            for item in self.session.history.items
            if item.type == "message" and item.role == "assistant"
        ]

    @property
    def asked(self) -> list[str]:
        """The last user message of each request to the model."""
        return [request.user_messages[-1] for request in self.llm.requests if request.user_messages]

    @property
    def false_interruptions(self) -> int:
        """How often LiveKit resumed a stop that was none."""
        return sum(name == "agent_false_interruption" for name, _ in self.events)

    def heard_without_gap(self, *, longest_s: float = 0.3) -> bool:
        """Whether no pause within the agent's speech so far was longer than that."""
        speech = self.output.speech
        return all(b.start - a.end <= longest_s for a, b in pairwise(speech))

    def summary(self) -> str:
        """For a failure's message."""
        actions = self.agent.actions() if isinstance(self.agent, FilteredAgent) else []
        told = (
            f"state={self.session.agent_state} user={self.user_turns} agent={self.agent_turns} "
            f"asked={self.asked} actions={actions} setting={self.setting}"
        )
        return told[:800]

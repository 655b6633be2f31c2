"""Plays a row one way: a real session, the real AssemblyAI plugin, and the caller's ear."""

from __future__ import annotations

import asyncio
import dataclasses
import inspect
from typing import TYPE_CHECKING, Any

from livekit.agents import AgentSession
from livekit.plugins import assemblyai

from agent.offline.caller import CallerAudioInput
from agent.offline.llm import Request, ScriptedLLM
from agent.offline.output import RealTimeAudioOutput
from agent.offline.tts import ToneTTS

from .judging import Exchange, Recording
from .rows import DEFAULT_REPLY, NEXT_PHRASE, SCRIPT, THINKING_S, Moment, Row
from .ways import TURN_HANDLING, Receptionist, Way, come_to, receptionist

if TYPE_CHECKING:
    from collections.abc import Callable

    import aiohttp

    from agent.offline.recogniser import LoopbackRecogniser
    from agent.offline.sounds import Codebook
    from filters import FilterConfig

QUIET_S = 3.0
"""Silence after which nothing more will come: longer than `min_delay` and every timeout below."""
STEPS = 4
"""How often a row reports how far it is."""
BOUND_S = 20.0
"""The longest that anything is waited for."""


class Stage:
    """Where rows are played, side by side.

    Args:
        recogniser: What all sessions connect to.
        sounds: What it knows.
        http: What they connect with.
        config: What this project's way works by.
    """

    def __init__(
        self,
        recogniser: LoopbackRecogniser,
        sounds: Codebook,
        http: aiohttp.ClientSession,
        config: FilterConfig,
    ) -> None:
        self._recogniser = recogniser
        self._sounds = sounds
        self._http = http
        self._config = config

    async def play(
        self, row: Row, way: Way, on_step: Callable[[], object] = lambda: None
    ) -> Recording:
        """Plays a row one way.

        Args:
            row: What to play.
            way: How.
            on_step: Called `STEPS` times meanwhile.

        Raises:
            RuntimeError: Something that had to happen didn't.
        """
        model = ScriptedLLM(
            SCRIPT,
            default=DEFAULT_REPLY,
            first_token_s=THINKING_S if row.moment is Moment.THINKING else 0.05,
        )
        session = self._session(model)
        agent = receptionist(way, session, self._config)
        call = _Call(session, agent, model, self._sounds)
        await session.start(agent=agent)
        try:
            come_to(row, way, session)
            return await call.play(row, on_step)
        finally:
            await session.aclose()
            call.caller.close()
            await call.ear.aclose()

    def _session(self, model: ScriptedLLM) -> AgentSession[Any]:
        options: dict[str, Any] = {"aec_warmup_duration": None}
        # From 1.6 a session waits this long for a last transcript; all has been said by then.
        if "session_close_transcript_timeout" in inspect.signature(AgentSession).parameters:
            options["session_close_transcript_timeout"] = 0.0
        return AgentSession(
            stt=assemblyai.STT(
                model="u3-rt-pro",
                min_turn_silence=100,
                max_turn_silence=1000,
                vad_threshold=0.3,
                api_key=self._recogniser.api_key,
                base_url=self._recogniser.url,
                http_session=self._http,
            ),
            llm=model,
            tts=ToneTTS(),
            vad=None,
            turn_handling=TURN_HANDLING,  # type: ignore[arg-type]  # a TypedDict
            **options,
        )


class _Call:
    """A session with a caller."""

    def __init__(
        self,
        session: AgentSession[Any],
        agent: Receptionist,
        model: ScriptedLLM,
        sounds: Codebook,
    ) -> None:
        self.caller = CallerAudioInput(sounds)
        self.ear = RealTimeAudioOutput(record=False)
        self._session = session
        self._agent = agent
        self._model = model
        session.input.audio = self.caller
        session.output.audio = self.ear

    async def play(self, row: Row, on_step: Callable[[], object]) -> Recording:
        """Brings the agent to the row's moment, has the caller speak, and records what follows."""
        said = self.caller.say(row.phrase, not_before=await self._onset(row))
        on_step()
        await said.wait()
        on_step()
        await self._until(lambda: not self._busy(), "the agent to be done")
        on_step()
        await self._quiet()
        on_step()
        spans = self.ear.spans
        user_turns = [text for text in self._turns("user") if text != row.opening]
        agent_turns = self._turns("assistant")
        requests = list(self._model.requests)
        return Recording(
            phrase=row.phrase,
            phrase_s=said.end - said.onset,
            agent_words=row.agent_words,
            spans=tuple(
                dataclasses.replace(span, start=span.start - said.onset, end=span.end - said.onset)
                for span in spans
            ),
            user_turns=tuple(user_turns),
            agent_turns=tuple(agent_turns),
            exchanges=tuple(map(_exchange, requests)),
            next_turn=await self._next_turn(),
            next_phrase=NEXT_PHRASE,
        )

    async def _onset(self, row: Row) -> float:
        """Waits for the row's moment to be near; when the caller is to speak."""
        if row.opening:
            await self.caller.say(row.opening).wait()
        else:
            self._session.say(row.agent_words)
        reached, what = {
            Moment.THINKING: (lambda: self._session.agent_state == "thinking", "think"),
            Moment.TOOL: (lambda: self._agent.tool_running, "run its tool"),
        }.get(row.moment, (lambda: self.ear.sounding, "speak"))
        await self._until(reached, f"the agent to {what}")
        if row.moment is Moment.OVER:
            await self._until(lambda: not self._busy(), "the agent to be done")
            return (self.ear.heard_until or _now()) + row.onset_s
        if row.moment in (Moment.QUESTION, Moment.END):
            length_s = ToneTTS().duration_s(row.agent_words)
            return self.ear.spans[0].start + length_s + row.onset_s
        return _now() + row.onset_s

    async def _next_turn(self) -> str | None:
        """What the history has of what the caller says when all is quiet."""
        before = len(self._turns("user"))
        await self.caller.say(NEXT_PHRASE).wait()
        try:
            await self._until(
                lambda: len(self._turns("user")) > before, "the next turn", within_s=5.0
            )
        except RuntimeError:
            return None
        return self._turns("user")[before]

    async def _quiet(self) -> None:
        """Waits until nobody has had anything to say for a while."""
        quiet_since = _now()

        def quiet() -> bool:
            nonlocal quiet_since
            if self._busy():
                quiet_since = _now()
            return _now() - quiet_since >= QUIET_S

        await self._until(quiet, "the agent to be done")

    def _busy(self) -> bool:
        return (
            self.ear.sounding
            or self._agent.tool_running
            or self._session.current_speech is not None
            or self._session.agent_state in ("speaking", "thinking")
        )

    async def _until(
        self, condition: Callable[[], bool], what: str, *, within_s: float = BOUND_S
    ) -> None:
        deadline = _now() + within_s
        while not condition():
            if _now() > deadline:
                raise RuntimeError(f"waited {within_s:g} s for {what}")
            await asyncio.sleep(0.02)

    def _turns(self, role: str) -> list[str]:
        return [
            item.text_content or ""
            for item in self._session.history.items
            if item.type == "message" and item.role == role and item.text_content
        ]


def _exchange(request: Request) -> Exchange:
    reply = request.reply if isinstance(request.reply, str) else request.reply.then
    return Exchange(request.user_messages[-1] if request.user_messages else "", reply)


def _now() -> float:
    """The clock of caller and ear."""
    return asyncio.get_running_loop().time()

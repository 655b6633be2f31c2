"""A session on paper: what of AgentSession the filter uses, and nothing behind it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, cast

from livekit.agents import (
    Agent,
    AgentSession,
    AgentStateChangedEvent,
    CloseEvent,
    CloseReason,
    ConversationItemAddedEvent,
    LanguageCode,
    UserInputTranscribedEvent,
    UserStateChangedEvent,
    llm,
    stt,
)
from livekit.rtc import EventEmitter

from filters.calls import clock
from filters.configuration import FilterConfig
from filters.livekit import BackchannelSTTFilterMixin

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from filters.policy import Action, Decision

QUESTION = "Shall I book it?"
STATEMENT = "It has a balcony."


def config_of(**values: Any) -> FilterConfig:
    """A configuration in English; the quiet before a release lasts 0.25 s as by default."""
    return FilterConfig.from_mapping({"domain": "test", **values})


class FakeSpeech:
    """A SpeechHandle."""

    def __init__(self, name: str = "speech", *, allow_interruptions: bool = True) -> None:
        self.id = name
        self.allow_interruptions = allow_interruptions
        self.scheduled = True
        self.interrupted = False
        self._done = False
        self._callbacks: list[Callable[[Any], None]] = []

    def done(self) -> bool:
        """Whether it is over, its tools included."""
        return self._done

    def add_done_callback(self, callback: Callable[[Any], None]) -> None:
        """Calls back when it is."""
        self._callbacks.append(callback)

    def interrupt(self) -> FakeSpeech:
        """Stops it."""
        if not self.allow_interruptions:
            raise RuntimeError("This generation handle does not allow interruptions")
        self.interrupted = True
        return self

    def finish(self) -> None:
        """It is over."""
        self._done = True
        for callback in self._callbacks:
            callback(self)


@dataclass
class FakeAudio:
    """An audio output."""

    can_pause: bool = True


@dataclass
class FakeOutput:
    """What the session speaks through."""

    audio: FakeAudio | None = field(default_factory=FakeAudio)
    audio_enabled: bool = True


@dataclass
class FakeOptions:
    """The session's options."""

    interruption: dict[str, Any]


class FakeSession(EventEmitter[str]):
    """An AgentSession that is started, with nobody speaking."""

    def __init__(self, *, min_words: int = 2, turn_detection: object = "stt") -> None:
        super().__init__()
        self.options = FakeOptions(
            {
                "min_words": min_words,
                "resume_false_interruption": True,
                "false_interruption_timeout": 1.0,
            }
        )
        self.output = FakeOutput()
        self.vad: object = None
        self.llm: object = None
        self.turn_detection = turn_detection
        self.agent_state = "initializing"
        self.user_state = "listening"
        self.current_speech: FakeSpeech | None = None
        self.agent: object = None
        self.history = llm.ChatContext.empty()
        self.interruptions = 0
        self.commits: list[dict[str, float]] = []
        self.refuses: Exception | None = None

    @property
    def real(self) -> AgentSession[Any]:
        """Itself, for those who ask for the real thing."""
        return cast("AgentSession[Any]", self)

    @property
    def current_agent(self) -> Any:
        """The agent, once there is one."""
        if self.agent is None:
            raise RuntimeError("VoiceAgent isn't running")
        return self.agent

    def interrupt(self) -> asyncio.Future[None]:
        """Stops what is being said."""
        if self.refuses is not None:
            raise self.refuses
        self.interruptions += 1
        if self.current_speech is not None:
            self.current_speech.interrupt()
        return asyncio.get_running_loop().create_future()

    def commit_user_turn(
        self, *, transcript_timeout: float, stt_flush_duration: float
    ) -> asyncio.Future[str]:
        """Looks at the turn."""
        if self.refuses is not None:
            raise self.refuses
        self.commits.append(
            {"transcript_timeout": transcript_timeout, "stt_flush_duration": stt_flush_duration}
        )
        committed: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        committed.set_exception(RuntimeError("nobody asks"))
        return committed

    # -- what happens -----------------------------------------------------------------------------

    def become(self, state: Any) -> None:
        """The agent's state changes."""
        before = cast("Any", self.agent_state)
        self.agent_state = state
        self.emit("agent_state_changed", AgentStateChangedEvent(old_state=before, new_state=state))

    def user_becomes(self, state: Any) -> None:
        """The caller's state changes."""
        before = cast("Any", self.user_state)
        self.user_state = state
        self.emit("user_state_changed", UserStateChangedEvent(old_state=before, new_state=state))

    def speak(self, name: str = "speech", *, allow_interruptions: bool = True) -> FakeSpeech:
        """The agent begins a speech that is heard at once."""
        speech = FakeSpeech(name, allow_interruptions=allow_interruptions)
        self.current_speech = speech
        self.become("speaking")
        return speech

    def finish(self, text: str = STATEMENT) -> None:
        """The agent has said it all."""
        speech = self.current_speech
        assert speech is not None
        self.add_item("assistant", text)
        self.become("listening")
        self.current_speech = None
        speech.finish()

    def add_item(self, role: Any, text: str) -> None:
        """A message is in the history."""
        message = llm.ChatMessage(role=role, content=[text])
        self.history.insert(message)
        self.emit("conversation_item_added", ConversationItemAddedEvent(item=message))

    def transcribe(self, text: str, *, final: bool = False) -> None:
        """LiveKit has a transcript in hand."""
        event = UserInputTranscribedEvent(
            transcript=text, is_final=final, language=LanguageCode("en")
        )
        self.emit("user_input_transcribed", event)

    def close(self) -> None:
        """The call is over."""
        self.emit("close", CloseEvent(reason=CloseReason.USER_INITIATED))
        self.agent_state = "initializing"

    @property
    def said(self) -> list[str]:
        """What the caller has said, as the history has it."""
        return [
            item.text_content or ""
            for item in self.history.items
            if item.type == "message" and item.role == "user"
        ]


# -- a recogniser ---------------------------------------------------------------------------------


class Recogniser:
    """A recogniser's stream: a test says what it hears, and sees whether it was closed."""

    def __init__(self) -> None:
        self._script: asyncio.Queue[object] = asyncio.Queue()
        self.closed = False

    async def events(self) -> AsyncGenerator[Any, None]:
        """What `stt_node` yields."""
        try:
            while (event := await self._script.get()) is not None:
                if isinstance(event, BaseException):
                    raise event
                yield event
        finally:
            await asyncio.sleep(0)  # as a websocket's end takes its time
            self.closed = True

    def send(self, *events: object) -> None:
        """Events, an error to raise, or None for the stream's end."""
        for event in events:
            self._script.put_nowait(event)


def heard(kind: str, text: str = "", *, onset: float | None = None) -> stt.SpeechEvent:
    """An event of a recogniser: start, interim, preflight, final, end.

    Args:
        kind: Which.
        text: Of a transcript.
        onset: On the session's clock, of a start.
    """
    types = {
        "start": stt.SpeechEventType.START_OF_SPEECH,
        "interim": stt.SpeechEventType.INTERIM_TRANSCRIPT,
        "preflight": stt.SpeechEventType.PREFLIGHT_TRANSCRIPT,
        "final": stt.SpeechEventType.FINAL_TRANSCRIPT,
        "end": stt.SpeechEventType.END_OF_SPEECH,
    }
    event = stt.SpeechEvent(type=types[kind])
    if kind not in ("start", "end"):
        event.alternatives = [stt.SpeechData(language=LanguageCode("en"), text=text)]
    if onset is not None:
        vars(event)["speech_start_time"] = clock.to_wall(onset) if onset else 0.0
    return event


def utterance(text: str) -> list[stt.SpeechEvent]:
    """A whole utterance."""
    return [heard("start"), heard("final", text), heard("end")]


def seen(event: object) -> str:
    """An event as a test compares it: "final Suite."."""
    if not isinstance(event, stt.SpeechEvent):
        return str(event)
    name = event.type.value.split("_")[0]
    return f"{name} {event.alternatives[0].text}".strip() if event.alternatives else name


# -- agents ---------------------------------------------------------------------------------------


class SttNode(Protocol):
    """An agent's `stt_node`."""

    def __call__(self) -> Any:
        """What an agent's `stt_node` returns."""
        ...


class FakeAgent:
    """What the mixin is mixed into: an agent of a session, whose recogniser a test plays."""

    def __init__(self, session: FakeSession | None = None, node: SttNode | None = None) -> None:
        self._session = session
        self.node = node
        self.chat_ctx = llm.ChatContext.empty()
        if session is not None:
            session.agent = self

    @property
    def session(self) -> FakeSession:
        """The session, while the agent is active."""
        if self._session is None:
            raise RuntimeError("no activity context found, the agent is not running")
        return self._session

    async def update_chat_ctx(
        self,
        chat_ctx: llm.ChatContext,
        *,
        exclude_invalid_function_calls: bool = True,  # noqa: ARG002 - Agent's
    ) -> None:
        """Takes over a history."""
        self.chat_ctx = chat_ctx

    def stt_node(self, audio: Any, model_settings: Any) -> Any:  # noqa: ARG002 - Agent's
        """Whatever the test wants it to be."""
        assert self.node is not None
        return self.node()


class Filtered(BackchannelSTTFilterMixin, FakeAgent):
    """An agent with the mixin, which remembers what was decided."""

    def __init__(
        self, session: FakeSession | None = None, node: SttNode | None = None, **config: Any
    ) -> None:
        if config:
            self.filter_config = config_of(**config)
        super().__init__(session, node)
        self.decisions: list[Decision] = []

    def on_filter_decision(self, decision: Decision) -> None:
        """Remembers."""
        self.decisions.append(decision)

    def finals(self, action: Action) -> list[str]:
        """The final texts that met a fate."""
        return [each.heard.text for each in self.decisions if each.action is action and each.final]


def plain_agent() -> Agent:
    """An agent without the mixin, in no session."""
    return Agent(instructions="Test.")


class Listener:
    """LiveKit's end of an `stt_node`: takes what is yielded until it is told to stop."""

    def __init__(self, agent: Any, stream: AsyncIterator[Any] | None = None) -> None:
        self.events: list[object] = []
        self.error: BaseException | None = None
        self._stream: AsyncIterator[Any] = stream or agent.stt_node(None, None)
        self.task = asyncio.ensure_future(self._listen())

    async def _listen(self) -> None:
        try:
            async for event in self._stream:
                self.events.append(event)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test looks at it
            self.error = error

    @property
    def seen(self) -> list[str]:
        """What was yielded."""
        return [seen(event) for event in self.events]

    async def stop(self) -> None:
        """LiveKit cancels its pump."""
        self.task.cancel()
        await asyncio.wait([self.task])

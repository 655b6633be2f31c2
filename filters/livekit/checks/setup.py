"""Reads what is set of a session, from LiveKit's objects into plain values. Reads only.

What an old release or another vendor's plugin doesn't have is left out, and then not checked.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from livekit.agents import NOT_GIVEN, llm
from livekit.agents.utils import is_given

from filters.livekit._livekit_private import (
    endpointing_of,
    listeners_of,
    noise_cancellation_of,
    options_of,
)
from filters.livekit.agent_context import AgentContextMode, installed_bridge
from filters.livekit.context_targets import (
    PLUGIN,
    AgentContextAction,
    context_targets,
    is_u3_pro,
    outer_recogniser,
)
from filters.livekit.languages import filter_languages, languages_heard
from filters.livekit.session_events import current_agent, of_agent_or_session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import CodeType

    from livekit.agents import Agent, AgentSession

    from filters.livekit.context_targets import ContextTarget

TurnMode = Literal["stt", "vad", "model", "manual", "realtime_llm"]
"""Who ends the caller's turns; "model" is a turn detector."""

_INFERENCE = "livekit.agents.inference"
_VENDOR = "assemblyai/"
_CLOUD = ".livekit.cloud"


@dataclass(frozen=True, slots=True)
class RecogniserSetup:
    """A recogniser.

    Attributes:
        code: How it is made, as code: `assemblyai.STT`.
        model: Its model, without the vendor's name.
        assemblyai: Whether it is AssemblyAI's.
        by_plugin: Whether LiveKit's AssemblyAI plugin makes it, with the plugin's own defaults.
        options: What it was made with.
    """

    code: str
    model: str = "unknown"
    assemblyai: bool = False
    by_plugin: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def u3_pro(self) -> bool:
        """Whether its model is of AssemblyAI's U3 Pro family."""
        return self.assemblyai and is_u3_pro(self.model)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages it was made for; empty where it doesn't say."""
        return languages_heard(self.options)

    def with_options(self, **options: object) -> str:
        """The code that makes it with these options."""
        if self.by_plugin or not self.assemblyai:
            given = ", ".join(f"{name}={_literal(value)}" for name, value in options.items())
            return f"{self.code}({given})"
        given = ", ".join(f'"{name}": {_literal(value)}' for name, value in options.items())
        return f"{self.code}(extra_kwargs={{{given}}})"

    def without(self, *names: str) -> str:
        """The code that makes it without these options."""
        return f"{self.code}(...) without {' and '.join(names)}"


@dataclass(frozen=True, slots=True)
class VadSetup:
    """A voice activity detector.

    Attributes:
        code: How it is made, as code: `silero.VAD.load`.
        threshold: Its `activation_threshold`, where it shows one.
    """

    code: str
    threshold: float | None = None


@dataclass(frozen=True, slots=True)
class ContextSetup:
    """Who tells the recogniser what the agent said.

    Attributes:
        forwarded: LiveKit forwards replies to one of the recognisers.
        pushable: One of them takes replies that LiveKit does not forward.
        bridge: What the filter's bridge was asked to do; None without one.
        forwarding_declined: The session was told not to forward.
        handlers: Listeners of the application that send `agent_context`, as `module.name`.
    """

    forwarded: bool = False
    pushable: bool = False
    bridge: AgentContextMode | None = None
    forwarding_declined: bool = False
    handlers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionSetup:
    """What is set of a session. None, or empty: it doesn't say.

    Attributes:
        listens: Whether there is a recogniser; None before it is known which agent it is.
        turns: Who ends the caller's turns.
        interruption: The session's options.
        endpointing: The same, with the agent's own.
        interruption_mode: "adaptive" or "vad", where one is asked for.
        vad: The VAD in use.
        recognisers: Those in use, adapters opened.
        context: Who tells them what the agent said.
        aec_warmup_s: How long the caller isn't heard, in seconds.
        transcription_timeout_s: The timeout, in seconds.
        noise_cancellation: The name of what cleans the caller's sound.
        server: The host of the LiveKit server.
        cloud: Whether that is LiveKit Cloud.
        dev_mode: Whether it runs under "dev" or "console".
        languages: What the filter has words for; None before there is one.
    """

    listens: bool | None = True
    turns: TurnMode = "stt"
    interruption: Mapping[str, Any] = field(default_factory=dict)
    endpointing: Mapping[str, Any] = field(default_factory=dict)
    interruption_mode: str | None = None
    vad: VadSetup | None = None
    recognisers: tuple[RecogniserSetup, ...] = ()
    context: ContextSetup = field(default_factory=ContextSetup)
    aec_warmup_s: float | None = None
    transcription_timeout_s: float | None = None
    noise_cancellation: str | None = None
    server: str = ""
    cloud: bool = False
    dev_mode: bool = False
    languages: tuple[str, ...] | None = None


def read_setup(session: AgentSession[Any], agent: Agent | None = None) -> SessionSetup:
    """Reads what is set.

    Args:
        session: The session, started or not.
        agent: The agent that it will be with; None is the current one, if there is one.
    """
    who = current_agent(session) if agent is None else agent
    options: Any = getattr(session, "options", None)
    vad: Any = of_agent_or_session(session, who, "vad")
    server = urlsplit(os.environ.get("LIVEKIT_URL", "")).hostname or ""
    listens = of_agent_or_session(session, who, "stt", unsaid=True) is not None
    targets = [] if outer_recogniser(session, who) is None else context_targets(session, who)
    return SessionSetup(
        listens=listens or (None if who is None else False),
        turns=_turns(session, who, has_vad=vad is not None),
        interruption=_mapping(getattr(options, "interruption", None)),
        endpointing={
            **_mapping(getattr(options, "endpointing", None)),
            **endpointing_of(who),
        },
        interruption_mode=_interruption_mode(options, who),
        vad=None if vad is None else _vad(vad),
        recognisers=tuple(_recognisers(targets)),
        context=_context(session, targets),
        aec_warmup_s=getattr(options, "aec_warmup_duration", None),
        transcription_timeout_s=getattr(options, "transcription_timeout", None),
        noise_cancellation=_noise_cancellation(session),
        server=server,
        cloud=server.endswith(_CLOUD) or "LIVEKIT_REMOTE_EOT_URL" in os.environ,
        dev_mode=os.environ.get("LIVEKIT_DEV_MODE") == "1",
        languages=filter_languages(session),
    )


def _vad(vad: Any) -> VadSetup:
    return VadSetup(_code(vad), options_of(vad).get("activation_threshold"))


def _turns(session: AgentSession[Any], agent: Agent | None, *, has_vad: bool) -> TurnMode:
    model = of_agent_or_session(session, agent, "llm")
    if isinstance(model, llm.RealtimeModel) and model.capabilities.turn_detection:
        return "realtime_llm"  # without being told to
    detection: Any = of_agent_or_session(session, agent, "turn_detection")
    if detection in ("stt", "vad", "manual", "realtime_llm"):
        return detection  # type: ignore[no-any-return]
    if hasattr(detection, "predict_end_of_turn"):
        return "model"
    if callable(getattr(detection, "stream", None)) and has_vad:
        return "model"  # one that listens itself; LiveKit does without it where there is no VAD
    return "vad" if has_vad else "stt"


def _interruption_mode(options: Any, agent: Agent | None) -> str | None:
    own: Any = getattr(agent, "interruption_detection", NOT_GIVEN)
    if is_given(own):
        return str(own)
    mode = _mapping(getattr(options, "interruption", None)).get("mode")
    return mode if isinstance(mode, str) else None


def _recognisers(targets: Sequence[ContextTarget]) -> Iterator[RecogniserSetup]:
    for target in targets:
        recogniser = target.recogniser
        if recogniser is None:
            continue
        model = target.model or "unknown"
        by_plugin = _module(recogniser).startswith(PLUGIN)
        yield RecogniserSetup(
            _code(recogniser),
            model.removeprefix(_VENDOR),
            assemblyai=by_plugin or model.startswith(_VENDOR),
            by_plugin=by_plugin,
            options=options_of(recogniser),
        )


def _context(session: AgentSession[Any], targets: Sequence[ContextTarget]) -> ContextSetup:
    if not targets:
        return ContextSetup()
    actions = {target.action for target in targets}
    bridge = installed_bridge(session)
    switch = _mapping(getattr(session.options, "stt_context_options", None))
    return ContextSetup(
        forwarded=AgentContextAction.FORWARDED in actions,
        pushable=AgentContextAction.PUSH in actions,
        bridge=None if bridge is None else bridge.mode,
        forwarding_declined=switch.get("forward_chat_context") is False,
        handlers=tuple(
            f"{_module(listener)}.{getattr(listener, '__qualname__', '?')}"
            for listener in listeners_of(session, "conversation_item_added")
            if not _module(listener).startswith(("filters.", "livekit."))
            and _mentions(getattr(listener, "__code__", None), "agent_context")
        ),
    )


def _mentions(code: CodeType | None, name: str) -> bool:
    """Whether a function uses a name, or passes a keyword of that name."""
    if code is None:
        return False
    for constant in code.co_consts:
        if constant == name or (isinstance(constant, tuple) and name in constant):
            return True
        if hasattr(constant, "co_consts") and _mentions(constant, name):
            return True
    return name in code.co_names


def _noise_cancellation(session: AgentSession[Any]) -> str | None:
    found = noise_cancellation_of(session)
    return None if found is None else _name(found)


def _name(found: Any) -> str:
    named: type | Callable[..., Any] = found if hasattr(found, "__qualname__") else type(found)
    return f"{named.__module__}.{named.__qualname__}"


def _code(component: Any) -> str:
    """How a component is made, as one writes it: `silero.VAD.load`, `inference.STT`."""
    module, name = _module(component), type(component).__qualname__
    if module.startswith(_INFERENCE):
        return f"inference.{name}"
    if not module.startswith("livekit.plugins."):
        return name
    plugin = module.split(".")[2]
    return f"{plugin}.{name}.load" if hasattr(component, "load") else f"{plugin}.{name}"


def _module(of: Any) -> str:
    """The module that a function is from; or the first of LiveKit that an object's class is of."""
    if not isinstance(of, type) and hasattr(of, "__qualname__"):
        return str(of.__module__)
    modules = [base.__module__ for base in type(of).__mro__]
    known = (PLUGIN, "livekit.plugins.silero", _INFERENCE)
    return next((module for module in modules if module.startswith(known)), modules[0])


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _literal(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)

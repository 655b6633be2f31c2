"""A session as an application writes it, and the change that a finding prints, made to it."""

from __future__ import annotations

import ast
import dataclasses
import inspect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from livekit.agents import AgentSession, inference
from livekit.plugins import assemblyai, silero

from agent.recognition import choose_model, known_models
from filters import FilterConfig, check_session, install, turn_handling_for
from filters.livekit import install_agent_context_bridge

if TYPE_CHECKING:
    from collections.abc import Callable

    from livekit.agents import Agent

    from filters import Finding

MODEL = choose_model(known_models())


def plugin_takes(option: str) -> bool:
    """Whether the plugin that is installed has an option."""
    return option in inspect.signature(assemblyai.STT).parameters


def session_takes(option: str) -> bool:
    """Whether the AgentSession that is installed has an option."""
    return option in inspect.signature(AgentSession).parameters


def _sensible_stt() -> dict[str, Any]:
    return {
        "api_key": "none",
        "model": MODEL,
        "min_turn_silence": 100,
        "max_turn_silence": 1000,
        "vad_threshold": 0.3,
    }


@dataclass(frozen=True)
class Parts:
    """What a session is made of. As it comes, nothing is wrong with it.

    Attributes:
        session: Arguments of AgentSession, but for those below.
        stt: Arguments of assemblyai.STT.
        vad: Arguments of silero.VAD.load; None leaves the VAD out.
        turns: What differs from `turn_handling_for`.
        config: The filter's.
        installed: Whether `install` is called.
        bridge: Whether `install_agent_context_bridge` is called.
        listener: A `conversation_item_added` handler of the application.
        agent: The agent that the session will start with.
    """

    session: dict[str, Any] = field(default_factory=dict)
    stt: dict[str, Any] = field(default_factory=_sensible_stt)
    vad: dict[str, Any] | None = None
    turns: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    installed: bool = True
    bridge: bool = False
    listener: Callable[..., None] | None = None
    agent: Agent | None = None

    def built(self) -> AgentSession[Any]:
        """The session: the real one, with real parts."""
        config = FilterConfig.from_mapping({"domain": "test", **self.config})
        options: dict[str, Any] = {
            "stt": assemblyai.STT(**self.stt),
            "vad": None if self.vad is None else silero.VAD.load(**self.vad),
            "aec_warmup_duration": None,
            "turn_handling": merged(dict(turn_handling_for(config)), self.turns),
            **self.session,
        }
        session: AgentSession[Any] = AgentSession(
            **{name: value for name, value in options.items() if value is not ...}
        )
        if self.listener is not None:
            session.on("conversation_item_added", self.listener)
        if self.installed:
            install(session, config)
        if self.bridge:
            install_agent_context_bridge(session)
        return session

    def findings(self) -> list[Finding]:
        """What is wrong with it."""
        return check_session(self.built(), self.agent)

    def events(self) -> list[str]:
        """The names of that."""
        return [finding.event for finding in self.findings()]

    def finding(self, event: str) -> Finding:
        """The finding of a name; there is one."""
        (found,) = (finding for finding in self.findings() if finding.event == event)
        return found

    def with_stt(self, **options: Any) -> Parts:
        """With other options of the recogniser; None leaves one out."""
        stt = {**self.stt, **options}
        given = {name: value for name, value in stt.items() if value is not None}
        return dataclasses.replace(self, stt=given)

    def changed(self, fix: str) -> Parts:
        """With the change that a finding prints, and no other."""
        code = first_call(fix)
        rest = fix[len(code) :]
        call = eval(code, {"__builtins__": {}}, dict(_NAMES))  # noqa: S307 - it is the filter's text
        if rest.startswith(" without "):
            names = rest.removeprefix(" without ").split(" and ")
            assert set(names) <= set(self.stt), names
            return self.with_stt(**dict.fromkeys(names))
        return call(self)  # type: ignore[no-any-return]


def first_call(fix: str) -> str:
    """The code that a fix begins with: a call, to its closing parenthesis."""
    for end, char in enumerate(fix, 1):
        if char == ")":
            try:
                tree = ast.parse(fix[:end], mode="eval")
            except SyntaxError:
                continue
            assert isinstance(tree.body, ast.Call)
            return fix[:end]
    raise AssertionError(f"no code in {fix!r}")


def merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Options with others put over them, in depth."""
    both = dict(old)
    for name, value in new.items():
        there = both.get(name)
        if isinstance(there, dict) and isinstance(value, dict):
            both[name] = merged(there, value)
        else:
            both[name] = value
    return both


def _session(**options: Any) -> Callable[[Parts], Parts]:
    def change(parts: Parts) -> Parts:
        turns = merged(parts.turns, options.pop("turn_handling", {}))
        vad = None if "vad" in options else parts.vad
        session = {**parts.session, **options}
        return dataclasses.replace(parts, session=session, turns=turns, vad=vad)

    return change


def _stt(*_rest: object, **options: Any) -> Callable[[Parts], Parts]:
    return lambda parts: parts.with_stt(**options)


def _vad(**options: Any) -> Callable[[Parts], Parts]:
    return lambda parts: dataclasses.replace(parts, vad={**(parts.vad or {}), **options})


def _bridge(_session: object) -> Callable[[Parts], Parts]:
    return lambda parts: dataclasses.replace(parts, bridge=True)


def _config(**options: Any) -> Callable[[Parts], Parts]:
    return lambda parts: dataclasses.replace(parts, config={**parts.config, **options})


class _Plugin:
    """A module of a plugin, with its class."""

    STT = staticmethod(_stt)

    class VAD:
        """Silero's."""

        load = staticmethod(_vad)


class _Session:
    """The application's session."""

    @staticmethod
    def off(event: str, handler: str) -> Callable[[Parts], Parts]:
        """Takes the application's handler off."""

        def change(parts: Parts) -> Parts:
            assert event == "conversation_item_added"
            assert parts.listener is not None
            assert parts.listener.__name__ == handler
            return dataclasses.replace(parts, listener=None)

        return change


_NAMES: dict[str, Any] = {
    "AgentSession": _session,
    "FilterConfig": _config,
    "True": True,
    "assemblyai": _Plugin,
    "inference": inference,
    "install_agent_context_bridge": _bridge,
    "send_replies": "send_replies",
    "session": _Session,
    "silero": _Plugin,
}

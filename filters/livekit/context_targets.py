"""Finds the recognisers a session listens with and says of each who tells it the agent's replies.

Reads only: nothing is pushed and nothing is logged here. No AssemblyAI plugin is needed.
"""

from __future__ import annotations

import enum
import inspect
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import livekit.agents
from livekit.agents import inference

from ._livekit_private import takes_conversation_items, wrapped_recognisers
from .session_events import current_agent, of_agent_or_session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from livekit.agents import Agent, AgentSession

PLUGIN = "livekit.plugins.assemblyai"

_U3_PRO_MODEL = re.compile(r"(assemblyai/)?(u3-pro|u3-rt-pro.*|universal-3-\d+-pro.*)")


class AgentContextAction(str, enum.Enum):
    """What becomes of the agent's next reply."""

    PUSH = "push"
    FORWARDED = "forwarded"
    UNSUPPORTED = "unsupported"
    OFF = "off"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class ContextTarget:
    """One recogniser in use (None: there is none), what becomes of a reply there, and why."""

    recogniser: Any
    action: AgentContextAction
    reason: str

    @property
    def label(self) -> str | None:
        """LiveKit's name for the recogniser: its class, in full."""
        if self.recogniser is None:
            return None
        return str(getattr(self.recogniser, "label", type(self.recogniser).__qualname__))

    @property
    def model(self) -> str | None:
        """The model it was made with."""
        return None if self.recogniser is None else _model(self.recogniser)

    def update(self, text: str) -> dict[str, Any]:
        """Return the keyword of `update_options` that tells it what the agent said."""
        context = {"agent_context": text}
        return {"extra": context} if isinstance(self.recogniser, inference.STT) else context


def is_u3_pro(model: str) -> bool:
    """Return whether a model is of AssemblyAI's U3 Pro family."""
    return _U3_PRO_MODEL.fullmatch(model) is not None


def context_targets(session: AgentSession[Any], agent: Agent | None = None) -> list[ContextTarget]:
    """Return a target for each recogniser in use, adapters opened; at least one.

    In use is the current agent's own STT, else the session's.

    Args:
        session: The session.
        agent: The agent that is to count as the current one.
    """
    outer = outer_recogniser(session, agent)
    if outer is None:
        reason = "neither the agent nor the session has an STT"
        return [ContextTarget(None, AgentContextAction.UNSUPPORTED, reason)]
    targets = []
    for recogniser, forwarded in _open_adapters(outer, forwarded=_livekit_forwards(session, outer)):
        unsupported = _why_unsupported(recogniser)
        if forwarded:
            action, reason = AgentContextAction.FORWARDED, "LiveKit forwards replies by itself"
        elif unsupported is not None:
            action, reason = AgentContextAction.UNSUPPORTED, unsupported
        else:
            action, reason = AgentContextAction.PUSH, "LiveKit does not forward replies to this STT"
        targets.append(ContextTarget(recogniser, action, reason))
    return targets


def outer_recogniser(session: AgentSession[Any], agent: Agent | None = None) -> Any:
    """Return the agent's own STT, else the session's, adapters closed; or None."""
    who = current_agent(session) if agent is None else agent
    return of_agent_or_session(session, who, "stt")


def recognisers_in_use(outer: Any) -> list[Any]:
    """Return the recognisers inside an STT, adapters opened; itself where it is none."""
    return [] if outer is None else [each for each, _ in _open_adapters(outer, forwarded=False)]


def how_to_stop_forwarding(session: AgentSession[Any]) -> str:
    """Return the piece of code that keeps this LiveKit from forwarding replies by itself."""
    if _has_forwarding_switch(session) or _livekit_release() >= (1, 6, 6):
        return 'AgentSession(stt_context_options={"forward_chat_context": False})'
    return "assemblyai.STT(agent_context_carryover=False)"


def plugin_too_old(plugin: Any) -> str:
    """Return the reason that an AssemblyAI plugin without `agent_context` gives."""
    version = getattr(plugin, "__version__", "(unknown version)")
    return f"livekit-plugins-assemblyai {version} has no agent_context; 1.6.0 and later have it"


def _open_adapters(outer: Any, *, forwarded: bool) -> Iterator[tuple[Any, bool]]:
    """Yield each recogniser inside adapters, and whether what LiveKit forwards arrives there."""
    queue: list[tuple[Any, bool]] = [(outer, forwarded)]
    seen: set[int] = set()
    while queue:
        recogniser, arrives = queue.pop(0)
        if id(recogniser) in seen:
            continue
        seen.add(id(recogniser))
        arrives = arrives and takes_conversation_items(recogniser)
        wrapped = wrapped_recognisers(recogniser)
        if wrapped:
            queue.extend((inner, arrives) for inner in wrapped)
        else:
            yield recogniser, arrives


def _livekit_forwards(session: AgentSession[Any], outer: Any) -> bool:
    """Return whether the session hands its replies to this STT.

    From 1.6.5 it does where the STT advertises `capabilities.chat_context`; from 1.6.6 the session
    has a switch beside that. Where a later LiveKit no longer has these names it counts as
    forwarding: a missing update costs less than every update twice.
    """
    carries = _carries_chat_context(outer)
    if carries is None:
        return _livekit_release() >= (1, 6, 6)
    if not _has_forwarding_switch(session):
        return carries
    try:
        return carries and bool(session.options.stt_context_options["forward_chat_context"])
    except (KeyError, TypeError):
        return carries


def _has_forwarding_switch(session: AgentSession[Any]) -> bool:
    return hasattr(session.options, "stt_context_options")


def _carries_chat_context(recogniser: Any) -> bool | None:
    """Return the public capability; None before 1.6.5, where there is none."""
    capability = getattr(getattr(recogniser, "capabilities", None), "chat_context", None)
    return None if capability is None else bool(capability)


def _livekit_release() -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", livekit.agents.__version__)[:3])


def _why_unsupported(recogniser: Any) -> str | None:
    """Return why this STT can't take `agent_context`, or None if it can."""
    if not _accepts_agent_context(recogniser):
        if any(base.__module__.startswith(PLUGIN) for base in type(recogniser).__mro__):
            return plugin_too_old(sys.modules.get(PLUGIN))
        return "its update_options has no agent_context"
    # A later model may be in no list here and still say of itself that it carries context.
    if is_u3_pro(_model(recogniser)) or _carries_chat_context(recogniser):
        return None
    return "its model is not of the U3 Pro family"


def _accepts_agent_context(recogniser: Any) -> bool:
    if isinstance(recogniser, inference.STT):  # it hands on what is in `extra`, to any vendor
        return True
    try:
        signature = inspect.signature(recogniser.update_options)
    except (AttributeError, TypeError, ValueError):
        return False
    return "agent_context" in signature.parameters or any(
        parameter.kind is inspect.Parameter.VAR_KEYWORD
        for parameter in signature.parameters.values()
    )


def _model(recogniser: Any) -> str:
    return str(getattr(recogniser, "model", "unknown"))

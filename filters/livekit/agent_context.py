"""Tells the recogniser what the agent has just said: one `agent_context` update per reply.

AssemblyAI's U3 Pro models transcribe "seven pm" or an email address better when they know the
question. From 1.6.6 LiveKit forwards each reply by itself; the bridge sends only what LiveKit
doesn't. What the agent said goes to the recogniser and into no log.
"""

from __future__ import annotations

import importlib
import inspect
import re
import traceback
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from filters.calls import get_logger

from .context_targets import (
    PLUGIN,
    AgentContextAction,
    ContextTarget,
    context_targets,
    how_to_stop_forwarding,
    plugin_too_old,
)

if TYPE_CHECKING:
    from livekit.agents import AgentSession, ConversationItemAddedEvent

__all__ = [
    "AgentContextAction",
    "AgentContextBridge",
    "AgentContextMode",
    "AgentContextStatus",
    "install_agent_context_bridge",
    "seed_agent_context",
]

AgentContextMode = Literal["auto", "bridge", "off"]

DEFAULT_MAX_CHARS = 1500
"""What AssemblyAI's guide cuts a reply to, in characters."""

SERVER_MAX_CHARS = 1750
"""Above this many characters the server closes the stream (code 3006)."""

# A cut looks this many characters ahead for the next word; a language without spaces is cut where
# the limit falls.
_WORD_SEARCH_CHARS = 40

# How a mode speaks of a recogniser that LiveKit forwards to.
_FORWARDED_EVENTS: dict[AgentContextMode, str] = {
    "auto": "agent_context_forwarded_by_livekit",
    "bridge": "agent_context_conflict",
    "off": "agent_context_off",
}

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AgentContextStatus:
    """What a bridge does with the agent's next reply, and why (one sentence)."""

    action: AgentContextAction
    reason: str


class AgentContextBridge:
    """Pushes each assistant reply of a session to the STT in use, until closed.

    Made by `install_agent_context_bridge`.
    """

    def __init__(
        self, session: AgentSession[Any], *, mode: AgentContextMode, max_chars: int
    ) -> None:
        self._session = session
        self._mode = mode
        self._max_chars = max_chars
        self._closed = False
        self._pushed = 0
        self._failed = 0
        self._said: set[tuple[str | None, ...]] = set()
        session.on("conversation_item_added", self._on_conversation_item_added)

    @property
    def closed(self) -> bool:
        """Whether it pushes nothing any more."""
        return self._closed

    @property
    def mode(self) -> AgentContextMode:
        """What it was asked to do."""
        return self._mode

    @property
    def pushed(self) -> int:
        """Number of replies that at least one recogniser took."""
        return self._pushed

    @property
    def failed(self) -> int:
        """Number of replies that met an error; the first error of each kind is logged."""
        return self._failed

    @property
    def status(self) -> AgentContextStatus:
        """What would become of a reply now; a hand-off to another STT may change it."""
        if self._closed:
            return AgentContextStatus(AgentContextAction.CLOSED, "the bridge was closed")
        targets = context_targets(self._session)
        forwarded = any(target.action is AgentContextAction.FORWARDED for target in targets)
        if self._mode == "off":
            reason = "agent_context is off"
            if forwarded:
                fix = how_to_stop_forwarding(self._session)
                reason += f"; LiveKit still forwards replies, {fix} ends that"
            return AgentContextStatus(AgentContextAction.OFF, reason)
        for action in (AgentContextAction.PUSH, AgentContextAction.FORWARDED):
            for target in targets:
                if target.action is action:
                    return AgentContextStatus(action, target.reason)
        return AgentContextStatus(AgentContextAction.UNSUPPORTED, targets[0].reason)

    def close(self) -> None:
        """Stop pushing. Closing twice is harmless."""
        if not self._closed:
            self._closed = True
            self._session.off("conversation_item_added", self._on_conversation_item_added)

    remove = close

    def _on_conversation_item_added(self, event: ConversationItemAddedEvent) -> None:
        try:
            item = event.item
            if self._closed or item.type != "message" or item.role != "assistant":
                return
            reply = (item.text_content or "").strip()
            if reply:
                self._act_on(reply)
        except Exception as error:  # noqa: BLE001 - LiveKit's emitter lets a TypeError through
            self._failed += 1
            self._say_failed(None, error)

    def _act_on(self, reply: str) -> None:
        targets = context_targets(self._session)
        for target in targets:
            self._say(target)
        if self._mode == "off":
            return
        text = _tail(reply, self._max_chars)
        accepted = refused = 0
        for target in targets:
            if target.action is not AgentContextAction.PUSH:
                continue
            try:
                target.recogniser.update_options(**target.update(text))
            except Exception as error:  # noqa: BLE001 - another recogniser may still take it
                refused += 1
                self._say_failed(target, error)
            else:
                accepted += 1
        self._failed += bool(refused)
        if accepted:
            self._pushed += 1
            _log.debug(
                "agent_context_pushed",
                characters=len(text),
                cut=len(reply) - len(text),
                recognisers=accepted,
            )

    def _say(self, target: ContextTarget) -> None:
        """Log why a recogniser gets nothing from the bridge: once per kind of it and reason."""
        facts: dict[str, str] = {}
        if target.action is AgentContextAction.FORWARDED:
            event = _FORWARDED_EVENTS[self._mode]
            if self._mode != "auto":
                facts["fix"] = how_to_stop_forwarding(self._session)
        elif target.action is AgentContextAction.UNSUPPORTED and self._mode != "off":
            event = "agent_context_unsupported"
        else:
            return
        if self._first((event, target.label, target.model, target.reason)):
            say = _log.warning if self._mode == "bridge" else _log.info
            say(event, reason=target.reason, stt=target.label, model=target.model, **facts)

    def _say_failed(self, target: ContextTarget | None, error: Exception) -> None:
        # The error's own text is left out: it may quote what the agent said.
        frames = traceback.extract_tb(error.__traceback__)
        where = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else None
        label = None if target is None else target.label
        kind = type(error).__name__
        if self._first(("agent_context_failed", label, kind, where)):
            _log.warning("agent_context_failed", error=kind, where=where, stt=label)

    def _first(self, key: tuple[str | None, ...]) -> bool:
        if key in self._said:
            return False
        self._said.add(key)
        return True


# Two bridges on one session would send every reply twice. Weak both ways: the session holds its
# bridge as a listener, and the bridge its session.
_installed: weakref.WeakKeyDictionary[Any, weakref.ref[AgentContextBridge]]
_installed = weakref.WeakKeyDictionary()


def install_agent_context_bridge(
    session: AgentSession[Any],
    *,
    mode: AgentContextMode = "auto",
    max_chars: int = DEFAULT_MAX_CHARS,
) -> AgentContextBridge:
    """Push the end of each assistant reply to the STT in use, as `agent_context`.

    The STT in use is the current agent's own, else the session's; adapters are opened. It takes
    part if its `update_options` knows `agent_context` (AssemblyAI's plugin from 1.6.0; LiveKit's
    `inference.STT`, in `extra`) and its model is of the U3 Pro family. This is decided at each
    reply, since a hand-off may change the STT, and said once in the log. An interrupted reply
    counts as far as it was spoken.

    Args:
        session: The session, started or not. A bridge it already has is closed and replaced.
        mode: `auto` pushes where LiveKit does not forward by itself. `bridge` does the same, and
            warns where LiveKit forwards too: one of the two has to be switched off. `off` pushes
            nothing, and says how to stop LiveKit where it forwards.
        max_chars: Longest update, in characters (1 to 1750); a longer reply keeps its end, where
            the question is.

    Returns:
        The bridge, with `close()`, `status`, `pushed` and `failed`.

    Raises:
        ValueError: `mode` or `max_chars` is none of the above.
    """
    if mode not in get_args(AgentContextMode):
        raise ValueError(f"mode={mode!r} is unknown. Use 'auto', 'bridge' or 'off'.")
    _check(max_chars)
    earlier = installed_bridge(session)
    if earlier is not None:
        earlier.close()
    bridge = AgentContextBridge(session, mode=mode, max_chars=max_chars)
    _installed[session] = weakref.ref(bridge)
    return bridge


def installed_bridge(session: AgentSession[Any]) -> AgentContextBridge | None:
    """Return the bridge of a session, if it has one that is not closed."""
    reference = _installed.get(session)
    bridge = None if reference is None else reference()
    return None if bridge is None or bridge.closed else bridge


_seed_reasons_said: set[str] = set()


def seed_agent_context(greeting: str, *, max_chars: int = DEFAULT_MAX_CHARS) -> dict[str, str]:
    """Return the keyword that gives AssemblyAI's STT the opening greeting before it is spoken.

    `assemblyai.STT(**seed_agent_context("Welcome! What's your date of birth?"))` works on every
    version: where the installed plugin can't take it, the log says so once. The plugin raises
    `ValueError` when a model outside the U3 Pro family is seeded.

    Args:
        greeting: What the agent will say first.
        max_chars: Longest context, in characters (1 to 1750).

    Returns:
        `{"agent_context": ...}`, or `{}` for an empty greeting or without a plugin that takes it.

    Raises:
        ValueError: `max_chars` is out of range.
    """
    _check(max_chars)
    text = greeting.strip()
    if not text:
        return {}
    try:
        plugin = importlib.import_module(PLUGIN)
    except ImportError:
        reason = "livekit-plugins-assemblyai is not installed"
    else:
        if "agent_context" in inspect.signature(plugin.STT.__init__).parameters:
            return {"agent_context": _tail(text, max_chars)}
        reason = plugin_too_old(plugin)
    if reason not in _seed_reasons_said:
        _seed_reasons_said.add(reason)
        _log.info("agent_context_unsupported", reason=reason)
    return {}


def _check(max_chars: int) -> None:
    if not 1 <= max_chars <= SERVER_MAX_CHARS:
        raise ValueError(
            f"max_chars={max_chars} is out of range: above {SERVER_MAX_CHARS} characters the "
            f"server closes the stream. Use 1 to {SERVER_MAX_CHARS}; the guide's value is "
            f"{DEFAULT_MAX_CHARS}."
        )


def _tail(text: str, max_chars: int) -> str:
    """Return the last `max_chars` characters, from the beginning of a word where one is near."""
    if len(text) <= max_chars:
        return text
    tail = text[-max_chars:]
    if not text[-max_chars - 1].isspace():
        space = re.search(r"\s", tail[:_WORD_SEARCH_CHARS])
        if space is not None:
            tail = tail[space.end() :]
    return tail.lstrip()

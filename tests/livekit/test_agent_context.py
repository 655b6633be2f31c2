"""The agent's replies reach the recogniser once each, and never a log."""

from __future__ import annotations

import gc
import logging
import sys
import weakref
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Literal, cast

import pytest
from livekit import rtc
from livekit.agents import AgentSession, ConversationItemAddedEvent, llm
from livekit.agents.types import NOT_GIVEN

from filters.livekit import agent_context
from filters.livekit.agent_context import (
    AgentContextAction,
    AgentContextBridge,
    AgentContextMode,
    install_agent_context_bridge,
    seed_agent_context,
)

QUESTION = "May I have your email address?"


@dataclass
class Capabilities:
    """The public capabilities of an STT, as far as they matter here (None: not there)."""

    chat_context: bool | None = False


@dataclass(eq=False)
class Recogniser:
    """An STT whose `update_options` takes `agent_context`; it keeps what it is told."""

    model: str = "universal-3-5-pro"
    label: str = "vendor.STT"
    capabilities: Capabilities = field(default_factory=Capabilities)
    error: Exception | None = None
    heard: list[str] = field(default_factory=list)

    def update_options(self, *, agent_context: str) -> None:
        """Keep the context, or fail as told to."""
        if self.error is not None:
            raise self.error
        self.heard.append(agent_context)


@dataclass(eq=False)
class OtherVendor:
    """An STT that knows nothing of `agent_context`."""

    model: str = "nova"
    label: str = "other.STT"
    capabilities: Capabilities = field(default_factory=Capabilities)

    def update_options(self, *, language: str) -> None:
        """Take an option that is not the one."""
        raise AssertionError(language)


@dataclass
class FakeAgent:
    """An agent with an STT of its own, or without."""

    stt: Any = NOT_GIVEN


@dataclass
class OptionsBefore166:
    """A session's options without the switch for forwarding."""


@dataclass
class Options(OptionsBefore166):
    """A session's options with the switch (from 1.6.6)."""

    stt_context_options: Any = field(default_factory=lambda: {"forward_chat_context": True})


class Session(rtc.EventEmitter[Literal["conversation_item_added"]]):
    """LiveKit's emitter with the public properties the bridge reads."""

    def __init__(self, stt: Any = None, *, forward: bool | None = None) -> None:
        super().__init__()
        self.stt = stt
        self.agent: FakeAgent | None = FakeAgent()
        self.options = OptionsBefore166()
        if forward is not None:
            self.options = Options({"forward_chat_context": forward})

    @property
    def current_agent(self) -> FakeAgent:
        """The agent that has the call; an error before the session starts."""
        if self.agent is None:
            raise RuntimeError("VoiceAgent isn't running")
        return self.agent

    def reply(self, *content: str, interrupted: bool = False) -> None:
        """Let the agent's reply arrive in the history."""
        message = llm.ChatMessage(role="assistant", content=list(content), interrupted=interrupted)
        self.emit("conversation_item_added", ConversationItemAddedEvent(item=message))


def install(
    session: Session, mode: AgentContextMode = "auto", max_chars: int = 1500
) -> AgentContextBridge:
    """Install the bridge on the fake session."""
    return install_agent_context_bridge(
        cast("AgentSession[Any]", session), mode=mode, max_chars=max_chars
    )


@pytest.fixture(autouse=True)
def every_level(caplog: pytest.LogCaptureFixture) -> None:
    """Capture debug lines too."""
    caplog.set_level(logging.DEBUG, logger="livekit.agents.filters")


def events(caplog: pytest.LogCaptureFixture, name: str) -> list[dict[str, Any]]:
    """Return the key-value pairs of each logged event of this name."""
    return [vars(record) for record in caplog.records if record.getMessage() == name]


def test_each_reply_is_pushed_once() -> None:
    """Two replies are two updates."""
    recogniser = Recogniser()
    session = Session(recogniser)
    bridge = install(session)
    session.reply(QUESTION)
    session.reply("Thank you.")
    assert recogniser.heard == [QUESTION, "Thank you."]
    assert (bridge.pushed, bridge.failed) == (2, 0)
    assert bridge.status.action is AgentContextAction.PUSH


def test_only_the_agents_messages_are_pushed() -> None:
    """The caller's own words are no context for themselves."""
    recogniser = Recogniser()
    session = Session(recogniser)
    install(session)
    message = llm.ChatMessage(role="user", content=["jane at example dot com"])
    session.emit("conversation_item_added", ConversationItemAddedEvent(item=message))
    assert recogniser.heard == []


def test_items_that_are_no_messages_are_left_alone() -> None:
    """A hand-off in the history has no text."""
    recogniser = Recogniser()
    session = Session(recogniser)
    bridge = install(session)
    handoff = llm.AgentHandoff(new_agent_id="billing")
    session.emit(
        "conversation_item_added", ConversationItemAddedEvent.model_construct(item=handoff)
    )
    assert (recogniser.heard, bridge.failed) == ([], 0)


@pytest.mark.parametrize("content", [(), ("",), ("  \n ",)])
def test_an_empty_reply_is_not_pushed(content: tuple[str, ...]) -> None:
    """A reply interrupted before its first word leaves the earlier context in place."""
    recogniser = Recogniser()
    session = Session(recogniser)
    install(session)
    session.reply(*content)
    assert recogniser.heard == []


def test_an_interrupted_reply_is_pushed_as_far_as_it_was_spoken() -> None:
    """LiveKit's message holds the spoken part, and that is the context."""
    recogniser = Recogniser()
    session = Session(recogniser)
    install(session)
    session.reply("We have a suite and", interrupted=True)
    assert recogniser.heard == ["We have a suite and"]


def test_a_long_reply_keeps_its_end_from_a_whole_word_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The question is at the end, and half a word would mislead."""
    recogniser = Recogniser()
    session = Session(recogniser)
    install(session, max_chars=20)
    reply = "Our opening hours vary. " + QUESTION
    session.reply(reply)
    assert recogniser.heard == ["your email address?"]
    (event,) = events(caplog, "agent_context_pushed")
    assert event["characters"] == len("your email address?")
    assert event["cut"] == len(reply) - len("your email address?")


def test_a_cut_between_two_words_loses_no_word() -> None:
    """The limit may fall just before a word, which then stays whole."""
    recogniser = Recogniser()
    session = Session(recogniser)
    install(session, max_chars=len("email address?"))
    session.reply(QUESTION)
    assert recogniser.heard == ["email address?"]


def test_a_reply_without_spaces_is_cut_at_the_limit() -> None:
    """Chinese has no space to look for."""
    recogniser = Recogniser()
    session = Session(recogniser)
    install(session)
    session.reply("请" * 2000)
    assert recogniser.heard == ["请" * 1500]


@pytest.mark.parametrize("max_chars", [0, -1, 1751])
def test_a_limit_the_server_would_refuse_is_an_error(max_chars: int) -> None:
    """Above 1,750 characters the server closes the stream."""
    with pytest.raises(ValueError, match=f"max_chars={max_chars} is out of range.*1750"):
        install(Session(Recogniser()), max_chars=max_chars)
    with pytest.raises(ValueError, match="out of range"):
        seed_agent_context("Welcome.", max_chars=max_chars)


def test_an_unknown_mode_is_an_error() -> None:
    """The error names the modes there are."""
    with pytest.raises(ValueError, match="'auto', 'bridge' or 'off'"):
        install(Session(), mode=cast("AgentContextMode", "on"))


def test_the_agents_own_stt_is_the_one_in_use() -> None:
    """An agent's STT replaces the session's for as long as the agent has the call."""
    sessions_own, agents_own = Recogniser(), Recogniser()
    session = Session(sessions_own)
    session.agent = FakeAgent(agents_own)
    install(session)
    session.reply("first")
    session.agent = FakeAgent()
    session.reply("second")
    assert (agents_own.heard, sessions_own.heard) == (["first"], ["second"])


def test_an_agent_that_switches_the_stt_off_gets_nothing() -> None:
    """`Agent(stt=None)` listens with no STT, whatever the session has."""
    recogniser = Recogniser()
    session = Session(recogniser)
    session.agent = FakeAgent(None)
    bridge = install(session)
    session.reply(QUESTION)
    assert recogniser.heard == []
    assert bridge.status.action is AgentContextAction.UNSUPPORTED


def test_the_bridge_can_be_installed_before_the_session_starts() -> None:
    """Without a current agent the session's STT counts."""
    session = Session(Recogniser())
    session.agent = None
    assert install(session).status.action is AgentContextAction.PUSH


@pytest.mark.parametrize(
    ("mode", "event", "level"),
    [
        ("auto", "agent_context_forwarded_by_livekit", logging.INFO),
        ("bridge", "agent_context_conflict", logging.WARNING),
        ("off", "agent_context_off", logging.INFO),
    ],
)
def test_the_bridge_steps_back_where_livekit_forwards(
    caplog: pytest.LogCaptureFixture, mode: AgentContextMode, event: str, level: int
) -> None:
    """In no mode does a reply go out twice, and the log says why, once."""
    recogniser = Recogniser(capabilities=Capabilities(chat_context=True))
    session = Session(recogniser, forward=True)
    bridge = install(session, mode)
    session.reply("first")
    session.reply("second")
    assert (recogniser.heard, bridge.pushed) == ([], 0)
    (said,) = events(caplog, event)
    assert said["levelno"] == level
    assert said["model"] == "universal-3-5-pro"
    fix = 'AgentSession(stt_context_options={"forward_chat_context": False})'
    assert said.get("fix") == (None if mode == "auto" else fix)
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    ("mode", "action"),
    [
        ("auto", AgentContextAction.FORWARDED),
        ("bridge", AgentContextAction.FORWARDED),
        ("off", AgentContextAction.OFF),
    ],
)
def test_the_status_says_so_where_livekit_forwards(
    mode: AgentContextMode, action: AgentContextAction
) -> None:
    """A status needs no reply to have been seen."""
    recogniser = Recogniser(capabilities=Capabilities(chat_context=True))
    status = install(Session(recogniser, forward=True), mode).status
    assert status.action is action
    assert "LiveKit" in status.reason


@pytest.mark.parametrize("mode", ["auto", "bridge"])
def test_the_bridge_pushes_where_livekits_forwarding_is_switched_off(
    mode: AgentContextMode,
) -> None:
    """The two modes send the same updates."""
    recogniser = Recogniser(capabilities=Capabilities(chat_context=True))
    session = Session(recogniser, forward=False)
    install(session, mode)
    session.reply(QUESTION)
    assert recogniser.heard == [QUESTION]


def test_off_is_silent_where_nothing_forwards(caplog: pytest.LogCaptureFixture) -> None:
    """Who switches context off on an older LiveKit has nothing left to do."""
    recogniser = Recogniser()
    session = Session(recogniser)
    bridge = install(session, "off")
    session.reply(QUESTION)
    assert recogniser.heard == []
    assert caplog.records == []
    assert bridge.status.reason == "agent_context is off"


@pytest.mark.parametrize(
    ("recogniser", "reason"),
    [
        (None, "neither the agent nor the session has an STT"),
        (OtherVendor(), "its update_options has no agent_context"),
        (Recogniser(model="universal-streaming-english"), "its model is not of the U3 Pro family"),
    ],
)
@pytest.mark.parametrize(("mode", "level"), [("auto", logging.INFO), ("bridge", logging.WARNING)])
def test_a_recogniser_that_cannot_take_context_is_named_once(
    caplog: pytest.LogCaptureFixture,
    recogniser: Any,
    reason: str,
    mode: AgentContextMode,
    level: int,
) -> None:
    """Asked for expressly it is a warning, otherwise a remark."""
    session = Session(recogniser)
    bridge = install(session, mode)
    session.reply("first")
    session.reply("second")
    (said,) = events(caplog, "agent_context_unsupported")
    assert (said["reason"], said["levelno"]) == (reason, level)
    assert bridge.status.action is AgentContextAction.UNSUPPORTED
    assert bridge.status.reason == reason


def test_every_kind_of_recogniser_has_its_own_line(caplog: pytest.LogCaptureFixture) -> None:
    """Going back and forth between two agents repeats nothing."""
    session = Session(OtherVendor())
    install(session)
    for _ in range(2):
        session.agent = FakeAgent(OtherVendor(model="nova-2"))
        session.reply("first")
        session.agent = FakeAgent()
        session.reply("second")
    models = [said["model"] for said in events(caplog, "agent_context_unsupported")]
    assert models == ["nova-2", "nova"]


@pytest.mark.parametrize("error", [ValueError(QUESTION), TypeError("no"), RuntimeError("closed")])
def test_an_error_of_the_recogniser_stays_inside(
    caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    """The session goes on, the next reply is tried again, and the first error is logged."""
    recogniser = Recogniser(error=error)
    session = Session(recogniser)
    bridge = install(session)
    session.reply(QUESTION)
    session.reply(QUESTION)
    assert (bridge.pushed, bridge.failed) == (0, 2)
    (said,) = events(caplog, "agent_context_failed")
    assert said["error"] == type(error).__name__
    assert "test_agent_context.py" in said["where"]
    recogniser.error = None
    session.reply(QUESTION)
    assert (bridge.pushed, recogniser.heard) == (1, [QUESTION])


class _AgentThatFails(FakeAgent):
    @property
    def stt(self) -> Any:
        raise TypeError("not today")

    @stt.setter
    def stt(self, value: Any) -> None: ...


def test_an_error_of_the_agent_stays_inside(caplog: pytest.LogCaptureFixture) -> None:
    """A property that fails costs an update; LiveKit's emitter would let a TypeError through."""
    session = Session(Recogniser())
    session.agent = _AgentThatFails()
    bridge = install(session)
    session.reply(QUESTION)
    assert (bridge.pushed, bridge.failed) == (0, 1)
    assert len(events(caplog, "agent_context_failed")) == 1


def test_the_words_are_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    """Only their number is, even when an error quotes them."""
    for recogniser in (Recogniser(), Recogniser(error=ValueError(QUESTION)), OtherVendor()):
        session = Session(recogniser)
        install(session)
        session.reply(QUESTION)
    assert len(caplog.records) == 3
    assert not [record for record in caplog.records if "email" in str(vars(record))]


def test_a_closed_bridge_pushes_nothing() -> None:
    """Closing is final, and closing twice is harmless."""
    recogniser = Recogniser()
    session = Session(recogniser)
    bridge = install(session)
    bridge.close()
    bridge.remove()
    session.reply(QUESTION)
    assert recogniser.heard == []
    assert bridge.status.action is AgentContextAction.CLOSED


def test_a_second_bridge_replaces_the_first() -> None:
    """Two installations still send each reply once."""
    recogniser = Recogniser()
    session = Session(recogniser)
    first = install(session)
    second = install(session, max_chars=14)
    session.reply(QUESTION)
    assert recogniser.heard == ["email address?"]
    assert (first.status.action, second.pushed) == (AgentContextAction.CLOSED, 1)


def test_a_session_that_is_over_is_not_kept() -> None:
    """The list of bridges holds no session in memory."""
    session = Session(Recogniser())
    install(session)
    reference = weakref.ref(session)
    del session
    gc.collect()
    assert reference() is None


class _PluginWithContext:
    def __init__(self, *, agent_context: str = "") -> None: ...


class _PluginWithout:
    def __init__(self, *, prompt: str = "") -> None: ...


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Stand in for the installed plugin, a recent one."""
    monkeypatch.setattr(agent_context, "_seed_reasons_said", set())
    module = ModuleType("livekit.plugins.assemblyai")
    vars(module).update(STT=_PluginWithContext, __version__="1.6.0")
    monkeypatch.setitem(sys.modules, "livekit.plugins.assemblyai", module)
    return module


@pytest.mark.usefixtures("plugin")
def test_a_greeting_seeds_the_recogniser() -> None:
    """The keyword is the plugin's own, cut like a reply."""
    assert seed_agent_context("Welcome!") == {"agent_context": "Welcome!"}
    assert seed_agent_context(QUESTION, max_chars=14) == {"agent_context": "email address?"}
    assert seed_agent_context("  ") == {}


def test_a_plugin_without_the_keyword_is_not_seeded(
    plugin: ModuleType, caplog: pytest.LogCaptureFixture
) -> None:
    """An older plugin gets nothing and the log says so once."""
    vars(plugin).update(STT=_PluginWithout, __version__="1.5.0")
    assert seed_agent_context("Welcome!") == {}
    assert seed_agent_context("Welcome!") == {}
    (said,) = events(caplog, "agent_context_unsupported")
    assert said["reason"].startswith("livekit-plugins-assemblyai 1.5.0 has no agent_context")


@pytest.mark.usefixtures("plugin")
def test_no_plugin_no_seed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The package works without AssemblyAI's plugin."""
    monkeypatch.setitem(sys.modules, "livekit.plugins.assemblyai", None)
    assert seed_agent_context("Welcome!") == {}
    (said,) = events(caplog, "agent_context_unsupported")
    assert said["reason"] == "livekit-plugins-assemblyai is not installed"

"""What is set of a session is read as LiveKit would act on it."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

import pytest
from livekit.agents import NOT_GIVEN, Agent, AgentSession, inference, llm
from livekit.plugins import assemblyai

from filters.livekit.checks.setup import RecogniserSetup, SessionSetup, read_setup
from tests.fake_session import FakeSession
from tests.session_parts import Parts

ALIGNED = {"activation_threshold": 0.3}


def setup_of(parts: Parts) -> SessionSetup:
    """What is read of a session."""
    return read_setup(parts.built(), parts.agent)


class Detector:
    """A turn detector that reads, as LiveKit's plugins have it."""

    async def predict_end_of_turn(self, chat_ctx: llm.ChatContext) -> float:  # noqa: ARG002 - the protocol's
        """Never asked."""
        return 1.0


class ListeningDetector:
    """One that listens by itself, as LiveKit's inference has it from 1.7."""

    def stream(self) -> None:
        """Never asked."""


@pytest.mark.parametrize(
    ("detection", "vad", "turns"),
    [
        *[(mode, None, mode) for mode in ("stt", "manual", "realtime_llm")],
        ("vad", ALIGNED, "vad"),
        (Detector(), ALIGNED, "model"),
        (Detector(), None, "model"),
        (ListeningDetector(), ALIGNED, "model"),
        (ListeningDetector(), None, "stt"),
        (None, None, "stt"),
        (None, ALIGNED, "vad"),
    ],
)
async def test_who_ends_turns(detection: Any, vad: dict[str, float] | None, turns: str) -> None:
    """What is asked for; else the VAD if there is one, else the recogniser."""
    session = FakeSession(turn_detection=detection)
    session.vad = None if vad is None else object()
    assert read_setup(session.real).turns == turns


async def test_an_agents_own_parts_come_first() -> None:
    """Turn detection, recogniser and VAD, also where it goes without."""
    agent = Agent(
        instructions="Test.",
        stt=assemblyai.STT(api_key="none", model="u3-rt-pro", max_turn_silence=900),
        vad=None,
        turn_handling={"turn_detection": "manual"},
    )
    setup = setup_of(replace(Parts(vad=ALIGNED), agent=agent))
    assert setup.turns == "manual"
    assert setup.vad is None
    assert [each.options["max_turn_silence"] for each in setup.recognisers] == [900]


async def test_parts_are_written_as_one_makes_them() -> None:
    """So that a change can be pasted."""
    setup = setup_of(Parts(vad=ALIGNED))
    assert [each.code for each in setup.recognisers] == ["assemblyai.STT"]
    assert setup.vad is not None
    assert (setup.vad.code, setup.vad.threshold) == ("silero.VAD.load", 0.3)
    assert "api_key" not in setup.recognisers[0].options
    if hasattr(inference, "VAD"):
        default = setup_of(Parts(session={"vad": ...})).vad
        assert default is not None
        assert (default.code, default.threshold) == ("inference.VAD", 0.5)


def test_changes_are_written_as_one_makes_them() -> None:
    """By whichever way the recogniser is reached."""
    plugin = RecogniserSetup("assemblyai.STT", assemblyai=True, by_plugin=True)
    assert plugin.with_options(encoding="x", sample_rate=1) == (
        'assemblyai.STT(encoding="x", sample_rate=1)'
    )
    assert plugin.without("a", "b") == "assemblyai.STT(...) without a and b"
    through = RecogniserSetup("inference.STT", assemblyai=True)
    assert through.with_options(a=1) == 'inference.STT(extra_kwargs={"a": 1})'


async def test_a_session_that_says_little_is_read_as_far_as_it_goes() -> None:
    """Options that a release doesn't have are not there."""
    session = FakeSession()
    session.stt = None  # type: ignore[attr-defined]
    setup = read_setup(session.real)
    assert setup.endpointing == {}
    assert setup.recognisers == ()
    assert setup.listens is None
    assert (setup.aec_warmup_s, setup.transcription_timeout_s) == (None, None)


# -- handlers that send agent_context -------------------------------------------------------------


class Desk:
    """An application's object."""

    def send(self, _event: Any) -> None:
        """Sends by keyword."""
        assemblyai.STT(api_key="none").update_options(agent_context="x")

    def send_later(self, event: Any) -> None:
        """Sends from a function inside."""

        def later() -> None:
            options = {"agent_context": event}
            assemblyai.STT(api_key="none").update_options(**options)

        later()

    def count(self, event: Any) -> None:
        """Sends nothing, whatever it says: agent_context."""
        self.last = event


@pytest.mark.parametrize(
    ("name", "sends"), [("send", True), ("send_later", True), ("count", False)]
)
async def test_a_handler_that_sends_context_is_known_by_its_code(name: str, sends: bool) -> None:
    """A keyword or a key of that name, also further in; a word in a docstring is none."""
    found = setup_of(Parts(listener=getattr(Desk(), name))).context.handlers
    assert found == ((f"tests.livekit.checks.test_setup.Desk.{name}",) if sends else ())


async def test_a_handler_without_code_is_not_judged() -> None:
    """A partial, or a class."""
    assert setup_of(Parts(listener=functools.partial(Desk().send))).context.handlers == ()


async def test_the_filters_own_bridge_is_no_handler() -> None:
    """It is told of by its mode."""
    context = setup_of(Parts(config={"agent_context": "bridge"})).context
    assert (context.bridge, context.handlers) == ("bridge", ())
    assert setup_of(Parts(installed=False)).context.bridge is None


@pytest.mark.parametrize(
    ("variables", "server", "cloud"),
    [
        ({}, "", False),
        ({"LIVEKIT_URL": "ws://127.0.0.1:7880"}, "127.0.0.1", False),
        ({"LIVEKIT_URL": "wss://x.livekit.cloud"}, "x.livekit.cloud", True),
        ({"LIVEKIT_URL": "wss://x.livekit.cloud.example"}, "x.livekit.cloud.example", False),
        ({"LIVEKIT_REMOTE_EOT_URL": "https://x"}, "", True),
    ],
)
async def test_where_the_server_is(
    variables: dict[str, str], server: str, cloud: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By LiveKit's own variables."""
    for name in ("LIVEKIT_URL", "LIVEKIT_REMOTE_EOT_URL", "LIVEKIT_DEV_MODE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    setup = read_setup(AgentSession(vad=None))
    assert (setup.server, setup.cloud, setup.dev_mode) == (server, cloud, False)


async def test_an_interruption_mode_is_the_agents_or_the_sessions() -> None:
    """None where neither asks for one."""
    turns = {"turn_handling": {"turn_detection": "stt"}}
    assert setup_of(Parts(session=turns)).interruption_mode is None
    assert setup_of(Parts()).interruption_mode == "vad"
    own = Agent(instructions="Test.", turn_handling={"interruption": {"mode": "adaptive"}})
    assert setup_of(replace(Parts(), agent=own)).interruption_mode == "adaptive"
    assert own.turn_detection is NOT_GIVEN

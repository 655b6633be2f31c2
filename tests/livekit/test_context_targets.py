"""Which recognisers a reply goes to, through LiveKit's own adapters and AssemblyAI's own plugin."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import livekit.agents
import pytest
from livekit.agents import AgentSession, inference, stt, vad
from livekit.agents.types import NOT_GIVEN

from filters.livekit._livekit_private import takes_conversation_items, wrapped_recognisers
from filters.livekit.context_targets import (
    AgentContextAction,
    ContextTarget,
    context_targets,
    how_to_stop_forwarding,
)

assemblyai = pytest.importorskip("livekit.plugins.assemblyai")

PUSH, FORWARDED, UNSUPPORTED = (
    AgentContextAction.PUSH,
    AgentContextAction.FORWARDED,
    AgentContextAction.UNSUPPORTED,
)

RELEASE = tuple(int(part) for part in livekit.agents.__version__.split(".")[:3])
HAS_CAPABILITY = RELEASE >= (1, 6, 5)
HAS_SWITCH = RELEASE >= (1, 6, 6)
TAKES_CONTEXT = RELEASE >= (1, 6, 0)


@dataclass
class Options:
    """A session's options, as the installed version has them."""

    stt_context_options: Any = field(default_factory=lambda: {"forward_chat_context": True})


@dataclass
class NoOptions:
    """A session's options before 1.6.6."""


@dataclass
class Agent:
    """An agent without an STT of its own."""

    stt: Any = NOT_GIVEN


@dataclass
class Session:
    """The public properties that say which STT a session uses."""

    stt: Any
    options: Any = field(default_factory=Options if HAS_SWITCH else NoOptions)
    current_agent: Agent = field(default_factory=Agent)


class OtherVendor(stt.STT[Any]):
    """A streaming recogniser that takes no context."""

    def __init__(self, *, diarization: bool = False) -> None:
        super().__init__(
            capabilities=stt.STTCapabilities(
                streaming=True, interim_results=True, diarization=diarization
            )
        )

    async def _recognize_impl(self, *args: Any, **kwargs: Any) -> stt.SpeechEvent:
        raise NotImplementedError


class Vad(vad.VAD):
    """A VAD that is never asked."""

    def __init__(self) -> None:
        super().__init__(capabilities=vad.VADCapabilities(update_interval=0.1))

    def stream(self) -> vad.VADStream:
        """Never reached."""
        raise NotImplementedError


def u3_pro(**options: Any) -> stt.STT[Any]:
    """Return AssemblyAI's recogniser on a U3 Pro model; nothing connects before it streams."""
    return cast("stt.STT[Any]", assemblyai.STT(api_key="none", model="u3-rt-pro", **options))


def targets(recogniser: Any, options: Any = None) -> list[ContextTarget]:
    """Return the targets of a session that uses this recogniser."""
    session = Session(recogniser) if options is None else Session(recogniser, options)
    return context_targets(cast("AgentSession[Any]", session))


def actions(recogniser: Any, options: Any = None) -> list[AgentContextAction]:
    """Return what becomes of a reply at each recogniser."""
    return [target.action for target in targets(recogniser, options)]


OFF = Options({"forward_chat_context": False}) if HAS_SWITCH else NoOptions()
BY_DEFAULT = FORWARDED if HAS_SWITCH else PUSH if TAKES_CONTEXT else UNSUPPORTED
BY_BRIDGE = PUSH if TAKES_CONTEXT else UNSUPPORTED


async def test_the_plugin_is_served_by_one_side() -> None:
    """LiveKit forwards from 1.6.6, the bridge pushes from 1.6.0, and before that nobody can."""
    assert actions(u3_pro()) == [BY_DEFAULT]
    assert actions(u3_pro(), OFF) == [BY_BRIDGE]


@pytest.mark.skipif(TAKES_CONTEXT, reason="this plugin takes agent_context")
async def test_an_old_plugin_is_told_from_other_vendors() -> None:
    """Who has AssemblyAI's plugin needs a newer one, not another one."""
    (target,) = targets(u3_pro())
    assert target.reason.startswith(f"livekit-plugins-assemblyai {assemblyai.__version__} has no")


@pytest.mark.skipif(not HAS_CAPABILITY or HAS_SWITCH, reason="1.6.5 alone has the opt-in")
async def test_the_plugins_own_carryover_counts_as_forwarding() -> None:
    """On 1.6.5 the plugin's opt-in does what the session does later."""
    assert actions(u3_pro(agent_context_carryover=True)) == [FORWARDED]
    session = cast("AgentSession[Any]", Session(u3_pro()))
    assert how_to_stop_forwarding(session) == "assemblyai.STT(agent_context_carryover=False)"


@pytest.mark.skipif(not TAKES_CONTEXT, reason="agent_context is new in 1.6.0")
async def test_a_model_outside_the_family_gets_nothing() -> None:
    """The server knows the field on U3 Pro models only."""
    english = assemblyai.STT(api_key="none", model="universal-streaming-english")
    assert [target.reason for target in targets(english)] == [
        "its model is not of the U3 Pro family"
    ]


@dataclass(eq=False)
class NamedModel:
    """A recogniser that takes context, with a model of any name."""

    model: str
    capabilities: Any = None

    def update_options(self, *, agent_context: str) -> None:
        """Take the context."""


@pytest.mark.parametrize(
    ("model", "action"),
    [
        ("u3-pro", PUSH),
        ("u3-rt-pro", PUSH),
        ("u3-rt-pro-beta-1", PUSH),
        ("universal-3-5-pro", PUSH),
        ("universal-3-6-pro", PUSH),
        ("universal-3-12-pro", PUSH),
        ("universal-streaming-multilingual", UNSUPPORTED),
        ("universal-3-5", UNSUPPORTED),
        ("whisper-rt", UNSUPPORTED),
    ],
)
def test_the_family_is_known_by_name(
    model: str, action: AgentContextAction, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Later members follow the pattern of the earlier ones."""
    monkeypatch.setattr(livekit.agents, "__version__", "1.6.4")
    assert actions(NamedModel(model)) == [action]


@dataclass
class Capabilities:
    """The public capability of a model that says of itself that it carries context."""

    chat_context: bool = True


def test_a_model_that_says_it_carries_context_needs_no_known_name() -> None:
    """The plugin knows its own models best."""
    later = NamedModel("universal-4-pro", Capabilities())
    assert actions(later, Options({"forward_chat_context": False})) == [PUSH]


@dataclass(eq=False)
class AnyKeyword:
    """A thin wrapper that hands every option on."""

    model: str = "universal-3-5-pro"
    capabilities: Any = field(default_factory=lambda: Capabilities(chat_context=False))

    def update_options(self, **options: Any) -> None:
        """Take anything."""


def test_a_wrapper_that_takes_any_option_takes_this_one() -> None:
    """An application's own subclass may pass options through unnamed."""
    assert actions(AnyKeyword()) == [PUSH]


def by_inference(model: str, **options: Any) -> stt.STT[Any]:
    """Return LiveKit's own way to a vendor's model; nothing connects before it streams."""
    made = inference.STT(model, api_key="key", api_secret="secret", **options)  # noqa: S106
    return cast("stt.STT[Any]", made)


INFERENCE_BY_DEFAULT = FORWARDED if HAS_SWITCH else PUSH


@pytest.mark.parametrize("model", ["assemblyai/u3-rt-pro", "assemblyai/u3-rt-pro:en"])
def test_inference_is_served_by_one_side(model: str) -> None:
    """LiveKit forwards from 1.6.6; before, and with its switch off, the bridge pushes."""
    assert actions(by_inference(model)) == [INFERENCE_BY_DEFAULT]
    assert actions(by_inference(model, extra_kwargs={"format_turns": True}), OFF) == [PUSH]


@pytest.mark.parametrize(
    "model",
    [
        "assemblyai/universal-streaming",
        "assemblyai/universal-streaming-multilingual",
        "deepgram/nova-3",
        "auto",
    ],
)
def test_inference_with_another_model_gets_nothing(model: str) -> None:
    """The way is the same, the model takes no context."""
    (target,) = targets(by_inference(model))
    assert (target.action, target.reason) == (UNSUPPORTED, "its model is not of the U3 Pro family")


def test_inference_with_every_model_of_the_family_is_served_by_one_side() -> None:
    """Those that this LiveKit doesn't know yet as well: it forwards to those it knows."""
    for model in ("assemblyai/universal-3-5-pro", "assemblyai/universal-3-12-pro"):
        recogniser = by_inference(model)
        known = getattr(recogniser.capabilities, "chat_context", False)
        assert actions(recogniser) == [FORWARDED if known and HAS_SWITCH else PUSH]


async def test_inference_in_a_fallback_is_served_beside_the_plugin() -> None:
    """Each by its own way, whoever the first is."""
    mixed = [by_inference("assemblyai/u3-rt-pro"), u3_pro()]
    assert actions(stt.FallbackAdapter(mixed)) == [INFERENCE_BY_DEFAULT, BY_DEFAULT]
    assert actions(stt.FallbackAdapter(mixed), OFF) == [PUSH, BY_BRIDGE]


def test_inference_is_told_in_extra() -> None:
    """What is the vendor's own travels there; the plugin has a keyword for it."""
    (target,) = targets(by_inference("assemblyai/u3-rt-pro"))
    assert target.update("Hello.") == {"extra": {"agent_context": "Hello."}}
    assert ContextTarget(NamedModel("u3-pro"), PUSH, "").update("Hello.") == {
        "agent_context": "Hello."
    }


async def test_adapters_are_opened() -> None:
    """What wraps a recogniser does not hide it."""
    assert actions(stt.StreamAdapter(stt=u3_pro(), vad=Vad())) == [BY_DEFAULT]
    fallback = stt.FallbackAdapter([u3_pro(), u3_pro()])
    assert actions(fallback) == [BY_DEFAULT, BY_DEFAULT]
    assert actions(fallback, OFF) == [BY_BRIDGE, BY_BRIDGE]
    nested = stt.FallbackAdapter([stt.StreamAdapter(stt=u3_pro(), vad=Vad()), u3_pro()])
    assert actions(nested, OFF) == [BY_BRIDGE, BY_BRIDGE]


async def test_a_recogniser_that_is_listed_twice_is_one_target() -> None:
    """One object, one update."""
    one = u3_pro()
    assert actions(stt.FallbackAdapter([one, one]), OFF) == [BY_BRIDGE]


async def test_another_vendor_in_a_fallback_is_passed_over() -> None:
    """LiveKit's adapter advertises context for both and delivers it to one."""
    fallback = stt.FallbackAdapter([u3_pro(), OtherVendor()])
    assert actions(fallback) == [BY_DEFAULT, UNSUPPORTED]
    assert actions(fallback, OFF) == [BY_BRIDGE, UNSUPPORTED]


async def test_the_speaker_adapter_is_opened() -> None:
    """Its recogniser is public from 1.6.10 on and found before that too."""
    inner = OtherVendor(diarization=True)
    assert tuple(wrapped_recognisers(stt.MultiSpeakerAdapter(stt=inner))) == (inner,)


@pytest.mark.skipif(not HAS_CAPABILITY, reason="the hook is new in 1.6.5")
async def test_advertising_context_without_taking_it_is_noticed() -> None:
    """The base class drops what it is handed."""
    assert takes_conversation_items(u3_pro())
    assert not takes_conversation_items(OtherVendor())


@pytest.mark.parametrize(
    ("version", "action"), [("1.6.4", PUSH), ("1.6.6", FORWARDED), ("2.0.0rc1", FORWARDED)]
)
def test_a_capability_that_cannot_be_read_follows_the_version(
    version: str, action: AgentContextAction, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In doubt a recent LiveKit counts as forwarding."""
    monkeypatch.setattr(livekit.agents, "__version__", version)
    assert actions(NamedModel("universal-3-5-pro")) == [action]


@pytest.mark.parametrize("context_options", [None, {}, {"renamed": False}, object()])
def test_a_switch_that_cannot_be_read_counts_as_on(context_options: Any) -> None:
    """In doubt a recogniser that carries context counts as served."""
    recogniser = NamedModel("universal-3-5-pro", Capabilities())
    assert actions(recogniser, Options(context_options)) == [FORWARDED]


async def test_a_real_session_has_the_names_that_are_read() -> None:
    """The public names are LiveKit's, on the version installed."""
    keywords: dict[str, Any] = {}
    if HAS_SWITCH:
        keywords["stt_context_options"] = {"forward_chat_context": False}
    session: AgentSession[Any] = AgentSession(stt=u3_pro(), **keywords)
    assert [target.action for target in context_targets(session)] == [BY_BRIDGE]
    default: AgentSession[Any] = AgentSession(stt=u3_pro())
    assert [target.action for target in context_targets(default)] == [BY_DEFAULT]

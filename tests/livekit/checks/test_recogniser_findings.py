"""Each mistake about recognisers is found, and is gone after the change printed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from livekit.agents import inference
from livekit.agents.stt import StreamAdapter
from livekit.plugins import assemblyai, silero

from filters.livekit.checks.recogniser_findings import RULES, model
from filters.livekit.checks.setup import RecogniserSetup, SessionSetup, VadSetup
from filters.livekit.context_targets import AgentContextAction, context_targets
from tests.session_parts import Parts, plugin_takes

if TYPE_CHECKING:
    from filters import Finding

HAS_DEFAULT_VAD = hasattr(inference, "VAD")
TAKES_CONTEXT = plugin_takes("agent_context")
ALIGNED = {"activation_threshold": 0.3}
BY_VAD = {"turn_detection": "vad"}


def needs(*options: str) -> pytest.MarkDecorator:
    """Skips where the plugin that is installed has no such option."""
    missing = [option for option in options if not plugin_takes(option)]
    return pytest.mark.skipif(bool(missing), reason=f"this plugin has no {missing}")


needs_default_vad = pytest.mark.skipif(not HAS_DEFAULT_VAD, reason="there is no default VAD")


@pytest.mark.parametrize(
    ("event", "parts"),
    [
        ("vad_thresholds_differ", Parts(vad={})),
        ("vad_thresholds_differ", Parts(vad=ALIGNED).with_stt(vad_threshold=0.6)),
        ("vad_thresholds_differ", Parts(vad={}).with_stt(vad_threshold=None)),
        pytest.param("vad_thresholds_differ", Parts(session={"vad": ...}), marks=needs_default_vad),
        pytest.param(
            "vad_thresholds_differ",
            Parts(session={"vad": ...}, turns=BY_VAD).with_stt(max_turn_silence=100),
            marks=needs_default_vad,
        ),
        ("turn_silence_too_short", Parts().with_stt(max_turn_silence=100)),
        (
            "turn_silence_too_short",
            Parts().with_stt(max_turn_silence=None, min_turn_silence=None),
        ),
        ("turn_silence_too_short", Parts().with_stt(max_turn_silence=None, min_turn_silence=700)),
        ("turn_silence_too_long", Parts(vad=ALIGNED, turns=BY_VAD)),
        (
            "recogniser_leaves_out_fillers",
            Parts(stt={"api_key": "none", "model": "universal-streaming-english"}),
        ),
        (
            "recogniser_leaves_out_fillers",
            Parts(stt={"api_key": "none", "model": "universal-streaming-multilingual"}),
        ),
        pytest.param(
            "preset_overridden",
            Parts().with_stt(mode="balanced", interruption_delay=0),
            marks=needs("mode", "interruption_delay"),
        ),
        (
            "prompt_with_keyterms",
            Parts().with_stt(prompt="A call to a hotel.", keyterms_prompt=["sea view"]),
        ),
        ("mulaw_announced", Parts().with_stt(encoding="pcm_mulaw", sample_rate=8000)),
        ("sample_rate_unfit", Parts().with_stt(sample_rate=48000)),
        ("sample_rate_unfit", Parts().with_stt(sample_rate=4000)),
        ("option_without_effect", Parts().with_stt(format_turns=True)),
        (
            "option_without_effect",
            Parts().with_stt(format_turns=True, end_of_turn_confidence_threshold=0.4),
        ),
        pytest.param(
            "option_without_effect",
            Parts().with_stt(voice_focus_threshold=0.5),
            marks=needs("voice_focus_threshold"),
        ),
    ],
)
async def test_the_printed_change_is_all_it_takes(event: str, parts: Parts) -> None:
    """A mistake on a real session; then the same session with exactly that change."""
    found = parts.finding(event)
    assert found.reason
    assert found.consequence
    assert event not in parts.changed(found.fix).events()


@needs("mode")
async def test_a_preset_chooses_silence_and_threshold() -> None:
    """What it chooses isn't known here, so that nothing is said of it."""
    chosen = dict.fromkeys(("min_turn_silence", "max_turn_silence", "vad_threshold"))
    assert Parts(vad={}).with_stt(mode="balanced", **chosen).events() == []


async def test_a_long_silence_is_no_mistake_where_the_recogniser_decides() -> None:
    """A caller who dictates gets up to four seconds."""
    assert Parts().with_stt(max_turn_silence=4000).events() == []


async def test_recognisers_in_adapters_are_looked_at() -> None:
    """As those of a fallback are."""
    adapted = StreamAdapter(
        stt=assemblyai.STT(**Parts().with_stt(encoding="pcm_mulaw").stt),
        vad=silero.VAD.load(activation_threshold=0.3),
    )
    assert "mulaw_announced" in Parts(session={"stt": adapted}).events()


async def test_the_vendors_options_are_seen_through_livekits_inference(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where they are `extra_kwargs`; it connects only when it streams."""
    for name in ("LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"):
        monkeypatch.setenv(name, "none")
    extra: Any = {"max_turn_silence": 100, "format_turns": True}
    family = inference.STT(model="assemblyai/u3-rt-pro", extra_kwargs=extra)
    parts = Parts(session={"stt": family})
    silence = parts.finding("turn_silence_too_short")
    assert silence.fix == 'inference.STT(extra_kwargs={"max_turn_silence": 1000})'
    assert "option_without_effect" in parts.events()
    older = Parts(session={"stt": inference.STT(model="assemblyai/universal-streaming")})
    fillers = older.finding("recogniser_leaves_out_fillers")
    assert fillers.fix == 'inference.STT(model="assemblyai/u3-rt-pro")'


# -- who tells the recogniser what the agent said -------------------------------------------------


def send_replies(event: Any) -> None:
    """A handler as AssemblyAI's guide has it."""
    assemblyai.STT(api_key="none").update_options(agent_context=event.item.text_content)


def count_replies(event: Any) -> None:
    """A handler that sends nothing."""
    assert event.item


@pytest.mark.skipif(not TAKES_CONTEXT, reason="agent_context is new in 1.6.0")
async def test_a_handler_beside_another_sender_sends_twice() -> None:
    """LiveKit from 1.6.6, the bridge before; the handler is named, and has to go."""
    parts = Parts(listener=send_replies)
    found = parts.finding("agent_context_sent_twice")
    assert "send_replies" in found.reason
    assert parts.changed(found.fix).events() == []
    assert Parts(listener=count_replies).events() == []


@pytest.mark.skipif(not TAKES_CONTEXT, reason="agent_context is new in 1.6.0")
async def test_a_handler_alone_sends_once() -> None:
    """Where neither LiveKit nor the bridge sends."""
    declined = _declined()
    assert (
        Parts(session=declined, listener=send_replies, config={"agent_context": "off"}).events()
        == []
    )


@pytest.mark.skipif(TAKES_CONTEXT, reason="this plugin takes agent_context")
async def test_a_plugin_that_takes_no_context_is_sent_none() -> None:
    """Nothing to be said about it."""
    assert Parts(installed=False).events() == []


def _declined() -> dict[str, Any]:
    """What keeps LiveKit from forwarding; up to 1.6.5 it doesn't."""
    options = Parts().built().options
    if not hasattr(options, "stt_context_options"):
        return {}
    return {"stt_context_options": {"forward_chat_context": False}}


@pytest.mark.skipif(not TAKES_CONTEXT, reason="agent_context is new in 1.6.0")
async def test_context_that_nobody_sends_is_found() -> None:
    """The mixin alone, without `install`, has no bridge."""
    parts = Parts(session=_declined(), installed=False)
    found = parts.finding("agent_context_not_sent")
    assert parts.changed(found.fix).events() == []


@pytest.mark.skipif(not TAKES_CONTEXT, reason="agent_context is new in 1.6.0")
async def test_context_that_was_declined_on_both_sides_is_for_information() -> None:
    """Somebody meant it: there is nothing to fix."""
    declined = _declined()
    parts = Parts(session=declined, config={"agent_context": "off"})
    found = parts.finding("agent_context_not_sent")
    assert bool(found.fix) is not bool(declined)
    if found.fix:
        assert parts.changed(found.fix).events() == []


async def test_a_forced_bridge_that_livekit_forestalls_is_found() -> None:
    """It sends nothing; one of the two has to be switched off."""
    parts = Parts(config={"agent_context": "bridge"})
    (target,) = context_targets(parts.built())
    if target.action is not AgentContextAction.FORWARDED:
        assert parts.events() == []
        return
    found = parts.finding("agent_context_bridge_idle")
    assert parts.changed(found.fix).events() == []


# -- what no plugin that is installed here has ----------------------------------------------------


def of(setup: SessionSetup) -> list[Finding]:
    """All that is found."""
    return [finding for rule in RULES for finding in rule(setup)]


def test_whisper_writes_tags_and_no_fillers() -> None:
    """By its name: LiveKit's plugin doesn't have it."""
    whisper = RecogniserSetup("assemblyai.STT", "whisper-rt", assemblyai=True, by_plugin=True)
    found = of(SessionSetup(recognisers=(whisper,)))
    events = ["recogniser_writes_tags", "recogniser_leaves_out_fillers"]
    assert [each.event for each in found] == events
    assert {each.fix for each in found} == {'assemblyai.STT(model="u3-rt-pro")'}


def test_fillers_that_are_switched_off_are_found_with_any_vendor() -> None:
    """Deepgram's plugin has the option."""
    other = RecogniserSetup("deepgram.STT", "nova-3", options={"filler_words": False})
    (found,) = model(SessionSetup(recognisers=(other,)))
    assert found.event == "recogniser_leaves_out_fillers"
    assert found.fix == "deepgram.STT(filler_words=True)"
    replaced = replace(other, options={"filler_words": True})
    assert list(model(SessionSetup(recognisers=(replaced,)))) == []


def test_a_recogniser_that_shows_nothing_is_not_judged() -> None:
    """Another vendor's, or one of a later plugin."""
    unknown = RecogniserSetup("SomeSTT")
    vad = VadSetup("SomeVAD", 0.5)
    assert of(SessionSetup(recognisers=(unknown,), vad=vad)) == []


def test_a_turn_detector_wants_words_soon() -> None:
    """It waits by itself; the recogniser's silence comes on top."""
    family = RecogniserSetup(
        "assemblyai.STT",
        "u3-rt-pro",
        assemblyai=True,
        by_plugin=True,
        options={"min_turn_silence": 100, "max_turn_silence": 1000},
    )
    setup = SessionSetup(turns="model", vad=VadSetup("silero.VAD.load", 0.3), recognisers=(family,))
    (found,) = of(setup)
    assert found.event == "turn_silence_too_long"
    assert "turn detector" in found.reason
    assert found.fix == "assemblyai.STT(max_turn_silence=100)"


@pytest.mark.parametrize(
    ("heard", "languages", "fix"),
    [
        ({"language_codes": ["en-US", "de"]}, ("en",), 'FilterConfig(extends=["en", "de"])'),
        ({"language": "xh"}, ("en",), 'FilterConfig(extends=["en", "words/xh.yaml"])'),
        ({"language_codes": ["pt-BR"]}, ("en", "pt"), None),
        ({"language_codes": ["multi"]}, ("en",), None),
        ({"language_codes": ["de"]}, None, None),
        ({}, ("en",), None),
    ],
)
def test_a_language_without_words_is_found(
    heard: dict[str, Any], languages: tuple[str, ...] | None, fix: str | None
) -> None:
    """Where there is a filter, and the recogniser says what it hears."""
    recogniser = RecogniserSetup("some.STT", options=heard)
    setup = SessionSetup(recognisers=(recogniser,), languages=languages)
    fixes = [
        finding.fix
        for rule in RULES
        for finding in rule(setup)
        if finding.event == "recogniser_language_without_words"
    ]
    assert fixes == ([fix] if fix else [])

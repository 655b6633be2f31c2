"""Each mistake about turns and interruptions is found, and is gone after the change printed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from livekit import rtc
from livekit.agents import NOT_GIVEN, Agent, AgentSession, inference, room_io
from livekit.plugins import assemblyai

from agent.recognition import build_stt
from agent.settings import read_settings
from filters import FilterConfig, check_session, install, turn_handling_for
from tests.session_parts import Parts, first_call, plugin_takes, session_takes

HAS_DEFAULT_VAD = hasattr(inference, "VAD")
ALIGNED = {"activation_threshold": 0.3}


class Detector:
    """A turn detector model, as LiveKit's plugins have it."""

    model = provider = "test"

    async def unlikely_threshold(self, language: object) -> float | None:  # noqa: ARG002 - the protocol's
        """Never asked."""
        return None

    async def supports_language(self, language: object) -> bool:  # noqa: ARG002 - the protocol's
        """Never asked."""
        return True

    async def predict_end_of_turn(self, chat_ctx: object, *, timeout: float | None = None) -> float:  # noqa: ARG002 - the protocol's
        """Never asked."""
        return 1.0


def interruption(**options: Any) -> Parts:
    """Parts with other interruption options."""
    return Parts(turns={"interruption": options})


@pytest.fixture(autouse=True)
def self_hosted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server of one's own."""
    monkeypatch.setenv("LIVEKIT_URL", "ws://voice.example:7880")
    for name in ("LIVEKIT_REMOTE_EOT_URL", "LIVEKIT_DEV_MODE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("telephony", [False, True])
async def test_a_session_set_up_right_has_no_finding(telephony: bool) -> None:
    """`turn_handling_for`, no VAD, no warm-up, and the sample agent's recogniser."""
    config = FilterConfig.from_mapping({"domain": "test"})
    variables = {"AGENT_OFFLINE": "1", "AGENT_TELEPHONY": "1" if telephony else "0"}
    session: AgentSession[Any] = AgentSession(
        stt=build_stt(read_settings(variables), greeting="Welcome."),
        vad=None,
        turn_handling=turn_handling_for(config),
        aec_warmup_duration=None,
    )
    install(session, config)
    assert check_session(session) == []
    assert check_session(session, Agent(instructions="Test.")) == []


async def test_a_vad_that_agrees_with_the_recogniser_is_no_mistake() -> None:
    """The guide has it in one place and not in another: with two words either will do."""
    assert Parts(vad=ALIGNED).events() == []


@pytest.mark.parametrize(
    ("event", "parts"),
    [
        ("min_words_too_low", interruption(min_words=0)),
        ("min_words_too_low", interruption(min_words=1)),
        ("min_words_too_low", replace(interruption(min_words=1), vad=ALIGNED)),
        ("vad_pauses_on_any_sound", replace(interruption(min_words=0), vad=ALIGNED)),
        pytest.param(
            "vad_pauses_on_any_sound",
            replace(interruption(min_words=0), session={"vad": ...}),
            marks=pytest.mark.skipif(not HAS_DEFAULT_VAD, reason="a session has no VAD by default"),
        ),
        (
            "vad_pauses_on_any_sound",
            Parts(
                vad=ALIGNED,
                turns={"turn_detection": "vad", "interruption": {"min_words": 0}},
            ).with_stt(max_turn_silence=100),
        ),
        ("endpointing_delay_added", Parts(turns={"endpointing": {"min_delay": 1.0}})),
        ("endpointing_delay_added", Parts(session={"turn_handling": {"turn_detection": "stt"}})),
        ("turn_detector_without_vad", Parts(turns={"turn_detection": Detector()})),
        ("adaptive_interruption_unavailable", interruption(mode="adaptive")),
        ("adaptive_interruption_unavailable", replace(interruption(mode="adaptive"), vad=ALIGNED)),
        ("false_interruptions_final", interruption(resume_false_interruption=False)),
        ("false_interruptions_final", interruption(false_interruption_timeout=None)),
        ("echo_warm_up_deafens", Parts(session={"aec_warmup_duration": 3.0})),
        ("echo_warm_up_deafens", Parts(session={"aec_warmup_duration": ...})),
    ],
)
async def test_the_printed_change_is_all_it_takes(event: str, parts: Parts) -> None:
    """A mistake on a real session; then the same session with exactly that change."""
    found = parts.finding(event)
    assert found.reason
    assert found.consequence
    if "turn_handling" in parts.session:  # written out in full, instead of turn_handling_for
        given = parts.session["turn_handling"]
        parts = replace(parts, session={}, turns={**given, "endpointing": {"min_delay": 0.5}})
    assert event not in parts.changed(found.fix).events()


@pytest.mark.parametrize(
    "server", ["wss://hotel.livekit.cloud", "wss://hotel.livekit.cloud:443/path"]
)
async def test_adaptive_interruption_works_in_livekits_cloud(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a VAD; the host alone is what counts, and what is shown."""
    parts = replace(interruption(mode="adaptive"), vad=ALIGNED)
    monkeypatch.setenv("LIVEKIT_URL", "wss://user:secret@hotel.example/livekit.cloud")
    reason = parts.finding("adaptive_interruption_unavailable").reason
    assert "hotel.example" in reason
    assert "secret" not in reason
    monkeypatch.setenv("LIVEKIT_URL", server)
    assert parts.events() == []


async def test_under_dev_a_mode_that_is_left_out_is_adaptive(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With a VAD, LiveKit asks its cloud; in production it doesn't."""
    turns = {"turn_detection": "stt", "endpointing": {"min_delay": 0}}
    parts = Parts(
        vad=ALIGNED, session={"turn_handling": {**turns, "interruption": {"min_words": 2}}}
    )
    assert parts.events() == []
    monkeypatch.setenv("LIVEKIT_DEV_MODE", "1")
    found = parts.finding("adaptive_interruption_unavailable")
    assert "mode is left out" in found.reason
    assert '"mode": "vad"' in found.fix
    assert replace(parts, vad=None).events() == []


@pytest.mark.skipif(
    not session_takes("transcription_timeout"), reason="up to 1.6.6 there is no such timeout"
)
@pytest.mark.parametrize(
    ("event", "parts"),
    [
        ("transcription_timeout_without_vad", Parts(session={"transcription_timeout": 3.0})),
        (
            "transcription_timeout_too_short",
            Parts(session={"transcription_timeout": 0.6}, vad=ALIGNED),
        ),
    ],
)
async def test_a_transcription_timeout_that_cant_work_is_found(event: str, parts: Parts) -> None:
    """It is timed from the VAD's end of speech, and the recogniser takes its time."""
    found = parts.finding(event)
    assert parts.changed(found.fix).events() == []


async def test_an_agents_own_turn_handling_comes_first() -> None:
    """Its endpointing, and what ends its turns."""
    slow = Agent(instructions="Test.", turn_handling={"endpointing": {"min_delay": 0.8}})
    assert replace(Parts(), agent=slow).events() == ["endpointing_delay_added"]
    manual = Agent(instructions="Test.", turn_handling={"turn_detection": "manual"})
    found = replace(interruption(min_words=0), agent=manual).finding("speech_not_filtered")
    assert (found.reason, found.fix) == ("turn detection is manual", "")


@pytest.mark.parametrize(
    ("own", "event"), [(None, "min_words_too_low"), (NOT_GIVEN, "vad_pauses_on_any_sound")]
)
async def test_an_agents_own_vad_comes_first(own: Any, event: str) -> None:
    """Also where it goes without."""
    agent = Agent(instructions="Test.", vad=own)
    assert replace(interruption(min_words=0), vad=ALIGNED, agent=agent).events() == [event]


async def test_without_a_recogniser_nothing_else_matters() -> None:
    """Before the agent is known nobody can tell."""
    parts = replace(interruption(min_words=0), session={"stt": None})
    assert "speech_not_filtered" not in parts.events()
    assert replace(parts, agent=Agent(instructions="Test.")).events() == ["speech_not_filtered"]


class InARoom(AgentSession[Any]):
    """A session that was started with a room."""

    entered: room_io.RoomIO | None = None

    @property
    def room_io(self) -> room_io.RoomIO:
        """The real one, not started."""
        assert self.entered is not None
        return self.entered


CLEANED = rtc.NoiseCancellationOptions(module_id="test", options={})


@pytest.mark.parametrize("by_selector", [False, True])
async def test_noise_cancellation_in_front_of_the_recogniser_is_found(by_selector: bool) -> None:
    """In the options that `session.start` takes; a function that chooses counts too."""
    session = InARoom(
        stt=assemblyai.STT(**Parts().stt),
        vad=None,
        turn_handling=turn_handling_for(),
        aec_warmup_duration=None,
    )
    install(session)
    cleaned: Any = (lambda _: CLEANED) if by_selector else CLEANED
    for used, count in ((cleaned, 1), (None, 0)):
        options = room_io.RoomOptions(
            audio_input=room_io.AudioInputOptions(noise_cancellation=used)
        )
        session.entered = room_io.RoomIO(session, rtc.Room(), options=options)
        found = check_session(session)
        assert [each.event for each in found] == ["noise_cancellation_in_front"] * count
        if count:
            made = first_call(found[0].fix)
            assert made == "RoomOptions(audio_input=AudioInputOptions(noise_cancellation=None))"


@pytest.mark.skipif(not plugin_takes("voice_focus"), reason="before 1.6 there is no voice focus")
async def test_what_takes_the_place_of_noise_cancellation_is_no_mistake() -> None:
    """The recogniser's own."""
    assert Parts().with_stt(voice_focus="near-field").events() == []

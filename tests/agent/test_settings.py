"""What the environment says, and what it lacks."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.settings import (
    LIVEKIT_VARIABLES,
    OPENAI_URL,
    Endpoint,
    SettingsError,
    WorkerSettings,
    read_settings,
    read_worker_settings,
)

KEYS = {"ASSEMBLYAI_API_KEY": "aai", "OPENAI_API_KEY": "oai"}


def problems(environment: dict[str, str], needed: tuple[str, ...] = ()) -> tuple[str, ...]:
    """What is wrong with an environment."""
    with pytest.raises(SettingsError) as caught:
        read_settings(environment, needed=needed)
    return caught.value.problems


def test_keys_are_all_it_takes() -> None:
    """Everything but the two keys has a default."""
    settings = read_settings(KEYS)
    assert settings.domain == "hotel_booking"
    assert not any((settings.offline, settings.telephony, settings.silero_vad))
    assert settings.assemblyai_api_key == "aai"
    assert settings.assemblyai_base_url is settings.assemblyai_model is None
    assert settings.llm == Endpoint(OPENAI_URL, "oai", "gpt-4.1-mini")
    assert settings.tts == Endpoint(OPENAI_URL, "oai", "gpt-4o-mini-tts")


def test_all_that_is_missing_is_said_at_once() -> None:
    """One sentence a variable, with what to do; an empty variable is missing."""
    assert problems({"ASSEMBLYAI_API_KEY": " "}, LIVEKIT_VARIABLES) == tuple(
        f"{name} is not set. Put it into .env (see .env.example)."
        for name in (*LIVEKIT_VARIABLES, "ASSEMBLYAI_API_KEY", "OPENAI_API_KEY")
    )


def test_what_cannot_be_understood_is_said_with_the_rest() -> None:
    """A wrong value and a missing key are reported together."""
    assert problems(
        {"AGENT_OFFLINE": "1", "AGENT_TELEPHONY": "perhaps", "AGENT_VAD": "webrtc"},
        ("LIVEKIT_URL",),
    ) == (
        "LIVEKIT_URL is not set. Put it into .env (see .env.example).",
        'AGENT_TELEPHONY is "perhaps". Set it to 1 or 0.',
        'AGENT_VAD is "webrtc". Set it to none or silero.',
    )


@pytest.mark.parametrize("value", ["1", "true", "YES", " on "])
def test_switches_take_the_usual_words(value: str) -> None:
    """On is 1, true, yes or on, in any case."""
    assert read_settings({"AGENT_OFFLINE": value}).offline


def test_offline_needs_no_key() -> None:
    """The recogniser in the process has a key of its own; one elsewhere is told another."""
    assert read_settings({"AGENT_OFFLINE": "1"}).assemblyai_api_key == "loopback"
    elsewhere = {"ASSEMBLYAI_BASE_URL": "ws://127.0.0.1:9000", "ASSEMBLYAI_API_KEY": "k"}
    settings = read_settings({"AGENT_OFFLINE": "1", **elsewhere})
    assert settings.assemblyai_base_url == "ws://127.0.0.1:9000"
    assert settings.assemblyai_api_key == "k"


def test_a_server_of_ones_own_needs_no_key() -> None:
    """A base URL makes OpenAI's key unnecessary, and serves the voice too."""
    own = {"ASSEMBLYAI_API_KEY": "aai", "OPENAI_BASE_URL": "http://127.0.0.1:8080/v1"}
    settings = read_settings(own)
    assert settings.llm.base_url == settings.tts.base_url == "http://127.0.0.1:8080/v1"
    assert settings.llm.api_key == settings.tts.api_key != ""


def test_a_key_goes_to_its_own_server_alone() -> None:
    """The voice's server isn't sent the key of the language model's."""
    voice = {"OPENAI_TTS_BASE_URL": "http://127.0.0.1:8880/v1"}
    assert read_settings({**KEYS, **voice}).tts.api_key != "oai"
    assert read_settings({**KEYS, **voice, "OPENAI_TTS_API_KEY": "tts"}).tts.api_key == "tts"


def test_a_voice_from_openai_needs_its_key() -> None:
    """A language model of one's own beside OpenAI's voice: the voice's key is asked for."""
    mixed = {
        "ASSEMBLYAI_API_KEY": "aai",
        "OPENAI_BASE_URL": "http://127.0.0.1:8080/v1",
        "OPENAI_TTS_BASE_URL": OPENAI_URL,
    }
    assert problems(mixed) == (
        "OPENAI_TTS_API_KEY is not set. Put it into .env (see .env.example).",
    )


def test_settings_do_not_show_keys() -> None:
    """What is logged or printed of them has no key in it."""
    environment = {"ASSEMBLYAI_API_KEY": "SECRET", "OPENAI_API_KEY": "SECRET"}
    assert "SECRET" not in repr(read_settings(environment))


def test_the_example_names_every_variable() -> None:
    """.env.example has each variable that the code reads, and no value that code wouldn't take."""
    root = Path(__file__).parents[2]
    example = dict(
        line.split("=", 1)
        for line in (root / ".env.example").read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    )
    read: set[str] = set()

    class Recording(dict[str, str]):
        def get(self, key: str, default: str = "") -> str:  # type: ignore[override]
            read.add(key)
            return super().get(key, default)

    settings = read_settings(Recording({**example, **KEYS}), needed=())
    elsewhere = {
        *LIVEKIT_VARIABLES,
        "LIVEKIT_AGENT_NAME",
        "LIVEKIT_FILTERS_MODE",
        "LIVEKIT_FILTERS_CONFIG_DIR",
        # the worker's own, see read_worker_settings
        "AGENT_HTTP_HOST",
        "AGENT_HTTP_PORT",
        "AGENT_MAX_CALLS",
        "AGENT_METRICS_PORT",
    }
    assert set(example) == read | elsewhere
    assert settings == read_settings(KEYS)


def test_a_worker_answers_on_this_machine_alone_unless_told_otherwise() -> None:
    """No limit to its calls, LiveKit's own port, and no metrics."""
    assert read_worker_settings({}) == WorkerSettings(None, "127.0.0.1", None, None)
    told = {
        "AGENT_MAX_CALLS": "12",
        "AGENT_HTTP_HOST": "0.0.0.0",  # noqa: S104 - passed on, not bound
        "AGENT_HTTP_PORT": "0",
        "AGENT_METRICS_PORT": "9090",
    }
    assert read_worker_settings(told) == WorkerSettings(12, "0.0.0.0", 0, 9090)  # noqa: S104


def test_numbers_of_a_worker_that_are_none_are_said_at_once() -> None:
    """Each with the range it has to be in."""
    with pytest.raises(SettingsError) as caught:
        read_worker_settings({"AGENT_MAX_CALLS": "0", "AGENT_METRICS_PORT": "65536"})
    assert caught.value.problems == (
        'AGENT_MAX_CALLS is "0". Set it to a number from 1 to 10000.',
        'AGENT_METRICS_PORT is "65536". Set it to a number from 0 to 65535.',
    )

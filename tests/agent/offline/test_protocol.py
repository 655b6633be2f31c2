"""What a client may send."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent.offline.protocol import (
    CloseCode,
    RefusedError,
    StreamConfig,
    check_audio,
    parse_message,
    parse_query,
    updated,
)

MODEL = {"speech_model": "u3-rt-pro"}


def test_the_query_of_the_plugin_is_read() -> None:
    """Numbers and booleans come out typed; what changes no message is checked and dropped."""
    config = parse_query(
        {
            "sample_rate": "8000",
            "encoding": "pcm_mulaw",
            "speech_model": "universal-3-6-pro",
            "min_turn_silence": "100",
            "max_turn_silence": "1000",
            "interruption_delay": "0",
            "continuous_partials": "false",
            "language_detection": "true",
            "keyterms_prompt": '["LiveKit"]',
            "prompt": "2024",
            "agent_context": "[laughs] What is your name?",
            "vad_threshold": "0.3",
        }
    )
    assert config == StreamConfig(
        "universal-3-6-pro",
        sample_rate=8000,
        encoding="pcm_mulaw",
        interruption_delay=0,
        continuous_partials=False,
        language_detection=True,
    )
    assert config.bytes_per_sample == 1


def test_the_defaults_are_the_services() -> None:
    """Not the plugin's, which sends its own."""
    config = parse_query(MODEL)
    assert (config.min_turn_silence, config.max_turn_silence) == (100, 1000)
    assert config.interruption_delay == 500


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"speech_model": "nova-3"},
        {**MODEL, "colour": "blue"},
        {**MODEL, "sample_rate": "high"},
        {**MODEL, "sample_rate": "4000"},
        {**MODEL, "interruption_delay": "1001"},
        {**MODEL, "vad_threshold": "1.5"},
        {**MODEL, "continuous_partials": "1"},
        {**MODEL, "keyterms_prompt": "LiveKit"},
        {**MODEL, "encoding": "opus"},
        {**MODEL, "agent_context": "x" * 1751},
        {**MODEL, "language_codes": json.dumps(["en"] * 11)},
    ],
    ids=str,
)
def test_a_bad_query_is_refused(query: dict[str, str]) -> None:
    """With 3006."""
    with pytest.raises(RefusedError) as refused:
        parse_query(query)
    assert refused.value.code is CloseCode.BAD_INPUT


@pytest.mark.parametrize(
    "text",
    [
        "Terminate",
        "[]",
        "{}",
        '{"type": "Hello"}',
        '{"type": "UpdateConfiguration", "mode": "balanced"}',
        '{"type": "UpdateConfiguration", "min_turn_silence": "100"}',
        json.dumps({"type": "UpdateConfiguration", "agent_context": "x" * 1751}),
    ],
    ids=lambda text: text[:60],
)
def test_a_bad_message_is_refused(text: str) -> None:
    """With 3006."""
    with pytest.raises(RefusedError) as refused:
        parse_message(text)
    assert refused.value.code is CloseCode.BAD_INPUT


def test_an_update_changes_what_it_names() -> None:
    """The rest of the configuration stays."""
    message = parse_message(
        json.dumps(
            {"type": "UpdateConfiguration", "max_turn_silence": 3000, "agent_context": "x" * 1750}
        )
    )
    config = updated(StreamConfig("u3-rt-pro", min_turn_silence=200), message)
    assert config == StreamConfig("u3-rt-pro", min_turn_silence=200, max_turn_silence=3000)


@pytest.mark.parametrize(
    ("milliseconds", "code"),
    [(49, CloseCode.BAD_AUDIO_DURATION), (50, None), (1000, None), (1001, 3007), (0, 3007)],
)
@pytest.mark.parametrize("rate", [8000, 16000, 44100])
def test_audio_messages_have_a_length(milliseconds: int, code: int | None, rate: int) -> None:
    """50 to 1,000 ms, else 3007."""
    size = rate * milliseconds // 1000 * 2
    config = StreamConfig("u3-rt-pro", sample_rate=rate)
    if code is None:
        check_audio(size, config)
        return
    with pytest.raises(RefusedError) as refused:
        check_audio(size, config)
    assert refused.value.code == code


def test_half_a_sample_is_refused() -> None:
    """An odd number of bytes can't be 16-bit PCM."""
    with pytest.raises(RefusedError, match="no whole samples"):
        check_audio(1601, StreamConfig("u3-rt-pro"))


def test_refusals_name_the_value_but_not_a_long_one() -> None:
    """What a caller or an agent said does not end up in an error."""
    secret: dict[str, Any] = {**MODEL, "agent_context": "card number " * 200}
    with pytest.raises(RefusedError, match=r"bad value for agent_context: 2402 characters"):
        parse_query(secret)

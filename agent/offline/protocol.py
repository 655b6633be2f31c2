"""What AssemblyAI's v3 streaming service takes from a client, and what it refuses. Pure.

Sources: the service's documentation of models, limits and close codes, and the messages that
`livekit-plugins-assemblyai` 1.5.0 to 1.8.9 and `pipecat-ai` 1.14.0 send.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from enum import IntEnum
from typing import Any

SPEECH_MODELS = frozenset(
    {
        "universal-streaming-english",
        "universal-streaming-multilingual",
        "u3-rt-pro",
        "u3-rt-pro-beta-1",
        "universal-3-5-pro",
        "universal-3-6-pro",
        "whisper-rt",
    }
)
MAX_CONTEXT_CHARS = 1750
MAX_LANGUAGE_CODES = 10
MAX_KEYTERMS = 100
MIN_AUDIO_MS = 50
MAX_AUDIO_MS = 1000


class CloseCode(IntEnum):
    """The WebSocket close codes of the service."""

    NORMAL = 1000
    GOING_AWAY = 1001
    UNAUTHORIZED = 1008
    SERVER_ERROR = 3005
    BAD_INPUT = 3006
    BAD_AUDIO_DURATION = 3007
    SESSION_EXPIRED = 3008
    TOO_MANY_SESSIONS = 3009


class RefusedError(Exception):
    """The service ends the session: with this code, and this text in its `Error` message."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class StreamConfig:
    """What a client asked for, as far as it changes what a client is sent. Milliseconds."""

    speech_model: str
    sample_rate: int = 16000
    encoding: str = "pcm_s16le"
    min_turn_silence: int = 100
    max_turn_silence: int = 1000
    interruption_delay: int = 500
    continuous_partials: bool = True
    language_detection: bool = False

    @property
    def bytes_per_sample(self) -> int:
        """2 for PCM, 1 for mu-law."""
        return 1 if self.encoding == "pcm_mulaw" else 2


def parse_query(query: Mapping[str, str]) -> StreamConfig:
    """Reads the query of the connect URL.

    Raises:
        RefusedError: An unknown or missing model, an unknown parameter or a bad value.
    """
    if "speech_model" not in query:
        raise RefusedError(CloseCode.BAD_INPUT, "speech_model is required")
    values: dict[str, Any] = {}
    for name, text in query.items():
        parameter = _PARAMETERS.get(name)
        if parameter is None:
            raise RefusedError(CloseCode.BAD_INPUT, f"unknown parameter {name!r}")
        values[name] = parameter.checked(name, text if parameter.is_text else _from_json(text))
    return updated(StreamConfig(values["speech_model"]), values)


def parse_message(text: str) -> dict[str, Any]:
    """Reads a text message of a client: its `type` and its checked fields.

    Raises:
        RefusedError: No JSON object, an unknown type, an unknown field or a bad value.
    """
    try:
        message = json.loads(text)
    except ValueError:
        raise RefusedError(CloseCode.BAD_INPUT, "message is not JSON") from None
    if not isinstance(message, dict):
        raise RefusedError(CloseCode.BAD_INPUT, "message is not a JSON object")
    kind = message.get("type")
    if kind not in ("Terminate", "ForceEndpoint", "UpdateConfiguration"):
        raise RefusedError(CloseCode.BAD_INPUT, f"unknown message type {kind!r}")
    if kind == "UpdateConfiguration":
        for name, value in message.items():
            if name == "type":
                continue
            parameter = _PARAMETERS.get(name)
            if parameter is None or not parameter.updatable:
                raise RefusedError(CloseCode.BAD_INPUT, f"{name!r} can't be updated")
            parameter.checked(name, value)
    return message


def updated(config: StreamConfig, message: Mapping[str, Any]) -> StreamConfig:
    """The configuration after a checked `UpdateConfiguration` message."""
    kept = {field.name for field in fields(StreamConfig)}
    return replace(config, **{name: message[name] for name in kept & message.keys()})


def check_audio(size_bytes: int, config: StreamConfig) -> None:
    """Checks the length of an audio message.

    Raises:
        RefusedError: It is shorter than 50 ms or longer than 1,000 ms, or ends in half a sample.
    """
    samples, odd = divmod(size_bytes, config.bytes_per_sample)
    if odd:
        raise RefusedError(CloseCode.BAD_INPUT, f"{size_bytes} bytes are no whole samples")
    # Less one sample: 50 ms are no whole number of samples at every rate.
    shortest = MIN_AUDIO_MS * config.sample_rate // 1000
    if not shortest <= samples <= MAX_AUDIO_MS * config.sample_rate // 1000:
        raise RefusedError(
            CloseCode.BAD_AUDIO_DURATION,
            f"input duration violation: {samples * 1000 / config.sample_rate:.1f} ms. "
            f"Expected between {MIN_AUDIO_MS} and {MAX_AUDIO_MS} ms",
        )


Check = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class _Parameter:
    """What a value must be like; a query carries text as it is and anything else as JSON."""

    check: Check
    is_text: bool = False
    updatable: bool = False

    def checked(self, name: str, value: Any) -> Any:
        if not self.check(value):
            shown = repr(value)
            shown = shown if len(shown) <= 60 else f"{len(shown)} characters"
            raise RefusedError(CloseCode.BAD_INPUT, f"bad value for {name}: {shown}")
        return value


def _from_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _integer(low: int, high: int) -> Check:
    return lambda v: isinstance(v, int) and not isinstance(v, bool) and low <= v <= high


def _fraction(v: Any) -> bool:
    return isinstance(v, (int, float)) and not isinstance(v, bool) and 0.0 <= v <= 1.0


def _boolean(v: Any) -> bool:
    return isinstance(v, bool)


def _one_of(allowed: Iterable[str]) -> Check:
    return lambda v: isinstance(v, str) and v in allowed


def _context(v: Any) -> bool:
    return isinstance(v, str) and len(v) <= MAX_CONTEXT_CHARS


def _texts(limit: int) -> Check:
    return lambda v: (
        isinstance(v, list) and len(v) <= limit and all(isinstance(item, str) for item in v)
    )


_PARAMETERS: dict[str, _Parameter] = {
    "speech_model": _Parameter(_one_of(SPEECH_MODELS), is_text=True),
    "encoding": _Parameter(_one_of(("pcm_s16le", "pcm_mulaw")), is_text=True),
    "domain": _Parameter(lambda v: isinstance(v, str), is_text=True),
    "voice_focus": _Parameter(_one_of(("near-field", "far-field")), is_text=True),
    "mode": _Parameter(_one_of(("min_latency", "balanced", "max_accuracy")), is_text=True),
    "prompt": _Parameter(_context, is_text=True, updatable=True),
    "agent_context": _Parameter(_context, is_text=True, updatable=True),
    "keyterms_prompt": _Parameter(_texts(MAX_KEYTERMS), updatable=True),
    "language_codes": _Parameter(_texts(MAX_LANGUAGE_CODES), updatable=True),
    "min_turn_silence": _Parameter(_integer(0, 60_000), updatable=True),
    "max_turn_silence": _Parameter(_integer(0, 60_000), updatable=True),
    "end_of_turn_confidence_threshold": _Parameter(_fraction, updatable=True),
    "continuous_partials": _Parameter(_boolean, updatable=True),
    "interruption_delay": _Parameter(_integer(0, 1000), updatable=True),
    "vad_threshold": _Parameter(_fraction, updatable=True),
    "sample_rate": _Parameter(_integer(8000, 48000)),
    "format_turns": _Parameter(_boolean),
    "formatted_finals": _Parameter(_boolean),
    "word_finalization_max_wait_time": _Parameter(_integer(0, 60_000)),
    "language_code": _Parameter(lambda v: isinstance(v, str), is_text=True),
    "language_detection": _Parameter(_boolean),
    "previous_context_n_turns": _Parameter(_integer(0, 100)),
    "speaker_labels": _Parameter(_boolean),
    "max_speakers": _Parameter(_integer(1, 10)),
    "voice_focus_threshold": _Parameter(_fraction),
    "inactivity_timeout": _Parameter(_integer(5, 3600)),
}

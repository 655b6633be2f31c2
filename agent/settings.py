"""Reads what the environment says about the sample agent; all that is wrong is said at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_DOMAIN = "hotel_booking"

OPENAI_URL = "https://api.openai.com/v1"

LIVEKIT_VARIABLES = ("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET")
"""What LiveKit itself reads; a console session does without."""

# The client library asks for a key; a server that needs none takes any.
_NO_KEY = "none"

DEFAULT_HTTP_HOST = "127.0.0.1"

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})


class SettingsError(ValueError):
    """The environment can't be worked with; `problems` has one sentence for each reason."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model behind a server that speaks OpenAI's API.

    Attributes:
        base_url: Where the server is, with its `/v1`.
        api_key: Its key.
        model: The model's name there.
    """

    base_url: str
    api_key: str = field(repr=False)
    model: str


@dataclass(frozen=True, slots=True)
class Settings:
    """What a deployment decides about the sample agent. `.env.example` explains each variable.

    Attributes:
        domain: The configuration of a call whose job names none.
        offline: Whether it runs on `agent.rehearsal` instead of keys.
        telephony: Whether callers come by telephone.
        silero_vad: Whether Silero listens beside the recogniser.
        assemblyai_api_key: The recogniser's key.
        assemblyai_base_url: The recogniser's `wss://` address; None is the plugin's own.
        assemblyai_model: The recogniser's model; None is the newest the plugin knows.
        llm: The language model.
        tts: The voice's model.
        tts_voice: The voice.
    """

    domain: str
    offline: bool
    telephony: bool
    silero_vad: bool
    assemblyai_api_key: str = field(repr=False)
    assemblyai_base_url: str | None
    assemblyai_model: str | None
    llm: Endpoint
    tts: Endpoint
    tts_voice: str


def read_settings(environment: Mapping[str, str], *, needed: tuple[str, ...] = ()) -> Settings:
    """Makes settings of environment variables; an empty one counts as not set.

    Args:
        environment: The variables, such as `os.environ`.
        needed: Further variables that must be set.

    Raises:
        SettingsError: A variable is missing or can't be understood.
    """
    reader = _Reader(environment)
    offline = reader.switch("AGENT_OFFLINE")
    reader.require(*needed)
    llm_url = reader.text("OPENAI_BASE_URL") or OPENAI_URL
    tts_url = reader.text("OPENAI_TTS_BASE_URL") or llm_url
    llm_key = reader.text("OPENAI_API_KEY")
    # a key goes to the server it was given for, and to no other
    tts_key = reader.text("OPENAI_TTS_API_KEY") or (llm_key if tts_url == llm_url else None)
    if not offline:
        reader.require("ASSEMBLYAI_API_KEY")
        if llm_url == OPENAI_URL:
            reader.require("OPENAI_API_KEY")
        elif tts_url == OPENAI_URL:
            reader.require("OPENAI_TTS_API_KEY")
    settings = Settings(
        domain=reader.text("AGENT_DOMAIN") or DEFAULT_DOMAIN,
        offline=offline,
        telephony=reader.switch("AGENT_TELEPHONY"),
        silero_vad=reader.choice("AGENT_VAD", ("none", "silero")) == "silero",
        assemblyai_api_key=reader.text("ASSEMBLYAI_API_KEY") or "loopback",
        assemblyai_base_url=reader.text("ASSEMBLYAI_BASE_URL"),
        assemblyai_model=reader.text("ASSEMBLYAI_MODEL"),
        llm=Endpoint(
            llm_url, llm_key or _NO_KEY, reader.text("OPENAI_LLM_MODEL") or "gpt-4.1-mini"
        ),
        tts=Endpoint(
            tts_url, tts_key or _NO_KEY, reader.text("OPENAI_TTS_MODEL") or "gpt-4o-mini-tts"
        ),
        tts_voice=reader.text("OPENAI_TTS_VOICE") or "ash",
    )
    if reader.problems:
        raise SettingsError(*reader.problems)
    return settings


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """What a deployment decides about a worker, whatever its calls are like.

    Attributes:
        max_calls: Calls at a time; None is as many as its processor copes with.
        http_host: The address at which it answers health checks.
        http_port: The port; None is LiveKit's own: 8081 under "start", any free one under "dev".
        metrics_port: The port of its /metrics, at the same address; None shows none.
    """

    max_calls: int | None
    http_host: str
    http_port: int | None
    metrics_port: int | None


def read_worker_settings(environment: Mapping[str, str]) -> WorkerSettings:
    """Makes a worker's settings of environment variables; an empty one counts as not set.

    Raises:
        SettingsError: A variable can't be understood.
    """
    reader = _Reader(environment)
    settings = WorkerSettings(
        max_calls=reader.number("AGENT_MAX_CALLS", 1, 10_000),
        http_host=reader.text("AGENT_HTTP_HOST") or DEFAULT_HTTP_HOST,
        http_port=reader.number("AGENT_HTTP_PORT", 0, 65_535),
        metrics_port=reader.number("AGENT_METRICS_PORT", 0, 65_535),
    )
    if reader.problems:
        raise SettingsError(*reader.problems)
    return settings


class _Reader:
    """Reads variable by variable, and notes what is wrong."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.problems: list[str] = []
        self._environment = environment

    def text(self, name: str) -> str | None:
        return self._environment.get(name, "").strip() or None

    def require(self, *names: str) -> None:
        self.problems += [
            f"{name} is not set. Put it into .env (see .env.example)."
            for name in names
            if self.text(name) is None
        ]

    def switch(self, name: str) -> bool:
        value = (self.text(name) or "0").casefold()
        if value not in _TRUE | _FALSE:
            self.problems.append(f'{name} is "{value}". Set it to 1 or 0.')
        return value in _TRUE

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """One of `choices`; the first where nothing is said."""
        value = (self.text(name) or choices[0]).casefold()
        if value not in choices:
            self.problems.append(f'{name} is "{value}". Set it to {" or ".join(choices)}.')
        return value

    def number(self, name: str, least: int, most: int) -> int | None:
        """A whole number; None where nothing is said."""
        value = self.text(name)
        if value is None:
            return None
        if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
            self.problems.append(f'{name} is "{value}". Set it to a number from {least} to {most}.')
            return None
        return int(value)

"""Makes the recogniser: AssemblyAI's newest model that the installed plugin knows."""

from __future__ import annotations

import typing
from typing import TYPE_CHECKING, Any

from livekit.plugins import assemblyai

from filters import FilterConfig, seed_agent_context

from .settings import Settings, SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import aiohttp

MODELS = ("universal-3-6-pro", "universal-3-5-pro", "u3-rt-pro")
"""The U3 Pro family, newest first: it ends turns by punctuation and takes `agent_context`."""

VAD_THRESHOLD = 0.3
"""How sure the recogniser's voice detection must be. The session's own VAD takes the same value:
apart from each other, one would hear speech that the other does not."""


# a look at the punctuation after this much silence, in ms: "." and "?" end the turn
MIN_TURN_SILENCE_MS = 100
# without such punctuation this much ends it; the plugin's own 100 is for turn detection outside the
# recogniser, and would cut callers off in mid-sentence
MAX_TURN_SILENCE_MS = 1000


def known_models(plugin: type = assemblyai.STT) -> frozenset[str]:
    """The models that a plugin's STT names in the annotation of its `model` argument."""
    hints = typing.get_type_hints(plugin.__init__)  # type: ignore[misc]  # of the class, not of an instance
    return frozenset(_literals(hints.get("model")))


def choose_model(known: frozenset[str], wanted: str | None = None) -> str:
    """The newest model of the family that is known, or the one that is wanted.

    Raises:
        SettingsError: None of the family is known, or the one that is wanted is not.
    """
    family = [model for model in MODELS if model in known]
    if not family:
        raise SettingsError(
            f"The installed livekit-plugins-assemblyai knows none of {', '.join(MODELS)}. "
            "Install version 1.5 or newer."
        )
    if wanted is not None and wanted not in family:
        raise SettingsError(
            f'ASSEMBLYAI_MODEL is "{wanted}". The installed livekit-plugins-assemblyai knows '
            f"{', '.join(family)}; leave it out for the first."
        )
    return wanted or family[0]


def turn_options(configured: Mapping[str, Any], *, vad: bool = False) -> dict[str, Any]:
    """The options of a domain, with this agent's own for how turns end where it sets none.

    Args:
        configured: What the domain sets.
        vad: A VAD listens beside the recogniser, which has to hear what it hears.
    """
    own: dict[str, Any] = {"vad_threshold": VAD_THRESHOLD}
    if "mode" in configured:  # it chooses them all; whatever is set besides would override it
        own = own if vad else {}
    else:
        least = configured.get("min_turn_silence", MIN_TURN_SILENCE_MS)
        most = max(MAX_TURN_SILENCE_MS, least)
        own |= {"min_turn_silence": MIN_TURN_SILENCE_MS, "max_turn_silence": most}
        if "max_turn_silence" in configured:
            own["min_turn_silence"] = min(MIN_TURN_SILENCE_MS, configured["max_turn_silence"])
    return {**own, **configured}


def sample_rate_of(settings: Settings) -> int:
    """What the recogniser is sent, in samples a second; a telephone line carries no more."""
    return 8000 if settings.telephony else 16000


def build_stt(
    settings: Settings,
    config: FilterConfig | None = None,
    *,
    greeting: str,
    http_session: aiohttp.ClientSession | None = None,
) -> assemblyai.STT:
    """Makes the recogniser.

    Args:
        settings: Where it is and what it has to cope with; its model comes before the domain's.
        config: The domain, for its `stt` options; None: there are none.
        greeting: What the agent will say first.
        http_session: What to connect through; None is the job's own.

    Raises:
        SettingsError: The plugin doesn't know the model.
    """
    configured = config.stt_options() if config is not None else {}
    wanted = settings.assemblyai_model or configured.get("model")
    options: dict[str, Any] = {
        **turn_options(configured, vad=settings.silero_vad),
        "api_key": settings.assemblyai_api_key,
        "model": choose_model(known_models(), wanted),
        "http_session": http_session,
        # the first answer is to the greeting: told beforehand, the recogniser expects it
        # (nothing on plugin 1.5, which doesn't take it)
        **seed_agent_context(greeting),
    }
    if settings.assemblyai_base_url is not None:
        options["base_url"] = settings.assemblyai_base_url
    # `encoding` stays 16-bit PCM, by telephone as well: up to 1.8.9 the plugin announces mu-law
    # where it is asked for, but doesn't encode what it sends.
    options["sample_rate"] = sample_rate_of(settings)
    return assemblyai.STT(**options)


def _literals(annotation: object) -> list[str]:
    """The texts of a Literal, also of one within a union."""
    if typing.get_origin(annotation) is typing.Literal:
        return [value for value in typing.get_args(annotation) if isinstance(value, str)]
    return [text for part in typing.get_args(annotation) for text in _literals(part)]

"""Finds what is wrong with a session's recognisers, and with what they are told. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from filters.words import list_for, without_list

from . import findings as kinds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .findings import Finding
    from .setup import RecogniserSetup, SessionSetup

FAMILY_VAD_THRESHOLD = 0.3
"""The recogniser's `vad_threshold` where nobody says otherwise: U3 Pro ..."""
OTHERS_VAD_THRESHOLD = 0.4
"""... and Universal-Streaming."""

DEFAULT_SILENCE_MS = 100
"""The `min_turn_silence` of the U3 Pro family where no preset chooses; the plugin, unlike the
server, takes it for `max_turn_silence` as well."""
STT_SILENCE_MS = 1000
"""The `max_turn_silence` for turn detection "stt"; for others it is the plugin's."""

FAMILY_MODEL = "u3-rt-pro"
"""Of the U3 Pro family, and known to every plugin that is supported."""

BEST_RATE_HZ = 16000
LEAST_RATE_HZ = 8000

_CHOSEN_BY_PRESET = (
    "min_turn_silence",
    "max_turn_silence",
    "vad_threshold",
    "interruption_delay",
    "continuous_partials",
    "previous_context_n_turns",
)
_LEGACY = ("end_of_turn_confidence_threshold", "format_turns")


def vad_thresholds(setup: SessionSetup) -> Iterator[Finding]:
    """Two detectors that hear differently."""
    vad = setup.vad
    if vad is None or not isinstance(vad.threshold, (int, float)):
        return
    for recogniser in setup.recognisers:
        theirs = _vad_threshold(recogniser)
        if theirs is None or abs(theirs - vad.threshold) < 1e-6:
            continue
        found = f"activation_threshold is {vad.threshold}, vad_threshold {theirs}"
        if vad.code.startswith("silero."):
            fix = f"{vad.code}(activation_threshold={theirs})"
        elif setup.turns == "stt":  # LiveKit's own, which nobody asked for
            fix = "AgentSession(vad=None)"
        else:
            fix = f"AgentSession(vad={vad.code}(activation_threshold={theirs}))"
        yield kinds.THRESHOLDS_DIFFER.found(found, fix=fix)


def turn_silence(setup: SessionSetup) -> Iterator[Finding]:
    """A forced end of turn that is too soon for its turn detection, or too late."""
    for recogniser in setup.recognisers:
        least, most = _silences_ms(recogniser)
        if most is None:
            continue
        decides = "a turn detector model" if setup.turns == "model" else f'"{setup.turns}"'
        found = f"max_turn_silence is {most} ms, and turn detection is {decides}"
        if setup.turns == "stt" and least is not None and most <= least:
            wanted = max(STT_SILENCE_MS, 2 * least)
            fix = recogniser.with_options(max_turn_silence=wanted)
            yield kinds.SILENCE_TOO_SHORT.found(found, fix=fix)
        elif setup.turns != "stt" and most >= STT_SILENCE_MS:
            fix = recogniser.with_options(max_turn_silence=least or DEFAULT_SILENCE_MS)
            yield kinds.SILENCE_TOO_LONG.found(found, fix=fix)


def model(setup: SessionSetup) -> Iterator[Finding]:
    """Models that leave out fillers, or write sounds as tags."""
    for recogniser in setup.recognisers:
        change = _family_model(recogniser)
        if recogniser.assemblyai and not recogniser.u3_pro:
            found = f"model is {recogniser.model}"
            if "whisper" in recogniser.model:
                yield kinds.SOUND_TAGS.found(found, fix=change)
                yield kinds.NO_FILLERS.found(found, fix=change)
            elif recogniser.model.startswith("universal-streaming"):
                yield kinds.NO_FILLERS.found(found, fix=change)
        if recogniser.options.get("filler_words") is False:
            fix = recogniser.with_options(filler_words=True)
            yield kinds.NO_FILLERS.found("filler_words is False", fix=fix)


def preset(setup: SessionSetup) -> Iterator[Finding]:
    """A preset that isn't one any more."""
    for recogniser in setup.recognisers:
        mode = recogniser.options.get("mode")
        own = [name for name in _CHOSEN_BY_PRESET if name in recogniser.options]
        if recogniser.options.get("continuous_partials") is True:
            own.remove("continuous_partials")  # the plugin of 1.6.0 and 1.6.5 fills it in
        if recogniser.assemblyai and mode and own:
            found = f'mode is "{mode}", and {", ".join(own)} set besides'
            yield kinds.PRESET_OVERRIDDEN.found(found, fix=recogniser.without(*own))


def prompt(setup: SessionSetup) -> Iterator[Finding]:
    """Two hints for one recogniser."""
    for recogniser in setup.recognisers:
        options = recogniser.options
        if recogniser.assemblyai and options.get("prompt") and options.get("keyterms_prompt"):
            count = len(options["keyterms_prompt"])
            found = f"a prompt, and {count} keyterms_prompt"
            yield kinds.PROMPT_WITH_KEYTERMS.found(found, fix=recogniser.without("prompt"))


def sound(setup: SessionSetup) -> Iterator[Finding]:
    """Sound that is sent as something else, or with more than there is."""
    for recogniser in setup.recognisers:
        if not recogniser.assemblyai:
            continue
        options = recogniser.options
        if recogniser.by_plugin and options.get("encoding") == "pcm_mulaw":
            fix = recogniser.with_options(encoding="pcm_s16le")
            yield kinds.MU_LAW.found('encoding is "pcm_mulaw"', fix=fix)
        rate = options.get("sample_rate")
        if isinstance(rate, int) and not LEAST_RATE_HZ <= rate <= BEST_RATE_HZ:
            wanted = BEST_RATE_HZ if rate > BEST_RATE_HZ else LEAST_RATE_HZ
            fix = recogniser.with_options(sample_rate=wanted)
            yield kinds.SAMPLE_RATE.found(f"sample_rate is {rate}", fix=fix)


def without_effect(setup: SessionSetup) -> Iterator[Finding]:
    """Options that nothing reads."""
    for recogniser in setup.recognisers:
        idle = [name for name in _LEGACY if recogniser.u3_pro and name in recogniser.options]
        if "voice_focus_threshold" in recogniser.options and not recogniser.options.get(
            "voice_focus"
        ):
            idle.append("voice_focus_threshold")
        if recogniser.assemblyai and idle:
            found = f"{', '.join(idle)} with model {recogniser.model}"
            yield kinds.WITHOUT_EFFECT.found(found, fix=recogniser.without(*idle))


def agent_context(setup: SessionSetup) -> Iterator[Finding]:
    """Replies that the recogniser is told twice, or not at all."""
    context = setup.context
    bridge_pushes = context.pushable and context.bridge in ("auto", "bridge")
    senders = [
        *(["LiveKit"] if context.forwarded else []),
        *(["the bridge"] if bridge_pushes else []),
        *context.handlers,
    ]
    if len(senders) > 1 and context.handlers:
        handler = context.handlers[-1].rpartition(".")[2]
        found = f"replies are sent by {' and by '.join(senders)}"
        yield kinds.CONTEXT_TWICE.found(
            found, fix=f'session.off("conversation_item_added", {handler})'
        )
    if context.bridge == "bridge" and context.forwarded:
        yield kinds.BRIDGE_IDLE.found("agent_context is bridge, and LiveKit forwards replies")
    if context.pushable and not senders:
        fix: str | None = None
        if context.bridge == "off" and context.forwarding_declined:
            found, fix = "agent_context is off, and LiveKit's forwarding too", ""
        elif context.bridge == "off":
            found, fix = "agent_context is off", 'FilterConfig(agent_context="auto")'
        else:
            found = "LiveKit doesn't forward replies, and there is no bridge"
        yield kinds.CONTEXT_NOT_SENT.found(found, fix=fix)


def languages(setup: SessionSetup) -> Iterator[Finding]:
    """Languages without words."""
    if setup.languages is None:
        return
    for recogniser in setup.recognisers:
        for code in without_list(recogniser.languages, setup.languages):
            name = list_for(code) or f"words/{code}.yaml"
            names = ", ".join(f'"{each}"' for each in (*setup.languages, name))
            found = f"{code} is heard, and extends has {', '.join(setup.languages)}"
            yield kinds.NO_WORD_LIST.found(found, fix=f"FilterConfig(extends=[{names}])")


RULES = (
    vad_thresholds,
    turn_silence,
    model,
    preset,
    prompt,
    sound,
    without_effect,
    languages,
    agent_context,
)
"""Each yields what it finds."""


def _vad_threshold(recogniser: RecogniserSetup) -> float | None:
    """The threshold in force, where it is known: a preset may choose another."""
    given: Any = recogniser.options.get("vad_threshold")
    if isinstance(given, (int, float)):
        return float(given)
    if not recogniser.assemblyai or recogniser.options.get("mode"):
        return None
    if recogniser.u3_pro:
        return FAMILY_VAD_THRESHOLD
    return OTHERS_VAD_THRESHOLD if recogniser.model.startswith("universal-streaming") else None


def _silences_ms(recogniser: RecogniserSetup) -> tuple[int | None, int | None]:
    """`min_turn_silence` and `max_turn_silence` in force, where they are known."""
    if not recogniser.u3_pro:
        return None, None
    least: Any = recogniser.options.get("min_turn_silence")
    most: Any = recogniser.options.get("max_turn_silence")
    if least is None and not recogniser.options.get("mode"):
        least = DEFAULT_SILENCE_MS
    if most is None and recogniser.by_plugin:
        most = least
    return least, most


def _family_model(recogniser: RecogniserSetup) -> str:
    """The code that makes it with a model that writes down what it hears."""
    if recogniser.by_plugin:
        return recogniser.with_options(model=FAMILY_MODEL)
    return f'{recogniser.code}(model="assemblyai/{FAMILY_MODEL}")'

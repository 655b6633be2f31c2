"""The recogniser's options that a domain sets: types and ranges. Knows no recogniser's plugin.

They are those of `livekit.plugins.assemblyai.STT`, by their names there. Which of them the
installed plugin takes is for whoever makes the recogniser to say.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from filters.documents import Faults, Location, no_truth_value, rejection

__all__ = ["DEFAULTS", "LiveOptions", "RecogniserOptions", "report_option_faults"]

LONGEST_SILENCE_MS = 60_000
MAX_KEYTERMS = 100
MAX_PROMPT_CHARS = 1_750
MAX_LANGUAGES = 10

DEFAULTS: dict[str, Any] = {
    "min_turn_silence": 100,
    "max_turn_silence": 1000,
    "interruption_delay": 500,
    "continuous_partials": True,
    "vad_threshold": 0.3,
    "keyterms_prompt": [],
    "prompt": "",
    "language_codes": [],
}
"""What the service does where it is told nothing; empty is how it is told to forget."""


def _said(text: str) -> str:
    if not text.strip():
        raise rejection("says nothing", "Write words, or leave it out.")
    return text


_Number = BeforeValidator(no_truth_value("100"))
_Text = Annotated[str, AfterValidator(_said)]
_Silence = Annotated[int | None, _Number, Field(ge=0, le=LONGEST_SILENCE_MS)]
_Fraction = Annotated[float | None, _Number, Field(ge=0, le=1, allow_inf_nan=False)]


class LiveOptions(BaseModel):
    """Options that a recogniser takes in mid-call, without connecting anew."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    min_turn_silence: _Silence = Field(
        default=None,
        description="Milliseconds of silence before the recogniser looks whether the turn has "
        "ended: a full stop or a question mark ends it.",
    )
    max_turn_silence: _Silence = Field(
        default=None,
        description="Milliseconds of silence that end a turn whatever its punctuation; 2000 to "
        "4000 while somebody spells or dictates.",
    )
    interruption_delay: Annotated[int | None, _Number, Field(ge=0, le=1000)] = Field(
        default=None,
        description="Milliseconds before the first words of a turn are sent (the service adds "
        "about 300). Less lets callers interrupt sooner, by words that are less sure.",
    )
    continuous_partials: bool | None = Field(
        default=None, description="Whether words keep coming, every 3 s, during a long turn."
    )
    vad_threshold: _Fraction = Field(
        default=None,
        description="How sure the recogniser must be that it hears speech, from 0 to 1. A VAD "
        "beside it should have the same value.",
    )
    keyterms_prompt: Annotated[tuple[_Text, ...] | None, Field(max_length=MAX_KEYTERMS)] = Field(
        default=None, description="Names and terms to listen for, at most 100."
    )
    prompt: Annotated[_Text | None, Field(max_length=MAX_PROMPT_CHARS)] = Field(
        default=None,
        description="What the call is about, in a sentence or two. Not together with "
        "keyterms_prompt.",
    )
    language_codes: Annotated[tuple[_Text, ...] | None, Field(max_length=MAX_LANGUAGES)] = Field(
        default=None, description='The languages to expect: "en", "es"; at most 10.'
    )

    def given(self) -> dict[str, Any]:
        """The options that are set, as keywords; lists as the plugins take them."""
        values = self.model_dump(exclude_none=True)
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in values.items()
        }


class RecogniserOptions(LiveOptions):
    """Options that a recogniser is made with."""

    model: _Text | None = Field(
        default=None,
        description="The recogniser's model, by the plugin's name for it.",
    )
    mode: Literal["min_latency", "balanced", "max_accuracy"] | None = Field(
        default=None,
        description="What counts most: min_latency, balanced or max_accuracy. It sets silences, "
        "vad_threshold, interruption_delay and continuous_partials where they are left out.",
    )
    voice_focus: Literal["near-field", "far-field"] | None = Field(
        default=None,
        description="Has the service filter out all but the nearest voice: near-field for "
        "handsets and headsets, far-field for microphones across a room.",
    )
    voice_focus_threshold: _Fraction = Field(
        default=None, description="How much of the background voice_focus takes out, from 0 to 1."
    )
    previous_context_n_turns: Annotated[int | None, _Number, Field(ge=0, le=100)] = Field(
        default=None,
        description="How many entries of the conversation the service remembers; 0 is none.",
    )
    language_detection: bool | None = Field(
        default=None, description="Whether each turn comes with the language it was said in."
    )


def report_option_faults(
    given: LiveOptions, location: Location, faults: Faults, *, below: LiveOptions | None = None
) -> None:
    """Reports options that contradict each other.

    Args:
        given: The options.
        location: Where they stand.
        faults: Where to report.
        below: The options that these lie on top of, for as long as a stage lasts.
    """
    given_here = given.given()
    in_force = {**(below.given() if below is not None else {}), **given_here}
    least, most = in_force.get("min_turn_silence"), in_force.get("max_turn_silence")
    if least is not None and most is not None and least > most:
        if "min_turn_silence" in given_here:
            what = f"{least} is more than max_turn_silence, {most}"
            faults.report((*location, "min_turn_silence"), what, f"Write {most} or less.")
        elif "max_turn_silence" in given_here:
            what = f"{most} is less than min_turn_silence, {least}"
            faults.report((*location, "max_turn_silence"), what, f"Write {least} or more.")
    if "prompt" in given_here and "keyterms_prompt" in given_here:
        what = "stands beside keyterms_prompt"
        faults.report(
            (*location, "prompt"), what, "Keep one: the terms, or what the call is about."
        )
    if "voice_focus_threshold" in given_here and "voice_focus" not in given_here:
        what = "does nothing without voice_focus"
        fix = "Add `voice_focus: near-field`, or remove it."
        faults.report((*location, "voice_focus_threshold"), what, fix)
    languages = given_here.get("language_codes", [])
    if len(languages) > 1 and "multi" in languages:
        what = '"multi" stands for every language'
        faults.report((*location, "language_codes"), what, "Name languages, or multi alone.")

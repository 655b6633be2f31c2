"""The parts that a domain's file is made of: what it changes of words, in stages, and recording."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from filters.documents import no_truth_value

from .stt_options import LiveOptions

NAME = "[a-z0-9_-]+"
"""What domains and stages are named by."""

RecordingMode = Literal["off", "words", "redacted"]


def _off(value: object) -> object:
    return "off" if value is False else value  # what other YAML readers make of `mode: off`


NUMBER = BeforeValidator(no_truth_value("2.0"))
CHOICE = BeforeValidator(_off)


class WordChanges(BaseModel):
    """What a domain changes about one list of words."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    add: tuple[str, ...] = Field(
        default=(),
        description="Phrases to add, of one or more words; (a|b) stands for either, [a|b] for "
        "either or none. An added phrase leaves the other lists.",
    )
    remove: tuple[str, ...] = Field(
        default=(), description="Phrases to take out of the lists extended, written out."
    )


NO_CHANGES = WordChanges()


class Recording(BaseModel):
    """Whether calls are recorded, where, and for how long recordings are kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mode: Annotated[RecordingMode, CHOICE] = Field(
        default="off",
        description="off records nothing; words records what was said; redacted puts its class "
        "and length in place of all words.",
    )
    directory: str = Field(
        default="recordings",
        min_length=1,
        description="Where the files go, one a call, which their owner alone can read; it is made "
        "if it is not there.",
    )
    max_bytes: Annotated[int, NUMBER] = Field(
        default=1_000_000_000,
        ge=10_000,
        description="Bytes of recordings in the directory, above which the oldest are deleted.",
    )
    max_age_days: Annotated[float, NUMBER] = Field(
        default=30.0,
        gt=0,
        le=3650,
        allow_inf_nan=False,
        description="Days after which a recording is deleted.",
    )


NO_RECORDING = Recording()


class Stage(BaseModel):
    """What a stage of the conversation changes, for as long as it lasts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stt: LiveOptions | None = Field(
        default=None, description="Options of the recogniser that it takes in mid-call."
    )
    backchannels: WordChanges = Field(
        default=NO_CHANGES, description="Changes to the domain's backchannels."
    )
    hesitations: WordChanges = Field(
        default=NO_CHANGES, description="Changes to the domain's hesitations."
    )
    commands: WordChanges = Field(
        default=NO_CHANGES, description="Changes to the domain's commands."
    )
    standalone_commands: WordChanges = Field(
        default=NO_CHANGES, description="Changes to the domain's standalone_commands."
    )
    presence_checks: WordChanges = Field(
        default=NO_CHANGES, description="Changes to the domain's presence_checks."
    )
    answer_prompts: tuple[str, ...] = Field(
        default=(), description="Phrases that ask, besides the domain's."
    )

"""Checks what a domain's file holds, key by key and across them; every fault is reported."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from filters.documents import Faults, shown
from filters.words import STAGES, domain_words, drop_gone_keys

from .sections import NAME, Recording, Stage, WordChanges
from .stt_options import LiveOptions, RecogniserOptions, report_option_faults

if TYPE_CHECKING:
    import os

_Config = TypeVar("_Config", bound=BaseModel)
_Options = TypeVar("_Options", bound=LiveOptions)


def check(
    model: type[_Config], values: object, faults: Faults, directory: str | os.PathLike[str]
) -> _Config:
    """Makes a configuration of what a file holds.

    Args:
        model: What to make.
        values: What the file holds.
        faults: Takes what is wrong with it; may hold faults of the file already.
        directory: What the paths in `extends` start from.

    Raises:
        ConfigError: Anything is wrong with it.
    """
    if not isinstance(values, Mapping):
        what = "is empty" if values is None else "holds no keys"
        faults.report((), what, "Begin with `domain: NAME`.")
        raise faults.error()
    given = {key: _without_nothing(value) for key, value in _without_nothing(values).items()}
    drop_gone_keys(given, (), faults)
    if isinstance(values.get(STAGES), Mapping):
        given[STAGES] = _stages_given(values[STAGES], faults)
    words = domain_words(given, faults, directory)
    report_options(given, faults)
    try:
        config = model.model_validate(given, context=words)
    except ValidationError as error:
        for found in error.errors():
            faults.report_invalid([found], _known_keys(model, found["loc"]))
        raise faults.error() from None
    faults.raise_any()
    return config


def _stages_given(stages: Mapping[Any, Any], faults: Faults) -> dict[Any, Any]:
    """The stages without the keys that say nothing; one without any changes nothing."""
    given: dict[Any, Any] = {}
    for name, stage in stages.items():
        if not re.fullmatch(NAME, str(name)):
            fix = "Use a-z, 0-9, _ and -, as in caller_identification."
            faults.report((STAGES, name), f"{shown(name)} is no name", fix)
        stripped = _without_nothing({} if stage is None else stage)
        given[name] = stripped
        if isinstance(stripped, dict):
            given[name] = {key: _without_nothing(value) for key, value in stripped.items()}
            drop_gone_keys(given[name], (STAGES, name), faults)
    return given


_BELOW: dict[str, type[BaseModel]] = {"recording": Recording, "stt": RecogniserOptions}
_BELOW_STAGE: dict[str, type[BaseModel]] = {"stt": LiveOptions}


def _known_keys(
    model: type[BaseModel], location: tuple[str | int, ...]
) -> dict[int, Iterable[str]]:
    """The keys that are known on the way to a place, at each depth of nesting."""
    keys: dict[int, Iterable[str]] = {1: model.model_fields}
    if location[:1] == (STAGES,):
        below = _BELOW_STAGE.get(str(location[2]) if len(location) > 2 else "", WordChanges)
        return {**keys, 3: Stage.model_fields, 4: below.model_fields}
    below = _BELOW.get(str(location[0]) if location else "", WordChanges)
    return {**keys, 2: below.model_fields}


def report_options(given: Mapping[str, Any], faults: Faults) -> None:
    """Reports recogniser's options that contradict each other; malformed ones are skipped."""
    below = _options(RecogniserOptions, given.get("stt"))
    report_option_faults(below, ("stt",), faults)
    stages = given.get(STAGES)
    for name, stage in stages.items() if isinstance(stages, Mapping) else ():
        if isinstance(stage, Mapping):
            above = _options(LiveOptions, stage.get("stt"))
            report_option_faults(above, (STAGES, name, "stt"), faults, below=below)


def _options(kind: type[_Options], value: object) -> _Options:
    try:
        return kind.model_validate(value)
    except ValidationError:
        return kind()


def _without_nothing(value: Any) -> Any:
    """A mapping without the keys that say nothing: their lines end after the colon."""
    if not isinstance(value, Mapping):
        return value
    return {key: item for key, item in value.items() if item is not None}

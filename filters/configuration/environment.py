"""What the environment says about configurations: where they are, and in which mode they act."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal, TypeVar, get_args

from filters.documents import ConfigError, Problem, shown

if TYPE_CHECKING:
    from pydantic import BaseModel

DIRECTORY_VARIABLE = "LIVEKIT_FILTERS_CONFIG_DIR"
MODE_VARIABLE = "LIVEKIT_FILTERS_MODE"

Mode = Literal["enforce", "shadow", "off"]

_Config = TypeVar("_Config", bound="BaseModel")


def in_environment(config: _Config) -> _Config:
    """A configuration in the mode that the environment sets, if it sets one.

    Raises:
        ConfigError: It sets one that there isn't.
    """
    mode = os.environ.get(MODE_VARIABLE, "").strip().casefold()
    if not mode:
        return config
    if mode not in get_args(Mode):
        fix = "Set it to enforce, shadow or off, or to nothing."
        problem = Problem("environment", MODE_VARIABLE, f"{shown(mode)} is not a choice", fix)
        raise ConfigError([problem])
    return config.model_copy(update={"mode": mode})

"""A domain's YAML becomes a `FilterConfig`.

Uses `policy` and the rooms below it.
"""

from __future__ import annotations

from .config import FilterConfig, policy_of
from .environment import DIRECTORY_VARIABLE
from .loading import default_config, load_config, read_config
from .sections import Recording, WordChanges
from .stt_options import DEFAULTS

__all__ = [
    "DEFAULTS",
    "DIRECTORY_VARIABLE",
    "FilterConfig",
    "Recording",
    "WordChanges",
    "default_config",
    "load_config",
    "policy_of",
    "read_config",
]

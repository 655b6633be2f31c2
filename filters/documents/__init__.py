"""YAML as a person wrote it, and what is wrong with it: file, path and fix.

Uses no other room.
"""

from __future__ import annotations

from .problems import (
    ConfigError,
    Faults,
    Location,
    Problem,
    did_you_mean,
    dotted,
    nearest,
    no_truth_value,
    one_line,
    rejection,
    shown,
)
from .yaml_document import YamlDocument, parse_yaml, read_yaml

__all__ = [
    "ConfigError",
    "Faults",
    "Location",
    "Problem",
    "YamlDocument",
    "did_you_mean",
    "dotted",
    "nearest",
    "no_truth_value",
    "one_line",
    "parse_yaml",
    "read_yaml",
    "rejection",
    "shown",
]

"""Measures a configuration on labelled cases of overlapping speech."""

from __future__ import annotations

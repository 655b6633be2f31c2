"""Tests of `filters.livekit.checks`."""

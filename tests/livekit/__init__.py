"""Tests of `filters.livekit`."""

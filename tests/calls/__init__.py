"""Tests of `filters.calls`."""

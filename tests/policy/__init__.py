"""Tests of `filters.policy`."""

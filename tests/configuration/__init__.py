"""Tests of `filters.configuration`."""

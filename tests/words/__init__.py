"""Tests of `filters.words`."""

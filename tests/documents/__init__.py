"""Tests of `filters.documents`."""

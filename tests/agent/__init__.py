"""Tests of the sample agent."""
